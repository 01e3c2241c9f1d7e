import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseCatalog, readCatalog } from './catalog.ts';
import { label } from './streams.ts';
import { TracedError } from './traced_error.ts';

const stream = (changes: object = {}, inner: object = {}) => ({
  stream: { name: 'accounts', json_schema: { properties: { id: {} } }, ...inner },
  sync_mode: 'incremental',
  destination_sync_mode: 'append_dedup',
  ...changes,
});

const parse = (...streams: object[]) => parseCatalog(JSON.stringify({ streams }));

function errorOf(text: string): TracedError {
  try {
    parseCatalog(text, ['append_dedup', 'append']);
  } catch (error) {
    if (error instanceof TracedError) return error;
    throw error;
  }
  throw new Error('the catalog was accepted');
}

t.test('a catalog is kept unchanged, including members that are not in the protocol', async (t) => {
  const full = stream(
    {
      primary_key: [['id'], ['org', 'code']],
      destination_object_name: 'Company',
      generation_id: 4,
      cursor_field: ['x'],
      colour: 'red',
    },
    {
      namespace: 'public',
      source_defined_primary_key: [['id']],
      supported_sync_modes: ['full_refresh'],
      is_resumable: true,
    },
  );
  t.same(parse(full), { streams: [full], isClear: false });
});

t.test('optional members are filled in', async (t) => {
  const [only] = parse({ stream: { name: 'a' }, sync_mode: 'full_refresh', destination_sync_mode: 'append' }).streams;
  t.strictSame(only?.stream, { json_schema: {}, supported_sync_modes: ['full_refresh'], name: 'a' });
});

t.test('null means absent, and an absent schema is an empty one', async (t) => {
  const nulls = { namespace: null, json_schema: null, source_defined_primary_key: null };
  const [only] = parse(
    stream({ primary_key: null, destination_object_name: null, generation_id: null, sync_mode: 'full_refresh' }, nulls),
  ).streams;
  t.equal(only?.stream.namespace, undefined);
  t.same(only?.stream.json_schema, {});
  t.equal(only?.primary_key, undefined);
  t.equal(only?.destination_object_name, undefined);
  t.equal(only?.generation_id, undefined);
});

t.test('a catalog without streams is no Clear', async (t) => {
  t.same(parse(), { streams: [], isClear: false });
});

t.test('a catalog of overwritten streams alone is a Clear', async (t) => {
  t.equal(parse(stream({ destination_sync_mode: 'overwrite' })).isClear, true);
  const two = [
    stream({ destination_sync_mode: 'overwrite' }),
    stream({ destination_sync_mode: 'overwrite_dedup' }, { name: 'b' }),
  ];
  t.equal(parse(...two).isClear, true);
  t.equal(parse(stream(), stream({ destination_sync_mode: 'overwrite' }, { name: 'b' })).isClear, false);
});

t.test('one name in two namespaces is two streams', async (t) => {
  t.equal(parse(stream(), stream({}, { namespace: 'a' }), stream({}, { namespace: 'b' })).streams.length, 3);
});

const invalid: readonly [string, object, RegExp][] = [
  ['a list', [], /it must be object/],
  ['no streams', {}, /: streams is missing/],
  ['streams that are no list', { streams: {} }, /: streams must be array/],
  [
    'a stream without a stream',
    { streams: [{ sync_mode: 'incremental', destination_sync_mode: 'append' }] },
    /: stream 1: stream is missing/,
  ],
  [
    'a stream without a name',
    { streams: [stream(), { ...stream(), stream: {} }] },
    /: stream 2: stream\.name is missing/,
  ],
  ['an empty name', { streams: [stream({}, { name: '' })] }, /: stream 1: stream\.name must NOT have fewer than 1/],
  [
    'no destination sync mode',
    { streams: [{ stream: { name: 'a' }, sync_mode: 'incremental' }] },
    /: stream 1: destination_sync_mode is missing/,
  ],
  [
    'a mode that is no text, besides another fault',
    { streams: [stream({}, { name: '' }), stream({ destination_sync_mode: null })] },
    /: stream 1: stream\.name must NOT .*; stream 2: destination_sync_mode must be string/,
  ],
  [
    'an unknown sync mode',
    { streams: [stream({ sync_mode: 'often' })] },
    /: stream 1: sync_mode must be one of full_refresh, incremental/,
  ],
  [
    'a primary key of names',
    { streams: [stream({ primary_key: ['id'] })] },
    /: stream 1: primary_key\.0 must be array/,
  ],
];
for (const [name, catalog, words] of invalid) {
  t.test(`a catalog with ${name} is invalid`, async (t) => {
    t.match(errorOf(JSON.stringify(catalog)), { code: 'catalog_invalid', failureType: 'config_error', message: words });
  });
}

