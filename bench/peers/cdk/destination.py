"""A destination on Airbyte's Python CDK that writes one CSV file by the csv module.

As short as a destination on that kit can be: the kit reads standard input, parses each line and checks it against the
protocol's types; the configuration is the task. `python destination.py write --config TASK --catalog CATALOG`.
"""

import csv
import logging
import sys
from typing import Any, Iterable, Mapping

from airbyte_cdk.destinations import Destination
from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    Status,
    Type,
)

# What becomes of a value; the csv module itself writes null as nothing, and numbers and texts as they are.
CONVERSIONS = {
    "boolean": lambda value: {True: "true", False: "false"}.get(value),
    "list": lambda value: None if value is None else ";".join(value),
}


class CsvDestination(Destination):
    def spec(self, logger: logging.Logger) -> ConnectorSpecification:
        return ConnectorSpecification(connectionSpecification={"type": "object", "properties": {}})

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def write(
        self,
        config: Mapping[str, Any],
        configured_catalog: ConfiguredAirbyteCatalog,
        input_messages: Iterable[AirbyteMessage],
    ) -> Iterable[AirbyteMessage]:
        columns = config["columns"]
        names = [column["name"] for column in columns]
        conversions = [
            (place, CONVERSIONS[column["kind"]])
            for place, column in enumerate(columns)
            if column["kind"] in CONVERSIONS
        ]
        with open(config["output"], "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(names)
            for message in input_messages:
                if message.type == Type.STATE:
                    yield message
                if message.type != Type.RECORD:
                    continue
                data = message.record.data
                cells = [data.get(name) for name in names]
                for place, convert in conversions:
                    cells[place] = convert(cells[place])
                writer.writerow(cells)


if __name__ == "__main__":
    CsvDestination().run(sys.argv[1:])
