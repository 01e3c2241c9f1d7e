/** A file of a killed attempt that the tenant is still taking in: what the next attempt waits for, and what it does where one comes late. */
import t from 'tap';
import {
  type Process,
  planInto,
  startProcess,
  type TenantBench,
  tenantBench,
} from '../../../integration_tests/support/tenant_bench.ts';
import { minute } from '../../clock.ts';
import { Stopped } from '../../errors.ts';
import type { Plan } from '../../model.ts';
import type { FaultScript } from '../../sandbox/faults.ts';
import type { TenantOptions } from '../../wiring.ts';

const upsert = planInto(0);
const insert = planInto(0, { operation: 'INSERT' });

/** The first attempt sends at 15 s and is killed at 20 s; the second begins then, and knows all jobs at 635 s. */
const killedAfter = 20_000;
const firstSend = 15;
const secondSend = 35;
const allKnown = 20 + 600 + 15;

/** With so many calls that submissions need not be apart. */
const attempt = (number: number): Partial<TenantOptions> => ({
  identity: { run: '41', attempt: number },
  limits: { callsPerHour: 1_000_000, callsPerDay: 1_000_000, reservedPerDay: 0 },
});
/** The tenant takes the nth file in only so many seconds after it has read it. */
const takenIn = (seconds: number, nth = 1): FaultScript => [
  { on: 'submit', nth, do: { kind: 'delay', seconds, when: 'before' } },
];

async function start(
  bench: TenantBench,
  plan: Plan,
  files: readonly string[],
  options: Partial<TenantOptions>,
): Promise<Process> {
  const process = startProcess(bench, [plan], options);
  for (const names of files) process.send(await bench.close(plan, [...names]));
  process.end(plan);
  return process;
}

async function killed(bench: TenantBench, plan: Plan, files: readonly string[], options = attempt(0)): Promise<void> {
  const process = await start(bench, plan, files, options);
  await bench.clock.sleep(killedAfter);
  process.stop.abort(new Stopped());
  await process.tenant.dispatcher.finish();
}

async function whole(bench: TenantBench, plan: Plan, files: readonly string[], options = attempt(1)): Promise<Process> {
  const process = await start(bench, plan, files, options);
  await process.tenant.dispatcher.finish();
  return process;
}

const codes = (process: Process) => process.failures.map(({ error }) => error.code);
const names = (bench: TenantBench) =>
  bench.sandbox
    .rows('Company')
    .map((row) => row['Name'])
    .join('');

t.test('UPSERT: what comes after our rows ends the attempt, and the next one sends them again', async (t) => {
  for (const seconds of [25, 400, 599]) {
    const bench = await tenantBench(t, { script: takenIn(seconds) });
    await killed(bench, upsert, ['old']);
    const second = await whole(bench, upsert, ['new']);
    t.same(codes(second), ['job_came_late'], `${seconds} s`);
    t.match(second.failures, [{ error: { failureType: 'transient_error', message: /^Job J000002 / }, stopped: [0] }]);
    t.same([second.settled.length, second.proven.length], [1, 0]);
    t.same(bench.times('submit'), [firstSend, secondSend]);
    t.equal(names(bench), 'old', 'the late job has ended, over our rows');
    const third = await whole(bench, upsert, ['new'], attempt(2));
    t.same([codes(third), third.proven.length, names(bench)], [[], 1, 'new']);
  }
});

t.test('UPSERT: where nothing comes late files flow on, and are proven once all jobs are known', async (t) => {
  const bench = await tenantBench(t);
  await killed(bench, upsert, ['abc']);
  const process = await start(bench, upsert, ['new', 'net', 'nut'], attempt(1));
  await bench.clock.sleep(2 * minute);
  t.same([process.settled.length, process.proven.length], [3, 0]);
  await process.tenant.dispatcher.finish();
  t.same([codes(process), process.proven.length, names(bench)], [[], 3, 'nut']);
  t.equal(bench.clock.elapsed(), 1000 * allKnown);
  const waits = process.events.filter(({ kind }) => kind === 'late jobs wait');
  t.match(waits, [{ object: 'Company', held: 'states' }]);
});

t.test('UPSERT: once a late job is seen no further file is sent', async (t) => {
  const bench = await tenantBench(t, {
    script: [...takenIn(60), { on: 'submit', nth: 2, do: { kind: 'stay_in_progress', seconds: 100 } }],
  });
  await killed(bench, upsert, ['old']);
  const process = await whole(bench, upsert, ['new', 'net']);
  t.same(codes(process), ['job_came_late', 'job_came_late']);
  t.same(bench.times('submit'), [firstSend, secondSend]);
});

