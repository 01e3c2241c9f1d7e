/** The client over a real socket: every kind of response, and no key sent to any other host. */

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { pipeline } from 'node:stream/promises';
import t, { type Test } from 'tap';
import { FakeClock } from '../../integration_tests/support/fake_clock.ts';
import { plainKey, setUpLoad } from '../../integration_tests/support/load_setup.ts';
import type { Fault } from '../sandbox/faults.ts';
import { createClient, type Submission } from './client.ts';

const submission = (path: string): Submission => ({
  ...{ object: 'Company', operation: 'UPSERT', keyFields: ['Id', 'Name'], fileName: 'a.csv', path },
});

function fileOf(t: Test, text: string | Buffer): string {
  const path = `${t.testdir()}/a.csv`;
  writeFileSync(path, text);
  return path;
}

t.test('the four calls return what the tenant holds', async (t) => {
  const { client, clock, sandbox } = await setUpLoad(t);
  const job = await client.submit(submission(fileOf(t, 'Id,Name\n1,Ada\n,Bob\n')));
  const sentAt = Date.UTC(2026, 2, 4, 10, 0);
  t.match(job, { kind: 'done', serverTime: sentAt, value: { jobId: 'J000001', status: 'PENDING', fileName: 'a.csv' } });
  t.match(sandbox.jobs, [{ object: 'Company', operation: 'UPSERT', keyFields: ['Id', 'Name'], fileType: 'text/csv' }]);
  clock.advance(60_000);
  t.match(await client.job('J000001'), { kind: 'done', value: { status: 'COMPLETED', failureCount: 1 } });
  t.match(await client.errors('J000001'), { kind: 'done', value: [{ rowNumber: 3, fieldName: 'Id' }] });
  t.match(await client.list({ limit: 200, offset: 0 }), { kind: 'done', value: { totalCount: 1 } });
  t.match(await client.list({ limit: 200, offset: 1 }), { value: { records: [] } });
  t.match(await client.job('J 7/é'), { kind: 'refused', status: 404, words: 'GS_7404: Job … not found' });
  t.equal(client.host, new URL(sandbox.url).host);
});

t.test('a file of 5 MB arrives unchanged', async (t) => {
  const { client, sandbox } = await setUpLoad(t, { keepRows: false });
  const rows = Array.from({ length: 50_000 }, (_, at) => `${at},"${'é\n'.repeat(40)}"\n`);
  const file = Buffer.from(`Id,Name\n${rows.join('')}`);
  t.ok(file.length > 5_000_000);
  t.match(await client.submit(submission(fileOf(t, file))), { kind: 'done' });
  t.match(sandbox.jobs, [{ bytes: file.length, sha256: createHash('sha256').update(file).digest('hex') }]);
});

t.test('a refusal is reported in Gainsight’s words, with its request id', async (t) => {
  const cases: readonly [Fault, object][] = [
    [
      { kind: 'status', status: 400 },
      { status: 400, errorCode: 'GU_400', requestId: /^[\da-f-]{36}$/, retryAfter: undefined },
    ],
    [{ kind: 'result_false' }, { status: 200, words: 'GU_1101 (a failure of Gainsight): Refused by the fault …' }],
    [
      { kind: 'status', status: 429 },
      { status: 429, retryAfter: undefined, serverTime: Number },
    ],
    [
      { kind: 'status', status: 429, retryAfter: 'seconds', seconds: 77 },
      { status: 429, retryAfter: 77_000 },
    ],
    [
      { kind: 'status', status: 429, retryAfter: 'date', seconds: 77 },
      { status: 429, retryAfter: 77_000 },
    ],
    [
      { kind: 'status', status: 404, html: true },
      { status: 404, words: 'HTTP 404 Not Found' },
    ],
    [
      { kind: 'redirect', to: 'https://evil.example/v1' },
      { status: 302, redirect: 'evil.example' },
    ],
    [
      { kind: 'status', status: 403, errorCode: 'GS_APIG_2404' },
      { status: 429, errorCode: 'GS_APIG_2404' },
    ],
    [
      { kind: 'status', status: 500, errorCode: 'GS_APIG_2404' },
      { status: 429, errorCode: 'GS_APIG_2404' },
    ],
    [
      { kind: 'result_false', errorCode: 'GU_2400' },
      { status: 429, errorCode: 'GU_2400' },
    ],
    [
      { kind: 'redirect', to: '/elsewhere', status: 307 },
      { status: 307, redirect: 'another address' },
    ],
  ];
  for (const [fault, expected] of cases) {
    const { client } = await setUpLoad(t, { script: [{ on: 'any', do: fault }] });
    t.match(await client.list({ limit: 1, offset: 0 }), { kind: 'refused', ...expected }, JSON.stringify(fault));
    t.match(await client.submit(submission(fileOf(t, 'Id,Name\n'))), { kind: 'refused', ...expected });
  }
  const { sandbox } = await setUpLoad(t);
  const stranger = createClient({ baseUrl: sandbox.url, accessKey: 'wrong', clock: still(), userAgent: 'x' });
  t.match(await stranger.list({ limit: 1, offset: 0 }), { kind: 'refused', status: 401, errorCode: 'GS_APIG_2401' });
});

