/** The page at `/`: what a person sees of the sandbox, without a trace in what tests see of it. */
import fetch from 'node-fetch';
import t from 'tap';
import { readPage } from '../../integration_tests/pages/read_page.ts';
import { hostileTexts } from '../../integration_tests/pages/reports.ts';
import { setUpSandbox } from '../../integration_tests/support/sandbox_setup.ts';
import type { FaultScript } from './faults.ts';

type Sandbox = Awaited<ReturnType<typeof setUpSandbox>>['sandbox'];

const at = (sandbox: Sandbox, path: string) => new URL(path, sandbox.url);
const look = async (sandbox: Sandbox, path = '/') => {
  const response = await fetch(at(sandbox, path));
  t.match([response.status, response.headers.get('content-type')], [200, 'text/html; charset=utf-8']);
  return readPage(await response.text());
};

const script: FaultScript = [
  { on: 'status', nth: 3, do: { kind: 'status', status: 503 } },
  { on: 'submit', nth: 1, do: { kind: 'stay_pending', seconds: 1 } },
  { on: 'list', do: { kind: 'list_order', order: 'oldest' } },
];

t.test('objects with rows, jobs, calls, requests that matched nothing, and faults', async (t) => {
  const objects = { company: { fields: { Id: {}, Name: { maxLength: 5 } } }, person: { fields: { Id: {} } } };
  const { sandbox, clock, submit, job } = await setUpSandbox(t, { objects, script });
  await submit({ file: 'Id,Name\n1,Ann\n2,\n3,much too long\n', fileName: 'first.csv' });
  await submit({ file: 'Id,Wrong\n1,Ann\n', fileName: 'second.csv' });
  clock.advance(60_000);
  await job('J000001');
  for (const path of ['/bulk/jobs', '/v1/v1/bulk/jobs', '/v1/bulk/jobs/', '/other'])
    await fetch(at(sandbox, path), { headers: { accessKey: 'k' } });
  const { headings, tables, texts } = await look(sandbox);
  t.match(headings, [
    /^Gainsight sandbox$/,
    /configuration/,
    /^Objects/,
    /^company 2 rows/,
    /^person 0 rows/,
    /^Calls/,
  ]);
  t.match(texts('pre')[0], `"api_base_url": "${sandbox.url}"`);
  t.strictSame(tables.get('Latest rows of company'), [
    { Id: '2', Name: 'empty' },
    { Id: '1', Name: 'Ann' },
  ]);
  t.match(tables.get('Jobs'), [
    { Job: 'J000002', Status: 'FAILED', Why: /Wrong/, File: 'second.csv' },
    { Job: 'J000001', Status: 'COMPLETED', Rows: '3', Accepted: '2', Rejected: '1', Why: /GSOBJ/, File: 'first.csv' },
  ]);
  t.match(tables.get('Calls used'), [
    { Calls: 'Bulk API, this hour', Used: '2', Limit: '10' },
    { Calls: 'Bulk API, today', Used: '2', Limit: '100' },
    { Calls: 'Metadata, this minute', Used: '0', Limit: '100' },
  ]);
  t.match(tables.get('Latest calls'), [
    { Call: 'status', Answer: '200', Counts: 'no' },
    { Call: 'submit' },
    { Call: 'submit', Counts: 'yes' },
  ]);
  t.match(
    tables.get('Requests that matched nothing')?.map((row) => [row['Request'], row['Nearest call']]),
    [
      ['GET /other', 'none'],
      ['GET /v1/bulk/jobs/', 'GET /v1/bulk/jobs'],
      ['GET /v1/v1/bulk/jobs', 'GET /v1/bulk/jobs'],
      ['GET /bulk/jobs', 'GET /v1/bulk/jobs'],
    ],
  );
  t.match(tables.get('Faults'), [
    { Fault: 'status', Now: 'later', On: 'status', 'Matching calls so far': '1' },
    { Fault: 'stay_pending', Now: 'over', On: 'submit' },
    { Fault: 'list_order', Now: 'in force', On: 'list' },
  ]);
});

