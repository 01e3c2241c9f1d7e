import t from 'tap';
import { append, header, openSpool, planOf } from '../../../integration_tests/support/spool.ts';
import type { Batch } from '../../model.ts';
import { SharedKeys } from './shared_keys.ts';

t.test('the keys that come in several files of a batch, regardless of case and outer space', async (t) => {
  const spool = await openSpool(t.testdir());
  t.teardown(() => spool.remove());
  const close = async (keys: readonly string[]): Promise<Batch> => {
    const open = spool.openBatch(planOf('UPSERT'), header);
    for (const key of keys) append(open, key, 'Ada');
    return open.close('end');
  };
  const partOf = { batchId: 1, files: 3, unread: [] };
  const numbers = (from: number) => Array.from({ length: 500 }, (_, at) => `k${from + at}`);
  const files = [
    ['a', ' B', 'c', ...numbers(0)],
    ['A', 'd', ...numbers(1000)],
    ['b ', 'C', 'D', ...numbers(499)],
  ];
  const keys = new SharedKeys();
  for (const file of files) {
    const batch = await close(file);
    await keys.closed(
      {
        ...batch,
        path: batch.path,
        bytes: batch.bytes,
        rows: batch.rows,
        plan: batch.plan,
        filePlan: batch.filePlan,
        partOf,
      },
      '',
    );
    await batch.remove();
  }
  const has = (key: string) => keys.has({ partOf }, JSON.stringify([['Key', key]]));
  t.same(['a', 'b', 'c', 'd', 'k499', 'k0', 'k998', 'k1499', 'x'].map(has), [
    true,
    true,
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  t.notOk(keys.has({ partOf: { ...partOf, batchId: 2 } }, '[["Key","a"]]'));
  t.notOk(keys.has({ partOf: undefined }, '[["Key","a"]]'));
});
