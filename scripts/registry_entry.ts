/**
 * `npm run --silent registry-entry -- --image REPOSITORY [--registry FILE]`: prints the entry of this connector for an
 * own registry of connectors, or the registry in FILE with this entry in it.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';

/** What a registry holds of one destination. `metadata/<repository>/<tag>/oss.json` holds the same. */
export interface RegistryEntry {
  readonly destinationDefinitionId: string;
  readonly [more: string]: unknown;
}

/** A registry as Airbyte reads it from `registries/v0/oss_registry.json`. */
export interface Registry {
  readonly sources: readonly object[];
  readonly destinations: readonly RegistryEntry[];
}

/** Members of `metadata.yaml` that have the same name and meaning in an entry. */
const sameInBoth = [
  ...['name', 'dockerImageTag', 'documentationUrl', 'license', 'releaseStage', 'supportLevel', 'tags', 'allowedHosts'],
  ...['ab_internal', 'supportsRefreshes', 'supportsDataActivation', 'connectorIPCOptions'],
];

/**
 * Makes the entry of this connector.
 * @param folder the package's folder, which has `metadata.yaml` and `spec.json`
 * @param image the repository from which Airbyte pulls the image, without a tag
 */
export async function registryEntry(folder: string, image: string): Promise<RegistryEntry> {
  const [metadata, specification] = await Promise.all(
    ['metadata.yaml', 'spec.json'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  const { data } = parse(metadata as string) as { data: Readonly<Record<string, unknown>> };
  const spec = JSON.parse(specification as string) as { protocol_version: string };
  return {
    destinationDefinitionId: data['definitionId'] as string,
    dockerRepository: image,
    ...Object.fromEntries(sameInBoth.map((name) => [name, data[name]])),
    protocolVersion: spec.protocol_version,
    // Every workspace sees a public entry; a tombstone is a connector that was withdrawn.
    ...{ public: true, custom: false, tombstone: false },
    spec,
  };
}

/** The registry with the entry in it, in place of an earlier one of the same connector. */
export function withEntry(registry: Registry, entry: RegistryEntry): Registry {
  const others = registry.destinations.filter(
    ({ destinationDefinitionId }) => destinationDefinitionId !== entry.destinationDefinitionId,
  );
  return { ...registry, destinations: [...others, entry] };
}

/** Runs the command. Returns what it prints. */
async function run(args: string[]): Promise<string> {
  const options = { image: { type: 'string' }, registry: { type: 'string' } } as const;
  const { image, registry } = parseArgs({ args, options }).values;
  if (image === undefined)
    throw new Error('Name the repository from which Airbyte pulls the image: --image REGISTRY/destination-gainsight');
  const entry = await registryEntry(dirname(createRequire(import.meta.url).resolve('#package.json')), image);
  if (registry === undefined) return JSON.stringify(entry, null, 2);
  return JSON.stringify(withEntry(JSON.parse(await readFile(registry, 'utf8')) as Registry, entry), null, 2);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.stdout.write(`${await run(process.argv.slice(2))}\n`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
