import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { csvOf, digestOf, fill, header, names, openSpool, planOf } from '../../integration_tests/support/spool.ts';
import type { SliceDigest } from '../model.ts';
import { firstRowOf } from '../names.ts';
import { FilePool } from './file_pool.ts';

const upsert = planOf('UPSERT');
const insert = planOf('INSERT');

t.test('the parts of a split INSERT batch equal batches that were closed with these rows', async (t) => {
  const spool = await openSpool(t.testdir());
  const filled = fill(spool.openBatch(insert, header), names.slice(0, 300));
  filled.markState('state300');
  fill(filled, names.slice(300, 500), 300).markState('state500');
  fill(filled, names.slice(500), 500);
  const batch = await filled.close('bytes');
  const [prefix] = await batch.prefixDigests([300]);
  t.equal(batch.stateAt(500), 'state500');
  const { id } = batch;
  const rest = await batch.splitOff(300);
  const [headRows, restRows] = [csvOf(0, 300), csvOf(300, 1000)];
  t.match(batch, { id, reason: 'bytes', rows: 300, records: 300, digest: prefix });
  t.match(rest, { reason: 'bytes', rows: 700, records: 700 });
  t.not(rest.id, id);
  t.same(
    [300, 500, 200].map((rows) => batch.stateAt(rows)),
    ['state300', undefined, undefined],
  );
  t.same(
    [200, 300, 500].map((rows) => rest.stateAt(rows)),
    ['state500', undefined, undefined],
  );
  t.equal(readFileSync(batch.path, 'utf8'), header + headRows.join(''));
  t.equal(readFileSync(rest.path, 'utf8'), header + restRows.join(''));
  t.strictSame(rest.digest, digestOf(insert, header + restRows.join(''), restRows[0] ?? ''));
  t.equal((await rest.readRow(699)).toString(), restRows[699]?.trimEnd());
  for (const one of [batch, rest]) t.equal(one.bytes, readFileSync(one.path).length);
  const last = await rest.splitOff(1);
  t.equal(readFileSync(rest.path, 'utf8'), header + (restRows[0] ?? ''));
  for (const rows of [0, 300]) await t.rejects(batch.splitOff(rows), RangeError);
  for (const one of [batch, rest, last]) await one.remove();
  t.equal(spool.usedBytes, 0);
  await spool.remove();
});

t.test('rows are read from files that stay open, of which there are never more than the pool allows', async (t) => {
  const pool = new FilePool(16 * 1024, 4);
  const spool = await openSpool(t.testdir(), pool);
  const close = () => fill(spool.openBatch(upsert, header), names.slice(0, 10)).close('end');
  const batches = [await close(), await close(), await close()];
  t.equal(pool.openDescriptors, 0);
  for (const [batch, open] of batches.map((each, at) => [each, [2, 4, 4][at]] as const)) {
    for (const row of [9, 0]) t.equal(`${await batch.readRow(row)}\n`, csvOf(0, 10)[row]);
    t.equal(pool.openDescriptors, open, 'the rows, and where they begin');
  }
  for (const batch of batches) await batch.remove();
  t.equal(pool.openDescriptors, 0);
  await spool.remove();
});

t.test('the digest of the first rows is that of a file of these rows', async (t) => {
  const spool = await openSpool(t.testdir());
  const counts = [1000, 1, 7, 7, 640];
  const batch = fill(spool.openBatch(insert, header), names);
  const first = batch.firstRowDigest();
  const prefixes = await (await batch.close('end')).prefixDigests(counts);
  for (const [at, rows] of counts.entries()) {
    const same = fill(spool.openBatch(insert, header), names.slice(0, rows));
    t.strictSame(same.firstRowDigest(), first);
    t.strictSame((await same.close('end')).digest, prefixes[at]);
    t.match(prefixes[at], { current: /^[a-z2-7]{20}$/, former: /^[a-z0-9_-]{16}$/ });
    if (prefixes[at]) t.strictSame(firstRowOf(prefixes[at]), first);
  }
  t.equal(new Set(prefixes.map(({ current }) => current)).size, 4);
  await spool.remove();
});

t.test('digests differ by stream, namespace, object, operation, keys, generation and bytes', async (t) => {
  const spool = await openSpool(t.testdir());
  const plans = [
    insert,
    { ...insert, stream: { name: 'stream 0' } },
    { ...insert, stream: { name: '0', namespace: 'public.stream' } },
    { ...insert, object: 'Company2' },
    { ...insert, operation: 'UPDATE' as const },
    { ...insert, generation: 0 },
    { ...insert, generation: 1 },
  ];
  const digests: SliceDigest[] = [];
  for (const plan of plans) digests.push((await fill(spool.openBatch(plan, header), ['a']).close('end')).digest);
  for (const keyFields of [['Key'], ['Name'], ['Key', 'Name']]) {
    digests.push((await fill(spool.openBatch({ ...upsert, keyFields }, header), ['a']).close('end')).digest);
  }
  digests.push((await fill(spool.openBatch(insert, header), ['b']).close('end')).digest);
  const current = digests.map((digest) => digest.current);
  t.equal(new Set(current).size, digests.length);
  t.equal(new Set(digests.map((digest) => firstRowOf(digest).current)).size, digests.length);
  t.equal(
    new Set(digests.map(({ former }) => former)).size,
    digests.length - 2,
    'the digest of version 0.1.0 does not depend on the generation',
  );
  await spool.remove();
});

t.test('digest and proof are the same, whether a file is hashed at once, in one piece or in several', async (t) => {
  const spool = await openSpool(t.testdir());
  for (const bytes of [10_000, 65_400, 65_536, 100_000, 1_200_000]) {
    const rows = Array.from({ length: Math.ceil(bytes / 1000) }, (_, at) => `${at},${'x'.repeat(1000)}\n`);
    const open = fill(
      spool.openBatch(insert, header),
      rows.map(() => 'x'.repeat(1000)),
    );
    const batch = await open.close('end');
    const file = readFileSync(batch.path, 'utf8');
    t.equal(file, header + rows.join(''));
    t.strictSame(batch.digest, digestOf(insert, file, rows[0] ?? ''), `${bytes} bytes`);
    const hash = createHash('sha256').update(batch.proof.prefix).update(file).digest('base64url');
    t.equal(batch.proof.hash, hash);
  }
  await spool.remove();
});
