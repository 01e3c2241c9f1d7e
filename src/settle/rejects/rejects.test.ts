import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import t, { type Test } from 'tap';
import { FakeClock } from '../../../integration_tests/support/fake_clock.ts';
import { append, header, openSpool, planOf } from '../../../integration_tests/support/spool.ts';
import { PlainWords } from '../../gainsight/plain_words.ts';
import type { Batch, Plan, Reject, RejectedRow } from '../../model.ts';
import { Accounts } from '../accounts.ts';
import { FolderStore } from './folder.ts';
import { keptLine } from './rejected_row_lines.ts';
import { Rejects, type RejectsOptions } from './rejects.ts';

const upsert = planOf('UPSERT');
const insert = planOf('INSERT', 1);

type Changes = Partial<RejectsOptions['settings'] & Pick<RejectsOptions, 'store'>>;

function setUp({ store, ...settings }: Changes = {}) {
  const lines: string[] = [];
  const output = {
    log: (level: string, message: string) => lines.push(`${level} ${message}`),
    drained: () => Promise.resolve(),
  };
  const accounts = new Accounts([upsert, insert]);
  const rejects = new Rejects({
    accounts,
    output,
    words: new PlainWords(settings.log_detail, ['Key', 'Name']),
    settings: { log_detail: 'keys', max_logged: 100, ...settings },
    comesAgain: () => 'none',
    nullText: '',
    store,
  });
  return { rejects, accounts, lines };
}

function storeIn(
  folder: string,
  options: { nullText?: string; maxBytes?: number; clock?: FakeClock } = {},
): FolderStore {
  return new FolderStore({
    folder,
    nullText: '',
    run: '42',
    attempt: 0,
    maxBytes: 75_000_000,
    clock: new FakeClock(),
    secrets: ['the-key-1234'],
    ...options,
  });
}

async function batchOf(t: Test, plan: Plan, rows: readonly (readonly [key: string, name: string])[]): Promise<Batch> {
  const spool = await openSpool(t.testdir());
  t.teardown(() => spool.remove());
  const batch = spool.openBatch(plan, header);
  for (const [key, name] of rows) append(batch, key, name);
  return batch.close('end');
}

function rejected(row: number, message: string, field?: string): RejectedRow {
  return { row, sure: true, errors: [{ field, message }] };
}

function refused(plan: Plan, cells: readonly (string | null)[] | undefined, reason: string, field?: string): Reject {
  return { plan, sure: true, field, reason, cells, records: 1 };
}

const csvFiles = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.csv'))
    .sort();
const onlyFile = (folder: string) => join(folder, csvFiles(folder)[0] ?? 'none');

t.test('a rejected row is logged once with its key and the reason without values; several are counted', async (t) => {
  const { rejects, accounts, lines } = setUp();
  const batch = await batchOf(t, upsert, [
    ['k1', 'fine'],
    ['k2', 'Jane Doe'],
  ]);
  await rejects.reportBatch(batch, {
    jobId: 'J1',
    rejected: [rejected(1, 'Jane Doe is too long', 'Name')],
    unidentified: 0,
  });
  t.strictSame(lines, [
    'WARN rejected row {"stream":"public.stream 0","object":"Company","job":"J1","row":2,"row_sure":true,"key":{"Key":"k2"},"field":"Name","reason":"… is too long"}',
    'WARN public.stream 0 → Company: 1 row rejected by job J1: Name: … is too long · key "k2" · to do: shorten the text at the source, or raise the length of the field in Gainsight',
  ]);
  t.match(accounts.of(upsert).reasons?.sorted(), [{ field: 'Name', reason: '… is too long', rows: 1 }]);
  const three = [rejected(1, 'Jane Doe is too long', 'Name'), rejected(0, 'is empty', 'Name'), rejected(1, 'is empty')];
  await rejects.reportBatch(batch, { jobId: 'J2', rejected: three, unidentified: 0 });
  t.strictSame(
    lines.slice(5).map((line) => line.replace(/ · to do: .*/, '')),
    [
      'WARN public.stream 0 → Company: 1 row rejected by job J2: Name: … is too long · key "k2"',
      'WARN public.stream 0 → Company: 1 row rejected by job J2: Name: is empty · key "k1"',
      'WARN public.stream 0 → Company: 1 row rejected by job J2: is empty · key "k2"',
    ],
    'a line for each reason',
  );
});

