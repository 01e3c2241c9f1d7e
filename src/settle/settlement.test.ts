/** The outcomes of a batch's records, its states and its counts after its job has ended. */
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { setUpBatcher } from '../../integration_tests/support/batcher_setup.ts';
import { FakeClock } from '../../integration_tests/support/fake_clock.ts';
import { keyDigest, planOf } from '../../integration_tests/support/spool.ts';
import { PlainWords } from '../gainsight/plain_words.ts';
import { Schedule } from '../load/schedule.ts';
import type { Batch, Plan, RejectedRow } from '../model.ts';
import { ValueChecks } from '../records/value_check.ts';
import { Failures } from './failures.ts';
import { FolderStore } from './rejects/folder.ts';
import { Rejects } from './rejects/rejects.ts';
import { Reporter } from './reporter.ts';
import { Settlement } from './settlement.ts';

const accounts = planOf('UPSERT', 0);
const usage = planOf('INSERT', 1);

async function setUp(t: Test, { failAbovePercent = 100, folder = '' } = {}) {
  const plans = [accounts, usage];
  const parts = await setUpBatcher(t, { plans });
  const { accounts: all, checkpoint } = parts;
  const output = { log: () => undefined, drained: () => Promise.resolve() };
  const store = folder
    ? new FolderStore({
        folder,
        nullText: '',
        run: '1',
        attempt: 0,
        maxBytes: 1e6,
        clock: new FakeClock(),
        secrets: [],
      })
    : undefined;
  const rejects = new Rejects({
    accounts: all,
    output,
    words: new PlainWords('keys', ['Key', 'Name']),
    settings: { log_detail: 'keys', max_logged: 0 },
    comesAgain: () => 'none',
    nullText: '',
    store,
  });
  const schedule = new Schedule(plans);
  const failures = new Failures({ output, schedule, checkpoint });
  const checks = new ValueChecks();
  const reporter = new Reporter({
    ...{
      clock: new FakeClock(),
      output,
      accounts: all,
      schedule,
      checks,
      heldOf: () => [],
      forecast: () => 0,
      detail: 'keys',
    },
    autoRows: 500,
  });
  const settlement = new Settlement(
    { accounts: all, checkpoint, failures, rejects, reporter, schedule },
    { fail_above_percent: failAbovePercent },
  );
  const settle = (batch: Batch, rows: readonly number[] = [], unidentified = 0) =>
    settlement.settle(batch, { jobId: 'J', rejected: rows.map(rejectedRow), unidentified });
  const closeNow = async (plan: Plan): Promise<Batch> => {
    await parts.batcher.close(plan.id, 'end');
    const batch = parts.sent.at(-1) as Batch;
    await settlement.closed(batch);
    return batch;
  };
  const countsOf = (plan: Plan) => {
    const { accepted, superseded, rejected } = all.of(plan);
    return { accepted, superseded, rejected };
  };
  const refuse = async (plan: Plan, count = 1, lacksKey = false) => {
    for (let at = 0; at < count; at++)
      await settlement.refuse({ plan, sure: true, reason: 'no', lacksKey, records: 1 });
  };
  /** Checks the plan after this many records; returns the error that stops it. */
  const judge = (plan: Plan, received: number) => {
    all.of(plan).received = received;
    settlement.judgeRefused();
    return failures.end(true)?.error;
  };
  return {
    ...parts,
    settlement,
    settle,
    closeNow,
    countsOf,
    schedule,
    refuse,
    judge,
    of: (plan: Plan) => all.of(plan),
  };
}

function first(rows: number): number[] {
  return Array.from({ length: rows }, (_, row) => row);
}

function rejectedRow(row: number): RejectedRow {
  return { row, sure: true, errors: [{ field: 'Name', message: 'no' }] };
}

