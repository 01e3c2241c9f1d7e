/**
 * The example destination, which knows the kit by its package alone: packed, installed in an empty folder, compiled strictly,
 * and held against Airbyte's acceptance tests as the connector is.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  type AcceptanceCase,
  type AcceptanceSync,
  type ConfiguredStream,
  recordOf,
  stateOf,
  streamOf,
} from '../acceptance/acceptance.ts';
import { cases, int } from '../acceptance/cases.ts';
import { mappingCases } from '../acceptance/mapping_cases.ts';
import { packageFolder } from '../image/names.ts';
import { type RunOptions, runConnector, startConnector } from '../support/connector.ts';
import { readJson } from '../support/json_text.ts';
import { Orchestrator } from '../support/orchestrator.ts';
import { codesOf, readOutput } from '../support/sync.ts';
import { compileCommand, manifest, packedName } from './package.ts';

// Not below the repository, whose packages would be found.
const folder = mkdtempSync(join(tmpdir(), 'kit-'));
t.teardown(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
const program = join(folder, 'destination.js');
const run = (cwd: string, command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

/** As docs/airbyte-kit.md says it is done. */
function install(): void {
  run(packageFolder, 'npm', 'run', '--silent', 'declarations');
  run(packageFolder, 'npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', folder);
  const tools = ['typescript', '@types/node'].map((name) => `${name}@${manifest.devDependencies[name]}`);
  const quietly = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  run(folder, 'npm', 'install', ...quietly, `./${packedName}`, ...tools);
  copyFileSync(join(packageFolder, 'examples/json_files/destination.ts'), join(folder, 'destination.ts'));
  run(folder, 'sh', '-c', compileCommand);
}

interface Target {
  /** Where the records go. */
  readonly files: string;
  readonly config: string;
  /** Flags of `write`. */
  flags(streams: readonly ConfiguredStream[]): string[];
  /** The lines of each file, by its name. */
  rows(): Record<string, string[]>;
}

function setUp(t: Test, config: object = {}): Target {
  const root = t.testdir({ files: {} });
  const files = join(root, 'files');
  const [configPath, catalog] = [join(root, 'config.json'), join(root, 'catalog.json')];
  writeFileSync(configPath, JSON.stringify({ folder: files, ...config }));
  return {
    files,
    config: configPath,
    flags(streams) {
      writeFileSync(catalog, JSON.stringify({ streams }));
      return ['write', '--config', configPath, '--catalog', catalog];
    },
    rows: () =>
      Object.fromEntries(
        readdirSync(files).map((name) => [name, readFileSync(join(files, name), 'utf8').split('\n').slice(0, -1)]),
      ),
  };
}

async function runExample(t: Test, args: readonly string[], options: RunOptions = {}) {
  const result = await runConnector(args, { program, ...options });
  t.equal(result.stderr, '');
  return { ...result, ...readOutput(result.lines) };
}

const fileOf = (name: string, namespace = '') => `${[namespace, name].map(encodeURIComponent).join('@')}.jsonl`;

/** The example appends where its user wants rows replaced or changed by key: that is all that it cannot. */
function offered(stream: ConfiguredStream): ConfiguredStream {
  const isByKey = ['append_dedup', 'update'].includes(stream['destination_sync_mode'] as string);
  return isByKey ? { ...stream, destination_sync_mode: 'append' } : stream;
}

/** Refused by the kit itself, whatever the destination; other refusals are those of our own configuration. */
const refusedByKit: ReadonlySet<string | undefined> = new Set(['stream_twice', 'sync_mode_unsupported']);

/** What the files hold once a sync has ended, read from its lines by a reader of the tests' own. */
function expect(rows: Record<string, string[]>, { streams, lines }: AcceptanceSync): void {
  for (const { stream, destination_sync_mode: mode } of streams) {
    const file = fileOf(stream.name, stream.namespace);
    if (mode === 'overwrite') rows[file] = [];
    rows[file] ??= [];
  }
  for (const line of lines) {
    const message = readJson(line);
    const record = message.kind === 'object' ? message.members.get('record') : undefined;
    if (record?.kind !== 'object') continue;
    const [name, namespace] = ['stream', 'namespace'].map((member) => {
      const value = record.members.get(member);
      return value?.kind === 'string' ? value.value : undefined;
    });
    rows[fileOf(name ?? '', namespace)]?.push(record.members.get('data')?.text ?? '');
  }
}

