/** What users install is consistent: package, image, Airbyte's metadata, documentation. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/config.ts';
import { exampleConfiguration, exampleTables } from '../image/example.ts';
import { packageFolder } from '../image/names.ts';
import { metadataFaults } from '../support/airbyte_schemas.ts';

const read = (name: string): string => readFileSync(join(packageFolder, name), 'utf8');
const manifest = JSON.parse(read('package.json'));
const lock: Record<string, { version: string; license?: string; dev?: boolean; hasInstallScript?: boolean }> =
  JSON.parse(read('package-lock.json')).packages;
/** The connector's runtime packages, by name. */
const installed = Object.entries(lock).filter(([path, { dev }]) => path !== '' && !dev);

/** The base image of the Dockerfile: a minor version of Node, with the digest that `npm run pin-base` writes. */
const [, base, minor] =
  /^ARG NODE_IMAGE=(node:(\d+\.\d+)-slim(?:@sha256:[0-9a-f]{64})?)$/m.exec(read('Dockerfile')) ?? [];

t.test('the package contains what is needed to run and nothing else', async (t) => {
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: packageFolder,
    encoding: 'utf8',
  });
  const files = (JSON.parse(packed)[0].files as { path: string }[]).map(({ path }) => path).sort();
  const programs = files.filter((path) => /^dist\/.*\.js$/.test(path));
  // Those of the kit are there once `npm pack` has made them.
  const declarations = files.filter((path) => /^dist\/airbyte\/[a-z_]+\.d\.ts$/.test(path));
  t.same(
    files.filter((path) => ![...programs, ...declarations].includes(path)),
    ['LICENSE', 'README.md', 'dist/kernel.wasm', 'dist/licenses.txt', 'package.json', 'spec.json'],
  );
  t.ok(programs.length < 70, 'few files, as each takes time to find and read');
  t.ok(programs.includes('dist/main.js') && programs.includes('dist/airbyte/destination_kit.js'));
  const contained = programs.flatMap((path) => sourcesIn(read(path)));
  t.same(
    contained.filter((path) => /sandbox|\.(test|proof)\./.test(path)),
    [],
    'no emulator, no tests',
  );
  const listed = read('dist/licenses.txt');
  for (const name of new Set(contained.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [])))
    t.match(listed, `\n${name} ${lock[`node_modules/${name}`]?.version}\n`, `the licence of ${name} is there`);
});

t.test('the built program runs without its packages', async (t) => {
  const folder = t.testdir({});
  cpSync(join(packageFolder, 'dist'), join(folder, 'dist'), { recursive: true });
  for (const name of ['package.json', 'spec.json']) cpSync(join(packageFolder, name), join(folder, name));
  const main = join(folder, 'dist/main.js');
  t.match(execFileSync(process.execPath, [main, 'spec'], { encoding: 'utf8' }), /^\{"type":"SPEC".*\}\n$/);
  // A person's commands are read only when they are given.
  for (const command of ['help', 'plan --help', 'load --help', 'jobs --help', 'errors --help', 'init --help'])
    t.match(execFileSync(process.execPath, [main, ...command.split(' ')], { encoding: 'utf8' }), /^Usage: /m, command);
});

t.test(
  'the commands of Airbyte load no compiler of schemas, nothing for buckets and proxies, and no command of a person',
  async (t) => {
    const chunks = ['program-', 'command_line-', 'airbyte_commands-', 'exchange-', 'form-'].map(chunksFrom);
    const sources = new Set(chunks.flatMap((names) => [...names]).flatMap((name) => sourcesIn(read(`dist/${name}`))));
    t.ok(sources.has('src/write.ts') && sources.has('src/config/config_validator.ts'));
    const unneeded =
      /node_modules\/(ajv\/dist\/(?!runtime)|fast-uri|commander|aws4fetch|https-proxy-agent|debug)|src\/commands\/(jobs|load|plan|init|parser|errors|watch|airbyte_help)/;
    t.same(
      [...sources].filter((path) => unneeded.test(path)),
      [],
    );
  },
);

