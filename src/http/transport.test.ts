/** Connections that cannot be established: it is known at which stage they failed, and that nothing was sent. */

import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import t, { type Test } from 'tap';
import { makeAuthority, makeCertificate } from '../../integration_tests/hostile/certificates.ts';
import { type LocalProxy, type ProxyAct, startProxy, startTlsFront } from '../../integration_tests/hostile/relays.ts';
import { FakeClock } from '../../integration_tests/support/fake_clock.ts';
import { plainKey, setUpLoad } from '../../integration_tests/support/load_setup.ts';
import { createClient } from '../gainsight/client.ts';
import { isUntrusted, type NetworkRoute } from './transport.ts';

const page = { limit: 1, offset: 0 };
const host = 'acme.gainsightcloud.com';

function clientTo(baseUrl: string, route: NetworkRoute, clock = still()) {
  return createClient({ baseUrl, accessKey: plainKey, clock, userAgent: 'x', route });
}

/** A small file: it fits into what Node buffers for a socket that is not yet connected. */
function submissionOf(t: Test) {
  const path = `${t.testdir()}/a.csv`;
  writeFileSync(path, 'Id,Name\n1,a\n');
  return { object: 'Company', operation: 'INSERT', keyFields: [], fileName: 'a.csv', path } as const;
}

function routeTo({ port }: Pick<LocalProxy, 'port'>, authorization?: string, scheme = 'http'): NetworkRoute {
  return { proxy: { url: `${scheme}://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, authorization } };
}

t.test('a proxy that opens no tunnel is reported as the cause, and nothing was sent', async (t) => {
  const submission = submissionOf(t);
  const cases: readonly [ProxyAct, object][] = [
    [407, { reason: 'HTTP 407', words: /^HTTP 407: the proxy 127\.0\.0\.1:\d+ answers Says the Proxy$/ }],
    [403, { reason: 'HTTP 403' }],
    [502, { reason: 'HTTP 502' }],
    [{ say: 'HTTP/1.1 503\r\n\r\n' }, { reason: 'HTTP 503', words: /answers no more$/ }],
    [{ say: 'HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\n\r\n' }, { reason: 'HTTP 302' }],
    [{ say: 'SSH-2.0\r\n\r\n' }, { reason: 'EPROTO', words: /the proxy 127\.0\.0\.1:\d+ does not speak HTTP$/ }],
    [{ say: 'HTTP/1.1 200 OK' }, { reason: 'network error', words: /through the proxy 127.*ended before/ }],
    ['hang_up', { reason: /ECONNRESET|network error/ }],
  ];
  for (const [act, expected] of cases) {
    const client = clientTo(`https://${host}/v1`, routeTo(await startProxy(t, { acts: [act] })));
    const lost = { kind: 'lost', sent: 'nothing', stage: 'proxy', ...expected };
    t.match(await client.list(page), lost, JSON.stringify(act));
    t.match(await client.submit(submission), lost, JSON.stringify(act));
  }
});

t.test('an unreachable or unknown proxy is distinguished from Gainsight', async (t) => {
  const gone = clientTo(`https://${host}/v1`, routeTo({ port: 1 }));
  t.match(await gone.list(page), {
    sent: 'nothing',
    stage: 'proxy',
    reason: 'ECONNREFUSED',
    words: /through the proxy/,
  });
  const nowhere = clientTo(`https://${host}/v1`, {
    proxy: { url: 'http://no-such-proxy.invalid:1', host: 'no-such-proxy.invalid:1', authorization: undefined },
  });
  t.match(await nowhere.submit(submissionOf(t)), { sent: 'nothing', stage: 'proxy', reason: /ENOTFOUND|EAI_AGAIN/ });
});

t.test('a proxy receives its credentials and nothing else, and errors contain neither', async (t) => {
  const { sandbox } = await setUpLoad(t);
  const port = Number(new URL(sandbox.url).port);
  const proxy = await startProxy(t, { credentials: 'ada:s3cret', routes: { [`${host}:80`]: port } });
  const client = clientTo(`http://${host}/v1`, routeTo(proxy, `Basic ${btoa('ada:s3cret')}`));
  t.match(await client.list(page), { kind: 'done' });
  const stranger = clientTo(`http://${host}/v1`, routeTo(proxy, `Basic ${btoa('ada:wr0ng')}`));
  const answer = await stranger.list(page);
  t.match(answer, { kind: 'lost', stage: 'proxy', reason: 'HTTP 407' });
  t.notMatch(JSON.stringify(answer), new RegExp(`wr0ng|${btoa('ada:wr0ng')}|${plainKey}`));
  t.same(
    proxy.asked.map(({ target }) => target),
    [`${host}:80`, `${host}:80`],
  );
});

