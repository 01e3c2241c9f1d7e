/** The entry for an own registry of connectors: valid by Airbyte's schema, and made of the files that it comes from. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { packageFolder } from '../integration_tests/image/names.ts';
import { registryFaults } from '../integration_tests/support/airbyte_schemas.ts';
import { type Registry, registryEntry, withEntry } from './registry_entry.ts';

const image = 'registry.example.com/data/destination-gainsight';
const read = (name: string) => JSON.parse(readFileSync(join(packageFolder, name), 'utf8'));
const other = (id: string) => ({
  ...{ destinationDefinitionId: id, name: 'Other', dockerRepository: 'airbyte/destination-other' },
  ...{ dockerImageTag: '1.0.0', documentationUrl: 'https://docs.airbyte.com', spec: {} },
});
const airbytes: Registry = { sources: [], destinations: [other('8b746512-8c2e-6ac1-4adc-b59faafd473c')] };

/** Runs the command as npm does. */
function runScript(...args: string[]) {
  const script = fileURLToPath(new URL('registry_entry.js', import.meta.url));
  return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
}

t.test("an entry is valid by Airbyte's schema, and switches on data activation", async (t) => {
  const entry = await registryEntry(packageFolder, image);
  t.same(registryFaults({ sources: [], destinations: [entry] }), []);
  t.same(entry['spec'], read('spec.json'));
  t.match(entry, {
    ...{ name: 'Gainsight CS', dockerRepository: image, dockerImageTag: read('package.json').version },
    ...{ supportsDataActivation: true, supportsRefreshes: false, public: true, tombstone: false },
  });
  const missing = Object.entries(entry).filter(([, value]) => value === undefined);
  t.same(missing, [], 'metadata.yaml has every member');
  const { spec: _, ...broken } = entry;
  t.same(registryFaults({ sources: [], destinations: [broken] }), [
    "/destinations/0 must have required property 'spec'",
  ]);
});

t.test('a registry gets the entry once, beside the others', async (t) => {
  const entry = await registryEntry(packageFolder, image);
  const once = withEntry(airbytes, { ...entry, dockerImageTag: '0.0.9' });
  t.same(withEntry(once, entry), { sources: [], destinations: [...airbytes.destinations, entry] });
  t.same(registryFaults(withEntry(airbytes, entry)), []);
});

t.test('the command prints the entry, or the whole registry', async (t) => {
  const entry = await registryEntry(packageFolder, image);
  t.same(JSON.parse(runScript('--image', image).stdout), entry);
  const folder = t.testdir({ 'oss_registry.json': JSON.stringify(airbytes) });
  const { stdout } = runScript('--image', image, '--registry', join(folder, 'oss_registry.json'));
  t.same(JSON.parse(stdout), withEntry(airbytes, entry));
});

t.test('what is missing is named', async (t) => {
  for (const [args, says] of [
    [[], /--image REGISTRY\/destination-gainsight/],
    [['--image', image, '--registry', 'nowhere.json'], /ENOENT.*nowhere\.json/],
    [['--imagge', image], /--imagge/],
  ] as const) {
    const { status, stdout, stderr } = runScript(...args);
    t.equal(status, 1);
    t.equal(stdout, '');
    t.match(stderr, says);
  }
});
