/** What a process does about the jobs of earlier ones: on a sandbox, with attempts that were killed. */
import t from 'tap';
import {
  type Process,
  planInto,
  startProcess,
  type TenantBench,
  tenantBench,
} from '../../../integration_tests/support/tenant_bench.ts';
import { minute } from '../../clock.ts';
import { ConnectorError, Stopped } from '../../errors.ts';
import type { Batch, Plan } from '../../model.ts';
import type { FaultScript } from '../../sandbox/faults.ts';
import type { TenantOptions } from '../../wiring.ts';
import { firstRowOf } from './file_name.ts';

const upsert = planInto(0);
const insert = planInto(0, { operation: 'INSERT' });

const attempt = (number: number, run = '41') => ({ identity: { run, attempt: number } });

/** An attempt that sends these files, one after the other, and is killed so long after it began. */
async function killed(
  bench: TenantBench,
  plan: Plan,
  files: readonly string[],
  after: number,
  options: object = attempt(0),
): Promise<void> {
  const process = startProcess(bench, [plan], options);
  for (const names of files) process.send(await bench.close(plan, [...names]));
  await bench.clock.sleep(after);
  process.stop.abort(new Stopped());
  await process.tenant.dispatcher.finish();
}

/** An attempt that sends these files and runs to its end. */
async function whole(
  bench: TenantBench,
  plan: Plan,
  files: readonly string[],
  options: Partial<TenantOptions> = attempt(1),
): Promise<Process> {
  const process = startProcess(bench, [plan], options);
  for (const names of files) process.send(await bench.close(plan, [...names]));
  process.end(plan);
  await process.tenant.dispatcher.finish();
  return process;
}

const names = (bench: TenantBench) =>
  bench.sandbox
    .rows('Company')
    .map((row) => row['Name'])
    .join('');
const codes = (process: Process) => process.failures.map(({ error }) => error.code);
const slow = (nth: number, seconds: number): FaultScript[0] => ({
  on: 'submit',
  nth,
  do: { kind: 'stay_in_progress', seconds },
});

t.test('a later attempt takes over what an earlier one sent, at work or done', async (t) => {
  for (const plan of [upsert, insert]) {
    for (const seconds of [0, 600]) {
      const bench = await tenantBench(t, { script: [slow(1, seconds)] });
      await killed(bench, plan, ['abc'], 20_000);
      const process = await whole(bench, plan, ['abc']);
      t.equal(bench.times('submit').length, 1, `${plan.operation}, ${seconds}`);
      t.same(process.reported(), ['adopted']);
      t.match(process.settled, [{ outcome: { jobId: 'J000001' } }]);
      t.equal(names(bench), 'abc');
      t.match(process.events[0], { fileName: bench.sandbox.jobs[0]?.fileName, jobId: 'J000001' });
    }
  }
});

t.test('of several files those that were sent are taken over, in order, and the rest is sent', async (t) => {
  const bench = await tenantBench(t);
  await killed(bench, upsert, ['abc', 'abd'], minute);
  const process = await whole(bench, upsert, ['abc', 'abd', 'abe']);
  t.same(process.reported(), ['adopted', 'adopted', 'submitted']);
  t.same(process.failures, []);
  t.equal(names(bench), 'abe');
});

t.test('other rows than before are sent, and nothing is taken over after them', async (t) => {
  const bench = await tenantBench(t);
  await killed(bench, upsert, ['abc', 'abd'], minute);
  const process = await whole(bench, upsert, ['xyz', 'abd']);
  t.same(process.reported(), ['submitted', 'submitted']);
  t.equal(names(bench), 'abd');
});

t.test('a file that equals the first of two jobs waits for the next, lest it be taken for outdated', async (t) => {
  const bench = await tenantBench(t);
  await killed(bench, upsert, ['abc', 'abd'], minute);
  const process = startProcess(bench, [upsert], attempt(1));
  process.send(await bench.close(upsert, [...'abc']));
  await bench.clock.sleep(10 * minute);
  t.same(process.reported(), []);
  process.send(await bench.close(upsert, [...'abd']));
  process.end(upsert);
  await process.tenant.dispatcher.finish();
  t.same(process.reported(), ['adopted', 'adopted']);
});

t.test('an INSERT that is the beginning of more rows is taken over, and the rest is sent', async (t) => {
  const bench = await tenantBench(t);
  await killed(bench, insert, ['abc'], minute);
  const process = await whole(bench, insert, ['abcde']);
  t.same(process.reported(), ['adopted', 'submitted']);
  t.match(process.splits, [{ first: { rows: 3 }, rest: { rows: 2 } }]);
  t.match(process.settled, [{ batch: { rows: 3 } }, { batch: { rows: 2 } }]);
  t.equal(names(bench), 'abcde');
});

t.test('an INSERT with fewer rows than its twin is not sent', async (t) => {
  for (const [reason, code] of [
    ['end', 'source_ended_early'],
    ['bytes', 'insert_uncertain'],
  ] as const) {
    const bench = await tenantBench(t);
    await killed(bench, insert, ['abcde'], minute);
    const process = startProcess(bench, [insert], attempt(1));
    process.send(await bench.close(insert, [...'abc'], reason));
    process.end(insert);
    await process.tenant.dispatcher.finish();
    t.same(codes(process), [code]);
    t.equal(names(bench), 'abcde');
  }
});

