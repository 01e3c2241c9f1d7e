import t from 'tap';
import type { Plan } from '../../model.ts';
import { PassedRecords } from './passed_records.ts';

const [plan, other] = [{ id: 0 } as Plan, { id: 1 } as Plan];

t.test('a record that came before a batch began is older than its rows, any other may be newer', async (t) => {
  const passed = new PassedRecords();
  passed.add(plan, 'before');
  passed.closed({ id: 1, plan });
  passed.add(plan, 'in the time of the second');
  passed.closed({ id: 2, plan });
  passed.add(plan, 'after');
  passed.add(other, 'of another stream');
  const newerThan = (id: number) =>
    ['before', 'in the time of the second', 'after', 'of another stream', 'never'].filter((key) =>
      passed.mayBeNewer({ id, plan }, key),
    );
  t.same(newerThan(1), ['before', 'in the time of the second', 'after', 'of another stream']);
  t.same(newerThan(2), ['in the time of the second', 'after', 'of another stream']);
});

t.test('all files of a batch have its place', async (t) => {
  const passed = new PassedRecords();
  const partOf = { batchId: 1, files: 2, unread: [] };
  passed.closed({ id: 1, plan, partOf });
  passed.closed({ id: 2, plan, partOf });
  passed.add(plan, 'after');
  passed.closed({ id: 3, plan });
  t.ok(passed.mayBeNewer({ id: 2, plan }, 'after'));
  t.ok(passed.mayBeNewer({ id: 3, plan }, 'after'), 'of its own time');
  passed.closed({ id: 4, plan });
  t.notOk(passed.mayBeNewer({ id: 4, plan }, 'after'));
});

t.test('beyond so many keys nothing is known', async (t) => {
  const passed = new PassedRecords(2);
  for (const key of ['a', 'b']) passed.add(plan, key);
  t.notOk(passed.isFull);
  passed.add(plan, 'c');
  t.ok(passed.isFull);
});
