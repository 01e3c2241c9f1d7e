/** What a job's end proves: counts, row errors, FAILED, vanished; on a sandbox that reports them wrongly. */
import t, { type Test } from 'tap';
import {
  type Attempt,
  type AttemptOptions,
  type LoadSetup,
  planInto,
  setUpLoad,
  startAttempt,
} from '../../../integration_tests/support/load_setup.ts';
import type { Operation } from '../../model.ts';
import type { FaultRule, JobFault } from '../../sandbox/faults.ts';
import type { SandboxOptions } from '../../sandbox/options.ts';

const rules = { objects: { Company: { fields: { Key: {}, Name: { maxLength: 3 } } } } };
/** Rows 1 and 4 are rejected. */
const names = ['a', 'long', 'b', 'c', 'larger', 'd'];

interface Run extends Attempt {
  readonly setup: LoadSetup;
  readonly codes: readonly string[];
}

interface Input {
  readonly operation?: Operation;
  readonly names?: readonly string[];
  readonly faults?: readonly JobFault[];
  readonly script?: readonly FaultRule[];
  readonly sandbox?: Partial<SandboxOptions>;
  readonly tenant?: AttemptOptions;
}

async function run(t: Test, input: Input): Promise<Run> {
  const { operation = 'UPSERT', faults = [], script = [], sandbox, tenant } = input;
  const befall = faults.map((fault): FaultRule => ({ on: 'submit', do: fault }));
  const setup = await setUpLoad(t, { ...rules, script: [...befall, ...script], ...sandbox });
  const plan = planInto(0, { operation });
  const attempt = startAttempt(setup, [plan], tenant);
  attempt.send(await setup.close(plan, input.names ?? names));
  attempt.end(plan);
  await attempt.finish();
  return { ...attempt, setup, codes: attempt.failures.map(({ error }) => error.code) };
}

const outcome = ({ settled }: Run) =>
  settled.map(({ outcome }) => [
    Array.from(outcome.rejected, ({ row, sure }) => `${row}${sure ? '' : '?'}`).join(),
    outcome.unidentified,
  ]);

t.test('rejected rows are named, however the tenant counts and reports them', async (t) => {
  const breaks = ['"a\nb"', 'long', '"x\n"', 'c', '"too\nlong"', 'd'];
  const cases: Record<string, [Input, [string, number]]> = {
    'by a header that is row 1': [{}, ['1,4', 0]],
    'from 1, by the quoted values': [{ sandbox: { rowNumberBase: 1 } }, ['1,4', 0]],
    'a single one, by its quoted value alone': [{ names: ['a', 'long', 'b'] }, ['1?', 0]],
    'as the user says': [{ tenant: { rejected_rows: { first_row_number: '2' } } }, ['1,4', 0]],
    'from 0, the first refused': [{ names: ['long', 'a', 'long'], sandbox: { rowNumberBase: 0 } }, ['0,2', 0]],
    'from 1, the first refused': [{ names: ['long', 'a', 'long'], sandbox: { rowNumberBase: 1 } }, ['0?,2?', 0]],
    'from 2, the last refused': [{ names: ['a', 'a', 'long'] }, ['2', 0]],
    'by lines of the file': [{ names: breaks, sandbox: { rowNumberBase: 'physical_lines' } }, ['1,4', 0]],
    'shuffled and doubled': [{ faults: [{ kind: 'errors_shuffled' }, { kind: 'errors_duplicated' }] }, ['1,4', 0]],
    'besides a message about the file': [
      { names: ['a', 'a', 'long', 'a'], faults: [{ kind: 'file_note', message: 'The file has one warning' }] },
      ['2?', 0],
    ],
    'not known for some minutes': [
      { script: [{ on: 'errors', nth: 1, times: 4, do: { kind: 'status', status: 404 } }] },
      ['1,4', 0],
    ],
    'not all of them': [{ faults: [{ kind: 'fewer_errors' }] }, ['1?', 1]],
    'none of them': [{ faults: [{ kind: 'fewer_errors', missing: 9 }] }, ['', 2]],
    'their path does not exist': [{ script: [{ on: 'errors', do: { kind: 'status', status: 404 } }] }, ['', 2]],
    'without counts': [{ faults: [{ kind: 'counts', as: 'missing' }] }, ['1,4', 0]],
    'in a job that ends as PARTIAL_SUCCESS': [{ sandbox: { partialJob: 'PARTIAL_SUCCESS' } }, ['1,4', 0]],
  };
  for (const [name, [input, expected]] of Object.entries(cases)) {
    const result = await run(t, input);
    t.same(result.codes, [], name);
    t.same(outcome(result), [expected], name);
  }
});

