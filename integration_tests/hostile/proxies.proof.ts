/** All failures of proxies and certificates, and the choice of the route, in the built program. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { allOrQuarter } from '../conservation/quarter.ts';
import type { Program, ProgramResult } from '../support/program.ts';
import { entryOf, holdsAlways, holdsFailure, records, released, setUpProgram, state } from '../support/small_sync.ts';
import { makeAuthority, makeCertificate } from './certificates.ts';
import { host, type ProxiedTenantOptions, startProxiedTenant } from './proxied_tenant.ts';
import { startProxy, startTlsFront } from './relays.ts';

t.jobs = 4;

const password = 'canary-key:s3cret';

interface Case extends ProxiedTenantOptions {
  readonly name: string;
  /** A connection status, or a trace of a temporary failure. */
  readonly ends: 'SUCCEEDED' | 'FAILED' | 'gainsight_unavailable';
  readonly says: readonly (string | RegExp)[];
  /** Returns the environment, given the URL of the proxy and the usual variables. */
  env?(proxyUrl: string, trust: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
}

const login = (user: string) => (proxyUrl: string, trust: Readonly<Record<string, string>>) => ({
  ...trust,
  HTTPS_PROXY: proxyUrl.replace('//', `//${user}@`),
});

const cases: readonly Case[] = [
  {
    name: 'a proxy that forwards',
    ends: 'SUCCEEDED',
    says: [`Connected to ${host}: the Bulk API answers. Calls used: 0`],
  },
  {
    ...{ name: 'a proxy that accepts the credentials', ends: 'SUCCEEDED', says: ['Connected to'] },
    ...{ proxy: { credentials: `ada:${password}` }, env: login(`ada:${encodeURIComponent(password)}`) },
  },
  {
    ...{ name: 'a proxy that requires credentials', ends: 'FAILED', proxy: { credentials: `ada:${password}` } },
    says: [`does not let the connector through to ${host}: HTTP 407`, 'http://USER:PASSWORD@HOST:PORT', 'NO_PROXY'],
  },
  {
    ...{ name: 'a proxy that rejects the credentials', ends: 'FAILED', proxy: { credentials: 'ada:another' } },
    ...{ env: login(`ada:${encodeURIComponent(password)}`), says: ['HTTP 407'] },
  },
  {
    name: 'a proxy that forbids the host',
    ends: 'FAILED',
    proxy: { acts: [403] },
    says: ['HTTP 403', 'allow this host'],
  },
  {
    ...{ name: 'a proxy that cannot reach the host', ends: 'gainsight_unavailable', proxy: { acts: [502] } },
    says: [/Gainsight cannot be reached: HTTP 502: the proxy 127\.0\.0\.1:\d+ answers/, 'Test the connection again'],
  },
  {
    ...{ name: 'a proxy that closes the connection', ends: 'gainsight_unavailable', proxy: { acts: ['hang_up'] } },
    says: [/through the proxy 127\.0\.0\.1/],
  },
  {
    ...{
      name: 'a proxy that closes the connection once',
      ends: 'SUCCEEDED',
      proxy: { acts: ['hang_up', 'let_through'] },
    },
    says: ['Connected to'],
  },
  {
    ...{ name: 'a proxy that does not answer', ends: 'gainsight_unavailable', proxy: { acts: ['say_nothing'] } },
    says: [/no answer within 20 seconds; TIMEOUT: through the proxy 127.*: no connection in 15 seconds/],
  },
  {
    ...{ name: 'a proxy that is down', ends: 'gainsight_unavailable', says: ['ECONNREFUSED', 'the proxy 127.0.0.1:1'] },
    env: (_, trust) => ({ ...trust, HTTPS_PROXY: `http://ada:${encodeURIComponent(password)}@127.0.0.1:1` }),
  },
  {
    ...{ name: 'a proxy that does not exist', ends: 'FAILED' },
    says: ['The proxy that HTTPS_PROXY names cannot be used: ENOTFOUND: through the proxy', 'Set it to http'],
    env: (_, trust) => ({ ...trust, HTTPS_PROXY: `http://ada:${password}@${'x'.repeat(64)}.invalid:3128` }),
  },
  {
    ...{ name: 'a proxy with an unsupported scheme', ends: 'FAILED', says: ['it must be an http or https URL'] },
    env: (_, trust) => ({ ...trust, HTTPS_PROXY: `socks5://ada:${encodeURIComponent(password)}@127.0.0.1:1` }),
  },
  {
    ...{ name: 'a password that is not encoded', ends: 'FAILED', says: ['it is not a URL', 'percent-encoded'] },
    env: (_, trust) => ({ ...trust, HTTPS_PROXY: 'http://ada:canary-key/#1@127.0.0.1:1' }),
  },
  {
    ...{ name: 'a proxy without a scheme', ends: 'SUCCEEDED', says: ['Connected to'] },
    env: (proxyUrl, trust) => ({ ...trust, https_proxy: proxyUrl.replace('http://', '') }),
  },
  {
    ...{ name: 'ALL_PROXY', ends: 'SUCCEEDED', says: ['Connected to'] },
    env: (proxyUrl, trust) => ({ ...trust, ALL_PROXY: proxyUrl }),
  },
  {
    ...{ name: 'a certificate that is signed by itself', ends: 'FAILED', certificate: () => makeCertificate(host) },
    says: [
      'not signed by an authority',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      /authority\.pem help, which NODE_EXTRA_CA_CERTS names/,
    ],
  },
  {
    ...{ name: 'an authority that is unknown', ends: 'FAILED' },
    certificate: async () => makeCertificate(host, await makeAuthority('Another authority')),
    says: [
      'not signed by an authority',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'set the environment variable NODE_EXTRA_CA_CERTS',
    ],
  },
  {
    ...{ name: 'an authority that has the name of a known one', ends: 'FAILED' },
    certificate: async () => makeCertificate(host, await makeAuthority()),
    says: ['not signed by an authority', 'CERT_SIGNATURE_FAILURE'],
  },
  {
    ...{ name: 'a certificate that has expired', ends: 'FAILED' },
    certificate: (authority) => makeCertificate(host, authority, -1),
    says: [`certificate of ${host} is not valid (CERT_HAS_EXPIRED`, 'the date of the machine', 'NODE_EXTRA_CA_CERTS'],
  },
  {
    ...{ name: 'a certificate of another host', ends: 'FAILED' },
    certificate: (authority) => makeCertificate('acme.us2.gainsightcloud.com', authority),
    says: ['is not valid (ERR_TLS_CERT_ALTNAME_INVALID', 'Check "Gainsight Domain"'],
  },
];