t.test('superseded records share the outcome of the row that replaced them', async (t) => {
  const { add, state, closeNow, settle, countsOf, emitted, spool } = await setUp(t);
  for (const key of ['a', 'b', 'a']) await add(accounts, key);
  await state('S1', accounts);
  for (const key of ['a', 'c']) await add(accounts, key);
  await state('S2', accounts);
  const batch = await closeNow(accounts);
  t.same([batch.rows, batch.records], [3, 5]);
  // The file has b, a, c: a is rejected, and with it the two records that it replaced.
  await settle(batch, [1]);
  t.same(emitted, [
    ['S1', 1, 2],
    ['S2', 1, 1],
  ]);
  t.same(countsOf(accounts), { accepted: 2, superseded: 0, rejected: 3 });
  t.equal(spool.usedBytes, 0, 'nothing is left on disk');
});

t.test('rejected rows without a name require the whole file to be stored', async (t) => {
  const without = await setUp(t);
  await without.add(usage, 1);
  const batch = await without.closeNow(usage);
  await t.rejects(without.settle(batch, [], 1), { code: 'rejects_unnamed', stream: usage.stream });
  const { add, state, closeNow, settle, countsOf, emitted } = await setUp(t, { folder: t.testdir() });
  for (const key of [1, 2, 3]) await add(usage, key);
  await state('S', usage);
  await settle(await closeNow(usage), [0], 1);
  t.same(countsOf(usage), { accepted: 1, superseded: 0, rejected: 2 });
  t.same(emitted, [['S', 1, 2]]);
});

t.test('too many rejected rows fail the stream, and its states from that job on are withheld', async (t) => {
  const { add, state, closeNow, settle, emitted } = await setUp(t, { failAbovePercent: 10 });
  for (let at = 0; at < 400; at++) await add(usage, at);
  await state('S1', usage);
  await settle(await closeNow(usage), first(40));
  t.same(emitted, [['S1', 360, 40]]);
  for (let at = 0; at < 100; at++) await add(usage, at);
  await state('S2', usage);
  await t.rejects(settle(await closeNow(usage), first(20)), { code: 'too_many_rejects' });
  t.equal(emitted.length, 1);
});

t.test('rows that the connector rejected count for the jobs after them, not for earlier ones', async (t) => {
  const { add, closeNow, settle, refuse, countsOf } = await setUp(t, { failAbovePercent: 10 });
  for (let at = 0; at < 100; at++) await add(usage, at);
  const first = await closeNow(usage);
  // While the first job runs, the input is read further: 60 of 1,000 rows are rejected.
  await refuse(usage, 60);
  for (let at = 0; at < 940; at++) await add(usage, at);
  const second = await closeNow(usage);
  await settle(first, [0]);
  await settle(second, [0]);
  t.same(countsOf(usage), { accepted: 1038, superseded: 0, rejected: 62 });
  await refuse(usage, 60);
  for (let at = 0; at < 10; at++) await add(usage, at);
  await t.rejects(settle(await closeNow(usage)), { code: 'too_many_rejects' });
});

t.test('a stream without a sendable record fails without a job', async (t) => {
  const cases: [refused: number, skipped: number, received: number, message: RegExp | undefined][] = [
    [0, 0, 1000, undefined],
    // The sample is too small.
    [4, 0, 4, undefined],
    // One of them may still be accepted.
    [5, 0, 6, undefined],
    [5, 0, 5, /^5 of 5 rows .* none was accepted/],
    // Skipped rows do not count.
    [5, 100, 105, /^5 of 5 rows .* none was accepted/],
    [50, 100, 600, undefined],
    [50, 100, 599, /^50 of 499 rows .* the limit is 10 %/],
  ];
  for (const [refused, skipped, received, message] of cases) {
    const { judge, of, refuse, schedule } = await setUp(t, { failAbovePercent: 10 });
    await refuse(usage, refused);
    of(usage).skipped = skipped;
    const error = judge(usage, received);
    t.match(error, message && { code: 'too_many_rejects', message }, `${refused} of ${received}`);
    t.equal(schedule.isStopped(usage.id), message !== undefined);
  }
});

t.test('a stream whose every record lacks a key fails, however few they are', async (t) => {
  for (const [records, received, isFault] of [
    [1, 1, false],
    [2, 2, true],
    [2, 3, false],
  ] as const) {
    const { judge, refuse } = await setUp(t, { failAbovePercent: 100 });
    await refuse(accounts, records, true);
    const error = judge(accounts, received);
    t.match(error?.message, isFault ? /^2 of 2 rows .* every one lacks a value for a key field/ : undefined);
  }
});

