/** Sign-in by OAuth: who gets a token, what it opens, and when it ends. And a tenant without one of the APIs. */
import fetch from 'node-fetch';
import t, { type Test } from 'tap';
import { setUpSandbox } from '../../integration_tests/support/sandbox_setup.ts';
import type { OAuthClient } from './tokens.ts';

const client: OAuthClient = { id: 'client-7', secret: 's3cret' };
const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
const signedIn = basic(client.id, client.secret);

async function setUp(t: Test, oauth: OAuthClient | undefined = client) {
  const setup = await setUpSandbox(t, { ...(oauth && { oauth }), accessKey: 'key' });
  const post = async (headers: Record<string, string>, body = 'grant_type=client_credentials') => {
    const init = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body };
    const response = await fetch(`${setup.sandbox.url}/users/m2m/oauth/token`, init);
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };
  const token = async () => `Bearer ${(await post({ authorization: signedIn })).json['access_token']}`;
  const statusOf = async (headers: Record<string, string>, path = '/bulk/jobs') =>
    (await setup.get(path, headers)).status;
  return { ...setup, post, token, statusOf };
}

t.test('a client gets a token for its id and secret, and nothing for others', async (t) => {
  const { post, sandbox } = await setUp(t);
  t.match(await post({ authorization: signedIn }), {
    status: 200,
    json: { access_token: /^token-1/, token_type: 'Bearer', expires_in: 86_400 },
  });
  t.equal((await post({ authorization: basic('client-7', 'wrong') })).status, 401);
  t.equal((await post({ authorization: signedIn, accessKey: 'key' })).status, 401, 'beside an access key');
  t.equal((await post({})).status, 401);
  t.equal((await post({ authorization: signedIn }, '')).status, 400);
  t.equal(sandbox.tokenCalls.length, 5);
});

t.test('a token opens every API until it ends or is revoked, and never beside an access key', async (t) => {
  const { clock, sandbox, statusOf, token } = await setUp(t, { ...client, tokenSeconds: 60 });
  const authorization = await token();
  t.equal(await statusOf({ authorization }), 200);
  t.equal(await statusOf({ authorization }, '/meta/services/objects/list?po=company&em=false'), 200);
  t.equal(await statusOf({ authorization, accessKey: 'key' }), 401);
  t.equal(await statusOf({ authorization: 'Bearer other' }), 401);
  clock.advance(60_000);
  t.equal(await statusOf({ authorization }), 401);
  const next = await token();
  sandbox.revokeTokens();
  t.equal(await statusOf({ authorization: next }), 401);
  t.equal(await statusOf({ accessKey: 'key' }), 200);
});

t.test(
  'a tenant whose Bulk API accepts no token, one with its token in the envelope, and one without clients',
  async (t) => {
    const closed = await setUp(t, { ...client, opensBulk: false });
    const authorization = await closed.token();
    t.equal(await closed.statusOf({ authorization }), 401);
    t.equal(await closed.statusOf({ authorization }, '/meta/services/objects/list?po=company&em=false'), 200);
    const enveloped = await setUp(t, { ...client, isInEnvelope: true });
    t.match((await enveloped.post({ authorization: signedIn })).json, { result: true, data: { access_token: String } });
    const { sandbox } = await setUpSandbox(t);
    const response = await fetch(`${sandbox.url}/users/m2m/oauth/token`, { method: 'POST', body: '' });
    t.match([response.status, await response.json()], [404, { errorCode: 'GS_APIG_1000' }]);
  },
);

t.test('a tenant without the Bulk API has the others', async (t) => {
  const { list, describe, objects } = await setUpSandbox(t, { bulkApi: 'off' });
  t.match(await list(), { status: 404, json: { errorCode: 'GS_APIG_1000' } });
  t.equal((await describe('Company')).status, 200);
  t.equal((await objects('POST', 'query/Company', { select: ['Gsid'], limit: 1 })).status, 200);
});

t.test('a token may end with its first call, or by the next one', async (t) => {
  const once = await setUp(t, { ...client, endsBy: 'first call' });
  const authorization = await once.token();
  t.same([await once.statusOf({ authorization }), await once.statusOf({ authorization })], [200, 401]);
  const latest = await setUp(t, { ...client, endsBy: 'next token' });
  const [first, second] = [await latest.token(), await latest.token()];
  t.equal(await latest.statusOf({ authorization: first }), 401);
  t.same(
    [await latest.statusOf({ authorization: second }), await latest.statusOf({ authorization: second })],
    [200, 200],
  );
});
