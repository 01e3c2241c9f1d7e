/** A bucket as a storage, on a server that checks every signature, and under its faults. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { makeCertificate } from '../../../integration_tests/hostile/certificates.ts';
import { startProxy, startTlsFront } from '../../../integration_tests/hostile/relays.ts';
import { bucketAccess } from '../../../integration_tests/support/bucket_access.ts';
import {
  type BucketAct,
  type BucketServerOptions,
  bucketKeys,
  type SeenRequest,
  startBucket,
} from '../../../integration_tests/support/bucket_server.ts';
import { FakeClock } from '../../../integration_tests/support/fake_clock.ts';
import { bucketOf } from '../../config/bucket.ts';
import type { S3 } from '../../config/types.ts';
import type { NetworkRoute } from '../../http/transport.ts';
import type { BucketOptions } from './bucket_client.ts';
import { BucketStorage } from './bucket_storage.ts';

interface Setup extends Partial<BucketServerOptions> {
  readonly settings?: object;
  readonly access?: Partial<BucketOptions>;
  readonly route?: NetworkRoute;
}

async function setUp(t: Test, { settings = {}, access = {}, route, ...options }: Setup = {}) {
  const clock = new FakeClock();
  const server = await startBucket({ clock, ...options });
  t.teardown(() => server.close());
  const { object_storage_config: setting } = server.settings(settings);
  const bucket = bucketOf({ s3_bucket_region: '', ...setting } as S3);
  if (!bucket) throw new Error('the settings name no bucket');
  const storage = new BucketStorage({ ...bucketAccess(clock, server, route), bucket, ...access });
  return { clock, server, storage };
}

/** What each object is written with, by its method. */
const writes = ({ requests }: { requests: readonly SeenRequest[] }) => requests.map(({ method }) => method);

t.test('a file is written, replaced, listed, read and removed', async (t) => {
  const { server, storage } = await setUp(t);
  for (const name of ['a.csv', 'retry/42.0.json', 'retry/deep/1.json']) {
    await storage.write(name, Buffer.from('first'));
    await storage.write(name, Buffer.from(`of ${name}`));
    t.equal(storage.addressOf(name), `s3://acme/gainsight/${name}`);
    t.equal(server.objects.get(`gainsight/${name}`)?.toString(), `of ${name}`);
    t.equal((await storage.read(name))?.toString(), `of ${name}`);
  }
  t.strictSame(
    (await storage.list('')).map(({ name }) => name),
    ['a.csv', 'retry/42.0.json', 'retry/deep/1.json'],
  );
  t.strictSame(await storage.list('retry/'), [
    { name: 'retry/42.0.json', bytes: 18, modifiedMs: Date.UTC(2026, 0, 5, 9) },
    { name: 'retry/deep/1.json', bytes: 20, modifiedMs: Date.UTC(2026, 0, 5, 9) },
  ]);
  await storage.remove('retry/42.0.json');
  await storage.remove('retry/42.0.json');
  t.equal(await storage.read('retry/42.0.json'), undefined);
  t.strictSame(await storage.list('given_up/'), []);
});

t.test('a browser is given a page as one', async (t) => {
  const { server, storage } = await setUp(t);
  for (const name of ['7.0.report.html', '7.0.report.json']) await storage.write(name, Buffer.from('x'));
  t.strictSame(
    server.requests.map(({ type }) => type),
    ['text/html; charset=utf-8', 'application/octet-stream'],
  );
});

t.test('bytes that are no text come back as they were, and so does an empty file', async (t) => {
  const { storage } = await setUp(t);
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
  for (const content of [bytes, Buffer.alloc(0)]) {
    await storage.write('bytes', content);
    t.ok((await storage.read('bytes'))?.equals(content));
  }
});

t.test('a path with slashes at its ends and odd characters is part of every name', async (t) => {
  for (const [bucket_path, start] of [
    ['', ''],
    ['/', ''],
    ['/rejects/', 'rejects/'],
    ['a//b', 'a/b/'],
    ["odd +&%='é/日本 (1)!*", "odd +&%='é/日本 (1)!*/"],
    ['100%25', '100%25/'],
    ['<a>&amp;"', '<a>&amp;"/'],
  ] as const) {
    const { server, storage } = await setUp(t, { settings: { bucket_path } });
    await storage.write('42/x.csv', Buffer.from('rows'));
    t.same([...server.objects.keys()], [`${start}42/x.csv`], bucket_path);
    t.equal(storage.addressOf('42/x.csv'), `s3://acme/${start}42/x.csv`);
    t.equal((await storage.read('42/x.csv'))?.toString(), 'rows');
    t.match(await storage.list('42/'), [{ name: '42/x.csv', bytes: 4 }], bucket_path);
    await storage.remove('42/x.csv');
    t.equal(server.objects.size, 0);
  }
});

