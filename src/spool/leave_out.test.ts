/** Leaving columns out of a closed file keeps every other cell, and rows are still found by number and by line. */
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import t from 'tap';
import { keyDigest, openSpool, planOf } from '../../integration_tests/support/spool.ts';
import type { Plan } from '../model.ts';

const fields = ['Key', 'a', 'b,c', '"', 'e'];
const plan: Plan = {
  ...planOf('UPSERT'),
  columns: fields.map((field) => ({ path: [field], field, isDateTime: false })),
};
const csv = (rows: readonly (readonly string[])[]) => stringify([...rows].map((row) => [...row]));
const header = Buffer.from(csv([fields]));

const cell = fc.oneof(fc.constantFrom('', 'x', '"', ',', '\n', 'a"b,\n"', ' '), fc.string({ maxLength: 40 }));
const rows = fc.array(fc.tuple(cell, cell, cell, cell), { minLength: 1, maxLength: 60 });
const kept = fc.subarray([1, 2, 3, 4], { minLength: 1, maxLength: 3 });

t.test('whatever the cells are, and wherever a piece of the file ends', async (t) => {
  const spool = await openSpool(t.testdir());
  t.teardown(() => spool.remove());
  const check = async (cells: readonly string[][], others: readonly number[]): Promise<void> => {
    const batch = spool.openBatch(plan, header);
    const all = cells.map((row, key) => [`${key}`, ...row]);
    for (const row of all) {
      const bytes = Buffer.from(csv([row]));
      batch.append(bytes, bytes.length, keyDigest(row[0] ?? ''));
    }
    const columns = [0, ...others];
    const filePlan = { ...plan, columns: columns.map((column) => plan.columns[column] as Plan['columns'][number]) };
    const whole = spool.openBatch(plan, header);
    for (const row of all) {
      const bytes = Buffer.from(csv([row]));
      whole.append(bytes, bytes.length, keyDigest(row[0] ?? ''));
    }
    const [closed, untouched] = [await batch.close('end', () => filePlan), await whole.close('end')];
    const text = readFileSync(closed.path, 'utf8');
    const wanted = all.map((row) => columns.map((column) => row[column] ?? ''));
    t.strictSame(parse(text, { relax_column_count: false }), [columns.map((column) => fields[column]), ...wanted]);
    t.equal(closed.bytes, Buffer.byteLength(text));
    t.strictSame(closed.digest, untouched.digest, 'the digest is of all columns');
    t.equal(closed.filePlan, filePlan);
    const last = all.length - 1;
    t.equal(`${await closed.readRow(last)}\n`, csv([wanted[last] ?? []]));
    t.same(await closed.rowsAtLines([1]), [undefined]);
    await closed.remove();
    await untouched.remove();
  };
  await fc.assert(fc.asyncProperty(rows, kept, check), { seed: 6, numRuns: 100 });
});

t.test('a file of many pieces', async (t) => {
  const spool = await openSpool(t.testdir());
  t.teardown(() => spool.remove());
  const batch = spool.openBatch(plan, header);
  const all = Array.from({ length: 3000 }, (_, key) => [`${key}`, `a"${key}`, 'x'.repeat(key % 50), `,\n${key}`, 'e']);
  for (const row of all) {
    const bytes = Buffer.from(csv([row]));
    batch.append(bytes, bytes.length, keyDigest(row[0] ?? ''));
  }
  const filePlan = { ...plan, columns: [0, 3].map((column) => plan.columns[column] as Plan['columns'][number]) };
  const closed = await batch.close('end', () => filePlan);
  const wanted = all.map((row) => [row[0], row[3]]);
  t.strictSame(parse(readFileSync(closed.path)), [['Key', '"'], ...wanted]);
  t.equal(String(await closed.readRow(2999)), '2999,",\n2999"');
  // Each row has two lines, the header one.
  t.same(await closed.rowsAtLines([2, 3, 4, 6001]), [0, 0, 1, 2999]);
});
