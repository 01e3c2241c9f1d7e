/** The sandbox follows the contract: parts, refusals, limits, pages, the life of a job. */
import fetch from 'node-fetch';
import t from 'tap';
import { setUpSandbox } from '../../integration_tests/support/sandbox_setup.ts';

t.test('a job goes from PENDING over IN_PROGRESS to COMPLETED at the pace of the clock', async (t) => {
  const { sandbox, clock, submit, job } = await setUpSandbox(t, { rowsPerSecond: 2, pendingSeconds: 3 });
  const rows = Array.from({ length: 10 }, (_, row) => `${row},n\n`).join('');
  const answer = await submit({ file: `Id,Name\n${rows}`, fileName: 'ten.csv' });
  t.equal(answer.status, 200);
  t.match(answer.json, { result: true, errorCode: null, errorDesc: null, message: null });
  t.equal(answer.headers.get('x-gs-request-id'), answer.json.requestId);
  const { jobId = '' } = answer.json.data ?? {};
  const reported = async () => (await job(jobId)).json.data;
  t.match(await reported(), {
    status: 'PENDING',
    totalRecords: 10,
    processedRecords: 0,
    successCount: 0,
    failureCount: 0,
  });
  clock.advance(3000);
  t.match(await reported(), { status: 'IN_PROGRESS', processedRecords: 0 });
  clock.advance(2000);
  t.match(await reported(), { status: 'IN_PROGRESS', processedRecords: 4, successCount: 4 });
  t.same(sandbox.rows('company'), [], 'no row is applied before the end');
  clock.advance(2999);
  t.match(await reported(), { status: 'IN_PROGRESS', processedRecords: 9 });
  clock.advance(1);
  t.match(await reported(), {
    ...{ jobId, objectName: 'company', operation: 'UPSERT', status: 'COMPLETED', fileName: 'ten.csv' },
    ...{ totalRecords: 10, processedRecords: 10, successCount: 10, failureCount: 0 },
    ...{ createdDate: '2026-03-04T10:30:00.000Z', completedDate: '2026-03-04T10:30:08.000Z' },
  });
  t.equal(sandbox.rows('company').length, 10);
});

t.test('a request that lacks something is refused with 400 and creates no job', async (t) => {
  const cases: Record<string, [Parameters<Awaited<ReturnType<typeof setUpSandbox>>['submit']>[0], RegExp]> = {
    'no object': [{ objectName: undefined }, /objectName is missing/],
    'no operation': [{ operation: undefined }, /operation is missing/],
    'an operation that there is not': [{ operation: 'DELETE' }, /"DELETE"/],
    'no file': [{ file: undefined }, /file is missing/],
    'UPSERT without keys': [{ keyFields: undefined }, /keyFields are required for UPSERT/],
    'UPDATE with empty keys': [{ operation: 'UPDATE', keyFields: ' , ' }, /keyFields are required for UPDATE/],
    'keys that the file lacks': [{ keyFields: 'Id,Region' }, /"Region" is not in the header/],
    'a file with a header alone': [{ file: 'Id,Name\n' }, /no rows/],
  };
  const { sandbox, submit } = await setUpSandbox(t, { callsPerHour: null });
  for (const [name, [parts, words]] of Object.entries(cases)) {
    const { status, json } = await submit(parts);
    t.equal(status, 400, name);
    t.equal(json.result, false, name);
    t.match(json.errorDesc, words, name);
  }
  const plain = await fetch(`${sandbox.url}/bulk/jobs`, { method: 'POST', headers: { accessKey: 'k' }, body: 'x' });
  t.equal(plain.status, 400, 'no form');
  const type = 'multipart/form-data; boundary=abc';
  const headers = { accessKey: 'k', 'content-type': type };
  const broken = await fetch(`${sandbox.url}/bulk/jobs`, { method: 'POST', headers, body: '--abc\r\nConte' });
  t.equal(broken.status, 400, 'a form that is cut off');
  t.same(sandbox.jobs, []);
  t.equal(sandbox.calls.filter((call) => call.counted).length, 10, 'yet each used quota');
});

