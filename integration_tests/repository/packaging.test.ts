/** What users install is consistent: package, image, Airbyte's metadata, documentation. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import t from 'tap';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/config.ts';
import { exampleConfiguration, exampleTables } from '../image/example.ts';
import { packageFolder } from '../image/names.ts';

const read = (name: string): string => readFileSync(join(packageFolder, name), 'utf8');
const manifest = JSON.parse(read('package.json'));
const lock: Record<string, { version: string; license?: string; dev?: boolean; hasInstallScript?: boolean }> =
  JSON.parse(read('package-lock.json')).packages;
/** The connector's runtime packages, by name. */
const installed = Object.entries(lock).filter(([path, { dev }]) => path !== '' && !dev);

const text = { type: 'string', minLength: 1 };
const enabled = { type: 'object', required: ['enabled'], properties: { enabled: { type: 'boolean' } } };
const url = { type: 'string', pattern: '^https://' };
const list = (items: object) => ({ type: 'array', minItems: 1, items });
const part = (properties: Record<string, object>) => ({
  ...{ type: 'object', additionalProperties: false, required: Object.keys(properties), properties },
});

/** The form of an entry in Airbyte's registry: every field that it reads of a destination today, and no other. */
const metadataShape = part({
  metadataSpecVersion: { const: '1.0' },
  data: part({
    name: text,
    connectorType: { const: 'destination' },
    connectorSubtype: {
      enum: ['api', 'database', 'datalake', 'file', 'custom', 'message_queue', 'unknown', 'vectorstore'],
    },
    definitionId: { type: 'string', pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' },
    dockerRepository: { type: 'string', pattern: '^[a-z0-9-]+/destination-[a-z0-9-]+$' },
    dockerImageTag: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+$' },
    githubIssueLabel: { type: 'string', pattern: '^destination-' },
    icon: { type: 'string', pattern: '\\.svg$' },
    license: text,
    documentationUrl: url,
    externalDocumentationUrls: list(
      part({
        ...{ title: text, url },
        type: { enum: ['api_reference', 'api_release_history', 'authentication_guide', 'rate_limits', 'status_page'] },
      }),
    ),
    releaseStage: { enum: ['alpha', 'beta', 'generally_available', 'custom'] },
    supportLevel: { enum: ['community', 'certified', 'archived'] },
    tags: list({ type: 'string', pattern: '^(language|keyword|cdk):' }),
    allowedHosts: part({ hosts: list(text) }),
    registryOverrides: part({ oss: enabled, cloud: enabled }),
    connectorBuildOptions: part({ baseImage: text }),
    connectorTestSuitesOptions: list(part({ suite: { enum: ['unitTests', 'integrationTests', 'acceptanceTests'] } })),
    supportsRefreshes: { type: 'boolean' },
    supportsDataActivation: { type: 'boolean' },
    connectorIPCOptions: part({
      dataChannel: part({
        version: text,
        supportedSerialization: list({ enum: ['JSONL', 'PROTOBUF'] }),
        supportedTransport: list({ enum: ['STDIO', 'SOCKET'] }),
      }),
    }),
    ab_internal: part({
      sl: { enum: [0, 100, 200, 300] },
      ql: { enum: [0, 100, 200, 300, 400, 500, 600] },
      requireVersionIncrementsInPullRequests: { type: 'boolean' },
    }),
    releases: part({ breakingChanges: { type: 'object' } }),
  }),
});

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
    ['LICENSE', 'README.md', 'dist/records/kernel/kernel.wasm', 'package.json', 'spec.json'],
  );
  t.same(
    programs.filter((path) => /sandbox|\.(test|proof)\./.test(path)),
    [],
  );
  const sources = readdirSync(join(packageFolder, 'src'), { recursive: true, encoding: 'utf8' });
  const wanted = sources.filter((path) => path.endsWith('.ts') && !/^sandbox|\.test\.ts$/.test(path));
  t.same(programs, wanted.map((path) => `dist/${path.replace(/\.ts$/, '.js')}`).sort(), 'every source is built');
});

t.test('packages installed with it run no scripts, and is listed with version and licence', async (t) => {
  t.same(
    installed.filter(([, { hasInstallScript }]) => hasInstallScript),
    [],
  );
  const [, table = ''] = /<!-- packages:start -->([\s\S]*)<!-- packages:end -->/.exec(read('README.md')) ?? [];
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

t.test('metadata.yaml is an entry that the registry reads, and fits the package', async (t) => {
  const metadata = parse(read('metadata.yaml'));
  const ajv = new Ajv({ allErrors: true, strict: true });
  t.ok(ajv.validate(metadataShape, metadata), ajv.errorsText());
  const { data } = metadata;
  const spec = JSON.parse(read('spec.json'));
  t.equal(data.dockerRepository.split('/')[1], manifest.name);
  t.equal(data.dockerImageTag, manifest.version);
  t.equal(data.githubIssueLabel, manifest.name);
  t.equal(data.license, manifest.license);
  t.equal(data.name, spec.connectionSpecification.title);
  t.equal(data.documentationUrl, spec.documentationUrl);
  t.match(read(data.icon), /^<svg [^>]*viewBox="0 0 250 250"/);
  const [, base] = /^ARG NODE_IMAGE=(.+)$/m.exec(read('Dockerfile')) ?? [];
  t.equal(data.connectorBuildOptions.baseImage, `docker.io/library/${base}`);
});

t.test('the form of metadata.yaml rejects what the registry would', async (t) => {
  const ajv = new Ajv();
  const metadata = parse(read('metadata.yaml'));
  const { name: _, ...nameless } = metadata.data;
  for (const data of [nameless, { ...metadata.data, connectorType: 'source' }, { ...metadata.data, colour: 'blue' }])
    t.notOk(ajv.validate(metadataShape, { ...metadata, data }));
});

t.test('Node, version and history are the same everywhere', async (t) => {
  const [, line] = /^ARG NODE_IMAGE=node:(\d+)-slim$/m.exec(read('Dockerfile')) ?? [];
  t.match(manifest.scripts['test:image-node'], `--package=node@${line} `, 'the tests run on the Node of the image');
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
