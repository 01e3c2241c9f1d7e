/** Where batches end, with a real spool and real states: at limits, at states, together, and without losing a row. */
import fc from 'fast-check';
import t from 'tap';
import { setUpBatcher } from '../../integration_tests/support/batcher_setup.ts';
import { planOf } from '../../integration_tests/support/spool.ts';
import type { OpenBatch } from '../spool/open_batch.ts';

const accounts = planOf('UPSERT', 0);
const [usage, visits] = [planOf('INSERT', 1), planOf('INSERT', 2)];
const sizes = (sent: readonly { plan: { id: number }; records: number; reason: string }[]) =>
  sent.map(({ plan, records, reason }) => [plan.id, records, reason]);

t.test('a full file is closed, and the row that did not fit opens the next', async (t) => {
  const { add, batcher, sent, rows } = await setUpBatcher(t, { maxRows: 3 });
  await add(accounts, 1);
  for (const key of [2, 3]) t.equal(await add(accounts, key), undefined, 'nothing to wait for');
  t.equal(await add(accounts, 4), 'appended');
  t.same(sizes(sent), [[0, 3, 'rows']]);
  t.equal(batcher.batchOf(accounts.id)?.records, 1);
  for (const batch of sent) t.same(await rows(batch), ['1,name', '2,name', '3,name']);
});

t.test('superseded rows are removed before a file counts as full', async (t) => {
  const { add, sent, batcher } = await setUpBatcher(t, { maxRows: 10 });
  for (let at = 0; at < 100; at++) await add(accounts, at % 5);
  t.same(sent, []);
  t.equal(batcher.batchOf(accounts.id)?.records, 100);
});

t.test('a row too large for any file is rejected, even as the first, and no other row is lost', async (t) => {
  const { add, batcher, spool, sent } = await setUpBatcher(t, { maxBytes: 100 });
  t.equal(await add(usage, 1, 'x'.repeat(200)), 'rejected');
  t.equal(batcher.batchOf(usage.id), undefined);
  t.equal(spool.usedBytes, 0, 'no empty file is left');
  await add(usage, 2);
  t.equal(await add(usage, 3, 'x'.repeat(200)), 'rejected');
  await add(usage, 4);
  await batcher.close(usage.id, 'end');
  t.same(sizes(sent), [[1, 2, 'end']]);
});

t.test('an INSERT batch ends at its last state, and one without a state where it is full', async (t) => {
  const { add, state, sent, batcher } = await setUpBatcher(t, { maxRows: 4 });
  for (const key of [1, 2]) await add(usage, key);
  await state('A', usage);
  await add(usage, 3);
  await state('B', usage);
  for (const key of [4, 5]) await add(usage, key);
  t.same(sizes(sent), [[1, 3, 'rows']]);
  for (const key of [6, 7, 8]) await add(usage, key);
  t.same(sizes(sent).slice(1), [[1, 4, 'rows']], 'no state inside');
  t.equal(batcher.batchOf(usage.id)?.records, 1);
});

t.test(
  'with shared states, INSERT batches are closed at the same state, and other batches are not closed for it',
  async (t) => {
    const { add, state, sent, batcher } = await setUpBatcher(t, { maxRows: 3 });
    for (const plan of [usage, accounts]) await add(plan, 1);
    await state('A');
    for (const plan of [usage, visits]) await add(plan, 2);
    await state('B');
    for (const key of [3, 4]) await add(usage, key);
    t.same(sizes(sent), [
      [usage.id, 2, 'rows'],
      [visits.id, 1, 'companion'],
    ]);
    t.same([...batcher.open].map(({ plan, records }) => [plan.id, records]).sort(), [
      [accounts.id, 1],
      [usage.id, 2],
    ]);
  },
);

t.test('if rows were sent before, an INSERT batch ends where their file did, wherever states come now', async (t) => {
  const before = [5, 0];
  const sentBefore = async () => before.shift() ?? 0;
  const { add, state, sent, batcher, checkpoint, emitted } = await setUpBatcher(t, { maxRows: 7, sentBefore });
  for (const key of [1, 2, 3]) await add(usage, key);
  await state('A', usage);
  for (const key of [4, 5, 6]) await add(usage, key);
  await state('B', usage);
  for (const key of [7, 8]) await add(usage, key);
  t.same(sizes(sent), [[usage.id, 5, 'adopted']]);
  await batcher.close(usage.id, 'age');
  t.same(sizes(sent).slice(1), [[usage.id, 1, 'age']], 'and the next one at a state again');
  for (const { id } of sent)
    checkpoint.settle(
      id,
      checkpoint
        .bounds(id)
        .slice(1)
        .map(() => 0),
    );
  await checkpoint.release();
  t.same(emitted, [['B', 6, 0]], 'A lies inside of a file');
});

