/**
 * A file of a killed attempt that the tenant is still accepting: what the next attempt waits for, and what it does if
 * one comes late.
 */
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
import { Stopped } from '../../errors.ts';
import type { Plan } from '../../model.ts';
import type { FaultScript } from '../../sandbox/faults.ts';

const upsert = planInto(0);
const insert = planInto(0, { operation: 'INSERT' });

/** The first attempt sends at 15 s and is killed at 20 s; the second then starts, and knows all jobs at 635 s. */
const killedAfter = 20_000;
const firstSend = 15;
const secondSend = 35;
const allKnown = 20 + 600 + 15;

const manyCalls = { calls_per_hour: 1_000_000, calls_per_day: 1_000_000 };

/** With so many calls that submissions need not be spread. */
const ofAttempt = (number: number): AttemptOptions => ({ identity: { run: '41', attempt: number }, quota: manyCalls });
/** The tenant accepts the nth file this many seconds after it has read it. */
const takenIn = (seconds: number, nth = 1): FaultScript => [
  { on: 'submit', nth, do: { kind: 'delay', seconds, when: 'before' } },
];

async function start(
  setup: LoadSetup,
  plan: Plan,
  files: readonly string[],
  options: AttemptOptions,
): Promise<Attempt> {
  const attempt = startAttempt(setup, [plan], options);
  for (const names of files) attempt.send(await setup.close(plan, [...names]));
  attempt.end(plan);
  return attempt;
}

async function killed(setup: LoadSetup, plan: Plan, files: readonly string[], options = ofAttempt(0)): Promise<void> {
  const attempt = await start(setup, plan, files, options);
  await setup.clock.sleep(killedAfter);
  attempt.stop.abort(new Stopped());
  await attempt.finish();
}

async function whole(setup: LoadSetup, plan: Plan, files: readonly string[], options = ofAttempt(1)): Promise<Attempt> {
  const attempt = await start(setup, plan, files, options);
  await attempt.finish();
  return attempt;
}

const codes = (attempt: Attempt) => attempt.failures.map(({ error }) => error.code);
const names = (setup: LoadSetup) =>
  setup.sandbox
    .rows('Company')
    .map((row) => row['Name'])
    .join('');

t.test('UPSERT: a job that comes after our rows ends the attempt, and the next one sends them again', async (t) => {
  for (const seconds of [25, 400, 599]) {
    const setup = await setUpLoad(t, { script: takenIn(seconds) });
    await killed(setup, upsert, ['old']);
    const second = await whole(setup, upsert, ['new']);
    t.same(codes(second), ['job_came_late'], `${seconds} s`);
    t.match(second.failures, [{ error: { failureType: 'transient_error', message: /^Job J000002 / }, stopped: [0] }]);
    t.same([second.settled.length, second.proven.length], [1, 0]);
    t.same(setup.times('submit'), [firstSend, secondSend]);
    t.equal(names(setup), 'old', 'the late job has ended, over our rows');
    const third = await whole(setup, upsert, ['new'], ofAttempt(2));
    t.same([codes(third), third.proven.length, names(setup)], [[], 1, 'new']);
  }
});

t.test('UPSERT: if nothing comes late files are sent on, and are proven once all jobs are known', async (t) => {
  const setup = await setUpLoad(t);
  await killed(setup, upsert, ['abc']);
  const attempt = await start(setup, upsert, ['new', 'net', 'nut'], ofAttempt(1));
  await setup.clock.sleep(2 * minute);
  t.same([attempt.settled.length, attempt.proven.length], [3, 0]);
  await attempt.finish();
  t.same([codes(attempt), attempt.proven.length, names(setup)], [[], 3, 'nut']);
  t.equal(setup.clock.elapsed(), 1000 * allKnown);
  const waits = attempt.events.filter(({ kind }) => kind === 'late jobs wait');
  t.match(waits, [{ object: 'Company', held: 'states' }]);
});

t.test('UPSERT: once a late job is seen no further file is sent', async (t) => {
  const setup = await setUpLoad(t, {
    script: [...takenIn(60), { on: 'submit', nth: 2, do: { kind: 'stay_in_progress', seconds: 100 } }],
  });
  await killed(setup, upsert, ['old']);
  const attempt = await whole(setup, upsert, ['new', 'net']);
  t.same(codes(attempt), ['job_came_late', 'job_came_late']);
  t.same(setup.times('submit'), [firstSend, secondSend]);
});

t.test('UPSERT: rows that were taken over may be overwritten as well', async (t) => {
  const setup = await setUpLoad(t, { script: takenIn(300) });
  await killed(setup, upsert, ['old']);
  await killed(setup, upsert, ['new'], { ...ofAttempt(1), polling: { list_lag_ms: 0 } });
  const third = await whole(setup, upsert, ['new'], ofAttempt(2));
  t.same(third.reported().slice(0, 1), ['adopted']);
  t.same([codes(third), third.proven.length, names(setup)], [['job_came_late'], 0, 'old']);
  const fourth = await whole(setup, upsert, ['new'], ofAttempt(3));
  t.same([codes(fourth), fourth.proven.length, names(setup)], [[], 1, 'new']);
});