t.test('no redirect is followed, so the key goes to no other host', async (t) => {
  const asked: unknown[] = [];
  const other = createServer((request, response) => {
    asked.push(request.headers);
    response.end('{}');
  });
  const to = await listen(t, other);
  const { client } = await setUpLoad(t, { script: [{ on: 'any', do: { kind: 'redirect', to } }] });
  t.match(await client.job('J1'), { kind: 'refused', redirect: new URL(to).host });
  t.match(await client.submit(submission(fileOf(t, 'Id,Name\n'))), { kind: 'refused', redirect: new URL(to).host });
  t.same(asked, []);
});

t.test('a call without a reliable response is lost, and it is known whether it may have arrived', async (t) => {
  const large = `Id,Name\n${'1,x\n'.repeat(2_000_000)}`;
  const cases: readonly [Fault, string, object][] = [
    [{ kind: 'accept_then_drop' }, 'Id,Name\n1,a\n', { sent: 'whole', reason: 'ECONNRESET' }],
    [{ kind: 'accept_then_truncate_json' }, 'Id,Name\n1,a\n', { sent: 'whole', reason: 'unreadable' }],
    [{ kind: 'status', status: 502, html: true }, 'Id,Name\n1,a\n', { sent: 'whole', reason: 'HTTP 502' }],
    [{ kind: 'accept_then_status', status: 304 }, 'Id,Name\n1,a\n', { sent: 'whole', reason: 'HTTP 304' }],
    [{ kind: 'accept_then_status', status: 503 }, 'Id,Name\n1,a\n', { sent: 'whole', requestId: /^[\da-f-]{36}$/ }],
    [{ kind: 'drop_before_read' }, large, { sent: 'partly' }],
    [{ kind: 'drop_mid_upload', bytes: 100_000 }, large, { sent: 'partly' }],
  ];
  for (const [fault, text, expected] of cases) {
    const { client } = await setUpLoad(t, { keepRows: false, script: [{ on: 'submit', do: fault }] });
    t.match(await client.submit(submission(fileOf(t, text))), { kind: 'lost', ...expected }, JSON.stringify(fault));
  }
});

t.test('without a connection nothing was sent, however small the file', async (t) => {
  const free = createNetServer();
  const gone = await listen(t, free as never);
  await new Promise((resolve) => free.close(resolve));
  const addresses = [
    [gone, 'ECONNREFUSED'],
    [gone.replace('127.0.0.1', 'localhost'), 'ECONNREFUSED'],
    ['http://no-such-host.invalid/v1', /ENOTFOUND|EAI_AGAIN/],
  ] as const;
  for (const [baseUrl, reason] of addresses) {
    const client = createClient({ baseUrl, accessKey: plainKey, clock: still(), userAgent: 'x' });
    const answer = await client.submit(submission(fileOf(t, 'Id,Name\n')));
    t.match(answer, { kind: 'lost', sent: 'nothing', reason }, baseUrl);
    t.notMatch(answer, { words: new RegExp(`${plainKey}|request to`) });
    if (answer.kind === 'lost') t.equal(answer.words.split(answer.reason).length, 2, `the code once: ${answer.words}`);
  }
});

t.test('a minute without a byte ends a call; a submission has ten for its answer', async (t) => {
  const slow = (seconds: number) => ({ script: [{ on: 'any', do: { kind: 'delay', seconds } }] as const });
  const cases = [
    { call: 'list', seconds: 59, kind: 'done', at: 59 },
    { call: 'list', seconds: 61, kind: 'lost', at: 60 },
    { call: 'submit', seconds: 599, kind: 'done', at: 599 },
    { call: 'submit', seconds: 601, kind: 'lost', at: 600 },
  ] as const;
  for (const { call, seconds, kind, at } of cases) {
    const { client, clock } = await setUpLoad(t, slow(seconds));
    const page = { limit: 1, offset: 0 };
    const answer = call === 'list' ? client.list(page) : client.submit(submission(fileOf(t, 'Id,Name\n1,a\n')));
    t.match(await answer, { kind, ...(kind === 'lost' && { sent: 'whole', reason: 'TIMEOUT' }) }, `${call} ${seconds}`);
    t.equal(clock.elapsed(), at * 1000);
    t.equal(clock.sleeping, kind === 'lost' ? 1 : 0, 'no timer is left, except the one in the sandbox');
  }
});

