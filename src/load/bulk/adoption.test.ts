/** How a process treats the jobs of earlier ones: on a sandbox, with attempts that were killed. */
import t from 'tap';
import {
  type Attempt,
  type AttemptOptions,
  type LoadSetup,
  planInto,
  setUpLoad,
  startAttempt,
} from '../../../integration_tests/support/load_setup.ts';
import { minute } from '../../clock.ts';
import { ConnectorError, Stopped } from '../../errors.ts';
import type { Batch, Plan } from '../../model.ts';
import { firstRowOf } from '../../names.ts';
import type { FaultScript } from '../../sandbox/faults.ts';

const upsert = planInto(0);
const insert = planInto(0, { operation: 'INSERT' });

const ofAttempt = (number: number, run = '41') => ({ identity: { run, attempt: number } });

/** An attempt that sends these files one after the other, and is killed after a given time. */
async function killed(
  setup: LoadSetup,
  plan: Plan,
  files: readonly string[],
  after: number,
  options: object = ofAttempt(0),
): Promise<void> {
  const attempt = startAttempt(setup, [plan], options);
  for (const names of files) attempt.send(await setup.close(plan, [...names]));
  await setup.clock.sleep(after);
  attempt.stop.abort(new Stopped());
  await attempt.finish();
}

/** An attempt that sends these files and runs to its end. */
async function whole(
  setup: LoadSetup,
  plan: Plan,
  files: readonly string[],
  options: AttemptOptions = ofAttempt(1),
): Promise<Attempt> {
  const attempt = startAttempt(setup, [plan], options);
  for (const names of files) attempt.send(await setup.close(plan, [...names]));
  attempt.end(plan);
  await attempt.finish();
  return attempt;
}

const names = (setup: LoadSetup) =>
  setup.sandbox
    .rows('Company')
    .map((row) => row['Name'])
    .join('');
const codes = (attempt: Attempt) => attempt.failures.map(({ error }) => error.code);
const slow = (nth: number, seconds: number): FaultScript[0] => ({
  on: 'submit',
  nth,
  do: { kind: 'stay_in_progress', seconds },
});

t.test('a later attempt takes over what an earlier one sent, running or ended', async (t) => {
  for (const plan of [upsert, insert]) {
    for (const seconds of [0, 600]) {
      const setup = await setUpLoad(t, { script: [slow(1, seconds)] });
      await killed(setup, plan, ['abc'], 20_000);
      const attempt = await whole(setup, plan, ['abc']);
      t.equal(setup.times('submit').length, 1, `${plan.operation}, ${seconds}`);
      t.same(attempt.reported(), ['adopted']);
      t.match(attempt.settled, [{ outcome: { jobId: 'J000001' } }]);
      t.equal(names(setup), 'abc');
      t.match(attempt.events[0], { fileName: setup.sandbox.jobs[0]?.fileName, jobId: 'J000001' });
    }
  }
});

t.test('of several files those that were sent are taken over, in order, and the others are sent', async (t) => {
  const setup = await setUpLoad(t);
  await killed(setup, upsert, ['abc', 'abd'], minute);
  const attempt = await whole(setup, upsert, ['abc', 'abd', 'abe']);
  t.same(attempt.reported(), ['adopted', 'adopted', 'submitted']);
  t.same(attempt.failures, []);
  t.equal(names(setup), 'abe');
});

t.test('rows that differ are sent, and nothing is taken over after them', async (t) => {
  const setup = await setUpLoad(t);
  await killed(setup, upsert, ['abc', 'abd'], minute);
  const quota = { calls_per_hour: 1_000_000, calls_per_day: 1_000_000 };
  const attempt = await whole(setup, upsert, ['xyz', 'abd'], { ...ofAttempt(1), quota });
  t.same(attempt.reported(), ['submitted', 'submitted']);
  t.equal(names(setup), 'abd');
});

t.test('a file that equals the first of two jobs waits for the next, as it could be outdated', async (t) => {
  const setup = await setUpLoad(t);
  await killed(setup, upsert, ['abc', 'abd'], minute);
  const attempt = startAttempt(setup, [upsert], ofAttempt(1));
  attempt.send(await setup.close(upsert, [...'abc']));
  await setup.clock.sleep(10 * minute);
  t.same(attempt.reported(), []);
  attempt.send(await setup.close(upsert, [...'abd']));
  attempt.end(upsert);
  await attempt.finish();
  t.same(attempt.reported(), ['adopted', 'adopted']);
});

