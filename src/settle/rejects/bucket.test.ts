/** Rejected rows in a bucket: what lies there after each flush. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { bucketAccess } from '../../../integration_tests/support/bucket_access.ts';
import { type BucketAct, bucketKeys, startBucket } from '../../../integration_tests/support/bucket_server.ts';
import { FakeClock } from '../../../integration_tests/support/fake_clock.ts';
import { append, header, openSpool, planOf } from '../../../integration_tests/support/spool.ts';
import { parseConfig } from '../../config/config.ts';
import type { Plan, Reject } from '../../model.ts';
import { openStorage, openStore } from './open_store.ts';

const upsert = planOf('UPSERT');
const insert = planOf('INSERT', 1);

interface Setup {
  readonly act?: (request: { readonly key: string }) => BucketAct | undefined;
  readonly maxBytes?: number;
}

async function setUp(t: Test, { act, maxBytes = 75_000_000 }: Setup = {}) {
  const clock = new FakeClock();
  const server = await startBucket({ clock, ...(act && { act }) });
  t.teardown(() => server.close());
  const config = parseConfig(JSON.stringify({ domain: 'acme', access_key: 'the-key-1234', ...server.settings() }));
  const spoolFolder = t.testdir();
  const storage = openStorage(config, bucketAccess(clock, server));
  /** The store of another process. */
  const open = () => {
    const store = openStore(config, storage, { run: '42', attempt: 0, maxBytes, clock, spoolFolder });
    if (!store) throw new Error('the settings name no store');
    return store;
  };
  const texts = () => Object.fromEntries([...server.objects].map(([name, bytes]) => [name, bytes.toString()]));
  return { server, open, texts, folder: join(spoolFolder, 'rejects') };
}

function refused(plan: Plan, cells: readonly (string | null)[], reason = 'no'): Reject {
  return { plan, sure: true, reason, cells, records: 1 };
}

t.test('after a flush every row is in the bucket, in a folder of the run, with the plan beside it', async (t) => {
  const { server, open, texts } = await setUp(t);
  const store = open();
  store.add(refused(upsert, ['k1', null]));
  t.equal(server.requests.length, 0);
  await store.flush();
  const [file, plan] = ['rejects.csv', 'rejects.plan.json'].map((end) => `gainsight/42/42.0.1.public.stream_0.${end}`);
  t.same([...server.objects.keys()].sort(), [file, plan]);
  t.equal(texts()[file ?? ''], 'Key,Name,_reject_field,_reject_reason,_reject_sure\nk1,,,no,true\n');
  t.match(JSON.parse(texts()[plan ?? ''] ?? ''), { object: upsert.object, fields: ['Key', 'Name'] });
});

t.test('without a rejected row the bucket is not asked', async (t) => {
  const { server, open, folder } = await setUp(t);
  await open().flush();
  t.same(server.requests, []);
  t.notOk(existsSync(folder));
});

t.test('a flush copies only what has grown, and a file as a whole', async (t) => {
  const { server, open, texts } = await setUp(t);
  const store = open();
  store.add(refused(upsert, ['k1', 'a']));
  store.add(refused(insert, ['k2', 'b']));
  await store.flush();
  server.requests.length = 0;
  await store.flush();
  t.same(server.requests, [], 'nothing is new');
  store.add(refused(upsert, ['k3', 'c']));
  await store.flush();
  t.same(
    server.requests.map(({ method, key }) => [method, key]),
    [['PUT', 'gainsight/42/42.0.1.public.stream_0.rejects.csv']],
  );
  t.match(texts()['gainsight/42/42.0.1.public.stream_0.rejects.csv'], /\nk1,a,,no,true\nk3,c,,no,true\n$/);
});

t.test('an object of an earlier process of the same attempt is not replaced', async (t) => {
  const { server, open, texts } = await setUp(t);
  const first = open();
  first.add(refused(upsert, ['k1', 'a']));
  await first.flush();
  server.objects.set('gainsight/42/42.0.of another.txt', Buffer.from('x'));
  server.objects.set('gainsight/42/42.1.7.public.stream_0.rejects.csv', Buffer.from('of another attempt'));
  const before = texts();
  const { open: another } = await setUpOn(t, server);
  const second = another();
  second.add(refused(upsert, ['k2', 'b']));
  await second.flush();
  t.match(texts(), before, 'all as it was');
  t.match(texts()['gainsight/42/42.0.2.public.stream_0.rejects.csv'], /\nk2,b,/);
});