t.test('calls of the object API and for tokens, with their own windows', async (t) => {
  const oauth = { id: 'app', secret: 'hush-hush' };
  const { sandbox } = await setUpSandbox(t, { oauth, objectApi: { callsPerDay: null } });
  const post = (path: string, headers: Record<string, string>, body: string) =>
    fetch(at(sandbox, path), { method: 'POST', headers, body });
  const basic = `Basic ${Buffer.from('app:hush-hush').toString('base64')}`;
  await post('/v1/users/m2m/oauth/token', { authorization: basic }, 'grant_type=client_credentials');
  await post('/v1/data/objects/Company', { accessKey: 'k' }, '{"records":[{"Id":"1"}]}');
  await post('/v1/data/objects/query/Company', { accessKey: 'k' }, '{"select":["Id"]}');
  const { tables, text } = await look(sandbox);
  t.match(tables.get('Calls used')?.slice(3), [
    { Calls: 'Object API, this minute', Used: '2', Limit: '100' },
    { Calls: 'Object API, today', Used: '2', Limit: 'none' },
  ]);
  t.match(new Set(tables.get('Latest calls')?.map((row) => row['Call'])), new Set(['token', 'insert', 'query']));
  t.match(text, 'Any access key is let in, and the OAuth client app. This page needs none.');
  t.notMatch(text, 'hush-hush');
});

t.test('a look changes nothing, and only / is a page', async (t) => {
  const { sandbox, submit } = await setUpSandbox(t);
  const empty = await look(sandbox);
  t.match(empty.texts('p'), [
    /emulator/,
    /clock/,
    /Any access key/,
    'No job has loaded a row yet.',
    'There were none.',
  ]);
  const refreshed = await look(sandbox, '/?refresh');
  t.ok(refreshed.elements('meta').some(({ attributes }) => attributes['http-equiv'] === 'refresh'));
  t.equal((await fetch(at(sandbox, '/favicon.ico'))).status, 204);
  const head = await fetch(at(sandbox, '/'), { method: 'HEAD' });
  t.same([head.status, await head.text()], [200, '']);
  t.same([sandbox.calls, sandbox.metadataCalls], [[], []]);
  const answer = await submit({ file: 'Id\n1\n' });
  t.match(answer.json.requestId, /-8000-000000000001$/, 'the first request of the API');
  for (const path of ['/v1/bulk/jobs', '/v1/bulk/jobs/J000009', '/index.html', '//', '/v1']) {
    const url = `${sandbox.url.replace(/\/v1$/, '')}${path}`;
    const { headers } = await fetch(url, { headers: { accessKey: 'k', accept: 'text/html' } });
    t.equal(headers.get('content-type'), 'application/json', path);
  }
  const post = await fetch(at(sandbox, '/'), { method: 'POST', body: 'x' });
  t.equal(post.status, 404);
});

t.test('without rows kept it says so; other clients are named; an access key is not shown', async (t) => {
  const options = {
    keepRows: false,
    accessKey: 'key-of-the-test',
    callsPerHour: null,
    objects: { company: { fields: { Id: {} } } },
  };
  const { sandbox } = await setUpSandbox(t, options);
  sandbox.addForeignJob({ count: 120, every: 60 });
  const { headings, tables, text } = await look(sandbox);
  t.ok(headings.includes('company its rows are not kept'));
  t.match(tables.get('Jobs')?.[0], { Operation: 'by another client' });
  t.match(text, 'And 20 earlier jobs more.');
  t.match(tables.get('Calls used')?.[0], { Limit: 'none' });
  t.notMatch(text, 'key-of-the-test');
});

t.test('no name and no value is markup', async (t) => {
  for (const hostile of hostileTexts.filter((text) => text.length < 1000)) {
    const { sandbox, clock, submit } = await setUpSandbox(t, { callsPerHour: null });
    const cell = `"${hostile.replaceAll('"', '""')}"`;
    await submit({ objectName: hostile, keyFields: 'Id', file: `Id,${cell}\n1,${cell}\n`, fileName: 'x.csv' });
    sandbox.addForeignJob({ object: hostile, fileName: hostile });
    clock.advance(60_000);
    await fetch(at(sandbox, `/${encodeURIComponent(hostile)}`));
    const { names } = await look(sandbox);
    for (const name of ['script', 'img', 'iframe', 'link', 'form', 'button', 'onload', 'onerror', 'src'])
      t.notOk(names.has(name), `${name} of ${hostile.slice(0, 40)}`);
  }
});
