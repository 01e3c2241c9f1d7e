/** The second loop on a sandbox: what runs in parallel, and what a failure stops. */

import { existsSync } from 'node:fs';
import t from 'tap';
import { type Attempt, planInto, setUpLoad, startAttempt } from '../integration_tests/support/load_setup.ts';
import { minute } from './clock.ts';
import { ConnectorError, Stopped } from './errors.ts';
import type { Batch } from './model.ts';

const fail = (object: string) => ({ on: 'submit', nth: 1, object, do: { kind: 'fail' } }) as const;
const slow = (object: string, seconds: number) =>
  ({ on: 'submit', object, do: { kind: 'stay_in_progress', seconds } }) as const;
const codes = (attempt: Attempt) => attempt.failures.map(({ error, stopped }) => [error.code, stopped]);

t.test('objects run in parallel, the jobs of one in order, children after parents', async (t) => {
  const setup = await setUpLoad(t, { script: ['A', 'B', 'C'].map((object) => slow(object, 100)) });
  const plans = [
    planInto(0, { object: 'A' }),
    planInto(1, { object: 'B' }),
    planInto(2, { object: 'C', parents: [0] }),
  ];
  const attempt = startAttempt(setup, plans);
  const batches: Batch[] = [];
  for (const plan of [0, 0, 1, 2].map((id) => plans[id] ?? planInto(9)))
    batches.push(await setup.close(plan, ['a', `${setup.spool.usedBytes}`]));
  attempt.send(...batches);
  attempt.end(...plans);
  await attempt.finish();
  t.same(attempt.failures, []);
  t.same(
    setup.sandbox.jobs.map(({ object }, at) => (at < 2 ? 'A or B' : object)),
    ['A or B', 'A or B', 'A', 'C'],
  );
  const [first = 0, beside = 0, second = 0, child = 0] = setup.times('submit');
  t.ok(beside === first && second >= first + 101 && second < first + 115 && child >= second + 101);
  t.equal(setup.spool.usedBytes, 0);
});

t.test('a FAILED job stops its stream and its children; the others finish', async (t) => {
  const setup = await setUpLoad(t, { script: [fail('O0')] });
  const plans = [0, 1, 2, 3].map((id) =>
    planInto(id, { object: `O${id}`, parents: id === 1 || id === 2 ? [id - 1] : [] }),
  );
  const attempt = startAttempt(setup, plans);
  const batches: Batch[] = [];
  for (const plan of [...plans, ...plans]) batches.push(await setup.close(plan, ['a', `${batches.length}`]));
  attempt.send(...batches);
  attempt.end(...plans);
  await attempt.finish();
  t.same(codes(attempt), [['job_failed', [0, 1, 2]]]);
  t.same(
    attempt.settled.map(({ batch }) => batch.plan.id),
    [3, 3],
  );
  t.same(
    batches.filter(({ path }) => existsSync(path)),
    [],
    'the files are removed',
  );
});

t.test('a stream that fails after its parent does not fail the whole sync', async (t) => {
  const setup = await setUpLoad(t, { script: [slow('A', 10), slow('B', 50), fail('A'), fail('B')] });
  const plans = [
    planInto(0, { object: 'A' }),
    planInto(1, { object: 'B', parents: [0] }),
    planInto(2, { object: 'C' }),
  ];
  const attempt = startAttempt(setup, plans);
  attempt.schedule.lift();
  for (const plan of plans) attempt.send(await setup.close(plan, ['a']));
  attempt.end(...plans);
  await attempt.finish();
  t.same(codes(attempt), [
    ['job_failed', [0, 1]],
    ['job_failed', [1]],
  ]);
  t.notOk(attempt.schedule.halted.aborted);
  t.equal(attempt.settled.length, 1);
});

t.test('once halted no new job starts, those waiting for quota give up, and running ones are polled', async (t) => {
  const setup = await setUpLoad(t, { script: [slow('A', 300)] });
  const plans = [planInto(0, { object: 'A' }), planInto(1, { object: 'B' }), planInto(2, { object: 'A' })];
  const attempt = startAttempt(setup, plans, { quota: { calls_per_hour: 1, calls_per_day: 9 } });
  for (const plan of plans) attempt.send(await setup.close(plan, ['a']));
  attempt.end(...plans);
  await setup.clock.sleep(minute);
  t.same(attempt.reported().sort(), ['quota wait', 'submitted']);
  attempt.schedule.halt();
  await attempt.finish();
  t.same(attempt.failures, []);
  t.same(
    attempt.settled.map(({ batch }) => batch.plan.id),
    [0],
  );
  t.equal(setup.times('submit').length, 1);
  t.ok(setup.clock.elapsed() > 300_000 && setup.clock.elapsed() < 400_000);
  t.equal(setup.clock.sleeping, 0);
});