t.test('what a command needs besides its settings is loaded after them', async (t) => {
  const sources = [...chunksFrom('program-')].flatMap((name) => sourcesIn(read(`dist/${name}`)));
  t.ok(sources.includes('src/config/config_validator.ts'));
  t.same(
    sources.filter((path) => /node_modules\/(?!ajv\/dist\/runtime)|src\/(load|records|spool|gainsight)\//.test(path)),
    [],
  );
  t.notMatch(modulesOf(t, 'dist/main.js', 'spec'), /NativeModule (https?|tls|crypto)$/m);
});

t.test("Node's own fetch is not loaded, which an import of node:http would do", async (t) => {
  const [exchange] = chunksFrom('exchange-');
  const loaded = modulesOf(t, `dist/${exchange}`);
  t.match(loaded, 'NativeModule https');
  t.notMatch(loaded, /undici/);
});

/** The modules of Node that a program has loaded at its end, a line each. */
function modulesOf(t: Test, program: string, ...args: readonly string[]): string {
  const folder = t.testdir({
    'loaded.cjs': "process.on('exit', () => process.stderr.write(process.moduleLoadList.join('\\n')))",
  });
  const words = ['--require', join(folder, 'loaded.cjs'), join(packageFolder, program), ...args];
  const { stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  t.equal(status, 0);
  return stderr;
}

/** The built files that are read with the one whose name begins so. */
function chunksFrom(beginning: string): Set<string> {
  const found = new Set(readdirSync(join(packageFolder, 'dist')).filter((name) => name.startsWith(beginning)));
  for (const name of found)
    for (const [, next = ''] of read(`dist/${name}`).matchAll(/^(?:import|\} from) .*?"\.\/(.+)";$/gm)) found.add(next);
  return found;
}

/** The sources whose text a built file contains, each after a line with its path. */
function sourcesIn(text: string): string[] {
  return [...text.matchAll(/^ *\/\/ (src\/.*\.ts|node_modules\/.*)$/gm)].map(([, source = '']) => source);
}

t.test('packages installed with it run no scripts, and is listed with version and licence', async (t) => {
  t.same(
    installed.filter(([, { hasInstallScript }]) => hasInstallScript),
    [],
  );
  const [, table = ''] = /<!-- packages:start -->([\s\S]*)<!-- packages:end -->/.exec(read('docs/install.md')) ?? [];
  const rows = table
    .trim()
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
  const wanted = installed.map(([path, { version, license }]) => [
    `\`${path.replace('node_modules/', '')}\``,
    version,
    license,
  ]);
  t.same(
    rows.map((row) => row.slice(0, 3)),
    wanted,
  );
  for (const [name, , , why] of rows) t.ok(why, `${name} ${why}`);
});

t.test("metadata.yaml is valid by Airbyte's schema, and fits the package", async (t) => {
  const metadata = parse(read('metadata.yaml'));
  t.same(metadataFaults(metadata), []);
  const { data } = metadata;
  const spec = JSON.parse(read('spec.json'));
  t.equal(data.dockerRepository.split('/')[1], manifest.name);
  t.equal(data.dockerImageTag, manifest.version);
  t.equal(data.githubIssueLabel, manifest.name);
  t.equal(data.license, manifest.license);
  t.equal(data.name, spec.connectionSpecification.title);
  t.equal(data.documentationUrl, spec.documentationUrl);
  t.match(read(data.icon), /^<svg [^>]*viewBox="0 0 250 250"/);
  t.ok(base, 'the Dockerfile names a minor version of Node');
  t.equal(data.connectorBuildOptions.baseImage, `docker.io/library/${base}`);
});

t.test("what Airbyte's schema refuses is found", async (t) => {
  const { data } = parse(read('metadata.yaml'));
  const { name: _, ...nameless } = data;
  for (const [broken, fault] of [
    [nameless, "/data must have required property 'name'"],
    [{ ...data, colour: 'blue' }, '/data must NOT have additional properties'],
    [{ ...data, definitionId: 'gainsight' }, '/data/definitionId must match format "uuid"'],
    [{ ...data, documentationUrl: 'docs/gainsight.md' }, '/data/documentationUrl must match format "uri"'],
    [
      { ...data, releases: { breakingChanges: {} } },
      '/data/releases/breakingChanges must NOT have fewer than 1 properties',
    ],
  ])
    t.ok(metadataFaults({ metadataSpecVersion: '1.0', data: broken }).includes(fault), fault);
});

t.test('Node, version and history are the same everywhere', async (t) => {
  t.match(manifest.scripts['test:image-node'], `--package=node@${minor} `, 'the tests run on the Node of the image');
  const oldest = manifest.engines.node.replace('>=', '');
  t.match(manifest.scripts['test:oldest-node'], `--package=node@${oldest}.0 `, 'and on the oldest that is supported');
  t.match(read('README.md'), `Node ${oldest} or newer`);
  t.match(read('CHANGELOG.md'), `\n## ${manifest.version}\n`);
  t.match(read('docs/gainsight.md'), `\n| ${manifest.version} `);
  t.match(read('LICENSE'), /^MIT License/);
  t.equal(manifest.license, 'MIT');
});

t.test('the example of the README is a valid configuration, and sends columns of its tables', async (t) => {
  const example = exampleConfiguration();
  const { streams } = parseConfig(JSON.stringify({ ...example, access_key: 'key' }));
  t.same(
    streams.map(({ stream }) => stream),
    exampleTables().map(({ stream }) => stream),
  );
  for (const [at, { columns }] of exampleTables().entries())
    t.same(
      streams[at]?.fields,
      columns.map(({ column, field }) => ({ column, field })),
    );
});

t.test(
  'every stream of an example for Terraform has a sync mode, as Airbyte would take one that overwrites',
  async (t) => {
    for (const paper of ['docs/install.md', 'docs/data-activation.md']) {
      const [, connection = ''] = /^resource "airbyte_connection"([\s\S]*?)^\}/m.exec(read(paper)) ?? [];
      const streams = [...connection.matchAll(/^ {6}\{\n([\s\S]*?)^ {6}\},$/gm)].map(([, stream]) => stream);
      t.not(streams.length, 0, paper);
      for (const stream of streams) t.match(stream, /^ +sync_mode +=/m);
    }
  },
);

t.test('the documentation page has the parts that Airbyte asks for', async (t) => {
  const headings = read('docs/gainsight.md')
    .split('\n')
    .filter((each) => each.startsWith('#'));
  for (const heading of [
    '# Gainsight CS',
    '## Overview',
    '## Prerequisites',
    '### Supported sync modes',
    '### Restrictions',
    '## Getting started',
    '### Setup guide',
    '## Namespace support',
    '## Changelog',
  ])
    t.ok(headings.includes(heading), heading);
  for (const [, path = ''] of read('README.md').matchAll(/\]\(([^):#]+)\)/g))
    t.ok(existsSync(join(packageFolder, path)), path);
});