t.test('a list has all pages, in the order of names', async (t) => {
  const { server, storage } = await setUp(t, { pageSize: 2 });
  const names = ['r/a', 'r/a&b', 'r/b', 'r/c', 'r/d', 's/e'];
  for (const name of names) await storage.write(name, Buffer.from(name));
  server.requests.length = 0;
  t.same(
    (await storage.list('r/')).map(({ name }) => name),
    names.slice(0, 5),
  );
  t.equal(server.requests.length, 3);
  t.equal((await storage.list('')).length, 6);
});

t.test('the content of a file may be that of another, and is sent in parts if it is large', async (t) => {
  const { server, storage } = await setUp(t);
  const path = join(t.testdir(), 'large.csv');
  for (const [bytes, methods] of [
    [0, ['PUT']],
    [8_000_000, ['PUT']],
    [8_000_001, ['POST', 'PUT', 'PUT', 'POST']],
    [20_000_000, ['POST', 'PUT', 'PUT', 'PUT', 'POST']],
  ] as const) {
    const content = Buffer.alloc(bytes, 'Name,Id\n1,2\n3,45\n');
    writeFileSync(path, content);
    server.requests.length = 0;
    await storage.write('large.csv', { path });
    t.same(writes(server), methods, `${bytes} bytes`);
    t.ok(server.objects.get('gainsight/large.csv')?.equals(content), `${bytes} bytes`);
  }
  t.equal(server.uploads.size, 0);
  await t.rejects(storage.write('gone.csv', { path: `${path}.gone` }), { code: 'disk_failed', message: /ENOENT/ });
});

t.test('an upload in parts that fails leaves no part behind', async (t) => {
  const path = join(t.testdir({ 'large.csv': 'x'.repeat(20_000_000) }), 'large.csv');
  for (const failing of [3, 5]) {
    const act = (_: SeenRequest, number: number): BucketAct | undefined =>
      number === failing ? { status: 403, code: 'AccessDenied' } : undefined;
    const { server, storage } = await setUp(t, { act });
    await t.rejects(storage.write('large.csv', { path }), { code: 'bucket_unusable' });
    t.same([server.objects.size, server.uploads.size], [0, 0], `request ${failing}`);
    t.match(server.requests.at(-1), { method: 'DELETE', query: { uploadId: 'U1' } });
  }
});

t.test('an upload that was ended, but whose answer was lost, is made again', async (t) => {
  const path = join(t.testdir({ 'large.csv': 'x'.repeat(9_000_000) }), 'large.csv');
  const { server, storage } = await setUp(t, { act: (_, number) => (number === 4 ? 'lost' : undefined) });
  await storage.write('large.csv', { path });
  t.same(writes(server), ['POST', 'PUT', 'PUT', 'POST', 'POST', 'POST', 'PUT', 'PUT', 'POST']);
  t.equal(server.objects.get('gainsight/large.csv')?.length, 9_000_000);
  t.equal(server.uploads.size, 0);
});

t.test('a refusal that comes after the status is a refusal', async (t) => {
  const path = join(t.testdir({ 'large.csv': 'x'.repeat(9_000_000) }), 'large.csv');
  const act = (_: SeenRequest, number: number): BucketAct | undefined =>
    number === 4 ? { status: 200, code: 'InternalError' } : undefined;
  const { server, storage } = await setUp(t, { act });
  await storage.write('large.csv', { path });
  t.equal(server.requests.length, 5, 'it is asked for again');
  t.equal(server.objects.get('gainsight/large.csv')?.length, 9_000_000);
});

const portal = '<html>Accept the terms</html>';
const successes: readonly [what: string, act: BucketAct][] = [
  ['the page of a portal', { status: 200, xml: portal }],
  ['an empty answer', { status: 204 }],
  ['an answer that was cut off', { status: 200, xml: '<?xml version="1.0"?>\n<CompleteMultipart' }],
  [
    'a refusal after much white space',
    { status: 200, xml: `${' '.repeat(30_000)}<Error><Code>SlowDown</Code></Error>` },
  ],
];

