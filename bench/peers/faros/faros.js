/** A destination on faros-airbyte-cdk's runner that writes by csv-stringify. `node faros.js write --config F --catalog F`. */
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
// By file, since the package's index asks for more than it declares.
import destinations from 'faros-airbyte-cdk/lib/destinations/destination.js';
import runners from 'faros-airbyte-cdk/lib/destinations/destination-runner.js';
import loggers from 'faros-airbyte-cdk/lib/logger.js';
import protocol from 'faros-airbyte-cdk/lib/protocol.js';
import { dialect } from '../cells.js';

const { AirbyteConnectionStatus, AirbyteConnectionStatusMessage, AirbyteMessageType, AirbyteSpec } = protocol;

/** As short as a destination on that kit can be: it takes its task for its configuration. */
class CsvDestination extends destinations.AirbyteDestination {
  async spec() {
    return new AirbyteSpec({ connectionSpecification: { type: 'object', properties: {} } });
  }

  async check() {
    return new AirbyteConnectionStatusMessage({ status: AirbyteConnectionStatus.SUCCEEDED });
  }

  async *write({ columns, output }, _redacted, _catalog, stdin) {
    const rows = stringify({ ...dialect, header: true, columns: columns.map(({ name }) => name) });
    const file = createWriteStream(output);
    rows.pipe(file);
    for await (const line of createInterface({ input: stdin })) {
      const message = protocol.parseAirbyteMessage(line);
      if (message.type === AirbyteMessageType.STATE) yield message;
      if (message.type !== AirbyteMessageType.RECORD || rows.write(message.record.data)) continue;
      await new Promise((resolve) => rows.once('drain', resolve));
    }
    rows.end();
    await finished(file);
  }
}

const runner = new runners.AirbyteDestinationRunner(new loggers.AirbyteLogger(), new CsvDestination());
await runner.mainCommand().parseAsync();