t.test('an INSERT batch that still fills learns where an earlier file of its rows ends', async (t) => {
  const bench = await tenantBench(t, { script: [{ on: 'submit', nth: 2, do: { kind: 'fail', afterRows: 2 } }] });
  await killed(bench, insert, ['abcd'], minute);
  await killed(bench, insert, ['vwxyz'], minute, attempt(0, '42'));
  const { adoption } = startProcess(bench, [insert], attempt(1, '42')).tenant;
  for (const [rows, expected] of [
    ['abcdef', 4],
    ['abcd', 4],
    ['abc', Number.POSITIVE_INFINITY],
    ['abXdef', 0],
    ['bcd', 0],
    ['vwxyz', 5],
    ['vwx', Number.POSITIVE_INFINITY],
  ] as const) {
    const batch = await bench.close(insert, [...rows]);
    t.equal(await adoption.sentBefore(batch, firstRowOf(batch.digest)), expected, rows);
  }
});

t.test('an INSERT is sent only when a twin that was just sent must be in the list', async (t) => {
  const bench = await tenantBench(t, { listLag: 14_000 });
  const ghost = startProcess(bench, [insert], { ...attempt(0), listLag: 0 });
  ghost.send(await bench.close(insert, [...'abc']));
  const process = await whole(bench, insert, ['abc']);
  t.same(process.reported(), ['adopted']);
  t.equal(names(bench), 'abc');
});

t.test('a process whose sync has a later attempt stops without sending', async (t) => {
  for (const plan of [upsert, insert]) {
    const bench = await tenantBench(t);
    await killed(bench, plan, ['abc'], minute, { ...attempt(1), submissionAnswerMs: 0 });
    const ghost = await whole(bench, plan, ['xyz'], attempt(0));
    t.same(codes(ghost), ['attempt_replaced']);
    t.ok(ghost.tenant.dispatcher.isHalted);
    t.equal(bench.times('submit').length, 1);
  }
});

t.test('a process whose sync gets a later attempt while it waits for quota stops, too', async (t) => {
  const bench = await tenantBench(t, { callsPerHour: null });
  bench.sandbox.addForeignJob({ count: 10, age: 1800 });
  const ghost = startProcess(bench, [upsert], attempt(0));
  ghost.send(await bench.close(upsert, [...'xyz']));
  ghost.end(upsert);
  await bench.clock.sleep(10 * minute);
  t.same(ghost.reported().slice(0, 1), ['quota wait']);
  await killed(bench, upsert, ['abc'], minute, {
    ...attempt(1),
    limits: { callsPerHour: 99, callsPerDay: 99, reservedPerDay: 0 },
  });
  await ghost.tenant.dispatcher.finish();
  t.same(codes(ghost), ['attempt_replaced']);
  t.equal(bench.times('submit').length, 1);
});

t.test('jobs of ours that are at work on the object are waited for, of any run', async (t) => {
  const bench = await tenantBench(t, { script: [slow(1, 1000)] });
  await killed(bench, upsert, ['abc'], minute, attempt(0, '40'));
  const process = await whole(bench, upsert, ['xyz'], attempt(0, '41'));
  t.same(process.reported(), ['waiting for job', 'submitted']);
  t.ok((bench.times('submit')[1] ?? 0) >= 1001);
  t.equal(names(bench), 'xyz');
});

t.test('a job past its deadline is passed over, and somebody else’s is only warned of', async (t) => {
  const bench = await tenantBench(t, { script: [slow(1, 1e6)] });
  await killed(bench, upsert, ['abc'], minute, attempt(0, '40'));
  bench.sandbox.addForeignJob({ object: 'Company', seconds: 9000 });
  const process = await whole(bench, upsert, ['xyz'], { ...attempt(0, '41'), jobTimeout: 30 * minute });
  t.same(process.reported(), ['waiting for job', 'warning', 'warning', 'submitted']);
  t.match(
    process.events.filter(({ kind }) => kind === 'warning'),
    [{ text: /J000001 on Company took too long/ }, { text: /J000002 of somebody else/ }],
  );
  t.ok((bench.times('submit')[1] ?? 0) >= 1800);
  const next = await whole(bench, upsert, ['uvw'], { ...attempt(0, '42'), jobTimeout: 30 * minute });
  t.same(next.reported(), ['warning', 'warning', 'submitted'], 'at once');
});

t.test('whoever waits for a job and is stopped leaves the wait to the next', async (t) => {
  const bench = await tenantBench(t, { script: [slow(1, 1000)] });
  await killed(bench, upsert, ['abc'], minute, attempt(0, '40'));
  const plans = [upsert, planInto(1)];
  const process = startProcess(bench, plans);
  for (const plan of plans) process.send(await bench.close(plan, [...'xyz']));
  process.end(...plans);
  await bench.clock.sleep(minute);
  process.tenant.dispatcher.stop(upsert, new ConnectorError('bug', { detail: 'stopped' }, { stream: upsert.stream }));
  await process.tenant.dispatcher.finish();
  t.equal(process.settled.length, 1);
  t.ok((bench.times('submit')[1] ?? 0) >= 1001, 'still after the job of before');
});

