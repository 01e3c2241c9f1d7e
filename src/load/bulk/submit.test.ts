/** A file is sent once: what follows each answer, when a lost one is looked up, and what it costs. */
import t, { type Test } from 'tap';
import {
  type Attempt,
  type AttemptOptions,
  type LoadSetup,
  planInto,
  setUpLoad,
  startAttempt,
} from '../../../integration_tests/support/load_setup.ts';
import type { Operation, Plan } from '../../model.ts';
import type { FaultScript } from '../../sandbox/faults.ts';
import type { SandboxOptions } from '../../sandbox/options.ts';

interface Sent extends Attempt {
  readonly setup: LoadSetup;
  readonly plan: Plan;
  /** Codes of the errors, with the plans that each stopped. */
  readonly codes: readonly string[];
}

/** Seconds after the start: the list must be old enough to show what a killed process sent. */
const firstSubmission = 15;

/** Sends one file through its own process to the end. */
async function send(
  t: Test,
  operation: Operation,
  script: FaultScript,
  options: { sandbox?: Partial<SandboxOptions>; tenant?: AttemptOptions } = {},
): Promise<Sent> {
  const setup = await setUpLoad(t, { script, ...options.sandbox });
  const plan = planInto(0, { operation });
  const attempt = startAttempt(setup, [plan], options.tenant);
  attempt.send(await setup.close(plan, ['a', 'b', 'c']));
  attempt.end(plan);
  await attempt.finish();
  const codes = attempt.failures.map(({ error }) => error.code);
  return { ...attempt, setup, plan, codes };
}

const fileNames = /[a-z2-7]{20}\.(?:0|[a-z2-7]{8})\.3\.[a-z0-9]{10}\.41\.0\.[a-z2-7]{8}\.public\.stream_0\.csv/;
const hideAll = { on: 'submit', do: { kind: 'hide' } } as const;

const rows = (from: string) => [...from].map((name, at) => ({ Key: `${at}`, Name: name }));

t.test('a file is submitted, reported and settled', async (t) => {
  const { setup, events, settled, reported, plan } = await send(t, 'UPSERT', []);
  t.same(setup.sandbox.rows('Company'), rows('abc'));
  t.same(reported(), ['submitted']);
  const [submitted] = events;
  const fileName = setup.sandbox.jobs[0]?.fileName;
  const isId = /^00000000-0000-4000-8000-\d{12}$/;
  const reference = { fileName, requestId: isId };
  t.match(submitted, {
    kind: 'submitted',
    jobId: 'J000001',
    quota: [{ left: 9 }, { left: 99 }],
    batch: { plan },
    ...reference,
  });
  t.match(settled, [{ outcome: { jobId: 'J000001', rejected: [], unidentified: 0, ...reference } }]);
  t.match(setup.sandbox.jobs, [
    { fileName: /^[a-z2-7]{20}\.0\.3\.[a-z0-9]{10}\.41\.0\.[a-z2-7]{8}\.public\.stream_0\.csv$/ },
  ]);
});

t.test('a lost answer is looked up at 0, 5, 15 and 60 seconds, and a job that is found is used', async (t) => {
  const lost = { on: 'submit', nth: 1, do: { kind: 'accept_then_drop' } } as const;
  const hidden = (seconds: number) => ({ on: 'submit', nth: 1, do: { kind: 'hide', seconds } }) as const;
  const cases: readonly [number, number[]][] = [
    [0, [0]],
    [4, [0, 5]],
    [15, [0, 5, 15]],
    [59, [0, 5, 15, 60]],
  ];
  for (const operation of ['UPSERT', 'INSERT'] as const) {
    for (const [seconds, times] of cases) {
      const { setup, reported, codes } = await send(t, operation, [lost, hidden(seconds)]);
      t.same(codes, []);
      t.equal(setup.times('submit').length, 1, `${operation}, hidden for ${seconds} s`);
      const lists = [...new Set(setup.times('list'))].filter((at) => at >= firstSubmission);
      t.same(
        lists,
        times.map((at) => at + firstSubmission),
      );
      t.same(reported(), ['submitted']);
      t.same(setup.sandbox.rows('Company'), rows('abc'));
    }
  }
});

