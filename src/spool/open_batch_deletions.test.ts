/** Deletions and versions in a batch: which rows the file has in the end, and which row stands for which record. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { header, keyDigest, openSpool, planOf } from '../../integration_tests/support/spool.ts';
import type { Batch, Plan } from '../model.ts';

const plans: Record<'arrival' | 'cursor', Plan> = {
  arrival: planOf('UPSERT'),
  cursor: { ...planOf('UPSERT'), latestBy: { path: ['Name'], kind: 'number' } },
};

interface Step {
  readonly key: number;
  readonly version: number;
  readonly does: 'append' | 'delete' | 'compact';
}

const step = fc.record<Step>({
  key: fc.nat(4),
  version: fc.nat(3),
  does: fc.constantFrom('append', 'append', 'append', 'delete', 'compact'),
});

interface Expected {
  readonly rows: string[];
  /** For each record the row that stands for it. */
  readonly records: (string | undefined)[];
}

/** Record by record: a row replaces those of its key that are not newer, a deletion removes them. */
function expectedOf(steps: readonly Step[], isOrdered: boolean): Expected {
  const records: { key: number; version: number; row: string; by: number | 'gone' | undefined }[] = [];
  const live = new Map<number, number>();
  for (const { key, version, does } of steps) {
    if (does === 'compact') continue;
    const row = `${key},${version} ${records.length}\n`;
    const at = records.length;
    const before = live.get(key);
    const other = records[before ?? -1];
    const isDeletion = does === 'delete';
    const isOlder = isOrdered && other !== undefined && version < other.version;
    const replacedBy = isOlder ? before : undefined;
    records.push({ key, version, row, by: isDeletion ? 'gone' : replacedBy });
    if (isOlder) continue;
    if (other) other.by = isDeletion ? 'gone' : at;
    if (isDeletion) live.delete(key);
    else live.set(key, at);
  }
  const rowOf = (at: number): string | undefined => {
    const { by, row } = records[at] ?? {};
    if (by === 'gone') return undefined;
    return by === undefined ? row : rowOf(by);
  };
  return {
    rows: records.filter(({ by }) => by === undefined).map(({ row }) => row),
    records: records.map((_, at) => rowOf(at)),
  };
}

/** Asks for each row alone how many of the records it stands for. */
async function recordsOf(batch: Batch, rows: readonly string[]): Promise<(string | undefined)[]> {
  const bounds = Float64Array.from({ length: batch.records + 1 }, (_, at) => at);
  const found: (string | undefined)[] = Array.from({ length: batch.records });
  for (const [row, text] of rows.entries()) {
    const counts = await batch.countRecords(Uint32Array.of(row), bounds);
    for (const [at, count] of counts.entries()) if (count === 1) found[at] = text;
    t.equal(
      await batch.recordsOf(row),
      counts.reduce((sum, count) => sum + count, 0),
    );
  }
  return found;
}

for (const [order, plan] of Object.entries(plans)) {
  t.test(`any rows, deletions and compactions, the latest by ${order}`, async (t) => {
    const spool = await openSpool(t.testdir());
    t.teardown(() => spool.remove());
    const check = async (steps: readonly Step[]): Promise<void> => {
      const batch = spool.openBatch(plan, header);
      let records = 0;
      for (const { key, version, does } of steps) {
        const row = Buffer.from(`${key},${version} ${records}\n`);
        const words = Uint32Array.of(0, 0, 0, version);
        if (does === 'append') batch.append(row, row.length, keyDigest(key), words);
        else if (does === 'delete') batch.delete(keyDigest(key), words);
        else await batch.compact();
        if (does !== 'compact') records += 1;
      }
      const closed = await batch.close('end');
      const expected = expectedOf(steps, order === 'cursor');
      t.equal(readFileSync(closed.path, 'utf8'), `${header}${expected.rows.join('')}`);
      t.equal(closed.rows, expected.rows.length);
      t.equal(closed.records, records);
      t.equal(closed.deletions, steps.filter(({ does }) => does === 'delete').length);
      t.strictSame(await recordsOf(closed, expected.rows), expected.records);
      await closed.remove();
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), check), { seed: 6, numRuns: 120 });
  });
}

t.test('records after a given number are dropped, unless a compaction has covered them', async (t) => {
  const spool = await openSpool(t.testdir());
  t.teardown(() => spool.remove());
  const batch = spool.openBatch(plans.arrival, header);
  const add = (key: number): void => {
    const row = Buffer.from(`${key},\n`);
    batch.append(row, row.length, keyDigest(key));
  };
  for (const key of [1, 2, 1]) add(key);
  batch.delete(keyDigest(2));
  await batch.compact();
  for (const key of [3, 4]) add(key);
  batch.delete(keyDigest(1));
  batch.delete(keyDigest(3));
  t.equal(await batch.cutAt(6), 2);
  t.equal(await batch.cutAt(6), 0);
  t.equal(batch.waitingDeletions, 0);
  t.equal(await batch.cutAt(2), 2, 'what the compaction has covered stays');
  const closed = await batch.close('end');
  t.equal(readFileSync(closed.path, 'utf8'), `${header}1,\n`);
  t.same([closed.records, closed.deletions], [4, 1]);
});