t.test('a failure of the whole sync halts all; running jobs are polled and settled', async (t) => {
  const setup = await setUpLoad(t, {
    script: [slow('O0', 300), { on: 'submit', object: 'O1', do: { kind: 'status', status: 403 } }],
  });
  // The third uses the object of the first: on an object of its own it might start before the refusal arrives.
  const plans = ['O0', 'O1', 'O0'].map((object, id) => planInto(id, { object }));
  const attempt = startAttempt(setup, plans);
  for (const plan of plans) attempt.send(await setup.close(plan, ['a']));
  attempt.end(...plans);
  await attempt.finish();
  t.same(codes(attempt), [['access_refused', []]]);
  t.ok(attempt.settled.some(({ batch }) => batch.plan.id === 0));
  t.equal(attempt.settled.length, setup.sandbox.jobs.length, 'what was sent before the key was refused');
});

t.test('a batch that cannot be settled fails its stream', async (t) => {
  const setup = await setUpLoad(t);
  const plans = [0, 1].map((id) => planInto(id, { object: `O${id}` }));
  const settled = async ({ plan }: Batch) => {
    if (plan.id === 0) throw new ConnectorError('too_many_rejects', {}, { stream: plan.stream });
  };
  const attempt = startAttempt(setup, plans, { settle: settled });
  for (const id of [0, 0, 1]) attempt.send(await setup.close(plans[id] ?? planInto(9), [`${setup.spool.usedBytes}`]));
  attempt.end(...plans);
  await attempt.finish();
  t.same(codes(attempt), [['too_many_rejects', [0]]]);
  t.equal(setup.times('submit').length, 2);
});

t.test('a stream stopped from outside sends nothing more, wherever it waits', async (t) => {
  const setup = await setUpLoad(t, { script: [slow('A', 100)] });
  const plans = [planInto(0, { object: 'A' }), planInto(1, { object: 'B' })];
  const attempt = startAttempt(setup, plans, { quota: { calls_per_hour: 1, calls_per_day: 9 } });
  for (const id of [0, 0, 1, 1])
    attempt.send(await setup.close(plans[id] ?? planInto(9), [`${setup.spool.usedBytes}`]));
  await setup.clock.sleep(minute);
  const error = new ConnectorError('too_many_rejects', {}, { stream: plans[1]?.stream });
  attempt.faults.stop(plans[1] ?? planInto(9), error);
  attempt.end(...plans);
  await attempt.finish();
  t.same(codes(attempt), [['too_many_rejects', [1]]]);
  t.same(
    setup.sandbox.jobs.map(({ object }) => object),
    ['A', 'A'],
  );
});

t.test('SIGTERM ends all waiting at once and leaves no timer', async (t) => {
  const setup = await setUpLoad(t, { script: [slow('O0', 1e6)] });
  const plans = [0, 1, 2].map((id) => planInto(id, { object: `O${Math.min(id, 1)}` }));
  const attempt = startAttempt(setup, plans, { quota: { calls_per_hour: 1, calls_per_day: 9 } });
  for (const plan of plans) attempt.send(await setup.close(plan, ['a']));
  attempt.end(...plans);
  await setup.clock.sleep(10 * minute);
  const at = setup.clock.elapsed();
  attempt.stop.abort(new Stopped());
  await attempt.finish();
  t.equal(setup.clock.elapsed(), at);
  t.equal(setup.clock.sleeping, 0);
  t.same([attempt.failures.length, attempt.settled.length], [0, 0]);
});

t.test('a batch is sent whenever it comes; no change is missed', async (t) => {
  const setup = await setUpLoad(t, { callsPerHour: null, callsPerDay: null });
  const plans = [0, 1, 2, 3].map((id) => planInto(id, { object: `O${id % 2}` }));
  const attempt = startAttempt(setup, plans, { quota: { calls_per_hour: 1000, calls_per_day: 1000 } });
  for (let close = 0; close < 24; close++) {
    attempt.send(await setup.close(plans[(close * 7) % 4] ?? planInto(9), [`${close}`]));
    if (close % 3 === 0) await setup.clock.sleep((close * 977) % 4000);
  }
  attempt.end(...plans);
  await attempt.finish();
  t.same(attempt.failures, []);
  t.equal(attempt.settled.length, 24);
  for (const { id } of plans) {
    const order = attempt.settled.filter(({ batch }) => batch.plan.id === id).map(({ batch }) => batch.id);
    t.same(
      order,
      order.toSorted((a, b) => a - b),
    );
  }
  const reported = attempt.events
    .filter(({ kind }) => kind === 'submitted')
    .map((event) => 'jobId' in event && event.jobId);
  t.equal(new Set(reported).size, 24, 'each job is reported once');
  t.equal(reported.length, 24);
});
