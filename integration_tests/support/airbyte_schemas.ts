/** Airbyte's public JSON schemas of a connector's metadata and of a registry, which are kept as fixtures. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';

const folder = join(
  dirname(createRequire(import.meta.url).resolve('#package.json')),
  'integration_tests/fixtures/connector_metadata',
);

/** Formats that the schemas name. */
const formats = {
  uuid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  uri: (text: string) => URL.canParse(text),
  date: /^\d{4}-\d\d-\d\d$/,
  'date-time': (text: string) => !Number.isNaN(Date.parse(text)),
};

/** Faults of what `metadata.yaml` contains, by Airbyte's schema of connector metadata. */
export const metadataFaults = judgeBy('ConnectorMetadataDefinitionV0.json');

/** Faults of what `oss_registry.json` contains, by Airbyte's schema of a registry. */
export const registryFaults = judgeBy('ConnectorRegistryV0.json');

function judgeBy(file: string): (value: unknown) => string[] {
  // The schemas use keywords without a type, which strict mode refuses.
  const validate = new Ajv({ allErrors: true, strict: false, formats }).compile(readSchema(file));
  return (value) =>
    validate(value)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
}

/**
 * Reads a schema as its authors mean it. It was put together from many files: the `$id` that each part has kept would
 * turn references to the whole (`#/properties/…`) into references to the part, and one type is the name of a file.
 */
function readSchema(file: string): object {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'), (key, value) => {
    if (key === '$id') return;
    return value?.type === 'ConnectorMetric' ? {} : value;
  });
}
