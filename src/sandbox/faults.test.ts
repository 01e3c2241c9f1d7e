/** Every kind of fault has the effect in the table, at the call that the rule selects, and nowhere else. */
import t from 'tap';
import { type SandboxSetup, setUpSandbox as start } from '../../integration_tests/support/sandbox_setup.ts';
import { FaultBook } from './fault_book.ts';
import type { Fault, FaultRule, FaultScript } from './faults.ts';
import type { SandboxOptions } from './options.ts';

const setUpSandbox = (t: Parameters<typeof start>[0], script: FaultScript, options: Partial<SandboxOptions> = {}) =>
  start(t, { script, callsPerHour: null, ...options });

/** Status of a call, or the code of the error that broke the connection. */
async function ending(call: Promise<{ status: number }>): Promise<number | string> {
  try {
    return (await call).status;
  } catch (error) {
    return (error as { code?: string }).code ?? 'broken';
  }
}

const dropped = /ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE/;

t.test('a rule applies from its nth call, as often as it says', async (t) => {
  const status = (rule: Partial<FaultRule>): FaultRule => ({
    on: 'list',
    do: { kind: 'status', status: 500 },
    ...rule,
  });
  const cases: [Partial<FaultRule>, number[]][] = [
    [{}, [500, 500, 500, 500]],
    [{ times: 2 }, [500, 500, 200, 200]],
    [{ nth: 2 }, [200, 500, 200, 200]],
    [{ nth: 2, times: 2 }, [200, 500, 500, 200]],
    [{ on: 'any', nth: 4 }, [200, 200, 200, 500]],
    [{ on: 'submit' }, [200, 200, 200, 200]],
  ];
  for (const [rule, expected] of cases) {
    const { list } = await setUpSandbox(t, [status(rule)]);
    const seen: number[] = [];
    for (const _ of expected) seen.push((await list()).status);
    t.same(seen, expected, JSON.stringify(rule));
  }
});

t.test('the nth submission is the nth that arrives, whatever happened to those before it', async (t) => {
  const { sandbox, submit } = await setUpSandbox(t, [
    { on: 'submit', nth: 1, do: { kind: 'drop_before_read' } },
    { on: 'submit', nth: 2, do: { kind: 'drop_mid_upload' } },
    { on: 'submit', nth: 3, do: { kind: 'status', status: 500 } },
    { on: 'submit', nth: 4, do: { kind: 'fail' } },
    { on: 'submit', job: 2, nth: 1, do: { kind: 'stay_pending' } },
    { on: 'submit', nth: 5, do: { kind: 'accept_then_status', status: 503 } },
  ]);
  const seen: (number | string)[] = [];
  for (let call = 1; call <= 6; call++) seen.push(await ending(submit({ file: `Id\n${'x'.repeat(3000)}\n` })));
  t.match(seen, [dropped, dropped, 500, 200, 503, 200]);
  t.same(
    sandbox.jobs.map(({ number, faults }) => [number, faults.map(({ kind }) => kind)]),
    [
      [1, ['fail']],
      [2, ['stay_pending']],
      [3, []],
    ],
  );
});

t.test('a rule for a job or an object does not affect others', async (t) => {
  const { submit, job, errors } = await setUpSandbox(t, [
    { on: 'submit', object: 'case', do: { kind: 'status', status: 403 } },
    { on: 'status', job: 2, do: { kind: 'status', status: 500 } },
    { on: 'errors', object: 'contact', do: { kind: 'status', status: 502, html: true } },
    { on: 'submit', job: 3, do: { kind: 'result_false' } },
  ]);
  t.equal((await submit({ objectName: 'case' })).status, 403);
  const one = (await submit()).json.data?.jobId ?? '';
  const two = (await submit({ objectName: 'contact' })).json.data?.jobId ?? '';
  t.equal((await submit()).json.result, false, 'what would be the third job');
  t.equal((await submit()).json.result, false, 'still what would be the third job');
  t.equal((await job(one)).status, 200);
  t.equal((await job(two)).status, 500);
  t.equal((await errors(one)).status, 200);
  const page = await errors(two);
  t.equal(page.status, 502);
  t.match(page.text, /^<html>/);
  t.equal(page.headers.get('content-type'), 'text/html');
});