t.test('when the spool is full no file waits for the next: it is sent again', async (t) => {
  const setup = await setUpLoad(t);
  await killed(setup, upsert, ['abc', 'abd', 'abe'], minute);
  const attempt = startAttempt(setup, [upsert], ofAttempt(1));
  attempt.send(await setup.close(upsert, [...'abc']));
  await setup.clock.sleep(10 * minute);
  t.same(attempt.reported(), [], 'it waits for the files after it');
  attempt.schedule.fill();
  await setup.clock.sleep(10 * minute);
  t.same(attempt.reported(), ['submitted']);
  // Its place in the order is gone, so those that follow are sent as well.
  for (const names of ['abd', 'abe']) attempt.send(await setup.close(upsert, [...names]));
  attempt.end(upsert);
  await attempt.finish();
  t.same(
    attempt.reported().filter((kind) => kind !== 'quota wait'),
    ['submitted', 'submitted', 'submitted'],
  );
  t.same(codes(attempt), []);
  t.equal(names(setup), 'abe');
});

t.test('an INSERT that is the beginning of more rows is taken over, and the rest is sent', async (t) => {
  const setup = await setUpLoad(t);
  await killed(setup, insert, ['abc'], minute);
  const attempt = await whole(setup, insert, ['abcde']);
  t.same(attempt.reported(), ['adopted', 'submitted']);
  t.match(attempt.splits, [{ first: { rows: 3 }, rest: { rows: 2 } }]);
  t.match(attempt.settled, [{ batch: { rows: 3 } }, { batch: { rows: 2 } }]);
  t.equal(names(setup), 'abcde');
});

t.test('an INSERT with fewer rows than the same file before is not sent', async (t) => {
  for (const [reason, code] of [
    ['end', 'source_ended_early'],
    ['bytes', 'insert_uncertain'],
  ] as const) {
    const setup = await setUpLoad(t);
    await killed(setup, insert, ['abcde'], minute);
    const attempt = startAttempt(setup, [insert], ofAttempt(1));
    attempt.send(await setup.close(insert, [...'abc'], reason));
    attempt.end(insert);
    await attempt.finish();
    t.same(codes(attempt), [code]);
    t.equal(names(setup), 'abcde');
  }
});

t.test('an open INSERT batch ends where an earlier file of its rows ended', async (t) => {
  const setup = await setUpLoad(t, { script: [{ on: 'submit', nth: 2, do: { kind: 'fail', afterRows: 2 } }] });
  await killed(setup, insert, ['abcd'], minute);
  await killed(setup, insert, ['vwxyz'], minute, ofAttempt(0, '42'));
  const { earlierJobs } = startAttempt(setup, [insert], ofAttempt(1, '42')).tenant;
  for (const [rows, expected] of [
    ['abcdef', 4],
    ['abcd', 4],
    ['abc', Number.POSITIVE_INFINITY],
    ['abXdef', 0],
    ['bcd', 0],
    ['vwxyz', 5],
    ['vwx', Number.POSITIVE_INFINITY],
  ] as const) {
    const batch = await setup.close(insert, [...rows]);
    const filling = Object.assign(batch, { firstRowDigest: () => firstRowOf(batch.digest) });
    t.equal(await earlierJobs.sentBefore(filling), expected, rows);
  }
});

t.test('an INSERT is sent only after an equal file just sent must be listed', async (t) => {
  const setup = await setUpLoad(t, { listLag: 14_000 });
  const ghost = startAttempt(setup, [insert], { ...ofAttempt(0), polling: { list_lag_ms: 0 } });
  ghost.send(await setup.close(insert, [...'abc']));
  const attempt = await whole(setup, insert, ['abc']);
  t.same(attempt.reported(), ['adopted']);
  t.equal(names(setup), 'abc');
});

t.test('a process whose sync has a later attempt stops without sending', async (t) => {
  for (const plan of [upsert, insert]) {
    const setup = await setUpLoad(t);
    await killed(setup, plan, ['abc'], minute, { ...ofAttempt(1), polling: { submission_answer_ms: 0 } });
    const ghost = await whole(setup, plan, ['xyz'], ofAttempt(0));
    t.same(codes(ghost), ['attempt_replaced']);
    t.ok(ghost.schedule.halted.aborted);
    t.equal(setup.times('submit').length, 1);
  }
});