t.test('the parts may come in any order', async (t) => {
  const { sandbox, clock } = await setUpSandbox(t, { objects: { company: { fields: { Id: { type: 'number' } } } } });
  const part = (name: string, rest: string) => `--b\r\ncontent-disposition: form-data; name="${name}"${rest}\r\n`;
  const body = [
    part('file', '; filename="late.csv"\r\ncontent-type: text/csv\r\n\r\nId\n7\nx\n'),
    part('objectName', '\r\n\r\ncompany'),
    part('operation', '\r\n\r\nINSERT'),
    '--b--\r\n',
  ].join('');
  const headers = { accessKey: 'k', 'content-type': 'multipart/form-data; boundary=b' };
  const { status } = await fetch(`${sandbox.url}/bulk/jobs`, { method: 'POST', headers, body });
  t.equal(status, 200);
  clock.advance(60_000);
  t.same(sandbox.rows('company'), [{ Id: '7' }]);
  t.match(sandbox.jobs, [{ fileName: 'late.csv', fileType: 'text/csv', refused: [1], succeeded: 1 }]);
});

t.test('only the right key is let in', async (t) => {
  const { sandbox, get, submit } = await setUpSandbox(t, { accessKey: 'key' });
  t.equal((await get('/bulk/jobs')).status, 200);
  for (const headers of [{}, { accessKey: 'other' }] as Record<string, string>[]) {
    const { status, json } = await get('/bulk/jobs', headers);
    t.equal(status, 401);
    t.match(json, { result: false, errorCode: 'GS_APIG_2401' });
  }
  t.equal((await submit()).status, 200);
  t.equal(sandbox.jobs[0]?.headers['accesskey'], 'key');
});

t.test('what is not there is answered with 404', async (t) => {
  const { get } = await setUpSandbox(t);
  t.match((await get('/bulk/jobs/J000099')).json, { result: false, errorDesc: /J000099/ });
  for (const path of ['/bulk/jobs/J000099', '/bulk/jobs/J1/errors', '/bulk/job', '/bulk/jobs/', '/bulk/jobs/a/b']) {
    t.equal((await get(path)).status, 404, path);
  }
  t.equal((await get('/nothing')).json.errorCode, 'GS_APIG_1000');
});

t.test('a file over the limit is refused with 413, one of the limit is not', async (t) => {
  const { submit } = await setUpSandbox(t, { maxFileBytes: 20 });
  t.equal((await submit({ file: 'Id\n1234567890123456\n' })).status, 200, '20 bytes');
  t.equal((await submit({ file: 'Id\n12345678901234567\n' })).status, 413, '21 bytes');
});

t.test('submissions beyond the hour are refused until the next full hour of the server', async (t) => {
  const { sandbox, clock, submit, list } = await setUpSandbox(t, { callsPerHour: 3, clockOffset: 600_000 });
  for (let count = 0; count < 3; count++) t.equal((await submit()).status, 200);
  const refused = await submit();
  t.equal(refused.status, 429);
  t.equal(refused.headers.get('retry-after'), null);
  t.equal((await list()).status, 200, 'reading costs nothing');
  clock.advance(20 * 60_000 - 1);
  t.equal((await submit()).status, 429, 'a millisecond before the hour: the server is ten minutes ahead');
  clock.advance(1);
  t.equal((await submit()).status, 200);
  t.same(sandbox.busiestHour(), { calls: 4, ownCalls: 4, submissions: 4 }, 'fixed windows allow more');
  t.match(
    sandbox.calls.map(({ kind, counted, status }) => [kind, counted, status]),
    [
      ...Array.from({ length: 3 }, () => ['submit', true, 200]),
      ['submit', false, 429],
      ['list', false, 200],
      ['submit', false, 429],
      ['submit', true, 200],
    ],
  );
});

t.test('submissions beyond the day are refused until the next day', async (t) => {
  const { clock, submit } = await setUpSandbox(t, { callsPerHour: null, callsPerDay: 2, retryAfter: 'seconds' });
  await submit();
  await submit();
  const refused = await submit();
  t.equal(refused.status, 429);
  t.equal(refused.headers.get('retry-after'), String(13.5 * 3600), 'from half past ten until midnight');
  clock.advance(13.5 * 3_600_000);
  t.equal((await submit()).status, 200);
});

t.test('all calls count if the tenant counts them, and 429 can name a date', async (t) => {
  const { submit, list } = await setUpSandbox(t, { callsPerHour: 2, countedCalls: 'all_calls', retryAfter: 'date' });
  await list();
  await submit();
  const refused = await list();
  t.equal(refused.status, 429);
  t.equal(refused.headers.get('retry-after'), 'Wed, 04 Mar 2026 11:00:00 GMT');
});