t.test('refusals and losses before the work create no job', async (t) => {
  const cases: { fault: Fault; expected: number | RegExp; counted?: boolean }[] = [
    { fault: { kind: 'drop_before_read' }, expected: dropped, counted: false },
    { fault: { kind: 'drop_mid_upload', bytes: 300 }, expected: dropped },
    { fault: { kind: 'drop_mid_upload', bytes: 1_000_000 }, expected: dropped },
    { fault: { kind: 'status', status: 500 }, expected: 500 },
    { fault: { kind: 'status', status: 413 }, expected: 413 },
    { fault: { kind: 'result_false' }, expected: 200 },
    { fault: { kind: 'redirect', to: 'https://evil.example/' }, expected: 302 },
  ];
  for (const { fault, expected, counted = true } of cases) {
    const { sandbox, submit } = await setUpSandbox(t, [{ on: 'submit', nth: 1, do: fault }]);
    const seen = await ending(submit({ file: `Id,Name\n1,${'x'.repeat(5000)}\n` }));
    if (typeof expected === 'number') t.equal(seen, expected, JSON.stringify(fault));
    else t.match(seen, expected, JSON.stringify(fault));
    t.same(sandbox.jobs, [], `${fault.kind} creates no job`);
    t.equal(sandbox.calls[0]?.counted, counted, `${fault.kind} ${counted ? 'uses' : 'spares'} quota`);
    t.equal((await submit()).status, 200, 'the next one goes through');
  }
});

t.test('losses after the work leave the job in place', async (t) => {
  const cases: [Fault, number | RegExp, RegExp?][] = [
    [{ kind: 'accept_then_drop' }, dropped],
    [{ kind: 'accept_then_status', status: 500, errorDesc: 'Oops' }, 500, /"errorDesc":"Oops"/],
    [{ kind: 'accept_then_status', status: 502, html: true }, 502, /Bad Gateway/],
    [{ kind: 'accept_then_truncate_json' }, 200, /^\{"result":true[^}]*$/],
    [{ kind: 'accept_then_result_false', errorCode: 'GU_1' }, 200, /"result":false,"errorCode":"GU_1"/],
    [{ kind: 'accept_then_redirect', to: 'https://evil.example/', status: 307 }, 307],
  ];
  for (const [fault, expected, text = /^/] of cases) {
    const { sandbox, submit, list } = await setUpSandbox(t, [{ on: 'submit', do: fault }]);
    const call = submit({ fileName: 'kept.csv' });
    t.match(await ending(call), expected, fault.kind);
    if (typeof expected === 'number') t.match((await call).text, text, fault.kind);
    t.match(sandbox.jobs, [{ fileName: 'kept.csv' }], `${fault.kind} leaves a job in place`);
    t.equal((await list()).json.data?.totalCount, 1);
  }
});

t.test('a redirect names its target, and 429 says when to come back', async (t) => {
  const { list } = await setUpSandbox(t, [
    { on: 'list', nth: 1, do: { kind: 'redirect', to: 'https://other.example/x' } },
    { on: 'list', nth: 2, do: { kind: 'status', status: 429 } },
    { on: 'list', nth: 3, do: { kind: 'status', status: 429, retryAfter: 'seconds', seconds: 90 } },
    { on: 'list', nth: 4, do: { kind: 'status', status: 429, retryAfter: 'date', seconds: 90 } },
  ]);
  t.equal((await list()).headers.get('location'), 'https://other.example/x');
  t.equal((await list()).headers.get('retry-after'), null);
  t.equal((await list()).headers.get('retry-after'), '90');
  t.equal((await list()).headers.get('retry-after'), 'Wed, 04 Mar 2026 10:31:30 GMT');
});

t.test('a delay before the work makes the job late, one after it the answer', async (t) => {
  for (const when of ['before', 'after'] as const) {
    const { submit, clock } = await setUpSandbox(t, [{ on: 'submit', do: { kind: 'delay', seconds: 700, when } }]);
    const { json } = await submit();
    t.equal(clock.elapsed(), 700_000);
    t.equal(json.data?.createdDate, `2026-03-04T10:${when === 'before' ? '41:40' : '30:00'}.000Z`, when);
  }
});

