import t from 'tap';
import { header, openSpool, planOf } from '../../integration_tests/support/spool.ts';
import { LastRows } from './duplicates.ts';
import { FilePool } from './file_pool.ts';

t.test('keys beyond what is held at once are compared in portions', async (t) => {
  const spool = await openSpool(t.testdir(), new FilePool());
  const batch = spool.openBatch(planOf('UPSERT'), header);
  const row = Buffer.from('1,\n');
  const digest = Buffer.alloc(16);
  // 400,000 keys that differ in few bits, of which every tenth comes again.
  for (let at = 0; at < 440_000; at += 1) {
    digest.writeUInt32LE(at < 400_000 ? at : (at - 400_000) * 10, 8);
    batch.append(row, row.length, digest);
  }
  const closed = await batch.close('end');
  t.equal(closed.rows, 400_000);
  t.equal(await closed.recordsOf(399_999), 2);
  t.equal(await closed.recordsOf(0), 1);
  t.strictSame(await closed.countRecords(Uint32Array.of(360_000, 399_999), [0, 390_991, 400_001, 440_000]), [1, 2, 1]);
  await spool.remove();
});

t.test('a table of keys that fills up more than foreseen grows', async (t) => {
  const lastRows = new LastRows();
  lastRows.reset(1);
  const words = new Uint32Array(4 * 1000).map((_, at) => (at % 4 === 0 ? at : 0));
  for (let key = 0; key < 1000; key += 1) t.equal(lastRows.enter(words, key * 4, key % 7, key), -1);
  lastRows.reset(1000);
  for (let key = 0; key < 1000; key += 1) t.equal(lastRows.enter(words, key * 4, key % 7, key), -1);
  for (let key = 0; key < 1000; key += 1) t.equal(lastRows.enter(words, key * 4, key % 7, key + 5), key);
});

t.test('keys are told apart by every word of their digests', async (t) => {
  const lastRows = new LastRows();
  lastRows.reset(16);
  const words = Uint32Array.of(1, 1, 1, 1, 2, 1, 1, 1, 1, 2, 1, 1, 1, 1, 2, 1, 1, 1, 1, 2);
  for (let key = 0; key < 5; key += 1) t.equal(lastRows.enter(words, key * 4, 0, key), -1);
  for (let key = 0; key < 5; key += 1) t.equal(lastRows.enter(words, key * 4, 0, key), key);
});
