/** What syncs at the same time do with each other's rows. Whole syncs are in integration_tests/main_path/retry.test.ts. */
import t, { type Test } from 'tap';
import { FakeClock } from '../../../integration_tests/support/fake_clock.ts';
import { append, header, openSpool, planOf } from '../../../integration_tests/support/spool.ts';
import { usualValues } from '../../../integration_tests/support/usual_settings.ts';
import type { Batch, Plan, Reject } from '../../model.ts';
import { asSent, withRows } from '../../spool/longer_file.ts';
import { FolderStorage } from './folder_storage.ts';
import { Retries } from './retries.ts';

const plan = planOf('UPSERT');
const other: Plan = { ...planOf('UPSERT', 1), object: plan.object };

async function setUp(t: Test) {
  const folder = t.testdir();
  const spool = await openSpool(t.testdir({ spool: {} }));
  t.teardown(() => spool.remove());
  const clock = new FakeClock();
  let seed = 0;
  const start = async (run: string, redact = (text: string) => text) => {
    seed += 1;
    const part = seed / 100;
    const retries = new Retries({
      ...{ storage: new FolderStorage(folder), plans: [plan, other], identity: { run, attempt: 0 }, host: 'acme' },
      ...{ clock, random: () => part, output: { log: () => undefined }, redact },
      values: usualValues,
      ...{ caps: { maxBytes: 1e6, maxRows: 1e6 }, files: { withRows, asSent } },
    });
    await retries.open();
    return retries;
  };
  const close = async (of: Plan, rows: readonly [key: string, name: string][]): Promise<Batch> => {
    const open = spool.openBatch(of, header);
    for (const [key, name] of rows) append(open, key, name);
    return open.close('end');
  };
  const reject = async (retries: Retries, key: string, name: string, sure = true) => {
    const batch = await close(plan, [[key, name]]);
    await retries.closed(batch);
    const rejected: Reject = {
      plan,
      jobId: 'j1',
      row: 1,
      sure,
      field: 'Name',
      reason: 'no',
      cells: [key, name],
      records: 1,
    };
    await retries.settled(batch, { jobId: 'j1', rejected: [], unidentified: 0 }, 2);
    retries.rejected(batch, rejected);
    await retries.flush();
  };
  return { clock, start, close, reject };
}

const onlyFirst = () => [];

t.test('a row that a sync at the same time replaces is not sent', async (t) => {
  const { start, close, reject } = await setUp(t);
  await reject(await start('1'), 'k', 'old');
  const [mine, theirs] = [await start('2'), await start('3')];
  const file = await mine.prepare(await close(plan, [['a', 'Ada']]), onlyFirst);
  t.equal(file.rows, 2);
  const newer = await theirs.prepare(await close(other, [['K ', 'new']]), onlyFirst);
  t.equal(newer.rows, 1);
  t.ok(await theirs.sending(newer, 'send1'));
  t.notOk(await mine.sending(file, 'send2'), 'it is prepared again');
  const again = await mine.prepare(await close(plan, [['a', 'Ada']]), onlyFirst);
  t.equal(again.rows, 1);
  t.ok(await mine.sending(again, 'send3'));
  t.match((await start('4')).counts, { waited: 0 });
});

t.test('a row that came while a sync ran is stale after a file of that sync', async (t) => {
  const { start, close, reject } = await setUp(t);
  const late = await start('2');
  await reject(await start('1'), 'k', 'old');
  t.ok(await late.sending(await late.prepare(await close(other, [['k', 'new']]), onlyFirst), 'send1'));
  const next = await start('3');
  t.match(next.counts, { waited: 1 });
  const file = await next.prepare(await close(plan, [['a', 'Ada']]), () => ['2.0']);
  t.equal(file.rows, 1);
  t.match(next.counts, { overtaken: 1 });
});

t.test('what an attempt knows is in the storage before its file leaves', async (t) => {
  const { start, close, reject } = await setUp(t);
  await reject(await start('1'), 'k', 'old');
  const first = await start('2');
  const batch = await close(plan, [['a', 'Ada']]);
  const file = await first.prepare(batch, onlyFirst);
  t.ok(await first.sending(file, 'send1'));
  const second = await start('2');
  const found = second.sentBefore(batch, { send: 'send1', rows: 2 });
  t.equal(`${await found?.readRow(1)}`, 'k,old');
  t.equal(second.sentBefore(batch, { rows: 1 }), batch);
  t.equal(second.sentBefore(batch, { send: 'other', rows: 2 }), undefined);
  t.equal(second.sentBefore(batch, {}), undefined, 'the name was cut, and such a file was sent with rows');
  const outcome = await second.settled(
    found as Batch,
    {
      jobId: 'j2',
      rejected: [{ row: 1, sure: true, errors: [{ field: 'Name', message: 'still no' }] }],
      unidentified: 0,
    },
    2,
  );
  t.same([outcome.rejected.length, outcome.unidentified], [0, 0]);
  t.match(second.counts, { sent: 1, accepted: 0, rejected: 1 });
});

t.test('how the tenant numbers rows is known as long as a row waits', async (t) => {
  const { start, reject } = await setUp(t);
  const first = await start('1');
  t.equal(first.numbering, undefined);
  await reject(first, 'k', 'old');
  t.equal((await start('2')).numbering, 2);
});

t.test('a record whose key is not known may be newer than any row of its object', async (t) => {
  const { start, reject } = await setUp(t);
  const retries = await start('1');
  await reject(retries, 'k', 'old');
  t.equal(retries.waiting, 1);
  retries.passedUnknown(plan);
  t.equal(retries.waiting, 0);
  t.match(retries.counts, { replaced: 1 });
  await reject(retries, 'l', 'of the same sync');
  t.equal(retries.waiting, 0, 'nor does any further row of this sync wait');
});

t.test('a row that Gainsight may not have meant does not wait, and that is counted', async (t) => {
  const { start, reject } = await setUp(t);
  const retries = await start('1');
  await reject(retries, 'k', 'old', false);
  t.match(retries.counts, { added: 0, left: 0, unsure: 1 });
});

t.test('a row that holds a secret, and rows beyond the limit, do not wait', async (t) => {
  const { start, reject } = await setUp(t);
  const retries = await start('1', (text) => text.replaceAll('secret', '***'));
  await reject(retries, 'k', 'a secret');
  await reject(retries, 'l', 'x'.repeat(11_000_000));
  t.match(retries.counts, { added: 0, left: 2 });
  await reject(retries, 'm', 'fine');
  t.match(retries.counts, { added: 1, left: 2 });
});

t.test('of several rows of one key the last that was rejected is sent', async (t) => {
  const { clock, start, close, reject } = await setUp(t);
  const [one, two] = [await start('1'), await start('2')];
  await reject(two, 'k', 'first');
  clock.advance(1);
  await reject(one, 'k', 'second');
  const next = await start('3');
  const file = await next.prepare(await close(plan, [['a', 'Ada']]), onlyFirst);
  t.same([file.rows, `${await file.readRow(1)}`], [2, 'k,second']);
});