t.test('a process whose sync gets a later attempt while it waits for quota stops, too', async (t) => {
  const setup = await setUpLoad(t, { callsPerHour: null });
  setup.sandbox.addForeignJob({ count: 10, age: 1800 });
  const ghost = startAttempt(setup, [upsert], ofAttempt(0));
  ghost.send(await setup.close(upsert, [...'xyz']));
  ghost.end(upsert);
  await setup.clock.sleep(10 * minute);
  t.same(ghost.reported().slice(0, 1), ['quota wait']);
  await killed(setup, upsert, ['abc'], minute, {
    ...ofAttempt(1),
    quota: { calls_per_hour: 99, calls_per_day: 99 },
  });
  await ghost.finish();
  t.same(codes(ghost), ['attempt_replaced']);
  t.equal(setup.times('submit').length, 1);
});

t.test('an attempt waits for running jobs of ours on the object, of any run', async (t) => {
  const setup = await setUpLoad(t, { script: [slow(1, 1000)] });
  await killed(setup, upsert, ['abc'], minute, ofAttempt(0, '40'));
  const attempt = await whole(setup, upsert, ['xyz'], ofAttempt(0, '41'));
  t.same(attempt.reported(), ['waiting for job', 'submitted']);
  t.ok((setup.times('submit')[1] ?? 0) >= 1001);
  t.equal(names(setup), 'xyz');
});

t.test('a job past its deadline is ignored, and one of another client only causes a warning', async (t) => {
  const setup = await setUpLoad(t, { script: [slow(1, 1e6)] });
  await killed(setup, upsert, ['abc'], minute, ofAttempt(0, '40'));
  setup.sandbox.addForeignJob({ object: 'Company', seconds: 9000 });
  const attempt = await whole(setup, upsert, ['xyz'], {
    ...ofAttempt(0, '41'),
    polling: { job_timeout_ms: 30 * minute },
  });
  t.same(attempt.reported(), ['waiting for job', 'warning', 'warning', 'submitted']);
  t.match(
    attempt.events.filter(({ kind }) => kind === 'warning'),
    [{ text: /J000001 on Company took too long/ }, { text: /J000002 of another client/ }],
  );
  t.ok((setup.times('submit')[1] ?? 0) >= 1800);
  const next = await whole(setup, upsert, ['uvw'], { ...ofAttempt(0, '42'), polling: { job_timeout_ms: 30 * minute } });
  t.same(next.reported(), ['warning', 'warning', 'submitted'], 'at once');
});

t.test('if a waiting batch is stopped, the next one waits for the job', async (t) => {
  const setup = await setUpLoad(t, { script: [slow(1, 1000)] });
  await killed(setup, upsert, ['abc'], minute, ofAttempt(0, '40'));
  const plans = [upsert, planInto(1)];
  const attempt = startAttempt(setup, plans);
  for (const plan of plans) attempt.send(await setup.close(plan, [...'xyz']));
  attempt.end(...plans);
  await setup.clock.sleep(minute);
  attempt.faults.stop(upsert, new ConnectorError('bug', { detail: 'stopped' }, { stream: upsert.stream }));
  await attempt.finish();
  t.equal(attempt.settled.length, 1);
  t.ok((setup.times('submit')[1] ?? 0) >= 1001, 'still after the earlier job');
});

t.test('the next run waits for a job of a killed one that the list does not show yet', async (t) => {
  const setup = await setUpLoad(t, { listLag: 14_000, script: [slow(1, 100)] });
  await killed(setup, upsert, ['old'], 500, { ...ofAttempt(0, '41'), polling: { list_lag_ms: 0 } });
  const attempt = await whole(setup, upsert, ['new'], ofAttempt(0, '42'));
  t.same(attempt.reported(), ['waiting for job', 'submitted']);
  t.equal(names(setup), 'new');
});