t.test('every answer that may hide a job is looked up', async (t) => {
  for (const kind of ['accept_then_truncate_json', 'accept_then_status', 'accept_then_drop'] as const) {
    const fault = kind === 'accept_then_status' ? { kind, status: 502, html: true } : { kind };
    const { setup, codes, settled } = await send(t, 'INSERT', [{ on: 'submit', nth: 1, do: fault }]);
    t.same([codes.length, settled.length, setup.times('submit').length], [0, 1, 1], kind);
  }
});

t.test('408, 429 and 5xx after the last byte are looked up before anything else', async (t) => {
  const answers = [
    { status: 408 },
    { status: 429, retryAfter: 'seconds', seconds: 1 },
    { status: 429 },
    { status: 503 },
  ] as const;
  for (const operation of ['UPSERT', 'INSERT'] as const) {
    for (const answer of answers) {
      const script: FaultScript = [
        { on: 'submit', nth: 1, do: { kind: 'accept_then_status', ...answer } },
        { on: 'submit', nth: 1, do: { kind: 'hide', seconds: 20 } },
      ];
      const { setup, codes, settled } = await send(t, operation, script);
      const name = `${operation}, ${answer.status}`;
      t.same([codes, settled.length, setup.times('submit')], [[], 1, [firstSubmission]], name);
      t.same(setup.sandbox.rows('Company'), rows('abc'), name);
    }
  }
});

t.test('an INSERT that left no job is sent again only if it was refused for quota', async (t) => {
  const refuse = (status: number, seconds?: number): FaultScript => {
    const wait = seconds === undefined ? {} : { retryAfter: 'seconds' as const, seconds };
    return [{ on: 'submit', nth: 1, do: { kind: 'status', status, ...wait } }];
  };
  for (const status of [408, 500, 503]) {
    const { setup, codes } = await send(t, 'INSERT', refuse(status));
    t.same([codes, setup.times('submit')], [['insert_uncertain'], [firstSubmission]], `${status}`);
  }
  for (const [seconds, next] of [
    [1, 60],
    [59, 60],
    [777, 777],
  ] as const) {
    const { setup, codes } = await send(t, 'INSERT', refuse(429, seconds));
    t.same([codes, setup.times('submit')], [[], [firstSubmission, firstSubmission + next]], `after ${seconds} s`);
    t.same(setup.sandbox.rows('Company'), rows('abc'));
  }
});

t.test(
  'an INSERT refused for quota whose job appears before it is sent again is taken over, even after hours',
  async (t) => {
    const script: FaultScript = [
      { on: 'submit', nth: 1, do: { kind: 'accept_then_status', status: 429 } },
      { on: 'submit', nth: 1, do: { kind: 'hide', seconds: 1800 } },
    ];
    const { setup, codes, settled } = await send(t, 'INSERT', script);
    t.same([codes, settled.length, setup.times('submit')], [[], 1, [firstSubmission]]);
  },
);

t.test('if every call counts, a look-up after a 429 waits like any other call, and costs two', async (t) => {
  const script: FaultScript = [
    { on: 'submit', nth: 1, do: { kind: 'status', status: 429, retryAfter: 'seconds', seconds: 1000 } },
  ];
  const { setup, codes } = await send(t, 'INSERT', script, {
    tenant: { quota: { counted_calls: 'all_calls', calls_per_hour: 20 } },
    sandbox: { countedCalls: 'all_calls', callsPerHour: 20 },
  });
  t.same(codes, []);
  t.same(setup.times('submit'), [firstSubmission, firstSubmission + 1000]);
  const lists = setup.times('list').filter((at) => at > firstSubmission && at <= firstSubmission + 1000);
  t.same(new Set(lists), new Set([firstSubmission + 1000]));
  t.ok(lists.length <= 3, `${lists.length}`);
});

