/** Values that the source did not read: taken from an earlier row of the key, or left out of a file. */
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { keyDigest, openSpool, planOf, header as twoColumns } from '../../integration_tests/support/spool.ts';
import { type Batch, type Plan, unreadMark } from '../model.ts';
import type { OpenBatch } from './open_batch.ts';

const columns = ['Key', 'A', 'B', 'C', 'D'];
const plan: Plan = {
  ...planOf('UPSERT'),
  unreadableValues: 'separate_file',
  columns: columns.map((field) => ({ path: [field], field, isDateTime: false })),
};
const header = Buffer.from(`${columns.join()}\n`);

/** A row written as `1 a ? c d`: the key, and the value of each column; `?`: not read. Without values: a deletion. */
function add(batch: OpenBatch, text: string): void {
  const [key = '', ...cells] = text.split(' ');
  if (cells.length === 0) {
    batch.delete(keyDigest(key));
    return;
  }
  const parts = cells.map((cell) => (cell === '?' ? Buffer.of(unreadMark) : Buffer.from(cell)));
  const row = Buffer.concat([
    Buffer.from(key),
    ...parts.flatMap((part) => [Buffer.from(','), part]),
    Buffer.from('\n'),
  ]);
  batch.append(Buffer.concat([row, Buffer.from('and what the buffer held before')]), row.length, keyDigest(key));
}

interface File {
  readonly header: string;
  readonly rows: string[];
  readonly records: number;
  readonly rejected: string[];
}

async function fileOf(batch: Batch): Promise<File> {
  const rows = await Promise.all(Array.from({ length: batch.rows }, (_, row) => batch.readRow(row)));
  const rejected = [...(batch.unsent?.rejected ?? [])].map(({ row, errors }) => `${row} ${errors[0]?.field}`);
  const fields = batch.filePlan.columns.map(({ field }) => field).join();
  return { header: fields, rows: rows.map((row) => row.toString('latin1')), records: batch.records, rejected };
}

async function filesOf(t: Test, rows: readonly string[], compactAt = -1): Promise<File[]> {
  const spool = await openSpool(t.testdir());
  t.teardown(() => spool.remove());
  const batch = spool.openBatch(plan, header);
  for (const [at, row] of rows.entries()) {
    if (at === compactAt) await batch.compact();
    add(batch, row);
  }
  const batches = await batch.closeFiles('end');
  const files = await Promise.all(batches.map(fileOf));
  for (const each of batches) await each.remove();
  t.equal(spool.usedBytes, 0, 'nothing is left on disk');
  return files;
}

const cases: readonly { name: string; rows: string[]; files: Partial<File>[] }[] = [
  {
    name: 'if all values were read there is one file',
    rows: ['1 a b c d', '2 a b c d'],
    files: [{ header: 'Key,A,B,C,D', rows: ['1,a,b,c,d', '2,a,b,c,d'], records: 2 }],
  },
  {
    name: 'a value is taken from the previous row of the same key',
    rows: ['1 a "b,""\n" c d', '2 a b c d', '1 x ? y ?', '2 x b ? d'],
    files: [{ header: 'Key,A,B,C,D', rows: ['1,x,"b,""\n",y,d', '2,x,b,c,d'], records: 4 }],
  },
  {
    name: 'it is taken from as far back as necessary',
    rows: ['1 a b c d', '1 e ? f g', '1 ? ? h ?', '1 i ? ? ?'],
    files: [{ header: 'Key,A,B,C,D', rows: ['1,i,b,h,g'], records: 4 }],
  },
  {
    name: 'a row whose values no earlier row has is sent without their columns',
    rows: ['1 a ? c d', '2 a b c d', '3 e ? f g', '4 a b ? ?'],
    files: [
      { header: 'Key,A,B,C,D', rows: ['2,a,b,c,d'], records: 1 },
      { header: 'Key,A,C,D', rows: ['1,a,c,d', '3,e,f,g'], records: 2 },
      { header: 'Key,A,B', rows: ['4,a,b'], records: 1 },
    ],
  },
  {
    name: 'no value is taken from before a deletion',
    rows: ['1 a b c d', '1', '1 x ? y z', '2 a b c d', '2'],
    files: [
      { header: 'Key,A,B,C,D', rows: [], records: 4 },
      { header: 'Key,A,C,D', rows: ['1,x,y,z'], records: 1 },
    ],
  },
  {
    name: 'the three sets with the most rows get files, rows of others are rejected with the records they superseded',
    rows: ['1 a ? ? d', '1 b ? ? d', '2 ? b c d', '3 a ? c d', '4 a b ? d', '5 ? b c d', '6 a b c ?', '7 a b c ?'],
    files: [
      { header: 'Key,A,B,C,D', rows: [], records: 0 },
      { header: 'Key,B,C,D', rows: ['2,b,c,d', '5,b,c,d'], records: 2 },
      { header: 'Key,A,B,C', rows: ['6,a,b,c', '7,a,b,c'], records: 2 },
      { header: 'Key,A,D', rows: ['1,b,d'], records: 2 },
      {
        header: 'Key,A,B,C,D',
        rows: ['3,a,\xff,c,d', '4,a,b,\xff,d'],
        records: 2,
        rejected: ['0 B', '1 C'],
      },
    ],
  },
  {
    name: 'no file has key columns alone',
    rows: ['1 ? ? ? ?', '2 a ? ? ?'],
    files: [
      { header: 'Key,A,B,C,D', rows: [], records: 0 },
      { header: 'Key,A', rows: ['2,a'], records: 1 },
      { header: 'Key,A,B,C,D', rows: ['1,\xff,\xff,\xff,\xff'], records: 1, rejected: ['0 A, B, C, D'] },
    ],
  },
];