t.test('a job is accepted although its client gave up during the delay', async (t) => {
  const { sandbox, clock } = await setUpSandbox(t, [{ on: 'submit', do: { kind: 'delay', seconds: 700 } }]);
  const release = clock.addBusy(() => true);
  const { default: fetch, FormData, File } = await import('node-fetch');
  const body = new FormData();
  for (const [name, value] of [
    ['objectName', 'a'],
    ['operation', 'INSERT'],
  ] as const)
    body.append(name, value);
  body.append('file', new File(['Id\n1\n'], 'late.csv'));
  const stop = new AbortController();
  const init = { method: 'POST', headers: { accessKey: 'k' }, body, signal: stop.signal as never };
  const given = fetch(`${sandbox.url}/bulk/jobs`, init).catch(() => 'given up');
  while (sandbox.parked === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  stop.abort();
  t.equal(await given, 'given up');
  t.same(sandbox.jobs, []);
  release();
  clock.advance(700_000);
  while (sandbox.open > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  t.match(sandbox.jobs, [{ fileName: 'late.csv' }]);
});

/** The states of a job, each with the second in which it is first seen. */
async function life({ submit, job, clock }: SandboxSetup, seconds: number): Promise<string[]> {
  const { jobId = '' } = (await submit({ file: 'Id,Name\n1,a\n2,b\n3,c\n4,d\n' })).json.data ?? {};
  const seen: string[] = [];
  for (let second = 0; second <= seconds; second++) {
    const { status, json } = await job(jobId);
    const { status: state, completedDate } = json.data ?? {};
    const word = `${state ?? status}${completedDate ? ' ended' : ''}`;
    if (!seen.at(-1)?.endsWith(` ${word}`)) seen.push(`${second} ${word}`);
    clock.advance(1000);
  }
  return seen;
}

t.test('jobs stall, go back, have unknown states, fail and vanish', async (t) => {
  const cases: [Fault | undefined, string[]][] = [
    [undefined, ['0 PENDING', '1 IN_PROGRESS', '5 COMPLETED ended']],
    [{ kind: 'stay_pending' }, ['0 PENDING']],
    [{ kind: 'stay_pending', seconds: 9 }, ['0 PENDING', '10 IN_PROGRESS', '14 COMPLETED ended']],
    [{ kind: 'stay_in_progress' }, ['0 PENDING', '1 IN_PROGRESS']],
    [{ kind: 'stay_in_progress', seconds: 9 }, ['0 PENDING', '1 IN_PROGRESS', '14 COMPLETED ended']],
    [
      { kind: 'go_back', seconds: 3 },
      ['0 PENDING', '1 IN_PROGRESS', '4 PENDING', '7 IN_PROGRESS', '11 COMPLETED ended'],
    ],
    [{ kind: 'unknown_status' }, ['0 PENDING', '1 INIT', '11 IN_PROGRESS', '15 COMPLETED ended']],
    [{ kind: 'unknown_status_completed_date' }, ['0 PENDING', '1 ABORTED ended']],
    [{ kind: 'fail', afterRows: 2 }, ['0 PENDING', '1 IN_PROGRESS', '3 FAILED ended']],
    [
      { kind: 'vanish', from: 2, seconds: 2 },
      ['0 PENDING', '1 IN_PROGRESS', '2 404', '4 IN_PROGRESS', '5 COMPLETED ended'],
    ],
    [{ kind: 'vanish' }, ['0 404']],
  ];
  for (const [fault, expected] of cases) {
    const script: FaultScript = fault ? [{ on: 'submit', job: 1, do: fault }] : [];
    t.same(await life(await setUpSandbox(t, script, { rowsPerSecond: 1 }), 16), expected, JSON.stringify(fault));
  }
});

t.test('a failed job keeps the rows that it processed, and reports the reason', async (t) => {
  const { sandbox, load } = await setUpSandbox(t, [
    { on: 'submit', do: { kind: 'fail', afterRows: 2, message: 'Disk full' } },
  ]);
  const { job, errors } = await load({ file: 'Id,Name\n1,a\n2,b\n3,c\n' });
  t.match(job, { status: 'FAILED', totalRecords: 3, processedRecords: 2, successCount: 2, failureCount: 0 });
  t.same(errors, [{ errorMessage: 'Disk full' }]);
  t.equal(sandbox.rows('company').length, 2);
  t.match(sandbox.jobs, [{ status: 'FAILED', succeeded: 2, processed: 2 }]);
});

t.test('a job is missing from the list until a given time, or for ever', async (t) => {
  const { submit, list, clock } = await setUpSandbox(t, [
    { on: 'submit', nth: 1, do: { kind: 'hide', seconds: 60 } },
    { on: 'submit', nth: 2, do: { kind: 'hide' } },
  ]);
  await submit();
  await submit();
  clock.advance(59_999);
  t.equal((await list()).json.data?.totalCount, 0);
  clock.advance(1);
  t.equal((await list()).json.data?.totalCount, 1);
  clock.advance(86_400_000);
  t.equal((await list()).json.data?.totalCount, 1);
});

t.test('the list can be empty, fail, or not exist', async (t) => {
  const { submit, list } = await setUpSandbox(t, [
    { on: 'list', nth: 1, do: { kind: 'empty' } },
    { on: 'list', nth: 2, do: { kind: 'status', status: 404, errorCode: 'GS_APIG_1000' } },
    { on: 'list', nth: 3, do: { kind: 'accept_then_truncate_json' } },
  ]);
  await submit();
  t.same((await list()).json.data, { records: [], totalCount: 0 });
  const missing = await list();
  t.same([missing.status, missing.json.errorCode], [404, 'GS_APIG_1000']);
  t.same((await list()).json, {}, 'cut off');
  t.equal((await list()).json.data?.totalCount, 1);
});

t.test('the list is in another order if a rule says so, also of thousands of jobs', async (t) => {
  const { list } = await setUpSandbox(t, [
    { on: 'list', nth: 1, do: { kind: 'foreign_jobs', count: 5000, age: 60, every: 10 } },
    { on: 'list', nth: 2, do: { kind: 'list_order', order: 'oldest' } },
    { on: 'list', nth: 3, do: { kind: 'list_order', order: 'none' } },
  ]);
  const newest = (await list('?limit=3')).json.data;
  t.equal(newest?.totalCount, 5000);
  const dates = newest?.records?.map(({ createdDate }) => createdDate);
  t.same(
    dates,
    ['29:00', '28:50', '28:40'].map((time) => `2026-03-04T10:${time}.000Z`),
  );
  const first = async (query: string) => (await list(query)).json.data?.records?.[0]?.createdDate;
  t.equal(await first('?limit=3'), '2026-03-03T20:35:50.000Z', 'the oldest');
  t.notMatch(await first('?limit=3'), /10:29:00|20:35:50/, 'neither');
  t.equal(await first('?limit=3&offset=4999'), '2026-03-03T20:35:50.000Z', 'newest first again');
});

t.test('every answered call is reported as an exchange, a submission with the name of its file', async (t) => {
  const script: FaultScript = [
    { on: 'submit', nth: 2, do: { kind: 'drop_mid_upload', bytes: 10 } },
    { on: 'submit', nth: 3, do: { kind: 'accept_then_drop' } },
  ];
  const { sandbox, exchanges, submit, get } = await setUpSandbox(t, script);
  for (const fileName of ['a.csv', 'b.csv', 'c.csv']) await ending(submit({ fileName }));
  await get('/elsewhere');
  t.same(
    sandbox.calls.map(({ fileName, jobId }) => [fileName, jobId]),
    [
      ['a.csv', 'J000001'],
      [undefined, undefined],
      ['c.csv', 'J000002'],
    ],
  );
  t.same(
    exchanges.map(({ call }) => call),
    [sandbox.calls[0], undefined],
  );
});

t.test('counts are too small, too large or missing, for a while or for ever, and the true ones are kept', async (t) => {
  const cases: [Fault, object, object][] = [
    [{ kind: 'counts', as: 'short', by: 2 }, { successCount: 1, failureCount: 0 }, { successCount: 1 }],
    [{ kind: 'counts', as: 'over' }, { successCount: 4, failureCount: 0 }, { successCount: 4 }],
    [
      { kind: 'counts', as: 'missing', seconds: 90 },
      { successCount: undefined, failureCount: undefined },
      { successCount: 3 },
    ],
  ];
  for (const [fault, first, later] of cases) {
    const { sandbox, load, clock, job } = await setUpSandbox(t, [{ on: 'submit', do: fault }]);
    const loaded = await load({ file: 'Id,Name\n1,a\n2,b\n3,c\n' });
    t.match(loaded.job, { status: 'COMPLETED', ...first }, JSON.stringify(fault));
    clock.advance(60_000);
    t.match((await job(loaded.job.jobId ?? '')).json.data, later);
    t.match(sandbox.jobs, [{ succeeded: 3 }]);
  }
});

t.test('errors are missing, shuffled, duplicated or counted from another base', async (t) => {
  const file = 'Id,Name\n1,"x\ny"\n2,ok\n3,bad\n4,worse\n';
  const objects = { company: { fields: { Id: {}, Name: { picklist: ['ok'] } } } };
  const cases: [Fault | undefined, (number | undefined)[]][] = [
    [undefined, [2, 4, 5]],
    [{ kind: 'fewer_errors' }, [2, 4]],
    [{ kind: 'fewer_errors', missing: 3 }, []],
    [{ kind: 'errors_shuffled' }, [4, 5, 2]],
    [{ kind: 'errors_duplicated' }, [2, 2, 4, 4, 5, 5]],
    [{ kind: 'row_number_base', base: 0 }, [0, 2, 3]],
    [{ kind: 'row_number_base', base: 1 }, [1, 3, 4]],
    [{ kind: 'row_number_base', base: 'physical_lines' }, [2, 5, 6]],
  ];
  for (const [fault, expected] of cases) {
    const { load } = await setUpSandbox(t, fault ? [{ on: 'submit', do: fault }] : [], { objects });
    const { job, errors } = await load({ file });
    t.same(
      errors.map(({ rowNumber }) => rowNumber),
      expected,
      JSON.stringify(fault),
    );
    t.match(job, { successCount: 1, failureCount: 3 });
  }
});

t.test('other clients submit and the clock jumps in the middle of a sync', async (t) => {
  const { sandbox, submit, list } = await setUpSandbox(
    t,
    [
      { on: 'submit', nth: 2, do: { kind: 'foreign_jobs', count: 9, object: 'case' } },
      { on: 'list', nth: 2, do: { kind: 'clock_jump', seconds: 3600 } },
    ],
    { callsPerHour: 10 },
  );
  t.equal((await submit()).status, 200);
  t.equal((await submit()).status, 429);
  t.equal((await list()).headers.get('date'), 'Wed, 04 Mar 2026 10:30:00 GMT');
  t.equal((await list()).headers.get('date'), 'Wed, 04 Mar 2026 11:30:00 GMT');
  t.equal((await submit()).status, 200, 'another hour for the server');
  t.same(sandbox.busiestHour(), { calls: 11, ownCalls: 2, submissions: 2 }, 'the same hour by the monotonic clock');
});

t.test('a rule that can never apply is rejected at the start', async (t) => {
  const cases: [unknown, RegExp][] = [
    [{ on: 'submit', do: { kind: 'explode' } }, /rule 1: there is no fault "explode"/],
    [{ on: 'submit', do: { kind: 'toString' } }, /no fault "toString"/],
    [{ on: 'submit' }, /no fault "undefined"/],
    [{ on: 'poll', do: { kind: 'status', status: 500 } }, /no call "poll"/],
    [{ on: 'status', do: { kind: 'fail' } }, /requires "submit"/],
    [{ on: 'list', do: { kind: 'drop_mid_upload' } }, /applies to submit only/],
    [{ on: 'query', do: { kind: 'write_in_part' } }, /applies to insert, update only/],
    [{ on: 'insert', job: 1, do: { kind: 'status', status: 500 } }, /is about no job/],
    [{ on: 'token', object: 'company', do: { kind: 'status', status: 500 } }, /is about no job and no object/],
    [{ on: 'submit', do: { kind: 'empty' } }, /applies to list, metadata, query only/],
    [{ on: 'status', do: { kind: 'list_order', order: 'none' } }, /applies to list only/],
    [{ on: 'list', do: { kind: 'other_shape' } }, /applies to metadata only/],
    [{ on: 'metadata', object: 'a', do: { kind: 'empty' } }, /about no job and no object/],
    [{ on: 'list', job: 1, do: { kind: 'status', status: 500 } }, /about no job/],
    [{ on: 'submit', object: 'a', do: { kind: 'drop_before_read' } }, /before the object is read/],
  ];
  for (const [rule, message] of cases) t.throws(() => new FaultBook([rule as FaultRule]), { message });
});