t.test('GETs share one connection, and each submission has its own', async (t) => {
  const { sandbox } = await setUpLoad(t);
  const proxy = await startProxy(t, { routes: { [`${host}:80`]: Number(new URL(sandbox.url).port) } });
  const client = clientTo(`http://${host}/v1`, routeTo(proxy));
  for (let time = 0; time < 3; time++) t.match(await client.list(page), { kind: 'done' });
  t.equal(proxy.asked.length, 1);
  for (let time = 0; time < 2; time++) t.match(await client.submit(submissionOf(t)), { kind: 'done' });
  t.match(await client.job('J000001'), { kind: 'done' });
  t.equal(proxy.asked.length, 3);
});

t.test('a certificate of an unknown authority ends the call before anything is sent', async (t) => {
  const { sandbox } = await setUpLoad(t);
  const certificates = [
    [await makeCertificate(host), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    [await makeCertificate(host, await makeAuthority()), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ] as const;
  for (const [certificate, reason] of certificates) {
    const front = await startTlsFront(t, certificate, Number(new URL(sandbox.url).port));
    const proxy = await startProxy(t, { routes: { [`${host}:443`]: front } });
    const lost = { kind: 'lost', sent: 'nothing', stage: 'untrusted', reason };
    const extraCertificates = 'extra words';
    const through = clientTo(`https://${host}/v1`, { ...routeTo(proxy), extraCertificates });
    const words = new RegExp(`^${reason}: through the proxy \\S+: [^;]*; extra words$`);
    t.match(await through.submit(submissionOf(t)), { ...lost, words }, 'through a proxy');
    const direct = clientTo(`https://localhost:${front}/v1`, { extraCertificates });
    t.match(await direct.submit(submissionOf(t)), { ...lost, words: new RegExp(`^${reason}: [^;]*; extra words$`) });
    const suspect = await startProxy(t, { certificate });
    t.match(
      await clientTo(`https://${host}/v1`, routeTo(suspect, undefined, 'https')).list(page),
      lost,
      'of the proxy',
    );
    t.same(suspect.asked, [], 'credentials are not sent to an untrusted proxy');
  }
  t.same(sandbox.calls, []);
});

t.test('a handshake that breaks has sent nothing', async (t) => {
  const broken = createServer(
    (socket) => void socket.once('data', () => socket.destroy()).on('error', () => undefined),
  );
  const plain = createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  for (const [server, reason] of [
    [broken, 'ECONNRESET'],
    [plain, /EPROTO|ERR_SSL/],
  ] as const) {
    const client = clientTo(`https://localhost:${await listen(t, server)}/v1`, {});
    t.match(await client.submit(submissionOf(t)), { kind: 'lost', sent: 'nothing', stage: 'handshake', reason });
  }
});

t.test('a connection that is not established after 15 seconds is given up, and nothing was sent', async (t) => {
  const asked: unknown[] = [];
  const silent = createServer((socket) => void asked.push(socket.on('error', () => undefined)));
  const proxy = await startProxy(t, { acts: ['say_nothing'] });
  const port = await listen(t, silent);
  for (const [baseUrl, route, stage, arrived] of [
    [`https://${host}/v1`, routeTo(proxy), 'proxy', () => proxy.asked.length > 0],
    [`https://localhost:${port}/v1`, {}, 'handshake', () => asked.length > 0],
  ] as const) {
    const clock = new FakeClock();
    clock.addBusy(() => !arrived());
    const answer = await clientTo(baseUrl, route, clock).submit(submissionOf(t));
    t.match(answer, { kind: 'lost', sent: 'nothing', stage, reason: 'TIMEOUT', words: /no connection in 15 seconds/ });
    t.equal(clock.elapsed(), 15_000);
    t.equal(clock.sleeping, 0, 'no timer is left');
  }
});

t.test('a call aborted while it connects leaves nothing open', async (t) => {
  const proxy = await startProxy(t, { acts: ['say_nothing'] });
  const clock = new FakeClock();
  clock.addBusy(() => proxy.asked.length === 0);
  const stop = new AbortController();
  const call = clientTo(`https://${host}/v1`, routeTo(proxy), clock).list(page, stop.signal);
  await clock.sleep(1000);
  stop.abort(new Error('stop'));
  await t.rejects(call, new Error('stop'));
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(clock.sleeping, 0);
});

/** A clock that stands still, however long the network takes. */
function still(): FakeClock {
  const clock = new FakeClock();
  clock.addBusy(() => true);
  return clock;
}

async function listen(t: Test, server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void server.close());
  return (server.address() as AddressInfo).port;
}

t.test('a certificate fault concerns an unknown authority or the certificate itself', async (t) => {
  const untrusted = [
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ];
  for (const code of untrusted) t.equal(isUntrusted(code), true, code);
  for (const code of ['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID']) t.equal(isUntrusted(code), false, code);
});
