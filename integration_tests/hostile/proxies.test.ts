/**
 * The route to Gainsight in the built program: through a proxy, and with an authority that only this container knows.
 */
import t from 'tap';
import { holdsAlways, records, released, state } from '../support/small_sync.ts';
import { host, startProxiedTenant } from './proxied_tenant.ts';

t.jobs = 2;

t.test(
  'a sync works through a proxy with credentials, and with a certificate of our own authority',
  { buffered: true },
  async (t) => {
    const password = 'canary-key pass:wörd/@%';
    const { program, proxy, trust } = await startProxiedTenant(t, { proxy: { credentials: `airbyte:${password}` } });
    const HTTPS_PROXY = `http://airbyte:${encodeURIComponent(password)}@127.0.0.1:${proxy.port}`;
    const input = records('accounts', 'A1', 'A2') + state('accounts');
    const result = await program.run('write', input, { env: { ...trust, HTTPS_PROXY } });
    holdsAlways(t, result, program);
    t.equal(result.code, 0);
    t.equal(released(result), 'accounts 1');
    t.equal(program.sandbox.rows('Accounts').length, 2);
    t.same(
      proxy.asked.map(({ target }) => target),
      [`${host}:443`, `${host}:443`, `${host}:443`],
      'one tunnel for each of the first two questions, which all later GETs use, one for the file',
    );
  },
);

t.test('a certificate of an unknown authority is a configuration error', { buffered: true }, async (t) => {
  const { program, proxyUrl } = await startProxiedTenant(t);
  const result = await program.run('check', '', { env: { HTTPS_PROXY: proxyUrl } });
  holdsAlways(t, result, program);
  t.match(result.messages, [
    {
      connectionStatus: {
        status: 'FAILED',
        message:
          /acme\.gainsightcloud\.com is not signed by an authority.*NODE_EXTRA_CA_CERTS is not set\).*set the environment/,
      },
    },
  ]);
  t.same(program.sandbox.calls, []);
});