t.test('jobs of other clients use the same quota and show in the list', async (t) => {
  const { sandbox, submit, list } = await setUpSandbox(t, { callsPerHour: 3 });
  sandbox.addForeignJob({ count: 2, object: 'case', fileName: 'theirs.csv', age: 60, seconds: 3600 });
  sandbox.addForeignJob({ count: 50, age: 3 * 3600 });
  t.equal((await submit()).status, 200);
  t.equal((await submit()).status, 429);
  const { records = [], totalCount } = (await list('?limit=3')).json.data ?? {};
  t.equal(totalCount, 53);
  t.match(records[1], { objectName: 'case', fileName: 'theirs.csv', createdDate: '2026-03-04T10:29:00.000Z' });
  t.match(records[1], { status: 'IN_PROGRESS' });
  t.same(sandbox.busiestHour(), { calls: 50, ownCalls: 1, submissions: 1 });
  t.equal(sandbox.busiestDay().calls, 53);
});

t.test('the list has pages, a filter and the configured order', async (t) => {
  const orders = { newest: ['3', '2', '1'], oldest: ['1', '2', '3'], none: undefined } as const;
  for (const [order, expected] of Object.entries(orders)) {
    const { clock, submit, list } = await setUpSandbox(t, { listOrder: order as keyof typeof orders, listPageMax: 2 });
    for (const fileName of ['1', '2', '3']) {
      await submit({ fileName });
      clock.advance(1000);
    }
    const names = async (query: string) => (await list(query)).json.data?.records?.map(({ fileName }) => fileName);
    const whole = [...((await names('?limit=200')) ?? []), ...((await names('?limit=200&offset=2')) ?? [])];
    if (expected) t.same(whole, expected, order);
    t.same([...whole].sort(), ['1', '2', '3'], `${order} shows each once`);
    t.same(await names('?limit=200&offset=4'), []);
    t.same(await names('?status=PENDING'), []);
    t.equal((await list('?status=COMPLETED&limit=1')).json.data?.totalCount, 2);
  }
});

t.test('a list without a limit returns 25 jobs', async (t) => {
  const { sandbox, list } = await setUpSandbox(t);
  sandbox.addForeignJob({ count: 30 });
  t.equal((await list()).json.data?.records?.length, 25);
  t.equal((await list('?limit=200')).json.data?.records?.length, 30);
});

t.test('a new job shows in the list only after the lag', async (t) => {
  const { clock, submit, list, job } = await setUpSandbox(t, { listLag: 15_000 });
  const { jobId = '' } = (await submit()).json.data ?? {};
  clock.advance(14_999);
  t.equal((await list()).json.data?.totalCount, 0);
  t.equal((await job(jobId)).status, 200, 'its own path finds it');
  clock.advance(1);
  t.equal((await list()).json.data?.totalCount, 1);
});

t.test('the Date header and the dates follow the clock with its offset', async (t) => {
  const { clock, submit, list } = await setUpSandbox(t, { clockOffset: -600_000 });
  t.equal((await list()).headers.get('date'), 'Wed, 04 Mar 2026 10:20:00 GMT');
  clock.advance(5000);
  t.equal((await submit()).json.data?.createdDate, '2026-03-04T10:20:05.000Z');
});

t.test('the job report contains what was sent, byte for byte', async (t) => {
  const { sandbox, submit } = await setUpSandbox(t);
  await submit({ file: 'Id,Name\n1,"a\nb"\n1,c\n', fileName: 'name.csv' });
  t.match(sandbox.jobs[0], {
    ...{ number: 1, foreign: false, object: 'company', operation: 'UPSERT', keyFields: ['Id'], fileName: 'name.csv' },
    ...{ fields: { objectName: 'company', operation: 'UPSERT', keyFields: 'Id' }, header: ['Id', 'Name'] },
    ...{
      rowCount: 2,
      bytes: 20,
      duplicateKeys: 1,
      rows: [
        ['1', 'a\nb'],
        ['1', 'c'],
      ],
    },
    sha256: '380a86ff526a5f09a82e12233b2b0c0da07dd82e172c17599ead4effac89b037',
  });
});

t.test('requests that sleep are counted as parked, and close aborts them', async (t) => {
  const script = [{ on: 'list', do: { kind: 'delay', seconds: 100 } }] as const;
  const { sandbox, clock, list } = await setUpSandbox(t, { script });
  const release = clock.addBusy(() => true);
  const waiting = list().catch(() => 'cut');
  while (sandbox.parked === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  t.equal(sandbox.open, 1);
  await sandbox.close();
  t.equal(await waiting, 'cut');
  t.same([sandbox.open, sandbox.parked], [0, 0]);
  await sandbox.close();
  release();
});