t.test('an UPSERT that left no job is sent again, three times in all', async (t) => {
  const lose = (times: number): FaultScript => [{ on: 'submit', nth: 1, times, do: { kind: 'status', status: 502 } }];
  const once = await send(t, 'UPSERT', lose(2));
  t.same(once.codes, []);
  t.same(once.setup.times('submit'), [15, 75, 135]);
  t.equal(new Set(once.setup.sandbox.jobs.map(({ fileName }) => fileName)).size, 1);
  const never = await send(t, 'UPSERT', lose(9));
  t.same(never.codes, ['submission_lost']);
  t.same(never.setup.times('submit'), [15, 75, 135]);
  t.same(never.failures[0]?.stopped, [0]);
  t.match(never.failures[0]?.error.message, /sent 3 times/);
});

t.test('each submission has its own name', async (t) => {
  const script: FaultScript = [
    { on: 'submit', nth: 1, do: { kind: 'accept_then_drop' } },
    { on: 'submit', nth: 1, do: { kind: 'hide', seconds: 70 } },
  ];
  const { setup, codes } = await send(t, 'UPSERT', script);
  t.same(codes, []);
  const names = setup.sandbox.jobs.map(({ fileName }) => fileName.split('.'));
  t.equal(names.length, 2);
  t.not(names[0]?.[3], names[1]?.[3]);
  t.equal(names[0]?.[0], names[1]?.[0], 'with one digest');
});

t.test(
  'a job that appears while its file waits to be sent again is taken over, and costs no second call',
  async (t) => {
    const script: FaultScript = [
      { on: 'submit', nth: 1, do: { kind: 'accept_then_drop' } },
      { on: 'submit', nth: 1, do: { kind: 'hide', seconds: 100 } },
      { on: 'list', nth: 5, do: { kind: 'foreign_jobs', count: 9 } },
    ];
    const { setup, settled, reported } = await send(t, 'UPSERT', script);
    t.equal(setup.times('submit').length, 1);
    t.match(settled, [{ outcome: { jobId: 'J000001' } }]);
    t.same(reported().slice(-1), ['submitted']);
  },
);

t.test('an INSERT with an unknown outcome is never sent again, and Airbyte does not retry', async (t) => {
  const faults: FaultScript[0]['do'][] = [{ kind: 'status', status: 502 }, { kind: 'accept_then_drop' }];
  for (const fault of faults) {
    const script: FaultScript = [
      { on: 'submit', do: fault },
      { on: 'submit', do: { kind: 'hide' } },
    ];
    const { setup, codes, failures } = await send(t, 'INSERT', script);
    t.same(codes, ['insert_uncertain']);
    t.match(failures, [{ stopped: [0], error: { failureType: 'config_error', message: /41\.0\..*csv/ } }]);
    t.equal(setup.times('submit').length, 1);
  }
});

t.test('an INSERT whose look-up fails is uncertain too', async (t) => {
  const script: FaultScript = [
    { on: 'submit', do: { kind: 'accept_then_drop' } },
    { on: 'list', nth: 3, times: 999, do: { kind: 'status', status: 500 } },
  ];
  const { codes, setup } = await send(t, 'INSERT', script);
  t.same(codes, ['insert_uncertain']);
  t.equal(setup.times('submit').length, 1);
});

t.test('a file that certainly did not arrive is sent again, even an INSERT', async (t) => {
  const setup = await setUpLoad(t);
  const plan = planInto(0, { operation: 'INSERT' });
  let refusals = 3;
  const client: AttemptOptions['client'] = {
    ...setup.client,
    async submit(submission, signal) {
      refusals -= 1;
      if (refusals < 0) return setup.client.submit(submission, signal);
      const words = 'ECONNREFUSED';
      return { kind: 'lost', sent: 'nothing', reason: words, words, requestId: undefined };
    },
  };
  const attempt = startAttempt(setup, [plan], { client });
  attempt.send(await setup.close(plan, ['a']));
  attempt.end(plan);
  await attempt.finish();
  t.same(attempt.failures, []);
  t.equal(setup.times('submit').length, 1);
  t.match(attempt.tenant.quota.use(), [{ left: 9 }, { left: 99 }], 'and only files that arrived were counted');
});

