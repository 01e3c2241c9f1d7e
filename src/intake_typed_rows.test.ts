/** Rows for the object API, from the input to the closed batch. */
import { readFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { setUpBatcher } from '../integration_tests/support/batcher_setup.ts';
import { readAll, setUpIntake } from '../integration_tests/support/intake_setup.ts';
import { pick, type Random, randomFrom } from '../integration_tests/support/random.ts';
import { planOf } from '../integration_tests/support/spool.ts';
import type { Batch, Plan } from './model.ts';
import { typedCells } from './records/typed_row.ts';

const base: Plan = {
  ...planOf('UPSERT'),
  stream: { name: 's' },
  columns: ['Key', 'A', 'B', 'C', 'V'].map((field) => ({ path: [field], field, isDateTime: false })),
};
const byCalls: Plan = { ...base, route: 'object_api' };
const auto: Plan = { ...base, route: 'auto' };
const unread = '"__debezium_unavailable_value"';

type Data = Readonly<Record<string, unknown>>;

function lineOf(json: string): string {
  return `{"type":"RECORD","record":{"stream":"s","data":${json},"emitted_at":1}}\n`;
}

async function setUp(t: Test, plan: Plan, filePlan?: (plan: Plan) => Plan) {
  const { accounts, batcher, sent } = await setUpBatcher(t, { maxBytes: 1e9, plans: [plan], filePlan });
  const intake = setUpIntake({ accounts, batcher }, { skipsDeleted: true });
  return {
    batcher,
    read: (lines: readonly string[]) => readAll(intake, Buffer.from(lines.join(''))),
    /** Closes the plan's batch. */
    async close(): Promise<Batch[]> {
      sent.length = 0;
      await batcher.close(plan.id, 'end');
      return [...sent];
    },
  };
}

/** The values of the rows of a batch, by key. */
async function valuesOf(batch: Batch): Promise<Map<unknown, Data>> {
  const { columns } = batch.filePlan;
  const rows = await Promise.all(Array.from({ length: batch.rows }, (_, row) => batch.readRow(row)));
  const values = rows.map((row) => {
    const found = typedCells(row, columns.length).flatMap((cell, at) => {
      if (cell === undefined) return [];
      const isJson = cell.kind === 'number' || cell.kind === 'boolean' || cell.kind === 'json';
      const value = isJson ? JSON.parse(cell.text) : cell.text;
      return [[columns[at]?.field as string, cell.kind === 'null' ? null : value]];
    });
    return Object.fromEntries(found) as Data;
  });
  return new Map(values.map((data) => [data['Key'], data]));
}

/** What came of one key, in a simple way: a deletion ends what came before it and is no newer. */
class Merged {
  readonly #records: { readonly data: Data; readonly version: number }[] = [];

  add(data: Data, version: number): void {
    this.#records.push({ data, version });
  }

  delete(upTo: number): void {
    const newer = this.#records.filter(({ version }) => version > upTo);
    this.#records.splice(0, this.#records.length, ...newer);
  }

  get data(): Data | undefined {
    if (this.#records.length === 0) return undefined;
    const inOrder = this.#records.toSorted((one, other) => one.version - other.version);
    return Object.assign({}, ...inOrder.map(({ data }) => data)) as Data;
  }
}

function randomData(random: Random, firstKey: number): Data {
  const text = 'x'.repeat(random(9) === 0 ? random(400) : random(4));
  const fields = ['A', 'B', 'C'].filter(() => random(3) === 0);
  const values = fields.map((field) => [
    field,
    pick<unknown>(random, [null, true, false, random(99), text, { a: [text] }]),
  ]);
  return { Key: firstKey + random(8), ...Object.fromEntries(values) };
}

/** Seeds whose rows come in one batch. */
const seedsAtOnce = 25;

/** Reads random records and deletions of a few keys for each seed, and compares the rows with what is expected. */
async function compareMerged(t: Test, plan: Plan, seeds: number): Promise<void> {
  const { batcher, close, read } = await setUp(t, plan);
  const isVersioned = plan.latestBy !== undefined;
  const expected = new Map<unknown, Merged>();
  let lines: string[] = [];
  let rows = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const random = randomFrom(seed);
    for (let left = 1 + random(30); left > 0; left--) {
      const version = isVersioned ? random(12) : undefined;
      const data: Data = { ...randomData(random, 8 * seed), ...(isVersioned && { V: version }) };
      const merged = expected.get(data['Key']) ?? new Merged();
      expected.set(data['Key'], merged);
      const isDeleted = random(8) === 0;
      if (isDeleted) merged.delete(version ?? 0);
      else merged.add(data, version ?? 0);
      lines.push(lineOf(JSON.stringify(isDeleted ? { ...data, _ab_cdc_deleted_at: 'now' } : data)));
      // With versions, a merged row cannot say which of its values is how old.
      if (isVersioned || random(40) > 0) continue;
      await read(lines);
      lines = [];
      await batcher.batchOf(0)?.compact();
    }
    if (seed % seedsAtOnce > 0) continue;
    await read(lines);
    lines = [];
    const [batch] = (await close()) as [Batch];
    const wanted = [...expected.values()].flatMap(({ data }) => (data ? [data] : []));
    const found = [...(await valuesOf(batch)).values()];
    t.same(inOrder(found), inOrder(wanted), `seeds up to ${seed}`);
    expected.clear();
    rows += found.length;
  }
  t.ok(rows > 4 * seeds, 'enough rows');
}

function inOrder(rows: readonly Data[]): Data[] {
  return rows.toSorted((one, other) => Number(one['Key']) - Number(other['Key']));
}

t.test('rows of one key are merged field by field, in the order in which they came', async (t) => {
  await compareMerged(t, byCalls, 500);
});

t.test('with versions, in the order of these', async (t) => {
  await compareMerged(t, { ...byCalls, latestBy: { path: ['V'], kind: 'number' } }, 500);
});

t.test('a row that gets long values from rows behind it overwrites none of those between', async (t) => {
  for (const route of ['object_api', undefined] as const) {
    const plan: Plan = { ...base, route, latestBy: { path: ['V'], kind: 'number' }, unreadableValues: 'separate_file' };
    const { close, read } = await setUp(t, plan);
    const long = JSON.stringify('x'.repeat(200_000));
    await read([lineOf(`{"Key":"first","A":${unread},"B":1,"C":1,"V":9}`)]);
    for (let at = 0; at < 3000; at++)
      await read([lineOf(`{"Key":${at},"A":"${'y'.repeat(at % 300)}","B":2,"C":2,"V":1}`)]);
    await read([lineOf(`{"Key":"first","A":${long},"B":3,"C":3,"V":1}`)]);
    const [batch] = await close();
    t.equal(batch?.rows, 3001);
    const expected = Array.from({ length: 3000 }, (_, at) => `${at},${'y'.repeat(at % 300) || '""'},2,2,1`);
    const rows = await Promise.all(Array.from({ length: batch?.rows ?? 0 }, (_, row) => batch?.readRow(row)));
    const types = route === undefined ? '' : ',nsnnn';
    t.ok(`${rows[0]}` === `first,${JSON.parse(long)},1,1,9${types.replace('n', 's')}`);
    t.same(
      rows.slice(1).map(String),
      expected.map((row) => row + types),
      'the others are as they were',
    );
  }
});

t.test('of the route auto, a batch of few rows keeps its types', async (t) => {
  const filePlans: Plan[] = [];
  const filePlan = (plan: Plan) => {
    filePlans.push(plan);
    return plan;
  };
  const closed = async (plan: Plan, rows: number) => {
    const { close, read } = await setUp(t, plan, filePlan);
    const json = (at: number) => `{"Key":"k${at}","A":${at % 7},"B":"x, ${at}","V":[1,"b"]}`;
    await read(Array.from({ length: rows }, (_, at) => lineOf(json(at))));
    await read(['"k3","C":true', '"k4","_ab_cdc_deleted_at":1', '"k4"'].map((members) => lineOf(`{"Key":${members}}`)));
    const [batch] = (await close()) as [Batch];
    const { bytes, digest, proof, route } = batch;
    const text = await readFile(batch.path, 'utf8');
    return {
      batch,
      route,
      file: { bytes, digest, proof, rows: batch.rows, text, last: `${await batch.readRow(rows - 1)}` },
    };
  };
  const few = await closed(auto, 500);
  t.same([few.route, few.file.rows], ['object_api', 500]);
  t.match(few.file.text, /^Key,A,B,C,V,types\nk0,0,"x, 0",,1;b,sns0l\n/);
  t.same((await valuesOf(few.batch)).get('k3'), { Key: 'k3', A: null, B: null, C: true, V: null }, 'as in a file');
  t.same(filePlans, [], 'columns are left out of CSV files only');
  const more = await closed(auto, 501);
  const plain = await closed(base, 501);
  t.same([more.route, plain.route], ['bulk_api', undefined]);
  t.same(more.file, plain.file, 'of more rows, it is the file without types');
  t.same(filePlans, [auto, base]);
});

t.test('a value that was not read is absent from the object API, and in a file of its own otherwise', async (t) => {
  const separate = { unreadableValues: 'separate_file' } as const;
  const lines = (count: number) =>
    Array.from({ length: count }, (_, at) => lineOf(`{"Key":${at},"A":${at % 2 ? 1 : unread},"B":"b"}`));
  const { A, ...others } = { Key: 0, A: null, B: 'b', C: null, V: null };
  for (const [plan, row] of [
    [byCalls, { Key: 0, B: 'b' }],
    [auto, others],
  ] as [Plan, Data][]) {
    const { close, read } = await setUp(t, { ...plan, ...separate });
    await read(lines(10));
    const [batch, ...more] = await close();
    t.same([more, batch?.route, batch?.filePlan], [[], 'object_api', batch?.plan]);
    t.same((await valuesOf(batch as Batch)).get(0), row);
  }
  const { close, read } = await setUp(t, { ...auto, ...separate });
  await read(lines(1000));
  const [own, part] = (await close()) as [Batch, Batch];
  t.same([own.rows, own.route, part.rows, part.route, part.partOf?.unread], [500, 'bulk_api', 500, 'bulk_api', ['A']]);
  t.same([`${await own.readRow(0)}`, `${await part.readRow(0)}`], ['1,1,b,,', '0,b,,']);
});

t.test('of the route auto, an absent column stays as it is in Gainsight if CSV files leave it out', async (t) => {
  const { close, read } = await setUp(t, { ...auto, absentColumns: 'leave_out' });
  await read([lineOf('{"Key":1,"A":2}'), lineOf('{"Key":1,"B":null}')]);
  const [batch] = await close();
  t.same((await valuesOf(batch as Batch)).get(1), { Key: 1, B: null });
});

t.test('a batch for the object API is closed after 5,000 rows', async (t) => {
  const plan = byCalls;
  const { accounts, batcher, sent } = await setUpBatcher(t, { maxBytes: 1e9, plans: [plan] });
  const intake = setUpIntake({ accounts, batcher });
  const lines = Array.from({ length: 12_000 }, (_, at) => lineOf(`{"Key":${at % 11_000},"A":${at}}`));
  await readAll(intake, Buffer.from(lines.join('')));
  t.same(
    sent.map(({ rows, reason }) => [rows, reason]),
    [
      [5000, 'rows'],
      [5000, 'rows'],
    ],
  );
});