const mode = (destination_sync_mode: string, name = 'accounts') => stream({ destination_sync_mode }, { name });
const refusedModes: readonly [string, object[], string, RegExp][] = [
  [
    'a mode that deletes',
    [mode('append'), mode('soft_delete', 'b')],
    'b',
    /: soft_delete for b \(it deletes rows, which this destination cannot\)\. Choose "Append \+ Deduped" or "Append" /,
  ],
  [
    'a mode that is not offered',
    [mode('update')],
    'accounts',
    /: update for accounts \(this destination does not offer/,
  ],
  [
    'a mode of a later protocol',
    [mode('mirror')],
    'accounts',
    /: mirror for accounts \(this version of the connector does not know it\).* set its `sync_mode`, such as incremental_deduped_history or incremental_append\./,
  ],
];
for (const [name, streams, of, message] of refusedModes) {
  t.test(`${name} is refused by name, with those that can be chosen`, async (t) => {
    const code = 'sync_mode_unsupported';
    t.match(errorOf(JSON.stringify({ streams })), { code, failureType: 'config_error', message, stream: { name: of } });
  });
}

t.test('all refused modes are named at once', async (t) => {
  const streams = [mode('update'), mode('soft_delete', 'b'), mode('update', 'c')];
  const { message, stream } = errorOf(JSON.stringify({ streams }));
  t.match(message, /: update for accounts, c \([^)]*\); soft_delete for b \(/);
  t.equal(stream, undefined);
});

const twins: readonly [string, string | null, string][] = [
  ['in a namespace', 'a', 'a.accounts'],
  ['without a namespace, as Airbyte sends two schemas by default', null, 'accounts'],
];
for (const [where, namespace, name] of twins) {
  t.test(`two streams of one name ${where} are refused with the setting that keeps them apart`, async (t) => {
    const error = errorOf(JSON.stringify({ streams: [stream({}, { namespace }), stream({}, { namespace })] }));
    t.match(error, { code: 'stream_twice', failureType: 'config_error', stream: { name: 'accounts' } });
    t.match(error.message, `sends two streams as ${name}, `);
    t.match(error.message, /set "Destination Namespace" to "Source-defined"/);
  });
}

t.test('an offered mode passes, and all are offered by default', async (t) => {
  const text = JSON.stringify({ streams: [stream({ destination_sync_mode: 'soft_delete' })] });
  for (const modes of [['soft_delete'], undefined] as const)
    t.equal(parseCatalog(text, modes).streams[0]?.destination_sync_mode, 'soft_delete');
});

t.test('several faults are reported together', async (t) => {
  t.match(errorOf('{"streams":[{},{}]}').message, /stream 1: stream is missing; .*stream 2: sync_mode is missing/);
});

t.test('a file is read', async (t) => {
  const folder = mkdtempSync(join(t.testdir(), 'catalog-'));
  const path = join(folder, 'catalog.json');
  writeFileSync(path, JSON.stringify({ streams: [stream()] }));
  t.equal((await readCatalog(path)).streams.length, 1);
  await t.rejects(readCatalog(join(folder, 'none')), { code: 'catalog_unreadable', message: /there is no such file/ });
  writeFileSync(path, '{"streams": [');
  await t.rejects(readCatalog(path), { code: 'catalog_unreadable', message: /it is not JSON/ });
  writeFileSync(path, '');
  await t.rejects(readCatalog(path), { code: 'catalog_unreadable', message: /it is empty/ });
});

t.test('a label is for people', async (t) => {
  t.equal(label({ name: 'a' }), 'a');
  t.equal(label({ name: 'a', namespace: '' }), 'a');
  t.equal(label({ name: 'a', namespace: 'n' }), 'n.a');
});