t.test('a call is given up if the server accepts no byte of the file, which then did not arrive', async (t) => {
  const clock = new FakeClock();
  const deaf = createNetServer({ pauseOnConnect: true });
  const baseUrl = await listen(t, deaf as never);
  const client = createClient({ baseUrl, accessKey: plainKey, clock, userAgent: 'x' });
  const file = fileOf(t, Buffer.alloc(20_000_000, 'x'));
  t.match(await client.submit(submission(file)), { kind: 'lost', sent: 'partly', reason: 'TIMEOUT' });
});

t.test('an aborted call throws the reason and leaves no timer', async (t) => {
  const { client, clock } = await setUpLoad(t, { script: [{ on: 'any', do: { kind: 'delay', seconds: 30 } }] });
  const stop = new AbortController();
  const reason = new Error('stop');
  const call = client.list({ limit: 1, offset: 0 }, stop.signal);
  await clock.sleep(5000);
  stop.abort(reason);
  await t.rejects(call, reason);
  await t.rejects(client.list({ limit: 1, offset: 0 }, stop.signal), reason);
  t.equal(clock.sleeping, 1, 'the sandbox alone');
});

/** A clock that stands still, however long the network takes. */
/** A client of a tenant that sends this response to everything. */
async function answering(t: Test, answer: RequestListener, clock = still()) {
  const baseUrl = await listen(t, createServer(answer));
  return createClient({ baseUrl, accessKey: plainKey, clock, userAgent: 'x' });
}

t.test('a response that does not fit the request is unreadable', async (t) => {
  for (const data of ['5', '"J1"', '[1]', '[[]]', 'true']) {
    const client = await answering(t, (_, response) => void response.end(`{"result":true,"data":${data}}`));
    t.match(await client.job('J1'), { kind: 'lost', reason: 'unreadable' }, data);
    t.match(await client.list({ limit: 1, offset: 0 }), { kind: 'lost', reason: 'unreadable' }, data);
    t.match(await client.submit(submission(fileOf(t, 'Id,Name\n'))), { kind: 'lost', reason: 'unreadable' }, data);
  }
  const client = await answering(t, (_, response) => void response.end('{"data":{"jobId":"J1"}}'));
  t.match(await client.errors('J1'), { kind: 'lost', reason: 'unreadable' });
});

t.test('the message of a refusal is reported if it is text, up to a limit', async (t) => {
  const says = async (envelope: object, headers = {}) => {
    const client = await answering(
      t,
      (_, response) => void response.writeHead(400, headers).end(JSON.stringify(envelope)),
    );
    return client.job('J1');
  };
  const odd = { requestId: { toString: 1 }, errorCode: { a: 1 }, errorDesc: ['x'], message: 7 };
  t.match(await says(odd), { words: 'HTTP 400 Bad Request', requestId: undefined, errorCode: undefined });
  const long = await says({ requestId: 'a1'.repeat(1e6), errorDesc: 'no such field '.repeat(1e5) });
  t.match(long, { words: /^(no such field ){35}no such …$/, requestId: undefined });
  const traced = { requestId: '0123456789abcdef0123456789abcdef', errorCode: 'GSOBJ_1002', errorDesc: 'Jane' };
  const words = 'GSOBJ_1002 (a value does not fit the type of its field): …';
  t.match(await says(traced), { words, requestId: traced.requestId, errorCode: 'GSOBJ_1002' });
  for (const value of ['Jane Doe', 'jane@example.com', '4111111111111111', '555-123-4567', 'ACME'])
    t.match(await says({ requestId: value, errorCode: value }), { requestId: undefined, errorCode: undefined });
  const year = 31_536_000_000;
  for (const wait of ['9'.repeat(20), '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT'])
    t.match(await says({}, { 'retry-after': wait }), { retryAfter: year }, wait.slice(0, 30));
});

t.test('an endless response is not read to its end', async (t) => {
  function* pour(head: string, piece: string) {
    for (yield head; ; ) yield piece;
  }
  for (const [head, piece] of [
    ['{"result":true,', ' '.repeat(65_536)],
    ['{"result":true,"data":', '['.repeat(65_536)],
    ['{"result":true,"data":[{"errorMessage":"', 'x'.repeat(65_536)],
  ] as const) {
    const client = await answering(
      t,
      (_, response) => void pipeline(pour(head, piece), response).catch(() => undefined),
    );
    t.match(await client.list({ limit: 1, offset: 0 }), { kind: 'lost', reason: 'TOO_LARGE' });
    t.match(await client.errors('J1'), { kind: 'lost', reason: 'TOO_LARGE' });
  }
});

function still(): FakeClock {
  const clock = new FakeClock();
  clock.addBusy(() => true);
  return clock;
}

async function listen(t: Test, server: Server): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections?.();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}