t.test('UPSERT: what is taken over may be undone as well', async (t) => {
  const bench = await tenantBench(t, { script: takenIn(300) });
  await killed(bench, upsert, ['old']);
  await killed(bench, upsert, ['new'], { ...attempt(1), listLag: 0 });
  const third = await whole(bench, upsert, ['new'], attempt(2));
  t.same(third.reported().slice(0, 1), ['adopted']);
  t.same([codes(third), third.proven.length, names(bench)], [['job_came_late'], 0, 'old']);
  const fourth = await whole(bench, upsert, ['new'], attempt(3));
  t.same([codes(fourth), fourth.proven.length, names(bench)], [[], 1, 'new']);
});

t.test('UPSERT: a job that was listed from the start is not late while its batch waits for its turn', async (t) => {
  const bench = await tenantBench(t);
  const first = await start(bench, upsert, ['abc', 'abd'], attempt(0));
  await bench.clock.sleep(minute);
  first.stop.abort(new Stopped());
  t.equal(bench.sandbox.jobs.length, 2);
  // The first batch is taken over, and what is written of its rows takes until after all jobs are known.
  const settled = () => bench.clock.sleep(15 * minute);
  const second = await whole(bench, upsert, ['abc', 'abd'], { ...attempt(1), settled });
  t.same([second.reported(), codes(second), second.proven.length], [['adopted', 'adopted'], [], 2]);
});

t.test('INSERT: the rows wait until all jobs are known, and what has come is taken over', async (t) => {
  for (const [seconds, sent] of [
    [25, [firstSend]],
    [599, [firstSend]],
    [undefined, [allKnown - killedAfter / 1000]],
  ] as const) {
    const bench = await tenantBench(t, { script: seconds === undefined ? [] : takenIn(seconds) });
    if (seconds !== undefined) await killed(bench, insert, ['abc']);
    const process = await whole(bench, insert, ['abc']);
    t.same(codes(process), []);
    t.same(bench.times('submit'), sent, `${seconds} s`);
    t.equal(names(bench), 'abc');
    t.match(process.events[0], { kind: 'late jobs wait', object: 'Company', held: 'rows' });
  }
});

t.test('INSERT: rows that the list shows are taken over at once', async (t) => {
  const bench = await tenantBench(t);
  await killed(bench, insert, ['abc']);
  const process = await whole(bench, insert, ['abc']);
  t.same([process.reported(), process.settled.length], [['adopted'], 1]);
  t.ok(bench.clock.elapsed() < 60_000);
});

t.test('a first attempt waits for nothing', async (t) => {
  for (const plan of [upsert, insert]) {
    const bench = await tenantBench(t);
    const process = await whole(bench, plan, ['abc'], attempt(0));
    t.same([process.reported(), process.settled.length, bench.times('submit')], [['submitted'], 1, [firstSend]]);
    t.ok(bench.clock.elapsed() < 60_000);
  }
});

t.test('where every call counts it costs one list call more, whatever the number of objects', async (t) => {
  const lists: number[] = [];
  for (const number of [0, 1]) {
    const bench = await tenantBench(t, { countedCalls: 'all_calls', callsPerHour: null, callsPerDay: null });
    const plans = [0, 1, 2].map((id) => planInto(id, { object: `O${id}` }));
    const process = startProcess(bench, plans, { ...attempt(number), allCallsCount: true });
    for (const plan of plans) process.send(await bench.close(plan, ['a']));
    process.end(...plans);
    await process.tenant.dispatcher.finish();
    t.same([codes(process), process.proven.length], [[], 3 * number]);
    t.equal(process.tenant.gate.left().hour, 1_000_000 - bench.sandbox.calls.length, 'and each call is counted');
    lists.push(bench.times('list').length);
  }
  const [first = 0, second = 0] = lists;
  // A page with jobs is followed by an empty one.
  t.equal(second - first, 2);
});

t.test('without a list the states go after the time, with one warning', async (t) => {
  const script: FaultScript = [{ on: 'list', do: { kind: 'status', status: 404 } }];
  const bench = await tenantBench(t, { script });
  const process = await whole(bench, upsert, ['abc', 'abd']);
  t.same([codes(process), process.proven.length], [[], 2]);
  t.equal(bench.clock.elapsed(), 1000 * (allKnown - 20));
  const warnings = process.events.filter(({ kind }) => kind === 'warning');
  t.match(warnings, [{ text: /does not list its bulk jobs/ }, { text: /does not list all of its bulk jobs/ }]);
});

t.test('SIGTERM ends the wait at once, and nothing is proven', async (t) => {
  for (const plan of [upsert, insert]) {
    const bench = await tenantBench(t);
    const process = await start(bench, plan, ['abc'], attempt(1));
    await bench.clock.sleep(2 * minute);
    process.stop.abort(new Stopped());
    await process.tenant.dispatcher.finish();
    t.same([codes(process), process.proven.length, bench.clock.sleeping], [[], 0, 0]);
    t.equal(bench.clock.elapsed(), 2 * minute);
  }
});