t.test('UPSERT: a job that was listed from the start is not late while its batch waits for its turn', async (t) => {
  const setup = await setUpLoad(t);
  const first = await start(setup, upsert, ['abc', 'abd'], ofAttempt(0));
  await setup.clock.sleep(minute);
  first.stop.abort(new Stopped());
  t.equal(setup.sandbox.jobs.length, 2);
  // The first batch is taken over, and writing its rows takes until after all jobs are known.
  const settle = () => setup.clock.sleep(15 * minute);
  const second = await whole(setup, upsert, ['abc', 'abd'], { ...ofAttempt(1), settle });
  t.same([second.reported(), codes(second), second.proven.length], [['adopted', 'adopted'], [], 2]);
});

t.test('INSERT: the rows wait until all jobs are known, and jobs that have come are taken over', async (t) => {
  for (const [seconds, sent] of [
    [25, [firstSend]],
    [599, [firstSend]],
    [undefined, [allKnown - killedAfter / 1000]],
  ] as const) {
    const setup = await setUpLoad(t, { script: seconds === undefined ? [] : takenIn(seconds) });
    if (seconds !== undefined) await killed(setup, insert, ['abc']);
    const attempt = await whole(setup, insert, ['abc']);
    t.same(codes(attempt), []);
    t.same(setup.times('submit'), sent, `${seconds} s`);
    t.equal(names(setup), 'abc');
    t.match(attempt.events[0], { kind: 'late jobs wait', object: 'Company', held: 'rows' });
  }
});

t.test('INSERT: rows of listed jobs are taken over at once', async (t) => {
  const setup = await setUpLoad(t);
  await killed(setup, insert, ['abc']);
  const attempt = await whole(setup, insert, ['abc']);
  t.same([attempt.reported(), attempt.settled.length], [['adopted'], 1]);
  t.ok(setup.clock.elapsed() < 60_000);
});

t.test('a first attempt waits for nothing', async (t) => {
  for (const plan of [upsert, insert]) {
    const setup = await setUpLoad(t);
    const attempt = await whole(setup, plan, ['abc'], ofAttempt(0));
    t.same([attempt.reported(), attempt.settled.length, setup.times('submit')], [['submitted'], 1, [firstSend]]);
    t.ok(setup.clock.elapsed() < 60_000);
  }
});

t.test('if every call counts it costs one more list call, whatever the number of objects', async (t) => {
  const lists: number[] = [];
  for (const number of [0, 1]) {
    const setup = await setUpLoad(t, { countedCalls: 'all_calls', callsPerHour: null, callsPerDay: null });
    const plans = [0, 1, 2].map((id) => planInto(id, { object: `O${id}` }));
    const attempt = startAttempt(setup, plans, {
      ...ofAttempt(number),
      quota: { ...manyCalls, counted_calls: 'all_calls' },
    });
    for (const plan of plans) attempt.send(await setup.close(plan, ['a']));
    attempt.end(...plans);
    await attempt.finish();
    t.same([codes(attempt), attempt.proven.length], [[], 3 * number]);
    t.equal(attempt.tenant.quota.use()[0]?.left, 1_000_000 - setup.sandbox.calls.length, 'and each call is counted');
    lists.push(setup.times('list').length);
  }
  const [first = 0, second = 0] = lists;
  // A page with jobs is followed by an empty one.
  t.equal(second - first, 2);
});

t.test('without a list the states are released after the time, with one warning', async (t) => {
  const script: FaultScript = [{ on: 'list', do: { kind: 'status', status: 404 } }];
  const setup = await setUpLoad(t, { script });
  const attempt = await whole(setup, upsert, ['abc', 'abd']);
  t.same([codes(attempt), attempt.proven.length], [[], 2]);
  t.equal(setup.clock.elapsed(), 1000 * (allKnown - 20));
  const warnings = attempt.events.filter(({ kind }) => kind === 'warning');
  t.match(warnings, [{ text: /does not list its bulk jobs/ }, { text: /does not list all of its bulk jobs/ }]);
});

t.test('SIGTERM ends the wait at once, and nothing is proven', async (t) => {
  for (const plan of [upsert, insert]) {
    const setup = await setUpLoad(t);
    const attempt = await start(setup, plan, ['abc'], ofAttempt(1));
    await setup.clock.sleep(2 * minute);
    attempt.stop.abort(new Stopped());
    await attempt.finish();
    t.same([codes(attempt), attempt.proven.length, setup.clock.sleeping], [[], 0, 0]);
    t.equal(setup.clock.elapsed(), 2 * minute);
  }
});