t.test('a request that was cut off is sent again, and counted', async (t) => {
  const large = Array.from({ length: 20_000 }, (_, at) => `name ${at}`);
  for (const operation of ['UPSERT', 'INSERT'] as const) {
    const setup = await setUpLoad(t, { script: [{ on: 'submit', nth: 1, do: { kind: 'drop_mid_upload' } }] });
    const plan = planInto(0, { operation });
    const attempt = startAttempt(setup, [plan]);
    attempt.send(await setup.close(plan, large));
    attempt.end(plan);
    await attempt.finish();
    t.same([attempt.failures.length, setup.sandbox.jobs.length], [0, 1], operation);
    t.equal(attempt.tenant.quota.use()[0]?.left, 8);
  }
});

t.test('a permanent refusal fails the stream, or the sync, in Gainsight’s words', async (t) => {
  const refuse = (status: number) => [{ on: 'submit', do: { kind: 'status', status } }] satisfies FaultScript;
  const cases: readonly [FaultScript, string, number[]][] = [
    [refuse(400), 'submission_refused', [0]],
    [refuse(404), 'submission_refused', [0]],
    [refuse(413), 'file_too_large', [0]],
    [[{ on: 'submit', do: { kind: 'result_false' } }], 'submission_refused', [0]],
    [refuse(401), 'access_refused', []],
    [refuse(403), 'access_refused', []],
    [[{ on: 'submit', do: { kind: 'redirect', to: 'https://evil.example' } }], 'redirect_refused', []],
  ];
  for (const [script, code, stopped] of cases) {
    const { setup, codes, failures, schedule } = await send(t, 'INSERT', script);
    t.same(codes, [code]);
    t.same(failures[0]?.stopped, stopped, code);
    t.equal(schedule.halted.aborted, stopped.length === 0);
    t.equal(setup.times('submit').length, 1);
  }
});

t.test('every error of a submission names its file once, and the request that was answered last', async (t) => {
  const forGood = (status: number): FaultScript => [{ on: 'submit', do: { kind: 'status', status } }];
  const late: FaultScript = [
    { on: 'submit', do: { kind: 'status', status: 429, retryAfter: 'seconds', seconds: 7200 } },
  ];
  const cases: readonly [string, Operation, FaultScript][] = [
    ['submission_refused', 'UPSERT', forGood(400)],
    ['file_too_large', 'UPSERT', forGood(413)],
    ['access_refused', 'UPSERT', forGood(401)],
    ['access_refused', 'INSERT', forGood(403)],
    ['bulk_api_missing', 'UPSERT', forGood(405)],
    ['redirect_refused', 'UPSERT', [{ on: 'submit', do: { kind: 'redirect', to: 'https://elsewhere.example' } }]],
    ['submission_lost', 'UPSERT', forGood(503)],
    ['submission_lost', 'UPSERT', [{ on: 'submit', do: { kind: 'accept_then_truncate_json' } }, hideAll]],
    ['insert_uncertain', 'INSERT', forGood(503)],
    ['insert_uncertain', 'INSERT', [...forGood(408), { on: 'list', nth: 3, do: { kind: 'status', status: 400 } }]],
    ['quota_spent', 'UPSERT', late],
    ['quota_spent', 'INSERT', late],
  ];
  for (const [code, operation, script] of cases) {
    const { setup, failures, codes } = await send(t, operation, script, {
      tenant: { quota: { max_wait_ms: 3_600_000 } },
    });
    const message = failures[0]?.error.message ?? '';
    t.same(codes, [code], message);
    t.equal(message.split(fileNames).length, 2, message);
    const call = setup.sandbox.calls.findLastIndex(({ kind }) => kind === 'submit') + 1;
    t.match(message, `(Gainsight request 00000000-0000-4000-8000-${String(call).padStart(12, '0')})`);
  }
  const unheard = await send(t, 'INSERT', [{ on: 'submit', do: { kind: 'accept_then_drop' } }, hideAll]);
  t.match(unheard.failures, [{ error: { code: 'insert_uncertain', message: fileNames } }]);
  t.notMatch(unheard.failures[0]?.error.message, 'Gainsight request', 'a call without an answer has no id');
});

