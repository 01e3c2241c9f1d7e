/** A full spool is emptied step by step, and never waits for something that will not happen. */
import t, { type Test } from 'tap';
import { type BatcherSetupOptions, setUpBatcher } from '../../integration_tests/support/batcher_setup.ts';
import { FakeClock } from '../../integration_tests/support/fake_clock.ts';
import { planOf } from '../../integration_tests/support/spool.ts';
import type { Batch } from '../model.ts';
import { Backpressure } from './backpressure.ts';

const accounts = planOf('UPSERT', 0);
const usage = planOf('INSERT', 1);

/** The next step of a job that ends, or nothing. */
type Job = (waiting: Batch[]) => void;

async function setUp(
  t: Test,
  options: BatcherSetupOptions & { awaitsParents?: readonly number[]; barred?: number } = {},
) {
  const parts = await setUpBatcher(t, { limitBytes: 2000, ...options });
  const clock = new FakeClock();
  const stop = new AbortController();
  const warned: string[] = [];
  const steps: string[] = [];
  const stopped = new Set<number>();
  const jobs: Job[] = [];
  let isLifted = false;
  const waits = (planId: number) => !isLifted && (options.awaitsParents ?? []).includes(planId);
  const backpressure = new Backpressure({
    ...{ clock, batcher: parts.batcher, spool: parts.spool, signal: stop.signal },
    schedule: {
      get moving() {
        const awaitingParents = parts.sent.filter(({ plan }) => waits(plan.id)).length;
        return { onTheWay: parts.sent.length - awaitingParents, awaitingParents };
      },
      get isLifted() {
        return isLifted;
      },
      isFull: false,
      fill: () => undefined,
      unfinishedParents: (planId) => (waits(planId) ? [99] : []),
      isStopped: (planId) => stopped.has(planId),
      lift() {
        isLifted = true;
        steps.push('lift');
      },
      async changed(signal) {
        const job = jobs.shift();
        if (!job) return clock.sleep(1e9, signal);
        await clock.sleep(60_000, signal);
        job(parts.sent);
      },
    },
    earlierJobs: { isBarred: async ({ plan }) => plan.id === options.barred },
    output: { log: (_level, text) => warned.push(text) },
  });
  /** A job ends: its file is removed. */
  const ends: Job = (waiting) => void waiting.shift()?.remove();
  return { ...parts, backpressure, clock, stop, warned, steps, stopped, jobs, ends };
}

t.test('while there is room nothing is done and the input does not wait', async (t) => {
  const { backpressure, add, sent, warned } = await setUp(t);
  await add(accounts, 1);
  t.equal(backpressure.room(), undefined);
  t.same([sent, warned], [[], []]);
});

t.test('superseded rows are removed first, as that costs no call', async (t) => {
  const { backpressure, add, sent, batcher, spool } = await setUp(t);
  for (let at = 0; at < 200; at++) await add(accounts, at % 3);
  await backpressure.room();
  t.same(sent, []);
  t.equal(batcher.batchOf(accounts.id)?.rows, 3);
  t.ok(spool.usedBytes < 2000);
});

t.test('the spool never exceeds its limit, even with what closing a file writes temporarily', async (t) => {
  const { backpressure, add, jobs, ends, spool } = await setUp(t, { limitBytes: 100_000 });
  let most = 0;
  let ended = 0;
  const look = () => {
    most = Math.max(most, spool.usedBytes);
  };
  for (let at = 0; at < 9000; at += 1) {
    await add(accounts, at % 3 === 0 ? at : at % 50);
    look();
    jobs[0] = (waiting) => {
      look();
      ended += 1;
      ends(waiting);
    };
    await backpressure.room();
  }
  look();
  t.ok(ended > 0);
  t.ok(most > 80_000 && most <= 100_000, `${most} bytes`);
});

t.test(
  'then the largest batch is closed, and the input waits until its job has made room; that is logged once',
  async (t) => {
    const { backpressure, add, sent, jobs, ends, warned, clock, batcher } = await setUp(t);
    await add(usage, 0);
    for (let at = 0; at < 150; at++) await add(accounts, at);
    jobs.push(ends);
    await backpressure.room();
    t.equal(clock.elapsed(), 60_000);
    t.same(sent, []);
    t.ok(batcher.batchOf(usage.id), 'the small one stays open');
    for (let at = 0; at < 150; at++) await add(accounts, at);
    jobs.push(ends);
    await backpressure.room();
    t.equal(warned.length, 1);
  },
);

t.test('files that wait for parents start when load_after is lifted, and the input continues', async (t) => {
  const { backpressure, add, steps, jobs, ends, warned, batcher } = await setUp(t, { awaitsParents: [1] });
  for (let at = 0; at < 200; at++) await add(usage, at);
  await batcher.close(usage.id, 'rows');
  for (let at = 0; at < 10; at++) await add(usage, at);
  jobs.push(ends);
  await backpressure.room();
  t.same(steps, ['lift']);
  t.match(warned[1], /no longer wait for those that they load after/);
});

t.test('an INSERT batch that may be the beginning of an earlier job is not closed', async (t) => {
  const { backpressure, add, sent } = await setUp(t, { barred: 1 });
  for (let at = 0; at < 300; at++) await add(usage, at);
  await t.rejects(backpressure.room() ?? Promise.resolve(), { code: 'spool_full' });
  t.same(sent, []);
});

t.test('after 90 minutes it is given up', async (t) => {
  const { backpressure, add, clock } = await setUp(t);
  for (let at = 0; at < 200; at++) await add(usage, at);
  await t.rejects(backpressure.room() ?? Promise.resolve(), { code: 'spool_full', failureType: 'transient_error' });
  t.equal(clock.elapsed(), 90 * 60_000);
});

t.test('a failed stream frees its room', async (t) => {
  const { backpressure, add, stopped, batcher, spool, sent } = await setUp(t);
  for (let at = 0; at < 200; at++) await add(usage, at);
  stopped.add(usage.id);
  await backpressure.room();
  t.same([batcher.batchOf(usage.id), sent], [undefined, []]);
  t.equal(spool.usedBytes, 0);
});

t.test('the waiting ends when reading is aborted', async (t) => {
  const { backpressure, add, stop, jobs } = await setUp(t);
  for (let at = 0; at < 200; at++) await add(usage, at);
  jobs.push(() => stop.abort(new Error('read no more')));
  await t.rejects(backpressure.room() ?? Promise.resolve(), { message: 'read no more' });
});
