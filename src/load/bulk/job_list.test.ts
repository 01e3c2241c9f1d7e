/** How tenants are treated whose list is incomplete, whose dates are unclear, or whose answers are about other jobs. */
import t, { type Test } from 'tap';
import { type Attempt, planInto, setUpLoad, startAttempt } from '../../../integration_tests/support/load_setup.ts';
import { hour, minute } from '../../clock.ts';
import type { Operation } from '../../model.ts';
import type { AnswerFault, FaultScript } from '../../sandbox/faults.ts';
import type { SandboxOptions } from '../../sandbox/options.ts';

interface Habit {
  readonly operation?: Operation;
  readonly sandbox?: Partial<SandboxOptions>;
  readonly script?: FaultScript;
  /** Jobs of others, each as its age in seconds. */
  readonly others?: readonly number[];
}

/** Loads one file by a new attempt; returns when it was submitted, in milliseconds after the start. */
async function load(t: Test, { operation = 'UPSERT', sandbox, script = [], others = [] }: Habit) {
  const setup = await setUpLoad(t, { script, ...sandbox });
  for (const age of others) setup.sandbox.addForeignJob({ age });
  const plan = planInto(0, { operation });
  const attempt = startAttempt(setup, [plan]);
  attempt.send(await setup.close(plan, ['a', 'b', 'c']));
  attempt.end(plan);
  await attempt.finish();
  return { ...attempt, setup, submitted: setup.times('submit').map((seconds) => seconds * 1000) };
}

const codes = ({ failures }: Attempt) => failures.map(({ error }) => error.code);
const warnings = ({ events }: Attempt) => events.flatMap((event) => (event.kind === 'warning' ? [event.text] : []));

t.test('an incomplete list counts as none: INSERT stops, and UPSERT continues with one warning', async (t) => {
  const damages: Record<string, AnswerFault> = {
    'no data': { kind: 'list_without_records' },
    'a total without records': { kind: 'list_without_records', keepsTotal: true },
    'fewer records than the total': { kind: 'list_short' },
    'the same page for every offset': { kind: 'list_ignores_offset' },
  };
  for (const [name, damage] of Object.entries(damages)) {
    const habit: Habit = {
      script: [{ on: 'list', do: damage }],
      sandbox: { listPageMax: 2 },
      others: [3 * hour, 2 * hour, hour].map((age) => age / 1000),
    };
    const insert = await load(t, { ...habit, operation: 'INSERT' });
    t.same(codes(insert), ['insert_without_list'], name);
    t.match(insert.failures[0]?.error.message, /lists only a part of its bulk jobs/);
    t.same(insert.submitted, [], 'nothing is sent');
    const upsert = await load(t, habit);
    t.equal(upsert.settled.length, 1, name);
    t.match(warnings(upsert), [/lists only a part of its bulk jobs: calls of others cannot be counted/]);
    t.equal(warnings(upsert).length, 1);
  }
});

t.test('an incomplete list is read again before it counts, but only the first time', async (t) => {
  const damage: AnswerFault = { kind: 'list_without_records', keepsTotal: true };
  const others = [60];
  for (const times of [1, 2]) {
    const script: FaultScript = [{ on: 'list', nth: 1, times, do: damage }];
    const insert = await load(t, { operation: 'INSERT', others, script });
    t.same([codes(insert), insert.settled.length, warnings(insert)], [[], 1, []], `${times} times`);
  }
  const upsert = await load(t, { others, script: [{ on: 'list', do: damage }] });
  const lists = upsert.setup.times('list').filter((at) => at <= (upsert.submitted[0] ?? 0) / 1000);
  t.same(lists, [15, 20, 35, 35], 'it is read three times, and once more before the file is sent');
});

t.test('an empty list is complete', async (t) => {
  const insert = await load(t, { operation: 'INSERT' });
  t.equal(insert.settled.length, 1);
  t.same(warnings(insert), []);
});