for (const { name, ends, says, env, ...options } of allOrQuarter(cases, 'proxies')) {
  t.test(`check by ${name}`, { buffered: true }, async (t) => {
    const { program, proxyUrl, trust } = await startProxiedTenant(t, options);
    const given = env?.(proxyUrl, trust) ?? { ...trust, HTTPS_PROXY: proxyUrl };
    const result = await program.run('check', '', { env: given });
    t.equal(program.sandbox.calls.length, ends === 'SUCCEEDED' ? 1 : 0, 'calls');
    holdsEnd(t, result, program, ends, says);
  });
}

function holdsEnd(t: Test, result: ProgramResult, program: Program, ends: Case['ends'], says: Case['says']): void {
  if (ends === 'gainsight_unavailable') {
    holdsFailure(t, result, program, { code: ends, type: 'transient_error', says });
    return;
  }
  holdsAlways(t, result, program);
  t.equal(result.code, 0);
  const { status, message } = result.messages[0]?.['connectionStatus'] ?? {};
  t.equal(status, ends);
  for (const part of says) t.match(message, part);
}

t.test('a proxy may itself use https', { buffered: true }, async (t) => {
  const { program, proxy, trust, authority } = await startProxiedTenant(t);
  const routes = { [`${host}:443`]: Number(new URL(program.sandbox.url).port) };
  const secure = await startProxy(t, { certificate: await makeCertificate('localhost', authority), routes });
  const front = await startTlsFront(t, await makeCertificate(host, authority), routes[`${host}:443`] ?? 0);
  routes[`${host}:443`] = front;
  const result = await program.run('check', '', { env: { ...trust, HTTPS_PROXY: `https://localhost:${secure.port}` } });
  holdsEnd(t, result, program, 'SUCCEEDED', ['Connected to']);
  t.equal(secure.asked.length, 1);
  const suspect = await program.run('check', '', { env: { HTTPS_PROXY: `https://localhost:${secure.port}` } });
  holdsEnd(t, suspect, program, 'FAILED', [`through the proxy localhost:${secure.port}`, 'NODE_EXTRA_CA_CERTS']);
  t.equal(secure.asked.length, 1, 'an untrusted proxy receives no request');
  t.same(proxy.asked, []);
});