t.test('rows that were sent before in a larger file stay together, unless the batch is full', async (t) => {
  const sentBefore = async (batch: OpenBatch) => (batch.plan === visits ? Number.POSITIVE_INFINITY : 0);
  const { add, state, sent, batcher } = await setUpBatcher(t, { maxRows: 3, sentBefore });
  for (const plan of [usage, visits]) await add(plan, 1);
  await state('A');
  for (const key of [2, 3, 4]) await add(usage, key);
  t.same(sizes(sent), [[usage.id, 1, 'rows']]);
  t.equal(batcher.batchOf(visits.id)?.records, 1);
  for (const key of [2, 3, 4]) await add(visits, key);
  t.same(sizes(sent).slice(1), [[visits.id, 1, 'rows']]);
});

t.test('only rows after the last state are dropped', async (t) => {
  const { add, state, batcher, sent, spool } = await setUpBatcher(t);
  t.equal(await batcher.dropTail(usage.id), 0, 'no rows at all');
  for (const key of [1, 2]) await add(usage, key);
  await state('A', usage);
  t.equal(await batcher.dropTail(usage.id), 0, 'none after the state');
  for (const key of [3, 4, 5]) await add(usage, key);
  t.equal(await batcher.dropTail(usage.id), 3);
  await batcher.close(usage.id, 'end');
  t.same(sizes(sent), [[1, 2, 'end']]);
  await add(usage, 6);
  t.equal(await batcher.dropTail(usage.id), 1, 'the state lies before the batch');
  t.equal(batcher.batchOf(usage.id), undefined);
  for (const batch of sent) await batch.remove();
  await state('B', usage);
  t.equal(spool.usedBytes, 2 * (4 + 'A'.length), 'only the held states are left, each with its length');
});

t.test('the batch of a failed stream is discarded', async (t) => {
  const { add, batcher, spool } = await setUpBatcher(t);
  await add(usage, 1);
  await batcher.drop(usage.id);
  await batcher.drop(usage.id);
  t.same([spool.usedBytes, [...batcher.open]], [0, []]);
});

t.test(
  'on any input every row is in one file, in order, and every state is released once all are settled',
  async (t) => {
    const step = fc.oneof(
      { arbitrary: fc.tuple(fc.constantFrom(usage, visits), fc.nat(50)), weight: 6 },
      { arbitrary: fc.constantFrom('state', 'close' as const), weight: 1 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), fc.boolean(), async (steps, isShared) => {
        const { add, state, batcher, checkpoint, sent, rows, emitted } = await setUpBatcher(t, { maxRows: 7 });
        const wanted = new Map([usage, visits].map(({ id }) => [id, [] as string[]]));
        for (const [at, each] of steps.entries()) {
          if (each === 'state') await state(`${at}`, isShared ? undefined : usage);
          else if (each === 'close') await batcher.close(usage.id, 'age');
          else {
            await add(each[0], each[1], `${at}`);
            wanted.get(each[0].id)?.push(`${each[1]},${at}`);
          }
        }
        await state('last', isShared ? undefined : usage);
        for (const { id } of [usage, visits]) while (batcher.batchOf(id)) await batcher.close(id, 'end');
        const found = new Map([usage, visits].map(({ id }) => [id, [] as string[]]));
        for (const batch of sent) {
          found.get(batch.plan.id)?.push(...(await rows(batch)));
          const bounds = checkpoint.bounds(batch.id);
          checkpoint.settle(
            batch.id,
            bounds.slice(1).map(() => 0),
          );
        }
        await checkpoint.release();
        t.same(found, wanted);
        t.equal(emitted.at(-1)?.[0], 'last');
        const covered = isShared ? [...wanted.values()].flat() : (wanted.get(usage.id) ?? []);
        t.equal(
          emitted.reduce((sum, [, count]) => sum + count, 0),
          covered.length,
        );
      }),
      { numRuns: 50, seed: 11 },
    );
  },
);