const byCalls: [name: string, failAbovePercent: number, rows: number, rejected: number, fails: boolean][] = [
  ['a tenth is the limit, and not above it', 10, 500, 50, false],
  ['one more is', 10, 500, 51, true],
  ['fewer than fifty are too few', 10, 100, 49, false],
  ['none may be', 0, 100, 1, true],
  ['all of five', 100, 5, 5, true],
  ['all of four', 100, 4, 4, false],
];
for (const [name, failAbovePercent, rows, rejected, fails] of byCalls) {
  t.test(`rows that calls of the object API rejected count as those of a job: ${name}`, async (t) => {
    const { add, state, closeNow, settlement, countsOf, emitted, of } = await setUp(t, { failAbovePercent });
    for (let at = 0; at < rows; at++) await add(accounts, at);
    await state('S', accounts);
    const batch = await closeNow(accounts);
    const outcome = { calls: 7, rejected: first(rejected).map(rejectedRow), unidentified: 0 };
    const settled = settlement.settle(batch, outcome);
    if (fails) await t.rejects(settled, { code: 'too_many_rejects', stream: accounts.stream });
    else await settled;
    t.same(countsOf(accounts), { accepted: rows - rejected, superseded: 0, rejected });
    t.same(emitted, fails ? [] : [['S', rows - rejected, rejected]]);
    t.match(of(accounts), { calls: 7, submitted: 0, refused: 0 }, 'the connector itself rejected none');
  });
}

t.test('calls add up, and a batch of which nothing was sent was rejected by the connector', async (t) => {
  const { add, closeNow, settlement, of } = await setUp(t);
  for (const outcome of [{ calls: 3 }, { calls: 0 }, { calls: 2 }, {}]) {
    await add(accounts, 'a');
    await add(accounts, 'b');
    await settlement.settle(await closeNow(accounts), { ...outcome, rejected: [rejectedRow(0)], unidentified: 0 });
  }
  t.match(of(accounts), { calls: 5, accepted: 4, rejected: 4, refused: 1 });
});

t.test('if no row may be rejected, one is too many', async (t) => {
  const { add, closeNow, settle } = await setUp(t, { failAbovePercent: 0 });
  for (let at = 0; at < 400; at++) await add(usage, at);
  await t.rejects(settle(await closeNow(usage), [7]), { code: 'too_many_rejects' });
});

t.test('a batch without rows settles as superseded, its deletions as skipped', async (t) => {
  const { add, state, batcher, sent, settlement, countsOf, emitted, checkpoint, schedule } = await setUp(t);
  await add(accounts, 'a');
  batcher.delete(accounts, { keyDigest: keyDigest('a') });
  await state('S', accounts);
  t.same(emitted, []);
  await batcher.close(accounts.id, 'end');
  const [batch] = sent;
  t.same([batch?.rows, batch?.records, batch?.deletions], [0, 2, 1]);
  t.same(batch?.unsent, { rejected: [], unidentified: 0 }, 'no job is needed');
  await settlement.closed(batch as Batch);
  t.equal(schedule.waiting, 0);
  t.same(emitted, [['S', 2, 0]]);
  t.same(countsOf(accounts), { accepted: 0, superseded: 1, rejected: 0 });
  t.same(checkpoint.oldestHeld(), []);
});

/** Rows `key,A,B`; unread values (`?`) decide the file. */
async function setUpSeparate(t: Test) {
  const setup = await setUp(t, { folder: t.testdir() });
  const columns = ['Key', 'A', 'B'].map((field) => ({ path: [field], field, isDateTime: false }));
  const plan: Plan = { ...accounts, columns, unreadableValues: 'separate_file' };
  const addRow = async (text: string) => {
    const bytes = Buffer.from(`${text.replaceAll('?', '\xff')}\n`, 'latin1');
    const row = { bytes, length: bytes.length, keyDigest: keyDigest(text.split(',')[0] ?? '') };
    await setup.batcher.append(plan, row, Buffer.from('Key,A,B\n'));
  };
  return { ...setup, plan, addRow };
}

