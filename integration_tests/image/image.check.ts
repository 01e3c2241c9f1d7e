/** The content and metadata of the image. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ask } from '../support/commands.ts';
import { baseVariable, image, packageFolder } from './names.ts';
import { containerFlags, podMemory } from './pod.ts';

const code = '/airbyte/integration_code';
const largest = 8_000_000;

interface Inspected {
  readonly Size: number;
  readonly Config: {
    readonly User: string;
    readonly WorkingDir: string;
    readonly Env: readonly string[];
    readonly Entrypoint: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
  };
}

const inspect = (name: string): Inspected => JSON.parse(ask('podman', ['image', 'inspect', name]))[0];
const read = (name: string) => JSON.parse(readFileSync(join(packageFolder, name), 'utf8'));
const run = (flags: readonly string[], ...args: string[]): string =>
  ask('podman', ['run', ...containerFlags, ...flags, image, ...args]);

t.test('it has the labels that Airbyte reads', async (t) => {
  const { Config } = inspect(image);
  const { name, version } = read('package.json');
  const start = ['node', `${code}/dist/main.js`];
  t.same(Config.Entrypoint, start);
  t.ok(Config.Env.includes(`AIRBYTE_ENTRYPOINT=exec ${start.join(' ')}`), 'the same command, by exec');
  t.equal(Config.User, 'airbyte');
  t.equal(Config.WorkingDir, code);
  t.match(Config.Labels, { 'io.airbyte.name': name, 'io.airbyte.version': version });
});

t.test('it runs as airbyte, uid 1000, from any folder', async (t) => {
  t.equal(run(['--entrypoint=id'], '-un'), 'airbyte');
  t.equal(run(['--entrypoint=id'], '-u'), '1000');
  t.match(run(['--workdir=/'], 'spec'), /^\{"type":"SPEC".*\}$/);
  t.equal(run([], '--version'), read('package.json').version);
});

t.test('its Node is an LTS whose heap fits the container', async (t) => {
  const [lts, heap] = run(
    ['--entrypoint=node'],
    '-p',
    'process.release.lts + " " + require("node:v8").getHeapStatistics().heap_size_limit',
  ).split(' ');
  t.match(lts, /^[A-Z][a-z]+$/, `LTS ${lts}`);
  t.ok(Number(heap) < 0.6 * podMemory, `${Number(heap) / 1e6} MB of ${podMemory / 1e6}`);
});

t.test('it contains what is needed to run and nothing else', async (t) => {
  const files = run(['--entrypoint=find'], code, '-type', 'f')
    .split('\n')
    .map((path) => path.slice(code.length + 1));
  const own = files.filter((path) => !path.startsWith('dist/'));
  t.same(own.sort(), ['LICENSE', 'package.json', 'spec.json'], 'packages are part of the program');
  const built = files.filter((path) => path.startsWith('dist/'));
  t.same(
    built.filter((path) => !path.endsWith('.js')).sort(),
    ['dist/kernel.wasm', 'dist/licenses.txt'],
    'no sources, types or maps',
  );
});

t.test('it is small', async (t) => {
  const added = inspect(image).Size - inspect(process.env[baseVariable] as string).Size;
  t.ok(added < largest, `${(added / 1e6).toFixed(1)} MB beyond its base`);
});