t.test('no errors are read if no row was rejected', async (t) => {
  const result = await run(t, { names: ['a', 'b'] });
  t.same(outcome(result), [['', 0]]);
  t.same(result.setup.times('errors'), []);
});

t.test('counts that do not add up are requested for two more minutes', async (t) => {
  for (const as of ['short', 'over', 'missing'] as const) {
    const result = await run(t, { faults: [{ kind: 'counts', as, seconds: 100 }] });
    t.same(outcome(result), [['1,4', 0]], as);
    t.same(result.reported(), ['submitted'], 'no warning about late counts');
    t.ok(result.setup.clock.elapsed() < 130_000);
  }
});

t.test('counts that never add up fail the stream, and nothing is sent again', async (t) => {
  const cases = [
    ['UPSERT', 'short', 'counts_wrong'],
    ['UPSERT', 'over', 'counts_wrong'],
    ['INSERT', 'short', 'insert_uncertain'],
    ['INSERT', 'over', 'counts_wrong'],
  ] as const;
  for (const [operation, as, code] of cases) {
    const result = await run(t, { operation, faults: [{ kind: 'counts', as }] });
    t.same(result.codes, [code], `${operation} ${as}`);
    t.match(result.failures, [{ stopped: [0], error: { failureType: 'config_error' } }]);
    t.match(result.failures[0]?.error.message, as === 'short' ? / 3 / : / 5 /);
    t.equal(result.setup.times('submit').length, 1);
    t.ok(result.setup.clock.elapsed() >= 121_000);
  }
});

t.test('a tenant without counts causes one warning; without errors either, nothing is proven', async (t) => {
  const counts: JobFault = { kind: 'counts', as: 'missing' };
  const reported = await run(t, { faults: [counts] });
  t.same(reported.reported(), ['submitted', 'warning']);
  const script: FaultRule[] = [{ on: 'errors', do: { kind: 'status', status: 404 } }];
  t.same((await run(t, { faults: [counts], script })).codes, ['counts_wrong']);
  t.same((await run(t, { operation: 'INSERT', faults: [counts], script })).codes, ['insert_uncertain']);
});

t.test('a job that FAILED fails the stream with its errors; an INSERT with rows in it is uncertain', async (t) => {
  const cases: readonly [Operation, number, string][] = [
    ['UPSERT', 0, 'job_failed'],
    ['UPSERT', 3, 'job_failed'],
    ['INSERT', 0, 'job_failed'],
    ['INSERT', 3, 'insert_uncertain'],
  ];
  for (const [operation, afterRows, code] of cases) {
    const result = await run(t, {
      operation,
      faults: [{ kind: 'fail', afterRows, message: 'The "lights" were lost' }],
    });
    t.same(result.codes, [code], `${operation} after ${afterRows}`);
    t.match(result.failures, [{ stopped: [0], error: { message: /The … were lost/, failureType: 'config_error' } }]);
  }
});

t.test(
  'a job that FAILED because of Gainsight itself is retried by Airbyte, unless an INSERT has loaded rows',
  async (t) => {
    const cases: readonly [Operation, number, string, string][] = [
      ['UPSERT', 3, 'GSOBJ_1003: Database failure', 'job_failed_by_gainsight'],
      ['UPSERT', 3, 'Service temporarily unavailable', 'job_failed_by_gainsight'],
      ['INSERT', 0, 'HTTP 503 from the store', 'job_failed_by_gainsight'],
      ['INSERT', 3, 'GSOBJ_1003: Database failure', 'insert_uncertain'],
      ['UPSERT', 3, 'Value "internal server error" is too long', 'job_failed'],
    ];
    for (const [operation, afterRows, message, code] of cases) {
      const result = await run(t, { operation, faults: [{ kind: 'fail', afterRows, message }] });
      t.same(result.codes, [code], `${operation} ${message}`);
      const said = result.failures[0]?.error.message;
      t.match(said, result.setup.sandbox.jobs[0]?.fileName);
      t.match(said, /\(Gainsight request [-0-9a-f]{36}\)/);
      const type = code === 'job_failed_by_gainsight' ? 'transient_error' : 'config_error';
      t.equal(result.failures[0]?.error.failureType, type);
    }
  },
);