// The name is too long for a name server to be asked.
const distant = `${'x'.repeat(64)}.acme.invalid`;

for (const [at, [noProxy, isProxied]] of (
  [
    ['', true],
    [distant, false],
    ['.acme.invalid', false],
    ['*.acme.invalid', false],
    ['localhost, .acme.invalid', false],
    ['*', false],
    [`${distant}:443`, false],
    [`${distant}:444`, true],
    ['acme.invalid', true],
    ['10.0.0.0/8,.svc', true],
  ] as const
).entries()) {
  t.test(`${at}: NO_PROXY=${noProxy}`, { buffered: true }, async (t) => {
    const authority = await makeAuthority();
    const program = await setUpProgram(t, { config: { api_base_url: `https://${distant}/v1` } });
    const port = Number(new URL(program.sandbox.url).port);
    const front = await startTlsFront(t, await makeCertificate(distant, authority), port);
    const proxy = await startProxy(t, { routes: { [`${distant}:443`]: front } });
    const file = join(program.folder, 'authority.pem');
    writeFileSync(file, authority.cert);
    const env = { NODE_EXTRA_CA_CERTS: file, HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, no_proxy: noProxy };
    const result = await program.run('check', '', { env });
    t.equal(proxy.asked.length, Number(isProxied));
    holdsEnd(t, result, program, isProxied ? 'SUCCEEDED' : 'FAILED', [isProxied ? 'Connected to' : 'does not exist']);
  });
}

t.test('an emulator on this machine is reached directly, unless the proxy is on this machine too', async (t) => {
  const program = await setUpProgram(t);
  const { port } = new URL(program.sandbox.url);
  const away = await program.run('check', '', { env: { HTTP_PROXY: `http://${'x'.repeat(64)}.invalid:3128` } });
  holdsEnd(t, away, program, 'SUCCEEDED', ['Connected to']);
  const proxy = await startProxy(t, { routes: { [`127.0.0.1:${port}`]: Number(port) } });
  const here = await program.run('check', '', { env: { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` } });
  holdsEnd(t, here, program, 'SUCCEEDED', ['Connected to']);
  t.equal(proxy.asked.length, 1);
});

t.test('an INSERT that the proxy did not forward is sent again, once', { buffered: true }, async (t) => {
  const { program, proxy, proxyUrl, trust } = await startProxiedTenant(t, {
    config: { streams: [entryOf('accounts', { operation: 'INSERT', key_fields: [] })] },
    proxy: { acts: ['let_through', 502, 'hang_up', 'let_through'] },
  });
  const input = records('accounts', 'A1') + state('accounts');
  const result = await program.run('write', input, { env: { ...trust, HTTPS_PROXY: proxyUrl } });
  holdsAlways(t, result, program);
  t.equal(result.code, 0);
  t.equal(released(result), 'accounts 1');
  // A connection that is not yet free again when the next request begins makes one more.
  t.ok(proxy.asked.length >= 4, `${proxy.asked.length} connections`);
  t.equal(program.sandbox.jobs.length, 1);
  t.equal(program.sandbox.calls.filter(({ kind }) => kind === 'submit').length, 1);
});

t.test('an INSERT that the proxy forbids is not uncertain: nothing was sent', { buffered: true }, async (t) => {
  const { program, proxyUrl, trust } = await startProxiedTenant(t, {
    config: { streams: [entryOf('accounts', { operation: 'INSERT', key_fields: [] })] },
    proxy: { acts: ['let_through', 407] },
  });
  const input = records('accounts', 'A1') + state('accounts');
  const result = await program.run('write', input, { env: { ...trust, HTTPS_PROXY: proxyUrl } });
  holdsFailure(t, result, program, { code: 'proxy_refused', type: 'config_error', says: ['HTTP 407', 'HTTPS_PROXY'] });
  t.equal(released(result), '');
  t.same(program.sandbox.jobs, []);
});