t.test('a failed stream no longer waits for the list', async (t) => {
  const setup = await setUpLoad(t);
  const attempt = startAttempt(setup, [upsert]);
  attempt.send(await setup.close(upsert, ['a']));
  await setup.clock.sleep(1000);
  attempt.faults.stop(upsert, new ConnectorError('bug', { detail: 'stopped' }, { stream: upsert.stream }));
  await attempt.finish();
  t.equal(setup.clock.elapsed(), 1000);
  t.equal(setup.times('submit').length, 0);
});

t.test('an outdated job may still run: the next file waits for it', async (t) => {
  const setup = await setUpLoad(t, { script: [slow(1, 1000)] });
  // The attempt does not wait for its own first job: its deadline is short.
  await killed(setup, upsert, ['abc', 'abd'], 3 * minute, { ...ofAttempt(0), polling: { job_timeout_ms: minute } });
  await killed(setup, planInto(0), ['abd'], minute, { ...ofAttempt(0), polling: { job_timeout_ms: 1000 } });
  t.equal(setup.sandbox.jobs.length, 2);
  const attempt = await whole(setup, upsert, ['abd', 'abe']);
  t.same(attempt.reported(), ['adopted', 'waiting for job', 'submitted']);
  t.equal(names(setup), 'abe');
});

t.test('a job of an old process that appears while we wait for quota is considered', async (t) => {
  for (const [plan, reported] of [
    [upsert, ['waiting for job', 'submitted']],
    [insert, ['adopted']],
  ] as const) {
    const setup = await setUpLoad(t, { callsPerHour: null, script: [slow(1, 4000)] });
    setup.sandbox.addForeignJob({ count: 10, age: 600 });
    const attempt = startAttempt(setup, [plan], { ...ofAttempt(1), polling: { submission_answer_ms: 0 } });
    attempt.send(await setup.close(plan, [...'abc']));
    attempt.end(plan);
    await setup.clock.sleep(minute);
    t.same(attempt.reported(), ['quota wait']);
    // An earlier process that was thought dead.
    const quota = { calls_per_hour: 99, calls_per_day: 99 };
    const ghost = startAttempt(setup, [plan], { ...ofAttempt(0), quota });
    ghost.send(await setup.close(plan, [...'abc']));
    await attempt.finish();
    t.same(attempt.failures, []);
    t.same(
      attempt.reported().filter((kind) => kind !== 'quota wait'),
      reported,
    );
    t.equal(names(setup), 'abc');
    ghost.stop.abort(new Stopped());
    await ghost.finish();
  }
});

t.test('without a list an UPSERT continues with one warning, and an INSERT is refused', async (t) => {
  const script: FaultScript = [{ on: 'list', do: { kind: 'status', status: 404 } }];
  const setup = await setUpLoad(t, { script });
  const attempt = await whole(setup, upsert, ['abc', 'abd'], ofAttempt(0));
  t.same(attempt.reported(), ['warning', 'submitted', 'submitted']);
  t.equal(setup.times('list').length, 1);
  t.same(codes(await whole(setup, insert, ['abc'])), ['insert_without_list']);
  t.equal(setup.sandbox.jobs.length, 2);
});

t.test('if the list cannot be read nothing is sent', async (t) => {
  const setup = await setUpLoad(t, { script: [{ on: 'list', do: { kind: 'status', status: 500 } }] });
  const attempt = await whole(setup, upsert, ['abc']);
  t.same(codes(attempt), ['gainsight_unavailable']);
  t.equal(setup.times('submit').length, 0);
  t.ok(Math.abs(setup.clock.elapsed() - 30 * minute) < 2 * minute);
});

t.test('with many objects the list is read once, and then once before each file', async (t) => {
  const setup = await setUpLoad(t, { callsPerHour: null, script: [{ on: 'submit', do: { kind: 'stay_pending' } }] });
  const plans = Array.from({ length: 50 }, (_, id) => planInto(id, { object: `Object ${id}` }));
  const attempt = startAttempt(setup, plans);
  const batches: Batch[] = [];
  for (const plan of plans) batches.push(await setup.close(plan, ['a']));
  attempt.send(...batches);
  await setup.clock.sleep(16_000);
  t.equal(setup.times('submit').length, 10);
  // A page with jobs is followed by an empty one.
  t.ok(setup.times('list').length <= 1 + 2 * 11, `${setup.times('list').length}`);
  attempt.stop.abort(new Stopped());
  await attempt.finish();
});