t.test('ten calls of others within the hour are counted, whatever zone the tenant uses', async (t) => {
  const others = Array.from({ length: 10 }, (_, at) => 600 + at * 60);
  for (const zoneOffset of [-8 * hour, 0, 5.5 * hour, 14 * hour]) {
    const { submitted, settled } = await load(t, {
      others,
      sandbox: { dates: 'local', zoneOffset, callsPerHour: null },
    });
    // The oldest of them is 19 minutes old; the latest may have been made just now, so the oldest may be 9 minutes old.
    const due = [41, 51].map((minutes) => minutes * minute);
    const [at = 0] = submitted;
    t.ok(
      at >= (due[0] as number) && at <= (due[1] as number) + minute,
      `${zoneOffset / hour} h: after ${at / minute} min`,
    );
    t.equal(settled.length, 1);
  }
});

t.test('a year-old job delays nothing, whatever its date looks like', async (t) => {
  const others = Array.from({ length: 10 }, (_, at) => 365 * 86_400 + at);
  for (const dates of ['iso', 'local', 'epoch', 'date', 'words'] as const) {
    const { submitted, settled } = await load(t, { others, sandbox: { dates } });
    t.ok((submitted[0] ?? Number.POSITIVE_INFINITY) < minute, `${dates}: ${submitted}`);
    t.equal(settled.length, 1, dates);
  }
});

t.test('if no date can be read, one warning is logged', async (t) => {
  const attempt = await load(t, { others: [10], sandbox: { dates: 'words' } });
  t.match(warnings(attempt), [/gives its jobs no date that can be read/]);
});

t.test('a new process waits for a running job of ours, however the tenant writes its date', async (t) => {
  const script: FaultScript = [
    { on: 'submit', nth: 1, do: { kind: 'stay_in_progress', seconds: 1000 } },
    { on: 'submit', nth: 1, do: { kind: 'completed_date_ahead' } },
  ];
  for (const dates of ['iso', 'local', 'epoch', 'date', 'words'] as const) {
    const setup = await setUpLoad(t, { script, dates, zoneOffset: -8 * hour });
    const plan = planInto(0);
    const first = startAttempt(setup, [plan], { identity: { run: '41', attempt: 0 } });
    first.send(await setup.close(plan, ['old']));
    await setup.clock.sleep(minute);
    first.stop.abort(new Error('killed'));
    await first.finish();
    const next = startAttempt(setup, [plan], { identity: { run: '42', attempt: 0 } });
    next.send(await setup.close(plan, ['new']));
    next.end(plan);
    await next.finish();
    t.same(codes(next), [], dates);
    t.ok((setup.times('submit')[1] ?? 0) >= 1000, `${dates}: the second file waits for the end of the first`);
    t.equal(setup.sandbox.rows('Company').at(-1)?.['Name'], 'new');
  }
});

t.test('a completed date of a running job proves nothing', async (t) => {
  const { submitted, settled, setup } = await load(t, {
    script: [
      { on: 'submit', do: { kind: 'completed_date_ahead' } },
      { on: 'submit', do: { kind: 'stay_pending', seconds: 100 } },
    ],
  });
  t.equal(settled.length, 1);
  t.ok(setup.clock.elapsed() - (submitted[0] ?? 0) >= 100_000, 'the job is polled to its end');
});

t.test('an answer about another job is ignored, and the request repeated', async (t) => {
  const { settled, failures, setup } = await load(t, {
    others: [7200],
    script: [{ on: 'status', nth: 1, times: 2, do: { kind: 'other_job' } }],
  });
  t.same(failures, []);
  t.match(settled, [{ outcome: { jobId: 'J000002' } }]);
  t.equal(setup.times('status').length, 3);
});

t.test('a submission answered with an earlier job is looked up', async (t) => {
  for (const operation of ['UPSERT', 'INSERT'] as const) {
    const { settled, failures, setup } = await load(t, {
      operation,
      others: [7200],
      script: [{ on: 'submit', do: { kind: 'other_job' } }],
    });
    t.same(failures, [], operation);
    t.match(settled, [{ outcome: { jobId: 'J000002' } }], 'its own job is found in the list');
    t.equal(setup.times('submit').length, 1);
  }
});

t.test('a list that is incomplete just before a file is sent stops an INSERT', async (t) => {
  const { failures, submitted } = await load(t, {
    operation: 'INSERT',
    others: [7200],
    script: [{ on: 'list', nth: 3, times: 99, do: { kind: 'list_without_records' } }],
  });
  t.match(failures, [{ error: { code: 'insert_without_list' } }]);
  t.same(submitted, []);
});
