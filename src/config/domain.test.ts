import { createRequire } from 'node:module';
import fc from 'fast-check';
import t from 'tap';
import { addressOfBaseUrl, addressOfDomain } from './domain.ts';

const spec = createRequire(import.meta.url)('#spec.json') as {
  connectionSpecification: { properties: { domain: { pattern: string; examples: string[] } } };
};
const { pattern, examples } = spec.connectionSpecification.properties.domain;

const domains: readonly [string, string][] = [
  ['acme', 'acme.gainsightcloud.com'],
  ['  ACME \n', 'acme.gainsightcloud.com'],
  ['acme-test_2', 'acme-test_2.gainsightcloud.com'],
  ['1234', '1234.gainsightcloud.com'],
  ['acme.us2', 'acme.us2.gainsightcloud.com'],
  ['demo.acme.us2', 'demo.acme.us2.gainsightcloud.com'],
  ['acme.eu', 'acme.eu.gainsightcloud.com'],
  ['acme.gainsightcloud.com', 'acme.gainsightcloud.com'],
  ['Acme.Us2.GainsightCloud.com./', 'acme.us2.gainsightcloud.com'],
  ['gainsight.acme.com', 'gainsight.acme.com'],
  ['gainsight.acme.eu', 'gainsight.acme.eu'],
  ['acme.com', 'acme.com'],
  ['10.0.0.1', '10.0.0.1'],
  ['gainsight.acme.com:8443', 'gainsight.acme.com:8443'],
  ['gainsight.acme.com:443', 'gainsight.acme.com'],
  ['https://gainsight.acme.com', 'gainsight.acme.com'],
  ['HTTPS://gainsight.acme.com:8443//', 'gainsight.acme.com:8443'],
  ['https://acme', 'acme.gainsightcloud.com'],
];
for (const [domain, host] of domains) {
  t.test(`the domain ${JSON.stringify(domain)} is the host ${host}`, async (t) => {
    t.same(addressOfDomain(domain), { baseUrl: `https://${host}/v1`, host });
    t.match(domain, new RegExp(pattern, 'u'), 'the form accepts it');
  });
}

t.test('the examples of the form are right', async (t) => {
  for (const example of examples) t.notHas(addressOfDomain(example), { fault: /./ }, example);
});

const refused: readonly [string, RegExp][] = [
  ['', /must look like/],
  ['   ', /must look like/],
  ['http://acme.gainsightcloud.com', /https/],
  ['ftp://acme.gainsightcloud.com', /https/],
  ['https://', /must look like/],
  ['https://user:pass@acme.com', /user name/],
  ['user@acme.com', /user name/],
  ['acme.com/v1', /path/],
  ['https://acme.com/v1', /path/],
  ['acme.com?x=1', /path/],
  ['acme.com#x', /path/],
  ['acme.com\\x', /path/],
  ['acme com', /must look like/],
  ['acme\n.com', /must look like/],
  ['acme..com', /must look like/],
  ['.acme', /must look like/],
  ['acme:', /must look like/],
  ['acme:0', /must look like/],
  ['acme:65536', /must look like/],
  ['acme:1:2', /must look like/],
  ['[::1]', /must look like/],
  ['300.1.1.1', /must look like/],
  ['müller.gainsightcloud.com', /must look like/],
  [`${'a'.repeat(64)}.com`, /must look like/],
];
for (const [domain, fault] of refused) {
  t.test(`the domain ${JSON.stringify(domain)} is refused`, async (t) => {
    t.match(addressOfDomain(domain), { fault });
  });
}

t.test('whatever is entered, the key is sent to a valid https address or nowhere', async (t) => {
  let accepted = 0;
  const part = fc.constantFrom(
    'acme',
    'us2',
    'gainsightcloud',
    'com',
    '.',
    '..',
    ':',
    '443',
    '/',
    '//',
    '@',
    '?',
    '#',
    ' ',
    '\\',
    'https',
    'http',
    '%2f',
    '\t',
    '[',
    '-',
    '_',
    'é',
  );
  const entered = fc.oneof(
    fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
    fc.string(),
  );
  fc.assert(
    fc.property(entered, (domain) => {
      const address = addressOfDomain(domain);
      if ('fault' in address) return address.fault.startsWith('must ');
      accepted += 1;
      const url = new URL(address.baseUrl);
      const isClean = url.protocol === 'https:' && url.username === '' && url.pathname === '/v1' && url.search === '';
      return isClean && url.host === address.host && domain.toLowerCase().includes(url.host.split(/[.:]/)[0] ?? '');
    }),
    { seed: 7, numRuns: 5000 },
  );
  t.ok(accepted > 100, `${accepted} were accepted`);
});

const baseUrls: readonly [string, string, string][] = [
  ['http://127.0.0.1:4010/v1', 'http://127.0.0.1:4010/v1', '127.0.0.1:4010'],
  ['http://127.1.2.3:4010/v1//', 'http://127.1.2.3:4010/v1', '127.1.2.3:4010'],
  [' http://localhost:4010 ', 'http://localhost:4010', 'localhost:4010'],
  ['http://[::1]:4010/v1', 'http://[::1]:4010/v1', '[::1]:4010'],
  ['https://emulator.acme.com/gainsight/v1', 'https://emulator.acme.com/gainsight/v1', 'emulator.acme.com'],
];
for (const [text, baseUrl, host] of baseUrls) {
  t.test(`the base URL ${JSON.stringify(text)} is used as it is`, async (t) => {
    t.same(addressOfBaseUrl(text), { baseUrl, host });
  });
}

for (const text of [
  'http://acme.gainsightcloud.com/v1',
  'http://127.0.0.1.acme.com/v1',
  'http://localhost.acme.com/v1',
  'http://128.0.0.1/v1',
  'http://0.0.0.0/v1',
  'file:///etc/passwd',
  'https://user:pass@acme.com/v1',
  'https://acme.com/v1?x=1',
  'https://acme.com/v1#x',
  'acme',
  '/v1',
]) {
  t.test(`the base URL ${text} is refused`, async (t) => {
    t.match(addressOfBaseUrl(text), { fault: /^must / });
  });
}
