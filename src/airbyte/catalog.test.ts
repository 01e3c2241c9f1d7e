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
    'a mode that deletes',
    { streams: [stream({ destination_sync_mode: 'soft_delete' })] },
    /: stream 1: destination_sync_mode must be one of append, append_dedup, overwrite/,
  ],
  [
    'an unknown mode, besides another fault',
    { streams: [stream({}, { name: '' }), stream({ destination_sync_mode: null })] },
    /: stream 1: stream\.name must NOT .*; stream 2: destination_sync_mode must be one of append, append_dedup, overwrite/,
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
  [
    'a stream twice',
    { streams: [stream({}, { namespace: 'a' }), stream({}, { namespace: 'a' })] },
    /: it selects the stream a\.accounts twice/,
  ],
];
for (const [name, catalog, words] of invalid) {
  t.test(`a catalog with ${name} is invalid`, async (t) => {
    t.match(errorOf(JSON.stringify(catalog)), { code: 'catalog_invalid', failureType: 'config_error', message: words });
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
