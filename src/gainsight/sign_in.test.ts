/** Sign-in by a token: got before the first call, renewed in time and after a refusal, and never shown. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { countCalls } from '../../integration_tests/support/counted_client.ts';
import { setUpSandbox } from '../../integration_tests/support/sandbox_setup.ts';
import { systemClock } from '../clock.ts';
import type { SandboxOptions } from '../sandbox/options.ts';
import { createClient } from './client.ts';

const [clientId, clientSecret] = ['client-7', 's3cret-that-nobody-may-see'];
const page = { limit: 1, offset: 0 };

async function setUp(t: Test, options: Partial<SandboxOptions> = {}, secret = clientSecret) {
  const setup = await setUpSandbox(t, { oauth: { id: clientId, secret: clientSecret }, ...options });
  const hidden: string[] = [];
  const { sandbox, clock } = setup;
  const access = { baseUrl: sandbox.url, clientId, clientSecret: secret, clock, userAgent: 'test' };
  const { client, isUnderway } = countCalls(createClient({ ...access, hide: (secrets) => hidden.push(...secrets) }));
  // Time stands still while a request is in progress, unless it waits in the sandbox.
  t.teardown(clock.addBusy(() => isUnderway(sandbox)));
  const path = join(t.testdir({ 'a.csv': 'Id,Name\n1,Ada\n' }), 'a.csv');
  const submission = { object: 'company', operation: 'UPSERT', keyFields: ['Id'], fileName: 'a.csv', path } as const;
  return { ...setup, client, hidden, submit: () => client.submit(submission) };
}

t.test('one token signs in every call, beside no access key', async (t) => {
  const { client, exchanges, hidden, sandbox, submit } = await setUp(t);
  await Promise.all([client.list(page), client.metadata.objects(), submit()]);
  t.match(await client.job('J000001'), { kind: 'done', value: { jobId: 'J000001' } });
  t.match(await client.errors('J000001'), { kind: 'done' });
  t.equal(sandbox.tokenCalls.length, 1, 'calls at the same time share the call for a token');
  while (exchanges.length < 6) await turn();
  const calls = exchanges.filter(({ path }) => !path.startsWith('/users/'));
  t.equal(calls.length, 5);
  for (const { requestHeaders } of calls) {
    t.match(requestHeaders, { authorization: 'Bearer token-1-of-client-7', accesskey: undefined });
  }
  t.same(hidden, [Buffer.from(`${clientId}:${clientSecret}`).toString('base64'), 'token-1-of-client-7']);
});

t.test('a token is renewed before it ends, and one in the envelope is read as well', async (t) => {
  const oauth = { id: clientId, secret: clientSecret, tokenSeconds: 3600, isInEnvelope: true };
  const { client, clock, sandbox } = await setUp(t, { oauth });
  const isDone = async () => (await client.list(page)).kind === 'done';
  t.ok(await isDone());
  clock.advance(54 * 60_000);
  t.ok(await isDone());
  t.equal(sandbox.tokenCalls.length, 1);
  clock.advance(60_000);
  t.ok(await isDone());
  t.equal(sandbox.tokenCalls.length, 2, 'five minutes before its end');
  t.notOk(sandbox.calls.some(({ status }) => status === 401));
});

t.test('a token that is refused is renewed once, also while a file is sent and errors are read', async (t) => {
  const { client, exchanges, sandbox, submit } = await setUp(t);
  await submit();
  sandbox.revokeTokens();
  t.match(await submit(), { kind: 'done', value: { jobId: 'J000002' } });
  sandbox.revokeTokens();
  t.match(await client.errors('J000002'), { kind: 'done' });
  t.equal(sandbox.tokenCalls.length, 3);
  while (exchanges.length < 8) await turn();
  t.same(
    exchanges.filter(({ path }) => !path.startsWith('/users/')).map(({ status }) => status),
    [200, 401, 200, 401, 200],
  );
  t.equal(sandbox.ownJobs.length, 2);
});

t.test('calls at the same time are all let in by tokens that end with their first call', async (t) => {
  const oauth = { id: clientId, secret: clientSecret, endsBy: 'first call' } as const;
  const { client, sandbox, submit } = await setUp(t, { oauth });
  t.match(await client.list(page), { kind: 'done' });
  const answers = await Promise.all(Array.from({ length: 8 }, () => client.list(page)));
  t.same([...new Set(answers.map(({ kind }) => kind))], ['done']);
  t.match(await submit(), { kind: 'done' });
  t.equal(sandbox.ownJobs.length, 1);
  t.ok(sandbox.tokenCalls.length >= 10, 'one each');
});

t.test('two processes of one client, whose tokens end each other, are both let in', async (t) => {
  const oauth = { id: clientId, secret: clientSecret, endsBy: 'next token' } as const;
  const { client, clock, sandbox } = await setUp(t, { oauth });
  const access = { baseUrl: sandbox.url, clientId, clientSecret, clock, userAgent: 'test' };
  const counted = countCalls(createClient(access));
  t.teardown(clock.addBusy(() => counted.isUnderway(sandbox)));
  for (let turns = 0; turns < 20; turns += 1) {
    const answers = await Promise.all([client.list(page), counted.client.list(page)]);
    t.same(
      answers.map(({ kind }) => kind),
      ['done', 'done'],
    );
  }
});

t.test('tokens that open one API and not another are not asked for without end', async (t) => {
  const oauth = { id: clientId, secret: clientSecret, opensBulk: false };
  const { client, sandbox } = await setUp(t, { oauth });
  t.match(await client.metadata.objects(), { kind: 'done' });
  t.match(await client.list(page), { kind: 'refused', status: 401, byToken: true });
  t.equal(sandbox.tokenCalls.length, 10);
});

t.test('a file is sent with two tokens at most, as each time may count against the quota', async (t) => {
  const oauth = { id: clientId, secret: clientSecret, opensBulk: false };
  const { client, sandbox, submit } = await setUp(t, { oauth });
  t.match(await client.metadata.objects(), { kind: 'done' });
  t.match(await submit(), { kind: 'refused', status: 401, byToken: true });
  t.equal(sandbox.calls.length, 2);
});

t.test('new tokens that are refused end the call: this tenant takes none for the Bulk API', async (t) => {
  const { client, sandbox, submit } = await setUp(t, {
    oauth: { id: clientId, secret: clientSecret, opensBulk: false },
  });
  t.match(await client.list(page), { kind: 'refused', status: 401, byToken: true, errorCode: 'GS_APIG_2401' });
  t.equal(sandbox.calls.length, 2);
  t.match(await submit(), { kind: 'refused', status: 401 });
  t.match(await client.metadata.objects(), { kind: 'done' });
});

t.test('without a token nothing is sent, and the failure is that of the call for it', async (t) => {
  const wrong = await setUp(t, {}, 'wrong');
  t.match(await wrong.submit(), { kind: 'refused', status: 401, sent: 'nothing', byToken: true });
  t.match(await wrong.client.list(page), { kind: 'refused', status: 401, byToken: true });
  t.same(wrong.sandbox.calls, []);
  const cases = [
    [
      { kind: 'status', status: 404, errorCode: 'GS_APIG_1000' },
      { kind: 'refused', status: 401, byToken: true },
    ],
    [
      { kind: 'status', status: 403, errorCode: 'GS_APIG_2402' },
      { kind: 'refused', errorCode: 'GS_APIG_2402' },
    ],
    [
      { kind: 'status', status: 400, errorCode: 'GS_APIG_2404' },
      { kind: 'refused', status: 429 },
    ],
    [
      { kind: 'status', status: 502 },
      { kind: 'lost', sent: 'nothing', reason: 'HTTP 502' },
    ],
    [{ kind: 'accept_then_drop' }, { kind: 'lost', sent: 'nothing', reason: 'ECONNRESET' }],
    [{ kind: 'accept_then_truncate_json' }, { kind: 'lost', sent: 'nothing', reason: 'unreadable' }],
  ] as const;
  for (const [fault, expected] of cases) {
    const { client, sandbox, submit } = await setUp(t, { script: [{ on: 'token', nth: 1, do: fault }] });
    t.match(await submit(), expected, JSON.stringify(fault));
    t.same(sandbox.calls, []);
    t.match(await client.list(page), { kind: 'done' }, 'the next call gets one');
  }
  const without = await setUpSandbox(t);
  const access = { clientId, clientSecret, clock: systemClock, userAgent: 'test' };
  const client = createClient({ baseUrl: without.sandbox.url, ...access });
  t.match(await client.list(page), { kind: 'refused', status: 401, byToken: true }, 'a tenant without OAuth');
});

t.test('an aborted call for a token ends its own call alone', async (t) => {
  const script = [{ on: 'token', nth: 1, do: { kind: 'delay', seconds: 30 } }] as const;
  const { client, clock, sandbox } = await setUp(t, { script });
  const stop = new AbortController();
  const [first, second] = [client.list(page, stop.signal), client.list(page)];
  while (sandbox.parked === 0) await turn();
  stop.abort(new Error('stop'));
  await t.rejects(first, { message: 'stop' });
  t.match(await second, { kind: 'done' });
  t.equal(sandbox.tokenCalls.length, 2);
  clock.advance(30_000);
});

t.test('no answer brings a token back, whatever it quotes', async (t) => {
  const token = 'a-token-that-nobody-may-see';
  const answer: RequestListener = ({ url }, response) => {
    if (url?.endsWith('/token')) return void response.end(JSON.stringify({ access_token: token }));
    if (url?.endsWith('/errors')) return void response.end(`{"result":true,"data":[{"errorMessage":"of ${token}"}]}`);
    response.writeHead(400);
    response.end(`{"result":false,"errorCode":"GS_1","errorDesc":"${token}"}`);
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void server.close());
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const client = createClient({ baseUrl, clientId, clientSecret, clock: systemClock, userAgent: 'test' });
  t.notMatch(await client.list(page), { words: new RegExp(token) });
  const errors = await client.errors('J1');
  t.same(errors.kind === 'done' ? [...errors.value] : errors, [{ errorMessage: 'of ***' }]);
});