for (const { name, rows, files } of cases) {
  t.test(name, async (t) => {
    for (let at = -1; at < rows.length; at++) t.match(await filesOf(t, rows, at), files, `compacted at ${at}`);
  });
}

t.test('rows are right, however long they are', async (t) => {
  for (const length of [1000, 65_536, 131_060, 131_072, 300_000]) {
    const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(length));
    const rows = [`1 ${a} ${b} c d`, `2 x ? ${c} z`, `1 short ? ${c} ?`, `3 ${a} ? ${b} d`, '2 x ? y ?', '4 a b c d'];
    const [own, other] = await filesOf(t, rows);
    t.strictSame(own?.rows, [`1,short,${b},${c},d`, '4,a,b,c,d'], `${length}`);
    t.strictSame(other?.rows, [`3,${a},${b},d`, '2,x,y,z'], `${length}`);
  }
});

t.test('any rows, whenever they are compacted: for each key and column the last value that was read', async (t) => {
  const cell = fc.oneof(fc.constant('?'), fc.constantFrom('a', '"b,"', '"c\n"', '""""', 'longer'), fc.constant('?'));
  const values = fc.tuple(cell, cell, cell, cell);
  const step = fc.tuple(fc.nat(5), fc.oneof({ arbitrary: values, weight: 9 }, fc.constant([])), fc.nat(6));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const spool = await openSpool(t.testdir());
      const batch = spool.openBatch(plan, header);
      for (const [key, cells, chance] of steps) {
        if (chance === 0) await batch.compact();
        add(batch, [key, ...cells].join(' '));
      }
      const batches = await batch.closeFiles('end');
      const rows = (await Promise.all(batches.map(rowsOf))).flat().sort();
      const records = await Promise.all(batches.map((each) => recordsOf(each, steps.length)));
      for (const each of batches) await each.remove();
      const isClean = spool.usedBytes === 0;
      await spool.remove();
      const sum = records.reduce((total, count) => total + count, 0);
      return isClean && sum === steps.length && rows.join(' ') === lastRead(steps).sort().join(' ');
    }),
    { numRuns: 80, seed: 11 },
  );
});

/** For each key and column the last value that was read after the last deletion. */
function lastRead(steps: readonly (readonly [key: number, cells: readonly string[], chance: number])[]): string[] {
  const rows = new Map<number, readonly string[]>();
  for (const [key, cells] of steps) {
    const before = rows.get(key);
    rows.delete(key);
    const row = cells.map((value, at) => (value === '?' ? (before?.[at] ?? '?') : value));
    if (row.length > 0) rows.set(key, row);
  }
  return [...rows].map(([key, row]) => [key, ...row].join());
}

/** The rows of a file with all columns; `?`: the file does not have this one. */
async function rowsOf(batch: Batch): Promise<string[]> {
  const fields = batch.filePlan.columns.map(({ field }) => field);
  const { rows } = await fileOf(batch);
  return rows.map((row) => {
    const cells = row.match(/"(?:[^"]|"")*"|[^,]+/g) ?? [];
    return columns.map((field) => cells[fields.indexOf(field)]?.replace('\xff', '?') ?? '?').join();
  });
}

/** How many of the records a file stands for; NaN if two ways to ask differ. */
async function recordsOf(batch: Batch, records: number): Promise<number> {
  const rows = Uint32Array.from({ length: batch.rows }, (_, row) => row);
  const [bound = 0] = await batch.countRecords(rows, Float64Array.of(0, records));
  const each = await Promise.all([...rows].map((row) => batch.recordsOf(row)));
  const isSame = each.reduce((sum, count) => sum + count, 0) === bound;
  // Deletions, and the rows they removed, are in no file.
  const isAll = batch.partOf?.batchId === batch.id || !batch.partOf || bound === batch.records;
  return isSame && isAll ? batch.records : Number.NaN;
}

t.test('files are the same whenever they are compacted, and are recognised by their digests', async (t) => {
  const rows = ['1 a b c d', '2 ? b c d', '1 x ? y ?', '3 a ? c d', '2 ? ? e f'];
  const digests = new Set<string>();
  for (let at = -1; at < rows.length; at++) {
    const spool = await openSpool(t.testdir());
    const batch = spool.openBatch(plan, header);
    for (const [index, row] of rows.entries()) {
      if (index === at) await batch.compact();
      add(batch, row);
    }
    digests.add((await batch.closeFiles('end')).map(({ digest }) => digest.current).join());
    await spool.remove();
  }
  t.equal(digests.size, 1);
  const [first = ''] = digests;
  t.equal(new Set(first.split(',')).size, 3, 'each file has its own');
});

t.test('files of several batches that lack the same columns have one plan', async (t) => {
  const spool = await openSpool(t.testdir());
  t.teardown(() => spool.remove());
  const plans: unknown[] = [];
  for (const rows of [['1 a ? c d', '2 a b c ?'], ['3 a ? c d']]) {
    const batch = spool.openBatch(plan, header);
    for (const row of rows) add(batch, row);
    plans.push(...(await batch.closeFiles('end')).map(({ filePlan }) => filePlan));
  }
  t.equal(plans.length, 5);
  t.equal(plans[0], plan);
  t.equal(plans[1], plans[4]);
  t.not(plans[1], plans[2]);
});

t.test('another plan keeps these values in its rows', async (t) => {
  const spool = await openSpool(t.testdir());
  t.teardown(() => spool.remove());
  const batch = spool.openBatch(planOf('UPSERT'), twoColumns);
  batch.append(Buffer.from('1,a\n'), 4, keyDigest('1'));
  const files = await batch.closeFiles('end');
  t.equal(files.length, 1);
  t.equal(files[0].partOf, undefined);
});