/** Another machine with the same bucket. */
async function setUpOn(t: Test, server: Awaited<ReturnType<typeof startBucket>>) {
  const config = parseConfig(JSON.stringify({ domain: 'acme', access_key: 'the-key-1234', ...server.settings() }));
  const storage = openStorage(config, bucketAccess(new FakeClock(), server));
  const spoolFolder = join(t.testdirName, 'another');
  const of = { run: '42', attempt: 0, maxBytes: 75_000_000, clock: new FakeClock(), spoolFolder };
  return { open: () => openStore(config, storage, of) as NonNullable<ReturnType<typeof openStore>> };
}

t.test('a full file is followed by another, and takes no more room on the disk', async (t) => {
  const { server, open, folder } = await setUp(t, { maxBytes: 100 });
  const store = open();
  for (let row = 0; row < 3; row++) {
    store.add(refused(upsert, [`k${row}`, 'v'.repeat(60)]));
    await store.flush();
  }
  t.equal([...server.objects.keys()].filter((name) => name.endsWith('.csv')).length, 3);
  t.same(
    readdirSync(folder).filter((name) => name.endsWith('.csv')),
    [],
  );
});

t.test('a whole batch is copied, named by its address, and removed from the disk', async (t) => {
  const { open, texts, folder } = await setUp(t);
  const spool = await openSpool(join(t.testdirName, '..'));
  t.teardown(() => spool.remove());
  const rows = spool.openBatch(upsert, header);
  append(rows, 'k1', 'the-key-1234');
  const batch = await rows.close('end');
  const store = open();
  store.add(refused(upsert, ['k0', 'a']));
  t.equal(await store.keepBatch(batch), 's3://acme/gainsight/42/42.0.1.public.stream_0.batch.csv');
  t.equal(texts()['gainsight/42/42.0.1.public.stream_0.batch.csv'], 'Key,Name\nk1,***\n');
  t.match(JSON.parse(texts()['gainsight/42/42.0.1.public.stream_0.batch.plan.json'] ?? ''), { operation: 'UPSERT' });
  t.notOk(existsSync(join(folder, '42.0.1.public.stream_0.batch.csv')));
  await store.flush();
  t.match(texts()['gainsight/42/42.0.2.public.stream_0.rejects.csv'], /\nk0,a,/);
});

t.test('no file has the access key or the secret of the bucket', async (t) => {
  const { open, texts } = await setUp(t);
  const store = open();
  store.add(refused(upsert, ['the-key-1234', `a ${bucketKeys.secretAccessKey}`], `no ${bucketKeys.secretAccessKey}`));
  await store.flush();
  t.match(Object.values(texts()).join(''), '\n***,a ***,,no ***,true\n');
});

t.test('what could not be copied is copied by the next flush', async (t) => {
  let isDown = true;
  const { server, open, texts } = await setUp(t, {
    act: ({ key }) =>
      isDown && key.endsWith('stream_1.rejects.csv') ? { status: 403, code: 'AccessDenied' } : undefined,
  });
  const store = open();
  store.add(refused(upsert, ['k1', 'a']));
  store.add(refused(insert, ['k2', 'b']));
  await t.rejects(store.flush(), { code: 'bucket_unusable' });
  t.equal(server.objects.has('gainsight/42/42.0.2.public.stream_1.rejects.csv'), false);
  await t.rejects(store.flush(), { code: 'bucket_unusable' }, 'again, as long as it is down');
  isDown = false;
  await store.flush();
  t.match(texts()['gainsight/42/42.0.2.public.stream_1.rejects.csv'], /\nk2,b,/);
});

t.test('rows that are added while others are copied are not forgotten', async (t) => {
  const { open, texts } = await setUp(t);
  const store = open();
  store.add(refused(upsert, ['k0', 'a']));
  for (let row = 1; row < 20; row++) {
    const flushing = store.flush();
    store.add(refused(upsert, [`k${row}`, 'v'.repeat(120_000)]));
    await flushing;
  }
  await store.flush();
  const text = texts()['gainsight/42/42.0.1.public.stream_0.rejects.csv'] ?? '';
  t.same(
    [...text.matchAll(/^(k\d+),/gm)].map(([, key]) => key),
    Array.from({ length: 20 }, (_, row) => `k${row}`),
  );
});

t.test('a disk without room is no fault of the bucket', async (t) => {
  const { open, folder } = await setUp(t);
  writeFileSync(folder, 'a file in its place');
  t.throws(() => open().add(refused(upsert, ['k', 'v'])), { code: 'disk_failed', message: /EEXIST|ENOTDIR/ });
});
