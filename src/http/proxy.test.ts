/** The network route from the environment: what is a proxy, when it is not used, and which parts of it are secret. */
import t from 'tap';
import { networkRouteOf } from './proxy.ts';

const tenant = 'https://acme.gainsightcloud.com/v1';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const route = (proxy: string, baseUrl = tenant) => networkRouteOf({ proxy, extraCertificates: undefined }, baseUrl);

t.test('a proxy is taken apart, and its credentials are kept out of its address', async (t) => {
  const cases: readonly [string, { url: string; host: string; login?: string; secrets?: string[] }][] = [
    ['http://proxy.acme.com:3128', { url: 'http://proxy.acme.com:3128', host: 'proxy.acme.com:3128' }],
    [' http://proxy.acme.com:3128/ ', { url: 'http://proxy.acme.com:3128', host: 'proxy.acme.com:3128' }],
    ['https://proxy.acme.com', { url: 'https://proxy.acme.com', host: 'proxy.acme.com' }],
    ['HTTP://[::1]:3128', { url: 'http://[::1]:3128', host: '[::1]:3128' }],
    [
      'http://ada:s3cret@p:1',
      { url: 'http://p:1', host: 'p:1', login: 'ada:s3cret', secrets: ['s3cret', 's3cret', base64('ada:s3cret')] },
    ],
    [
      'http://ada:p%40ss%2f@p:1',
      { url: 'http://p:1', host: 'p:1', login: 'ada:p@ss/', secrets: ['p@ss/', 'p%40ss%2f', base64('ada:p@ss/')] },
    ],
    ['http://ada:50%@p:1', { url: 'http://p:1', host: 'p:1', login: 'ada:50%' }],
    ['http://ada:p@ss@p:1', { url: 'http://p:1', host: 'p:1', login: 'ada:p@ss', secrets: ['p@ss', 'p%40ss'] }],
    ['http://token@p:1', { url: 'http://p:1', host: 'p:1', login: 'token:', secrets: ['token', 'token'] }],
    ['http://:word@p:1', { url: 'http://p:1', host: 'p:1', login: ':word', secrets: ['word', 'word'] }],
  ];
  for (const [text, { url, host, login, secrets = [] }] of cases) {
    const { proxy, secrets: found } = route(text);
    t.same(proxy, { url, host, authorization: login && `Basic ${base64(login)}` }, text);
    for (const secret of secrets) t.ok(found.includes(secret), `${text} hides ${secret}`);
    if (login === undefined) t.same(found, []);
  }
});

t.test('an invalid proxy is reported without quoting it', async (t) => {
  const texts = [
    ...[
      'socks5://ada:s3cret@p:1',
      'http://ada:s3cret@',
      's3cret',
      'http://ada:s3cret#x@p:1',
      'http://ada:1/s3cret@p:1',
    ],
    ...['http://ada:1?s3cret@p:1', 'http://p:1/s3cret', 'http://p:99999/s3cret', 'ftp://s3cret'],
  ];
  for (const text of texts) {
    const wrong = { code: 'proxy_unusable', message: /HTTPS_PROXY names cannot be used: .*\. Set it to http/ };
    t.throws(() => route(text), wrong, text);
    try {
      route(text);
    } catch (error) {
      t.notMatch(`${(error as Error).message} ${(error as Error).stack}`, /s3cret|ada/, text);
    }
  }
});

t.test('this machine is reached without a proxy, unless the proxy is on this machine too', async (t) => {
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '127.9.9.9']) {
    t.equal(route('http://proxy.acme.com:3128', `http://${host}:4010/v1`).proxy, undefined, host);
    t.equal(route('http://localhost:3128', `http://${host}:4010/v1`).proxy?.host, 'localhost:3128', host);
  }
  t.equal(route('').proxy, undefined, 'no proxy at all');
  t.equal(route(' ').proxy, undefined);
});

t.test('unreadable extra certificates are reported', async (t) => {
  const folder = t.testdir({ 'authority.pem': '' });
  const words = (file?: string) => networkRouteOf({ proxy: '', extraCertificates: file }, tenant).extraCertificates;
  t.equal(words(), 'NODE_EXTRA_CA_CERTS is not set');
  t.equal(words(''), 'NODE_EXTRA_CA_CERTS is not set');
  t.match(words(`${folder}/authority.pem`), /nor does .*authority\.pem help/);
  t.match(words(`${folder}/gone.pem`), /gone\.pem, cannot be read/);
});
