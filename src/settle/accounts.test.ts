/** One account per stream: each number is stored once and appears in every sum. */
import t from 'tap';
import { fill, header, openSpool, planOf } from '../../integration_tests/support/spool.ts';
import type { Batch } from '../model.ts';
import { type Account, Accounts, unaccounted } from './accounts.ts';

const plan = planOf('UPSERT', 3);
const other = planOf('INSERT', 4);

const cases: [string, Partial<Account>, string | undefined][] = [
  ['a stream without records', {}, undefined],
  ['every outcome once', { received: 10, accepted: 4, superseded: 3, skipped: 2, rejected: 1 }, undefined],
  ['a record too many', { received: 10, accepted: 9 }, '1 of 10 records of public.stream 3 have no proven outcome'],
  [
    'a record counted twice',
    { received: 10, accepted: 9, rejected: 2 },
    '-1 of 10 records of public.stream 3 have no proven outcome',
  ],
];

for (const [name, counts, detail] of cases) {
  t.test(`${name} is ${detail ? 'found' : 'accounted for'}`, async (t) => {
    const accounts = new Accounts([plan]);
    Object.assign(accounts.of(plan), counts);
    const [error, ...more] = unaccounted(accounts);
    t.same(more, []);
    t.equal(error?.code, detail && 'bug');
    if (detail) t.match(error?.message, detail);
  });
}

t.test(
  'a record that comes to no batch counts for its stream and for all, a deletion in a batch for neither',
  async (t) => {
    const accounts = new Accounts([plan, other]);
    accounts.skipped(accounts.of(plan), false);
    accounts.skipped(accounts.of(plan), true);
    accounts.refused(plan, true);
    accounts.refused(other, false);
    t.match(accounts.of(plan), { skipped: 2, rejected: 1, refused: 1, keyless: 1 });
    t.same(accounts.of(plan).unbatched, { accepted: 1, rejected: 1 });
    t.same(accounts.of(other).unbatched, { accepted: 0, rejected: 1 });
    t.same(accounts.unbatched, { accepted: 1, rejected: 2 });
    t.same(
      [...accounts.withRefused].map((account) => account.plan.id),
      [3, 4],
    );
  },
);

t.test('a file is to be sent until a job has it, and is settled with its rejected rows', async (t) => {
  const spool = await openSpool(t.testdir());
  t.teardown(() => spool.remove());
  const close = (names: string[]): Promise<Batch> => fill(spool.openBatch(other, header), names).close('end');
  const [first, second] = [await close(['a', 'b', 'c']), await close(['d'])];
  const accounts = new Accounts([plan, other]);
  const toSend = () => accounts.withoutJob((planId) => planId === plan.id).length;
  accounts.closed(first);
  accounts.closed(second);
  const bytes = first.bytes + second.bytes;
  t.same(accounts.allFiles, { files: 2, rows: 4, bytes, streams: 1, sent: 0, adopted: 0 });
  const rest = await first.splitOff(1);
  accounts.split(first, rest);
  t.equal(toSend(), 3);
  accounts.hasJob(first, 'adopted');
  accounts.hasJob(second, 'submitted');
  t.same([toSend(), accounts.allFiles.files, accounts.allFiles.sent], [1, 3, 2]);
  accounts.refused(other, false);
  t.equal(accounts.settled(first, { rows: 1, records: 1 }), 1, 'a record was refused since it was closed');
  t.equal(accounts.settled(rest, { rows: 0, records: 0 }), 1, 'and since the file that it is a part of was');
  t.match(accounts.of(other), { accepted: 2, rejected: 2, superseded: 0, files: 3, submitted: 1, adopted: 1 });
  t.equal(toSend(), 0);
});