async function holds(t: Test, { syncs }: AcceptanceCase): Promise<void> {
  const target = setUp(t);
  const rows: Record<string, string[]> = {};
  for (const sync of syncs) {
    const orchestrator = new Orchestrator(sync.lines);
    const stdin = orchestrator.lines.map((line) => `${line}\n`).join('');
    const result = await runExample(t, target.flags(sync.streams.map(offered)), { stdin });
    if (refusedByKit.has(sync.refused)) {
      t.same([result.code, codesOf(result), target.rows()], [1, [sync.refused], rows]);
      continue;
    }
    t.equal(result.code, 0, result.lines.join('\n'));
    for (const line of result.states) orchestrator.take(line);
    t.same(orchestrator.missing, [], 'every state came back, with its counts');
    t.equal(result.lines.length, result.states.length, 'and nothing else');
    expect(rows, sync);
    t.same(target.rows(), rows);
  }
}

t.test('it is installed from the packed file alone, and compiled with --strict', async (t) => {
  const text = readFileSync(join(packageFolder, 'examples/json_files/destination.ts'), 'utf8');
  t.ok(text.trimEnd().split('\n').length < 60);
  const imported = [...text.matchAll(/ from '([^']+)'/g)].map(([, name = '']) => name);
  t.same(
    imported.filter((name) => name !== `${manifest.name}/airbyte` && !name.startsWith('node:')),
    [],
  );
  install();
  t.ok(existsSync(program));
  const declarations = readFileSync(
    join(folder, 'node_modules', manifest.name, 'dist/airbyte/destination.d.ts'),
    'utf8',
  );
  t.match(declarations, /\/\*\*\n +\* Loads the records of the input/, 'its documentation comes with it');
});

t.test('what a destination gets wrong, the compiler sees', async (t) => {
  const path = join(folder, 'destination.ts');
  const right = readFileSync(path, 'utf8');
  writeFileSync(path, right.replace("'config_error'", "'config_eror'"));
  const { status, stdout } = spawnSync('sh', ['-c', `${compileCommand} --noEmit`], { cwd: folder, encoding: 'utf8' });
  writeFileSync(path, right);
  t.not(status, 0);
  t.match(stdout, /config_eror/);
});

for (const each of [...cases, ...mappingCases]) t.test(`${each.of}: ${each.what}`, (t) => holds(t, each));

t.test('a mode that it does not offer is refused before anything is read', async (t) => {
  const target = setUp(t);
  const stream = streamOf('test_stream', { id: int }, { destination_sync_mode: 'append_dedup' });
  const result = await runExample(t, target.flags([stream]), { stdin: recordOf('test_stream', '{"id":1}') });
  t.same([result.code, codesOf(result), target.rows()], [1, ['sync_mode_unsupported'], {}]);
});

t.test('SpecTest, DAT testGetSpec', async (t) => {
  const { code, messages } = await runExample(t, ['spec']);
  t.equal(code, 0);
  t.match(messages, [{ type: 'SPEC', spec: { connectionSpecification: { required: ['folder'] } } }]);
});

for (const [config, status, message] of [
  [{}, 'SUCCEEDED', /^Records go to /],
  [{ folder: '/none' }, 'FAILED', /The folder \/none cannot be written to \(ENOENT\)/],
  [{ folder: '' }, 'FAILED', /Folder must not be empty/],
] as const) {
  t.test(`CheckIntegrationTest, DAT testCheckConnection: ${message}`, async (t) => {
    const { code, messages } = await runExample(t, ['check', '--config', setUp(t, config).config]);
    t.equal(code, 0);
    t.match(messages, [{ type: 'CONNECTION_STATUS', connectionStatus: { status, message } }]);
  });
}

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  t.test(`Bulk testMidSyncCheckpointingStreamState: ${signal} after its state came back`, async (t) => {
    const target = setUp(t);
    const running = startConnector(target.flags([streamOf('test_stream', { id: int })]), { program });
    await running.write(recordOf('test_stream', '{"id":12}'));
    await running.write(stateOf('test_stream', { foo: 'bar1' }));
    const state = JSON.parse(await running.line((line) => line.includes('"STATE"')));
    running.kill(signal);
    const { code, stderr } = await running.ended;
    t.same([code, stderr], [signal === 'SIGKILL' ? null : 143, '']);
    t.match(state, { state: { stream: { stream_state: { foo: 'bar1' } }, destinationStats: { recordCount: 1 } } });
    t.same(target.rows(), { [fileOf('test_stream')]: ['{"id":12}'] });
  });
}