t.test('the full row is logged if configured, with the reason as it came', async (t) => {
  const { rejects, lines } = setUp({ log_detail: 'full_row' });
  const batch = await batchOf(t, upsert, [['k1', '"Jane, Doe"']]);
  await rejects.reportBatch(batch, { jobId: 'J1', rejected: [rejected(0, 'Jane, Doe is bad')], unidentified: 0 });
  t.match(lines[0], '"field":null,"reason":"Jane, Doe is bad","data":{"Key":"k1","Name":"Jane, Doe"}}');
});

t.test('no row is logged if configured so, but all are counted and stored', async (t) => {
  const folder = t.testdir();
  const { rejects, lines } = setUp({ log_detail: 'none', store: storeIn(folder) });
  await rejects.refuse(refused(upsert, ['k1', 'Jane'], 'the number is too large', 'Name'));
  await rejects.finish();
  const address = onlyFile(folder);
  t.strictSame(lines, [
    'WARN public.stream 0 → Company: 1 row rejected before sending: Name: the number is too large · to do: correct the rows at the source, so that it sends them again',
    `WARN public.stream 0 → Company: 1 rejected row kept in ${address}. Correct that file, then load it again with: destination-gainsight load ${address} --config FILE`,
  ]);
  t.match(readFileSync(onlyFile(folder), 'utf8'), /k1,Jane,Name/);
});

t.test('several errors of one row are one reject, and superseded records are mentioned', async (t) => {
  const { rejects, lines } = setUp();
  const batch = await batchOf(t, upsert, [
    ['k1', 'old'],
    ['k1', 'new'],
  ]);
  const errors = [
    { field: 'Name', message: 'is bad' },
    { field: 'Key', message: 'is missing' },
  ];
  await rejects.reportBatch(batch, { jobId: 'J1', rejected: [{ row: 0, sure: false, errors }], unidentified: 0 });
  t.match(lines[0], 'WARN Rejected rows with "row_sure":false: ');
  t.match(
    lines[1],
    '"row_sure":false,"key":{"Key":"k1"},"field":"Name, Key","reason":"Name: is bad; Key: is missing","records":2}',
  );
  t.match(lines[2], '1 row rejected by job J1: Name, Key: Name: is bad; Key: is missing · key "k1" · ');
  await rejects.reportBatch(batch, { jobId: 'J2', rejected: [{ row: 0, sure: false, errors }], unidentified: 0 });
  t.equal(lines.length, 5, 'row_sure is explained once');
});

t.test('with full_row a group shows the values of the fields that are named', async (t) => {
  const { rejects, lines } = setUp({ log_detail: 'full_row' });
  const batch = await batchOf(t, upsert, [
    ['k1', 'Gold'],
    ['k2', 'Lead'],
    ['k3', 'Gold'],
  ]);
  const bad = (row: number, value: string) => rejected(row, `Dropdownlist item not found: "${value}"`, 'Name');
  await rejects.reportBatch(batch, {
    jobId: 'J1',
    rejected: [bad(0, 'Gold'), bad(1, 'Lead'), bad(2, 'Gold')],
    unidentified: 0,
  });
  t.equal(
    lines[3],
    'WARN public.stream 0 → Company: 3 rows rejected by job J1: Name: Dropdownlist item not found: … · values "Gold" (2), "Lead" (1) · keys "k1", "k2", "k3" · to do: correct the value at the source, or add it to the dropdown list of the field in Gainsight',
  );
});

