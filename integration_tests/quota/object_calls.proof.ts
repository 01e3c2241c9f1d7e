/**
 * What the object API costs: calls against the least possible, and rows a minute, for batches of 5,000 rows as a sync
 * closes them. Prints the figures.
 */
import t, { type Test } from 'tap';
import type { Plan } from '../../src/model.ts';
import { object, type SourceRecord, setUpObjectLoad, visitPlan } from '../support/object_load.ts';

const batchRows = 5000;
const maxLength = 8;
const objects = { [object]: { fields: { Id__gc: {}, Name__gc: { maxLength }, Amount__gc: {} } } };

interface Figures {
  readonly rows: number;
  readonly bad: number;
  readonly calls: number;
  readonly least: number;
  readonly minutes: number;
}

/** Loads rows of which every hundredth, say, is refused; for an UPSERT every second one exists. */
async function measure(t: Test, operation: Plan['operation'], rows: number, badPercent: number): Promise<Figures> {
  const records = Array.from({ length: rows }, (_, at) => recordOf(at, badPercent));
  const known = records.filter((_, at) => operation === 'UPDATE' || at % 2 === 0);
  const others = Array.from({ length: 60 }, (_, at) => ({ Id__gc: `other ${at}`, Name__gc: 'old' }));
  const load = await setUpObjectLoad(t, {
    objects,
    records: [...others, ...known.map(({ Id__gc }) => ({ Id__gc, Name__gc: 'old' }))],
  });
  const process = load.process();
  let calls = 0;
  const found: number[] = [];
  for (let from = 0; from < rows; from += batchRows) {
    const outcome = await process.load({ ...visitPlan(), operation }, records.slice(from, from + batchRows));
    calls += outcome.calls ?? 0;
    found.push(...outcome.rows.map(({ row }) => from + row));
  }
  const bad = records.flatMap((record, at) => (isBad(record) ? [at] : []));
  t.same(found, bad, 'exactly the bad rows are rejected');
  t.equal(load.stored().filter(({ Name__gc }) => Name__gc === 'new').length, rows - bad.length);
  t.notOk(
    load.sandbox.objectCalls.some(({ status }) => status === 429),
    'no minute has more calls than allowed',
  );
  const { elapsed = 0 } = load.sandbox.objectCalls.at(-1) ?? {};
  return { rows, bad: bad.length, calls, least: leastOf(operation, records), minutes: elapsed / 60_000 };
}

function recordOf(at: number, badPercent: number): SourceRecord & { readonly Id__gc: string } {
  const isBad = badPercent > 0 && at % (100 / badPercent) === 0;
  return { Id__gc: `v${at}`, Name__gc: isBad ? `too long ${at}` : 'new' };
}

function isBad({ Name__gc }: SourceRecord): boolean {
  return Name__gc !== 'new';
}

/** Without knowing which records are bad: each full call that has one is refused, and its others are sent again. */
function leastOf(operation: Plan['operation'], records: readonly SourceRecord[]): number {
  const calls = (some: readonly SourceRecord[]) => Math.ceil(some.length / 50);
  const refused = (some: readonly SourceRecord[]) =>
    Array.from({ length: calls(some) }, (_, at) => some.slice(at * 50, at * 50 + 50)).filter(
      (group) => group.some(isBad) && !group.every(isBad),
    );
  if (operation === 'UPDATE') return calls(records) + refused(records).length;
  const [existing, added] = [records.filter((_, at) => at % 2 === 0), records.filter((_, at) => at % 2 === 1)];
  return calls(records) + calls(existing) + calls(added) + refused(existing).length + refused(added).length;
}

const sizes = [1, 50, 51, 5000, 100_000];

for (const operation of ['UPDATE', 'UPSERT'] as const) {
  t.test(`${operation}: calls against the least possible`, async (t) => {
    for (const badPercent of [0, 1, 10]) {
      for (const rows of sizes) {
        await t.test(`${rows} rows, ${badPercent} % bad`, async (t) => {
          const { calls, least, bad, minutes } = await measure(t, operation, rows, badPercent);
          t.comment(
            `${operation} ${rows} rows, ${bad} bad: ${calls} calls, least ${least}, ${minutes.toFixed(1)} minutes, ${(rows / Math.max(minutes, 1)).toFixed(0)} rows a minute`,
          );
          const isSteady = operation === 'UPDATE' && bad === 0 && rows === 100_000;
          // The first hundred calls are made at once: they need no minute.
          if (isSteady) t.ok((rows - batchRows) / minutes >= 0.95 * 5000, '95 % of the calls of each minute');
          // A control, what was added last asked for once more, and parts of groups.
          t.ok(calls <= least * 1.25 + 4, `${calls} calls for ${least}`);
        });
      }
    }
  });
}
