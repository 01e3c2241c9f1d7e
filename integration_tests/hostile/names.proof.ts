/** Names and values that look like paths, headers, rows or code are sent and stored as plain names and values. */
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import t from 'tap';
import { configOf, holdsAlways, setUpProgram } from '../support/small_sync.ts';
import { wiretap } from './wiretap.ts';

const names = [
  ...['../../../tmp/escaped', '..', '.', '/etc/passwd', 'a/b\\c:d', 'nul\0name', '~', '-rf', '%2e%2e%2f%00'],
  ...['line\r\nX-Forged: 1', 'line\n\n{"type":"STATE"}', '"; filename="forged.csv', '--boundary--', 'quote"\'`', ' spaces '],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '{detail}', '$&$1', '\\u0041', 'a.b.c'],
  ...['=cmd|calc!A0', '+1', '@x', 'comma, "quoted"', 'é😀\u2028\u202e', '\ufeffbom', '\ud800', 'null', '0'],
]; // biome-ignore format: a list of samples
const headerNames = [
  'accesskey',
  'accept',
  'user-agent',
  'content-type',
  'content-length',
  'accept-encoding',
  'host',
  'connection',
];

/** The form writes line ends as CR LF, and UTF-8 has no lone surrogates. */
const onTheWire = (text: string) => Buffer.from(text.replace(/\r\n|\r|\n/g, '\r\n')).toString('latin1');
/** The configuration refuses white space at the ends of names, but for columns. */
const trimmed = (name: string) => name.replace(/^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu, '');
/** An object or a field must not have a line break or NUL. */
const objectOf = (name: string) => trimmed(name.replace(/[\r\n\0]/g, '_'));
/** It also refuses a field with a line break or NUL, and a key field with a comma. */
const fieldOf = (name: string) => trimmed(name.replace(/[\r\n\0,]/g, '_'));

const catalog = {
  streams: names.map((name) => ({
    stream: {
      name,
      namespace: name,
      json_schema: JSON.parse(`{"properties":{${JSON.stringify(name)}:{},"Other":{}}}`),
    },
    ...{ sync_mode: 'incremental', destination_sync_mode: 'append' },
  })),
};

t.test('names are sent and stored as plain names', { timeout: 60_000 }, async (t) => {
  const program = await setUpProgram(t, {
    catalog,
    sandbox: { keepRows: false, callsPerHour: null, callsPerDay: null },
  });
  const wire = await wiretap(t, program.sandbox.url);
  const folder = join(program.folder, 'rejects');
  mkdirSync(folder);
  program.configure(configFor(wire.url, folder), catalog);
  const result = await program.run('write', names.flatMap(linesOf).join(''), {
    env: { LOG_LEVEL: 'TRACE', WORKER_JOB_ID: '../../7\n' },
  });
  t.equal(result.code, 0, result.messages.find(({ type }) => type === 'TRACE')?.['trace'].error.message);
  holdsAlways(t, result, program);
  const states = result.messages
    .filter(({ type }) => type === 'STATE')
    .map(({ state }) => state.stream.stream_descriptor);
  t.same(states.map(({ name }) => name).sort(), [...names].sort(), 'every state comes back');

  const requests = wire.requests();
  const sent = requests.filter(({ line }) => line.startsWith('POST /v1/bulk/'));
  for (const { line, headers } of requests) {
    t.match(
      line,
      /^(POST \/v1\/bulk\/jobs|GET \/v1\/bulk\/jobs(\?limit=200&offset=\d+|\/J\d+)|POST \/v1\/meta\/services\/objects\/describe|GET \/v1\/meta\/services\/objects\/(list|[A-Za-z0-9%._~!*'()-]+\/describe)\?[a-z=&0-9]+) HTTP\/1\.1$/,
    );
    const own = headers.map((header) => header.split(': ')[0]?.toLowerCase() ?? '');
    t.same(
      own.filter((name) => !headerNames.includes(name)),
      [],
      'no other header',
    );
    t.equal(new Set(own).size, own.length, 'and each only once');
  }
  t.equal(sent.length, names.length);
  for (const { parts } of sent) {
    const at = names.findIndex((name) => onTheWire(objectOf(name)) === parts[0]?.body);
    const name = names[at] ?? 'none';
    t.same(
      parts.map(({ head }) => head.length),
      [1, 1, 1, 2],
      `the parts of file ${at} have only their own lines`,
    );
    t.same(
      parts.slice(0, 3).map(({ head }) => head[0]),
      ['objectName', 'operation', 'keyFields'].map((each) => `Content-Disposition: form-data; name="${each}"`),
    );
    t.equal(parts[2]?.body, onTheWire(fieldOf(name)));
    t.match(
      parts[3]?.head[0],
      /^Content-Disposition: form-data; name="file"; filename="[a-z2-7]{20}\.[a-z0-9]+\.\d+\.[a-z0-9]{10}\.[a-z0-9_-]+\.0\.[a-z2-7]{8}\.[A-Za-z0-9._-]*\.csv"$/,
    );
    const rows = parse(Buffer.from(parts[3]?.body ?? '', 'latin1'), { relax_column_count: false }) as string[][];
    const value = Buffer.from(name).toString();
    t.same(
      rows,
      [[fieldOf(value), 'Other'], ...names.map((each) => [Buffer.from(each).toString(), value])],
      'every value in its cell',
    );
  }

  const files = readdirSync(folder).filter((file) => file.endsWith('.csv'));
  t.ok(files.length === names.length, `${files.length} files of rejects`);
  for (const file of files) {
    t.match(file, /^[A-Za-z0-9_-]+\.0\.\d+\.[A-Za-z0-9._-]*\.rejects\.csv$/);
    t.equal(statSync(join(folder, file)).mode & 0o777, 0o600);
    t.equal((parse(readFileSync(join(folder, file))) as string[][]).length, 2, 'a header and a row');
  }
  t.same(
    readdirSync(program.folder).sort(),
    ['catalog.json', 'config.json', 'rejects', 'temporary'],
    'and no file elsewhere',
  );
});

function configFor(url: string, folder: string): object {
  return {
    ...{ ...configOf([]), api_base_url: url, quota: { calls_per_hour: 1000, calls_per_day: 1000 } },
    rejected_rows: { folder, fail_above_percent: 100, log_detail: 'full_row' },
    streams: names.map((name) => ({
      ...{ stream: trimmed(name), namespace: trimmed(name), object: objectOf(name), key_fields: [fieldOf(name)] },
      fields: [
        { column: name, field: fieldOf(name) },
        { column: 'Other', field: 'Other' },
      ],
    })),
  };
}

/** A row with each name as a value, one without a key, and a state. */
function linesOf(name: string): string[] {
  const stream = `"stream":${JSON.stringify(name)},"namespace":${JSON.stringify(name)}`;
  const record = (data: string) => `{"type":"RECORD","record":{${stream},"data":{${data}},"emitted_at":1}}\n`;
  const row = (value: string) =>
    record(`${JSON.stringify(name)}:${JSON.stringify(value)},"Other":${JSON.stringify(name)}`);
  const described = JSON.stringify({ name, namespace: name });
  const state = `{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":${described},"stream_state":{}}}}\n`;
  return [...names.map(row), record(`"Other":${JSON.stringify(name)}`), state];
}