t.test('beyond the limit only keys are logged, two hundred per line', async (t) => {
  const { rejects, lines } = setUp({ max_logged: 2 });
  const rows = Array.from({ length: 253 }, (_, at) => [`k${at}`, 'x'] as const);
  const batch = await batchOf(t, upsert, rows);
  await rejects.reportBatch(batch, {
    jobId: 'J1',
    rejected: rows.map((_, at) => rejected(at, 'is bad')),
    unidentified: 0,
  });
  t.equal(lines.filter((line) => line.startsWith('WARN rejected row {')).length, 2);
  const keys = lines.filter((line) => line.startsWith('WARN rejected rows '));
  const reported = keys.map((line) => JSON.parse(line.slice('WARN rejected rows '.length)));
  t.strictSame(
    reported.map(({ count }) => count),
    [200, 51],
  );
  t.strictSame(
    { ...reported[1], keys: reported[1].keys[50] },
    {
      ...{ stream: 'public.stream 0', object: 'Company', job: 'J1', count: 51, key_fields: ['Key'] },
      keys: ['k252'],
    },
  );
  t.equal(lines.length, 5);
  t.match(lines.at(-1), /253 rows rejected by job J1: is bad · keys "k0", "k1", "k2", … · to do: /);
});

t.test('rows without keys are logged by their numbers, and counted if they have none', async (t) => {
  const { rejects, lines } = setUp({ max_logged: 0 });
  const batch = await batchOf(t, insert, [
    ['1', 'a'],
    ['2', 'b'],
  ]);
  await rejects.reportBatch(batch, { jobId: 'J1', rejected: [rejected(0, 'no'), rejected(1, 'no')], unidentified: 0 });
  t.match(lines[0], '"job":"J1","count":2,"rows":[1,2]}');
  await rejects.refuse(refused(insert, ['3', 'c'], 'no'));
  await rejects.flush();
  t.match(lines.at(-1), 'rejected rows {"stream":"public.stream 1","object":"Company","job":null,"count":1}');
});

t.test(
  'rows that the connector rejects have a limit per stream, are logged before a flush ends and counted at the end',
  async (t) => {
    const { rejects, lines } = setUp({ max_logged: 1 });
    await rejects.refuse(refused(upsert, [null, 'a'], 'the key field Key has no value', 'Key'));
    await rejects.refuse(refused(upsert, ['k', 'b'], 'the number is too long', 'Name'));
    await rejects.refuse(refused(upsert, undefined, 'the record is longer than 32 MB'));
    t.match(
      lines[0],
      '"job":null,"row":null,"row_sure":true,"key":{"Key":null},"field":"Key","reason":"the key field Key has no value"}',
    );
    t.equal(lines.length, 1);
    await rejects.flush();
    t.match(lines[1], '"keys":[["k"],[null]]}');
    await rejects.finish();
    t.strictSame(
      lines.slice(2).map((line) => line.replace(/ · to do: .*/, '')),
      [
        'WARN public.stream 0 → Company: 1 row rejected before sending: Key: the key field Key has no value · key null',
        'WARN public.stream 0 → Company: 1 row rejected before sending: Name: the number is too long · key "k"',
        'WARN public.stream 0 → Company: 1 row rejected before sending: the record is longer than 32 MB',
        'WARN 3 rejected rows kept nowhere but in this log: set "Object Storage Configuration" or "Rejected Rows: Folder" so that the next ones can be corrected and loaded again.',
      ],
    );
  },
);