for (const [what, act] of successes)
  t.test(`a success that is none: ${what}, in place of each answer`, async (t) => {
    const path = join(t.testdir({ 'large.csv': 'x'.repeat(9_000_000) }), 'large.csv');
    const { server, storage } = await setUp(t, { act: (_, number) => (number % 2 === 1 ? act : undefined) });
    await storage.write('a.csv', Buffer.from('rows'));
    t.equal(server.objects.get('gainsight/a.csv')?.toString(), 'rows');
    await storage.write('large.csv', { path });
    t.equal(server.objects.get('gainsight/large.csv')?.length, 9_000_000);
    t.same(
      (await storage.list('')).map(({ name }) => name),
      ['a.csv', 'large.csv'],
    );
    t.equal(server.uploads.size, 0);
  });

t.test('a store that never gives such an answer is unavailable', async (t) => {
  const { storage } = await setUp(t, { act: () => ({ status: 200, xml: portal }) });
  const message =
    /"s3:\/\/acme\/gainsight" at .*: HTTP 200: this is not the whole answer of a store; a proxy, or another server/;
  await t.rejects(storage.write('a', Buffer.from('rows')), { code: 'bucket_unavailable', message });
  await t.rejects(storage.list(''), { code: 'bucket_unavailable', message });
});

t.test('a list whose pages lead to themselves ends as a fault', async (t) => {
  const xml =
    '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>A</NextContinuationToken></ListBucketResult>';
  const { server, storage } = await setUp(t, { act: () => ({ status: 200, xml }) });
  await t.rejects(storage.list(''), { code: 'bucket_unusable', message: /its list of objects does not end/ });
  t.equal(server.requests.length, 2);
});

t.test(
  'a list whose pages name nothing new for ever ends as a fault, and one that goes on after a few does not',
  async (t) => {
    const page = (number: number, last: number, key: string) =>
      `<ListBucketResult><Contents><Key>gainsight/${key}</Key></Contents><IsTruncated>${number < last}</IsTruncated>` +
      `<NextContinuationToken>${number}</NextContinuationToken></ListBucketResult>`;
    const stuck = await setUp(t, { act: (_, number) => ({ status: 200, xml: page(number, 500, 'a') }) });
    await t.rejects(stuck.storage.list(''), { code: 'bucket_unusable', message: /its list of objects does not end/ });
    const { storage } = await setUp(t, {
      act: (_, number) => ({ status: 200, xml: page(number, 90, number < 90 ? 'a' : 'b') }),
    });
    t.same(
      (await storage.list('')).map(({ name }) => name),
      ['a', 'b'],
    );
  },
);

t.test('an object whose content looks like a refusal is no refusal', async (t) => {
  const { storage } = await setUp(t);
  const content = Buffer.from('<Error><Code>NoSuchKey</Code></Error>');
  await storage.write('a', content);
  t.ok((await storage.read('a'))?.equals(content));
});

const temporary: readonly [name: string, act: BucketAct][] = [
  ['SlowDown', { status: 503, code: 'SlowDown' }],
  ['InternalError', { status: 500, code: 'InternalError' }],
  ['RequestTimeout', { status: 400, code: 'RequestTimeout' }],
  ['OperationAborted', { status: 409, code: 'OperationAborted' }],
  ['a gateway in between', { status: 502, xml: '<html>Bad Gateway</html>' }],
  ['too many requests', { status: 429 }],
  ['a broken connection', 'reset'],
  ['a lost answer', 'lost'],
  ['silence', { wait: 90_000 }],
];

for (const [name, act] of temporary) {
  t.test(`sent again: ${name}`, async (t) => {
    const { clock, server, storage } = await setUp(t, {
      act: (_, number) => (number % 3 === 0 ? undefined : act),
      access: { retryMs: 600_000 },
    });
    await storage.write('a', Buffer.from('rows'));
    t.equal((await storage.read('a'))?.toString(), 'rows');
    t.match(await storage.list(''), [{ name: 'a' }]);
    await storage.remove('a');
    t.equal(server.objects.size, 0);
    t.equal(server.requests.length, 12);
    t.ok(clock.elapsed() > 4000, 'after a pause');
  });

  t.test(`given up: ${name}`, async (t) => {
    const { clock, storage } = await setUp(t, { act: () => act });
    await t.rejects(storage.write('a', Buffer.from('rows')), {
      code: 'bucket_unavailable',
      failureType: 'transient_error',
      message:
        /^The bucket "s3:\/\/acme\/gainsight" at http:\/\/127\.0\.0\.1:\d+ for rejected rows cannot be reached: .*Airbyte tries again/,
    });
    const spent = clock.elapsed();
    t.ok(spent > 60_000 && spent < 200_000, `${spent} ms`);
    await t.rejects(storage.write('a', Buffer.from('rows')), { code: 'bucket_unavailable' });
    t.ok(clock.elapsed() - spent < 61_000, 'while it is down nothing is waited for again');
  });
}