t.test('the next run waits for a job of a killed one that the list does not show yet', async (t) => {
  const bench = await tenantBench(t, { listLag: 14_000, script: [slow(1, 100)] });
  await killed(bench, upsert, ['old'], 500, { ...attempt(0, '41'), listLag: 0 });
  const process = await whole(bench, upsert, ['new'], attempt(0, '42'));
  t.same(process.reported(), ['waiting for job', 'submitted']);
  t.equal(names(bench), 'new');
});

t.test('a stream that fails does not wait for the list any more', async (t) => {
  const bench = await tenantBench(t);
  const process = startProcess(bench, [upsert]);
  process.send(await bench.close(upsert, ['a']));
  await bench.clock.sleep(1000);
  process.tenant.dispatcher.stop(upsert, new ConnectorError('bug', { detail: 'stopped' }, { stream: upsert.stream }));
  await process.tenant.dispatcher.finish();
  t.equal(bench.clock.elapsed(), 1000);
  t.equal(bench.times('submit').length, 0);
});

t.test('a job that was passed by may still be at work: the next file waits for it', async (t) => {
  const bench = await tenantBench(t, { script: [slow(1, 1000)] });
  // The attempt does not wait for its own first job: its deadline is short.
  await killed(bench, upsert, ['abc', 'abd'], 3 * minute, { ...attempt(0), jobTimeout: minute });
  await killed(bench, planInto(0), ['abd'], minute, { ...attempt(0), jobTimeout: 1000 });
  t.equal(bench.sandbox.jobs.length, 2);
  const process = await whole(bench, upsert, ['abd', 'abe']);
  t.same(process.reported(), ['adopted', 'waiting for job', 'submitted']);
  t.equal(names(bench), 'abe');
});

t.test('a ghost’s job that shows while we wait for quota is reconsidered', async (t) => {
  for (const [plan, reported] of [
    [upsert, ['waiting for job', 'submitted']],
    [insert, ['adopted']],
  ] as const) {
    const bench = await tenantBench(t, { callsPerHour: null, script: [slow(1, 4000)] });
    bench.sandbox.addForeignJob({ count: 10, age: 600 });
    const process = startProcess(bench, [plan], { ...attempt(1), submissionAnswerMs: 0 });
    process.send(await bench.close(plan, [...'abc']));
    process.end(plan);
    await bench.clock.sleep(minute);
    t.same(process.reported(), ['quota wait']);
    // A process of before that was thought dead.
    const limits = { callsPerHour: 99, callsPerDay: 99, reservedPerDay: 0 };
    const ghost = startProcess(bench, [plan], { ...attempt(0), limits });
    ghost.send(await bench.close(plan, [...'abc']));
    await process.tenant.dispatcher.finish();
    t.same(process.failures, []);
    t.same(
      process.reported().filter((kind) => kind !== 'quota wait'),
      reported,
    );
    t.equal(names(bench), 'abc');
    ghost.stop.abort(new Stopped());
    await ghost.tenant.dispatcher.finish();
  }
});

t.test('without a list an UPSERT goes on with one warning, and an INSERT is refused', async (t) => {
  const script: FaultScript = [{ on: 'list', do: { kind: 'status', status: 404 } }];
  const bench = await tenantBench(t, { script });
  const process = await whole(bench, upsert, ['abc', 'abd'], attempt(0));
  t.same(process.reported(), ['warning', 'submitted', 'submitted']);
  t.equal(bench.times('list').length, 1);
  t.same(codes(await whole(bench, insert, ['abc'])), ['insert_without_list']);
  t.equal(bench.sandbox.jobs.length, 2);
});

t.test('without a list that can be read nothing is sent', async (t) => {
  const bench = await tenantBench(t, { script: [{ on: 'list', do: { kind: 'status', status: 500 } }] });
  const process = await whole(bench, upsert, ['abc']);
  t.same(codes(process), ['gainsight_unavailable']);
  t.equal(bench.times('submit').length, 0);
  t.ok(Math.abs(bench.clock.elapsed() - 30 * minute) < 2 * minute);
});

t.test('many objects read the list once, and then once before each file that goes', async (t) => {
  const bench = await tenantBench(t, { callsPerHour: null, script: [{ on: 'submit', do: { kind: 'stay_pending' } }] });
  const plans = Array.from({ length: 50 }, (_, id) => planInto(id, { object: `Object ${id}` }));
  const process = startProcess(bench, plans);
  const batches: Batch[] = [];
  for (const plan of plans) batches.push(await bench.close(plan, ['a']));
  process.send(...batches);
  await bench.clock.sleep(16_000);
  t.equal(bench.times('submit').length, 10);
  // A page with jobs is followed by an empty one.
  t.ok(bench.times('list').length <= 1 + 2 * 11, `${bench.times('list').length}`);
  process.stop.abort(new Stopped());
  await process.tenant.dispatcher.finish();
});