t.test('a reject file has the rows as they were sent, and a corrected copy of it can be loaded', async (t) => {
  const folder = t.testdir();
  const { rejects } = setUp({ store: storeIn(folder) });
  const batch = await batchOf(t, upsert, [
    ['k1', ''],
    ['k2', '""'],
    ['k3', '"a ""quoted"", line\r\nbreak"'],
    ['k4', '" spaces "'],
  ]);
  await rejects.reportBatch(batch, {
    jobId: 'J1',
    rejected: [0, 1, 2, 3].map((row) => rejected(row, 'is "bad", sadly', 'Name')),
    unidentified: 0,
  });
  await rejects.flush();
  t.equal(onlyFile(folder), join(folder, '42.0.1.public.stream_0.rejects.csv'));
  t.equal(statSync(onlyFile(folder)).mode & 0o777, 0o600);
  const text = readFileSync(onlyFile(folder), 'utf8');
  const [first, ...rows] = parse(text, { cast: (cell, { quoting }) => (cell === '' && !quoting ? null : cell) }) as (
    | string
    | null
  )[][];
  t.strictSame(first, ['Key', 'Name', '_reject_field', '_reject_reason', '_reject_sure']);
  t.strictSame(rows, [
    ['k1', null, 'Name', 'is "bad", sadly', 'true'],
    ['k2', '', 'Name', 'is "bad", sadly', 'true'],
    ['k3', 'a "quoted", line\r\nbreak', 'Name', 'is "bad", sadly', 'true'],
    ['k4', ' spaces ', 'Name', 'is "bad", sadly', 'true'],
  ]);
  t.ok(
    text.startsWith('Key,Name,_reject_field,_reject_reason,_reject_sure\nk1,,Name,'),
    'an absent value stays unquoted',
  );
  t.match(text, '\nk2,"",Name,');
});

t.test('beside each file lies the plan by which its rows are loaded again', async (t) => {
  const folder = t.testdir();
  const clock = new FakeClock({ start: Date.UTC(2026, 0, 2, 3, 4, 5) });
  const store = storeIn(folder, { nullText: 'NULL', clock });
  store.add(refused(upsert, ['k', null], 'no'));
  await clock.sleep(60_000);
  store.add(refused(upsert, ['l', null], 'no'));
  await store.flush();
  t.strictSame(JSON.parse(readFileSync(join(folder, '42.0.1.public.stream_0.rejects.plan.json'), 'utf8')), {
    version: 1,
    stream: { name: 'stream 0', namespace: 'public' },
    object: upsert.object,
    operation: 'UPSERT',
    key_fields: ['Key'],
    fields: ['Key', 'Name'],
    null_text: 'NULL',
    rejected_at: '2026-01-02T03:04:05.000Z',
  });
  const batch = await batchOf(t, upsert, [['k1', 'v']]);
  const kept = join(t.testdirName, 'kept');
  mkdirSync(kept);
  t.equal(await storeIn(kept, { clock }).keepBatch(batch), join(kept, '42.0.1.public.stream_0.batch.csv'));
  t.match(JSON.parse(readFileSync(join(kept, '42.0.1.public.stream_0.batch.plan.json'), 'utf8')), {
    object: upsert.object,
    rejected_at: '2026-01-02T03:05:05.000Z',
  });
});

t.test('the text for no value is stored unquoted, and a row that was too large has only such cells', async (t) => {
  const folder = t.testdir();
  const store = storeIn(folder, { nullText: 'NULL' });
  store.add(refused(upsert, ['k', null], 'no'));
  store.add(refused(upsert, undefined, 'too large'));
  await store.flush();
  t.match(readFileSync(onlyFile(folder), 'utf8'), '\nk,NULL,NULL,no,true\nNULL,NULL,NULL,too large,true\n');
});

t.test('an existing file is skipped, never written to', async (t) => {
  const folder = t.testdir({ '42.0.1.public.stream_0.rejects.csv': 'of an earlier process' });
  const store = storeIn(folder);
  store.add(refused(upsert, ['k', 'v'], 'no'));
  store.add(refused(insert, ['k', 'v'], 'no'));
  await store.flush();
  t.strictSame(csvFiles(folder), [
    '42.0.1.public.stream_0.rejects.csv',
    '42.0.2.public.stream_0.rejects.csv',
    '42.0.3.public.stream_1.rejects.csv',
  ]);
  t.equal(readFileSync(onlyFile(folder), 'utf8'), 'of an earlier process');
});

t.test('a full file is followed by another with its own header', async (t) => {
  const folder = t.testdir();
  const store = storeIn(folder, { maxBytes: 100 });
  for (let row = 0; row < 3; row++) {
    store.add(refused(upsert, [`k${row}`, 'v'.repeat(60)], 'no'));
    await store.flush();
  }
  const all = csvFiles(folder);
  t.equal(all.length, 3);
  for (const name of all) t.match(readFileSync(join(folder, name), 'utf8'), /^Key,Name,_reject_field/);
});