t.test('a batch of several files is proven with the last of them, each record by its own file', async (t) => {
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
  ]) {
    const { addRow, plan, state, batcher, sent, settlement, settle, countsOf, emitted, spool } = await setUpSeparate(t);
    for (const row of ['1,a,b', '2,?,b', '2,?,c']) await addRow(row);
    await state('S1', plan);
    for (const row of ['3,?,z', '4,a,?', '2,?,d', '5,a,b']) await addRow(row);
    await state('S2', plan);
    await batcher.close(plan.id, 'end');
    t.same(
      sent.map(({ rows, records, partOf }) => [rows, records, partOf?.unread.join()]),
      [
        [2, 2, ''],
        [2, 4, 'A'],
        [1, 1, 'B'],
      ],
    );
    for (const batch of sent) await settlement.closed(batch);
    // Of the second file one row is named, and one is not: it is counted where the file has records.
    const settled = [
      () => settle(sent[0] as Batch, [0]),
      () => settle(sent[1] as Batch, [0], 1),
      () => settle(sent[2] as Batch),
    ];
    for (const [at, which] of order.entries()) {
      t.same(emitted, [], `nothing is proven with ${at} of three`);
      await settled[which]?.();
    }
    // Rows 1 and 3 are rejected by name; of key 2 the last of three records is rejected without a name.
    t.same(emitted, [
      ['S1', 2, 1],
      ['S2', 2, 2],
    ]);
    const rejected = emitted.reduce((sum, [, , count]) => sum + count, 0);
    const accepted = emitted.reduce((sum, [, count]) => sum + count, 0);
    const counts = countsOf(plan);
    t.equal(rejected, counts.rejected);
    t.equal(accepted, counts.accepted + counts.superseded);
    t.equal(rejected + accepted, 7);
    t.equal(spool.usedBytes, 0, 'nothing is left on disk');
  }
});

t.test('rejected rows without a name are counted among the records of their own file', async (t) => {
  const { addRow, plan, state, batcher, sent, settlement, settle, emitted } = await setUpSeparate(t);
  for (const row of ['1,?,b', '2,?,b']) await addRow(row);
  await state('S1', plan);
  for (const row of ['3,a,b', '4,a,b']) await addRow(row);
  await state('S2', plan);
  await batcher.close(plan.id, 'end');
  for (const batch of sent) await settlement.closed(batch);
  await settle(sent[1] as Batch, [], 1);
  await settle(sent[0] as Batch, [0, 1]);
  t.same(emitted, [
    ['S1', 1, 1],
    ['S2', 0, 2],
  ]);
});

t.test(
  'with any rows, keys, states and rejects every record has one outcome, in the tallies and in the states',
  async (t) => {
    const step = fc.oneof({ arbitrary: fc.integer({ min: 0, max: 6 }), weight: 8 }, fc.constantFrom('state', 'close'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.array(fc.nat(5)),
        fc.boolean(),
        async (steps, bad, keys) => {
          const plan = keys ? accounts : usage;
          const { add, state, closeNow, settle, countsOf, emitted, sent, batcher } = await setUp(t);
          // Otherwise a stream with no accepted row would fail.
          await add(plan, 'accepted');
          let records = 1;
          await settle(await closeNow(plan));
          sent.pop();
          for (const [at, each] of steps.entries()) {
            if (typeof each === 'number') {
              await add(plan, each);
              records += 1;
            } else if (each === 'state') await state(`${at}`, plan);
            else if (batcher.batchOf(plan.id)) await closeNow(plan);
          }
          await state('last', plan);
          while (batcher.batchOf(plan.id)) await closeNow(plan);
          for (const batch of sent) await settle(batch, [...new Set(bad)].filter((row) => row < batch.rows).sort());
          const { accepted, superseded, rejected } = countsOf(plan);
          const sum = (of: 1 | 2) => emitted.reduce((total, stats) => total + stats[of], 0);
          return (
            accepted + superseded + rejected === records &&
            sum(1) === accepted + superseded &&
            sum(2) === rejected &&
            emitted.at(-1)?.[0] === 'last'
          );
        },
      ),
      { numRuns: 60, seed: 5 },
    );
  },
);