t.test('every failure of a job names its file once, and a request', async (t) => {
  const cases: readonly [string, Input][] = [
    ['job_gone', { faults: [{ kind: 'vanish' }] }],
    ['insert_uncertain', { operation: 'INSERT', faults: [{ kind: 'vanish' }] }],
    ['counts_wrong', { faults: [{ kind: 'counts', as: 'words' }] }],
    ['job_deadline', { faults: [{ kind: 'stay_in_progress' }], tenant: { polling: { job_timeout_ms: 600_000 } } }],
    ['job_failed', { faults: [{ kind: 'fail', afterRows: 1, message: 'lost' }] }],
    ['access_refused', { script: [{ on: 'errors', do: { kind: 'status', status: 401 } }] }],
    ['access_refused', { script: [{ on: 'status', do: { kind: 'status', status: 401 } }] }],
    ['gainsight_unavailable', { script: [{ on: 'status', do: { kind: 'status', status: 503 } }] }],
  ];
  for (const [code, options] of cases) {
    const { codes, failures, setup } = await run(t, options);
    const message = failures[0]?.error.message ?? '';
    t.same(codes, [code], message);
    t.equal(message.split(setup.sandbox.jobs[0]?.fileName ?? '').length, 2, message);
    t.match(message, /\(Gainsight request [-0-9a-f]{36}\)/);
  }
});

t.test('invalid counts are reported as such', async (t) => {
  const result = await run(t, { faults: [{ kind: 'counts', as: 'words' }] });
  t.same(result.codes, ['counts_wrong']);
  t.match(result.failures[0]?.error.message, 'reports no number as loaded');
  t.notMatch(result.failures[0]?.error.message, 'NaN');
});

t.test('errors not found for five minutes are given up', async (t) => {
  const script: FaultRule[] = [{ on: 'errors', do: { kind: 'status', status: 404 } }];
  const result = await run(t, { script });
  t.same(
    result.setup.times('errors').map((at, _, [first = 0]) => at - first),
    [0, 15, 45, 105, 225, 300],
  );
  const path = { kind: 'status', status: 404, errorCode: 'GS_APIG_1000' } as const;
  const without = await run(t, { script: [{ on: 'errors', do: path }] });
  t.equal(without.setup.times('errors').length, 1, 'without such a path there is no wait');
});

t.test('an INSERT that FAILED half way is reported as such even if its errors cannot be read', async (t) => {
  const script: FaultRule[] = [{ on: 'errors', do: { kind: 'status', status: 500 } }];
  const result = await run(t, { operation: 'INSERT', faults: [{ kind: 'fail', afterRows: 3 }], script });
  t.same(result.codes, ['insert_uncertain']);
});

t.test('a job that has disappeared proves nothing', async (t) => {
  for (const [operation, code] of [
    ['UPSERT', 'job_gone'],
    ['INSERT', 'insert_uncertain'],
  ] as const) {
    const result = await run(t, { operation, faults: [{ kind: 'vanish' }] });
    t.same(result.codes, [code]);
    t.same(result.settled, []);
  }
});

t.test('the connector stops waiting for an endless job at its deadline', async (t) => {
  const result = await run(t, {
    faults: [{ kind: 'stay_in_progress' }],
    tenant: { polling: { job_timeout_ms: 600_000 } },
  });
  t.same(result.codes, ['job_deadline']);
  t.equal(result.setup.clock.elapsed(), 615_000);
});

t.test('an old job that is taken over needs no further reads', async (t) => {
  const setup = await setUpLoad(t, { ...rules, script: [{ on: 'submit', do: { kind: 'counts', as: 'missing' } }] });
  const plan = planInto(0);
  const first = startAttempt(setup, [plan]);
  first.send(await setup.close(plan, names));
  await setup.clock.sleep(60_000);
  first.stop.abort(new (await import('../../errors.ts')).Stopped());
  await first.finish();
  await setup.clock.sleep(5 * 3_600_000);
  const later = startAttempt(setup, [plan], { identity: { run: '41', attempt: 1 } });
  later.send(await setup.close(plan, names));
  later.end(plan);
  await later.finish();
  t.same(later.failures, []);
  t.match(later.settled, [{ outcome: { rejected: [{ row: 1 }, { row: 4 }] } }]);
  t.equal(setup.times('submit').length, 1);
});