t.test('rows are written while they come, so that memory does not grow with them', async (t) => {
  const folder = t.testdir();
  const store = storeIn(folder);
  for (let row = 0; row < 30; row++) store.add(refused(upsert, [`k${row}`, 'v'.repeat(100_000)], 'no'));
  t.ok(statSync(onlyFile(folder)).size > 2_000_000);
  await store.flush();
  t.equal(readFileSync(onlyFile(folder), 'utf8').split('\n').length, 32);
});

t.test('a batch with unknown rejected rows is stored completely', async (t) => {
  const batch = await batchOf(t, upsert, [['k1', 'v']]);
  const kept = join(t.testdirName, 'kept');
  mkdirSync(kept);
  writeFileSync(join(kept, '42.0.1.public.stream_0.batch.csv'), 'taken');
  const { rejects, lines } = setUp({ store: storeIn(kept) });
  await rejects.reportBatch(batch, { jobId: 'J1', rejected: [], unidentified: 1 });
  const copy = join(kept, '42.0.2.public.stream_0.batch.csv');
  t.equal(readFileSync(copy, 'utf8'), 'Key,Name\nk1,v\n');
  t.equal(statSync(copy).mode & 0o777, 0o600);
  t.match(lines[0], `Job J1 does not name 1 of the rows that it rejected. The whole file is kept as ${copy}.`);
  t.match(lines[1], '1 row rejected by job J1: not named by Gainsight · to do: look for these rows in Gainsight');
});

t.test('the access key is in no file, neither in a row nor in a reason nor in a whole batch', async (t) => {
  const batch = await batchOf(t, upsert, [
    ['k1', `${'x'.repeat(65_500)}the-key-1234 y`],
    ['k2', 'the-key-123'],
    ['k3', '"a the-key-1234"'],
  ]);
  const kept = join(t.testdirName, 'kept');
  mkdirSync(kept);
  const store = storeIn(kept);
  store.add(refused(upsert, ['the-key-1234', 'a the-key-123'], 'no the-key-1234'));
  await store.flush();
  await store.keepBatch(batch);
  const [rejects, whole] = csvFiles(kept).map((name) => readFileSync(join(kept, name), 'utf8'));
  t.match(rejects, '\n***,a the-key-123,,no ***,true\n');
  t.equal(whole, `Key,Name\nk1,${'x'.repeat(65_500)}*** y\nk2,the-key-123\nk3,"a ***"\n`);
});

t.test('a folder that cannot be written to ends the sync with an error that names it', async (t) => {
  const batch = await batchOf(t, upsert, [['k1', 'v']]);
  const folder = join(t.testdirName, 'absent');
  const store = storeIn(folder);
  store.add(refused(upsert, ['k', 'v'], 'no'));
  await t.rejects(store.flush(), { code: 'rejects_unwritable', message: /absent/ });
  await t.rejects(store.keepBatch(batch), { code: 'rejects_unwritable' });
  t.notOk(existsSync(folder));
});

t.test('a file of rejected rows is to be loaded, unless the source sends its rows again', async (t) => {
  const file = { address: 's3://acme/a b.csv', plan: planOf('UPSERT'), rows: 2 };
  const kept = 'public.stream 0 → Company: 2 rejected rows kept in s3://acme/a b.csv. ';
  const load = 'destination-gainsight load "s3://acme/a b.csv" --config FILE';
  t.equal(keptLine(file, 'none'), `${kept}Correct that file, then load it again with: ${load}`);
  t.equal(
    keptLine(file, 'all'),
    `${kept}The stream was not loaded to its end: the source sends them again with the next attempt, so do not load them.`,
  );
  t.match(
    keptLine({ ...file, rows: 1 }, 'all'),
    /1 rejected row kept .* sends it again with the next attempt, so do not load it\.$/,
  );
  t.equal(
    keptLine(file, 'some'),
    `${kept}The stream was not loaded to its end: the source sends those again that no released state covers. Correct and load only others, with: ${load}`,
  );
});