t.test('a 429 waits as long as requested, and counts the hour as full if no time is given', async (t) => {
  const refuse = (retryAfter: 'seconds' | 'date' | 'none'): FaultScript => [
    { on: 'submit', nth: 1, do: { kind: 'status', status: 429, retryAfter, seconds: 777 } },
  ];
  for (const retryAfter of ['seconds', 'date'] as const) {
    const { setup, codes } = await send(t, 'UPSERT', refuse(retryAfter));
    t.same(codes, []);
    t.same(setup.times('submit'), [15, 15 + 777]);
  }
  const { setup, events } = await send(t, 'UPSERT', [
    { on: 'submit', nth: 1, times: 2, do: { kind: 'status', status: 429 } },
  ]);
  const [, second = 0, third = 0] = setup.times('submit');
  t.ok(second >= 3600 && second < 3660, `${second}`);
  t.ok(third >= 7200 && third < 7260, `${third}`);
  t.ok(events.some((event) => event.kind === 'quota wait' && event.hold.why === 'refused'));
});

t.test(
  'an attempt after the first spreads its submissions over its first hour, as calls without a job are unknown',
  async (t) => {
    const plans = [0, 1, 2].map((id) => planInto(id, { object: `O${id}` }));
    const times: number[][] = [];
    for (const number of [0, 1]) {
      const setup = await setUpLoad(t, { script: [{ on: 'submit', nth: 2, do: { kind: 'status', status: 500 } }] });
      const attempt = startAttempt(setup, plans, { identity: { run: '41', attempt: number } });
      for (const plan of plans) attempt.send(await setup.close(plan, ['a']));
      attempt.end(...plans);
      await attempt.finish();
      t.same([attempt.failures.length, attempt.settled.length], [0, 3]);
      times.push(setup.times('submit'));
    }
    t.same(times[0]?.slice(0, 3), [15, 15, 15]);
    t.same(times[1], [15, 375, 735, 1095]);
  },
);

t.test('if every call counts a look-up is paid from what the job has set aside', async (t) => {
  const script: FaultScript = [
    { on: 'submit', nth: 1, do: { kind: 'accept_then_drop' } },
    { on: 'submit', nth: 2, do: { kind: 'accept_then_drop' } },
  ];
  const setup = await setUpLoad(t, { script, countedCalls: 'all_calls', callsPerHour: 11 });
  const plans = [planInto(0), planInto(1, { object: 'Person' })];
  // The list at the start, and five for each job.
  const attempt = startAttempt(setup, plans, { quota: { counted_calls: 'all_calls', calls_per_hour: 11 } });
  for (const plan of plans) attempt.send(await setup.close(plan, ['a']));
  attempt.end(...plans);
  await attempt.finish();
  t.same(attempt.failures, []);
  t.equal(attempt.settled.length, 2);
  t.ok(setup.clock.elapsed() < 3_600_000, 'no hour was waited for');
  t.equal(
    setup.sandbox.calls.some(({ status }) => status === 429),
    false,
  );
});

t.test('SIGTERM in a look-up ends it; nothing is sent again', async (t) => {
  const script: FaultScript = [
    { on: 'submit', do: { kind: 'accept_then_drop' } },
    { on: 'submit', do: { kind: 'hide' } },
  ];
  const setup = await setUpLoad(t, { script });
  const plan = planInto(0);
  const attempt = startAttempt(setup, [plan]);
  attempt.send(await setup.close(plan, ['a']));
  await setup.clock.sleep(22_000);
  const { Stopped } = await import('../../errors.ts');
  attempt.stop.abort(new Stopped());
  await attempt.finish();
  t.same(attempt.failures, []);
  t.same(setup.times('submit'), [firstSubmission]);
  t.equal(setup.clock.sleeping, 0);
});