t.test('once the store is back, temporary failures are waited for again', async (t) => {
  let isDown = true;
  const act = (_: SeenRequest, number: number): BucketAct | undefined =>
    isDown || number % 2 === 0 ? { status: 503, code: 'SlowDown' } : undefined;
  const { server, storage } = await setUp(t, { act });
  await t.rejects(storage.write('a', Buffer.from('rows')), { code: 'bucket_unavailable' });
  isDown = false;
  if (server.requests.length % 2 === 1) await t.rejects(storage.read('a'), { code: 'bucket_unavailable' });
  await storage.write('a', Buffer.from('rows'));
  t.equal((await storage.read('a'))?.toString(), 'rows');
});

const refusals: readonly [name: string, setup: Setup, message: RegExp][] = [
  [
    'a bucket that does not exist',
    { settings: { s3_bucket_name: 'nowhere' } },
    /"s3:\/\/nowhere\/gainsight" .* cannot be used: NoSuchBucket: It says <NoSuchBucket>\. \(request REQUEST1\)\. Create the bucket, or correct "S3 Bucket Name" and "S3 Endpoint"\./,
  ],
  [
    'another region',
    { settings: { s3_bucket_region: 'us-west-2' }, region: 'eu-west-1' },
    /AuthorizationHeaderMalformed.*Set "S3 Bucket Region" to eu-west-1, where the bucket is\.$/,
  ],
  [
    'an endpoint of another region that names none',
    { act: () => ({ status: 301 }) },
    /PermanentRedirect \(.*Set "S3 Bucket Region" to the region of the bucket, as us-east-1 is not\.$/,
  ],
  [
    'an endpoint of another region that names it in a header',
    { act: () => ({ status: 301, code: 'PermanentRedirect', headers: { 'x-amz-bucket-region': 'eu-north-1' } }) },
    /Set "S3 Bucket Region" to eu-north-1/,
  ],
  [
    'a secret that is not that of the key',
    { settings: { secret_access_key: 'bucket-canary/other' } },
    /SignatureDoesNotMatch.*Enter "Secret Access Key" again/,
  ],
  [
    'a key that does not exist',
    { settings: { access_key_id: 'AKIAOTHER' } },
    /InvalidAccessKeyId.*Enter "Access Key ID" and "Secret Access Key" again/,
  ],
  [
    'a wrong clock',
    { minutesAhead: 20 },
    /RequestTimeTooSkewed.*shows 2026-01-05 09:00 UTC, and that of the store 2026-01-05 09:20 UTC\.$/,
  ],
  [
    'no right',
    { act: () => ({ status: 403, code: 'AccessDenied' }) },
    /AccessDenied.*the right s3:PutObject on arn:aws:s3:::acme\/gainsight\/\*; docs\/rejects_storage\.md has/,
  ],
  ['a full store', { act: () => ({ status: 507, code: 'XMinioStorageFull' }) }, /Give the store more room/],
  ['a page that is no store', { act: () => ({ status: 404, xml: '<html>' }) }, /HTTP 404.*Correct "S3 Endpoint"/],
  ['a code of its own', { act: () => ({ status: 400, code: 'constructor' }) }, /constructor.*manual of the store/],
  ['a host that does not exist', { settings: { s3_endpoint: 'http://nowhere.invalid' } }, /ENOTFOUND.*no such host/],
];

for (const [name, setup, message] of refusals)
  t.test(`refused: ${name}`, async (t) => {
    const { clock, storage } = await setUp(t, setup);
    const error = await storage.write('a', Buffer.from('rows')).catch((thrown) => thrown);
    t.match(error, { code: 'bucket_unusable', failureType: 'config_error', message });
    t.notMatch(error.message, bucketKeys.secretAccessKey);
    t.equal(clock.elapsed(), 0, 'at once');
  });

t.test('each request names the right that it needs', async (t) => {
  const { storage } = await setUp(t, { act: () => ({ status: 403, code: 'AccessDenied' }) });
  for (const [act, right] of [
    [async () => void (await storage.read('a')), 's3:GetObject on arn:aws:s3:::acme/gainsight/*;'],
    [() => storage.remove('a'), 's3:DeleteObject on arn:aws:s3:::acme/gainsight/*;'],
    [async () => void (await storage.list('')), 's3:ListBucket on arn:aws:s3:::acme;'],
  ] as const)
    await t.rejects(act(), { message: new RegExp(right.replace('*', '\\*')) });
});

t.test('a region that the settings do not name is learnt', async (t) => {
  const { server, storage } = await setUp(t, { settings: { s3_bucket_region: '' }, region: 'fr-par' });
  await storage.write('a', Buffer.from('rows'));
  await storage.write('b', Buffer.from('rows'));
  t.same([...server.objects.keys()], ['gainsight/a', 'gainsight/b']);
  t.equal(server.requests.length, 3);
});

t.test('a region that another request has learnt meanwhile is used', async (t) => {
  const { storage } = await setUp(t, { settings: { s3_bucket_region: '' }, region: 'fr-par' });
  await Promise.all(['a', 'b', 'c'].map((name) => storage.write(name, Buffer.from(name))));
  t.equal((await storage.list('')).length, 3);
});

t.test('a region is learnt once for a request, and only if it can be one', async (t) => {
  for (const [regions, requests] of [
    [['eu-west-1', 'eu-west-2'], 2],
    [['a b'], 1],
    [['a&#10;b: c'], 1],
    [['evil.example/'], 1],
  ] as const) {
    const act = (_: SeenRequest, number: number): BucketAct => {
      const xml = `<Error><Code>AuthorizationHeaderMalformed</Code><Region>${regions[number % regions.length]}</Region></Error>`;
      return { status: 400, xml };
    };
    const { server, storage } = await setUp(t, { settings: { s3_bucket_region: '' }, act });
    await t.rejects(storage.write('a', Buffer.from('rows')), {
      code: 'bucket_unusable',
      message: /Set "S3 Bucket Region"/,
    });
    t.equal(server.requests.length, requests, regions.join(', '));
  }
});

t.test('a request that is stopped ends with the reason, and is not sent again', async (t) => {
  const stop = new AbortController();
  const { clock, server, storage } = await setUp(t, {
    act: () => ({ status: 503, code: 'SlowDown' }),
    access: { signal: stop.signal },
  });
  const writing = storage.write('a', Buffer.from('rows'));
  await clock.sleep(5000);
  stop.abort(new Error('stop'));
  await t.rejects(writing, new Error('stop'));
  const sent = server.requests.length;
  await t.rejects(storage.read('a'), new Error('stop'));
  t.equal(server.requests.length, sent);
});

t.test('a bucket is reached through the proxy, which is named where it refuses', async (t) => {
  const clock = new FakeClock();
  const server = await startBucket({ clock });
  t.teardown(() => server.close());
  const routes = { 'bucket.example:80': Number(new URL(server.url).port) };
  const settings = { s3_endpoint: 'http://bucket.example' };
  const routeOf = ({ port }: { port: number }): NetworkRoute => ({
    proxy: { url: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, authorization: undefined },
  });
  const proxy = await startProxy(t, { routes });
  const { storage } = await setUp(t, { settings, route: routeOf(proxy) });
  await storage.write('a', Buffer.from('rows'));
  t.equal((await storage.read('a'))?.toString(), 'rows');
  t.equal(server.objects.get('gainsight/a')?.toString(), 'rows');
  t.equal(proxy.asked[0]?.target, 'bucket.example:80');

  const refusing = await startProxy(t, { acts: [403] });
  const { storage: unreached } = await setUp(t, { settings, route: routeOf(refusing) });
  await t.rejects(unreached.write('a', Buffer.from('rows')), {
    code: 'bucket_unusable',
    message: /HTTP 403: the proxy 127.*Have the proxy that HTTPS_PROXY names allow this host/,
  });
});

t.test('a certificate of an unknown authority is refused, and nothing is sent', async (t) => {
  const server = await startBucket({ clock: new FakeClock() });
  t.teardown(() => server.close());
  const front = await startTlsFront(t, await makeCertificate('localhost'), Number(new URL(server.url).port));
  const { storage } = await setUp(t, { settings: { s3_endpoint: `https://localhost:${front}` } });
  await t.rejects(storage.write('a', Buffer.from('rows')), {
    code: 'bucket_unusable',
    message: /SELF_SIGNED_CERT.*set the environment variable NODE_EXTRA_CA_CERTS/,
  });
  t.same(server.requests, []);
});
