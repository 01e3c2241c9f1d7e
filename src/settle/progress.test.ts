import t from 'tap';
import { planOf } from '../../integration_tests/support/spool.ts';
import type { GainsightEvent } from '../load/events.ts';
import type { Batch } from '../model.ts';
import { Accounts } from './accounts.ts';
import { ProgressOfSync } from './progress.ts';

function setUp() {
  const plan = planOf('UPSERT');
  const accounts = new Accounts([plan]);
  const clock = { time: 1000 };
  const reading = new AbortController();
  const progress = new ProgressOfSync(accounts, () => clock.time, reading.signal);
  const close = (id: number) => {
    const batch = { id, plan, rows: 3, bytes: 30, records: 3, deletions: 0 } as unknown as Batch;
    accounts.closed(batch);
    return batch;
  };
  return { accounts, clock, close, plan, progress, reading };
}

t.test('records, bytes and files are counted', async (t) => {
  const { accounts, close, plan, progress, reading } = setUp();
  const nothing = { records: 0, bytes: 0, isReading: true, kind: 'file', jobs: 0, wait: undefined };
  t.strictSame(progress.now, { ...nothing, files: { closed: 0, sent: 0, done: 0 } });
  accounts.of(plan).received += 9;
  progress.bytes += 900;
  const [first, second] = [close(1), close(2), close(3)];
  accounts.hasJob(first, 'submitted');
  accounts.hasJob(second, 'adopted');
  accounts.settled(first, { rows: 0, records: 0 });
  reading.abort();
  const files = { closed: 3, sent: 2, done: 1 };
  const kind = 'file';
  t.strictSame(progress.now, { records: 9, bytes: 900, isReading: false, kind, jobs: 1, files, wait: undefined });
});

t.test('batches for the object API are named as such, alone and beside files', async (t) => {
  const { accounts, close, plan, progress } = setUp();
  const batch = { id: 1, plan, rows: 3, bytes: 30, records: 3, deletions: 0, route: 'object_api' } as unknown as Batch;
  accounts.closed(batch);
  t.match(progress.now, { kind: 'batch', files: { closed: 1, sent: 0, done: 0 } });
  accounts.settled(batch, { rows: 0, records: 0 });
  t.match(progress.now, { kind: 'batch', files: { closed: 1, sent: 1, done: 1 } });
  close(2);
  t.match(progress.now, { kind: 'both', files: { closed: 2, sent: 1, done: 1 } });
});

t.test('a wait has its reason until it ends, or something is sent', async (t) => {
  const batch = setUp().close(1);
  const until = 60_000;
  const waits: readonly [GainsightEvent, string, until: number | undefined][] = [
    [
      { kind: 'quota wait', hold: { why: 'used', window: 'day' }, others: 0, until },
      'all calls of this day are used',
      until,
    ],
    [{ kind: 'waiting for job', jobId: 'J1', object: 'Company' }, 'job J1 of an earlier attempt runs', undefined],
    [
      { kind: 'late jobs wait', object: 'Company', held: 'rows', until },
      'a file of an earlier attempt may still arrive',
      until,
    ],
    [
      { kind: 'unanswered', words: 'ECONNREFUSED', tries: 3, forMs: 1, until: 9e9 },
      'Gainsight does not answer, tried 3 times',
      undefined,
    ],
  ];
  for (const [event, why, end] of waits) {
    const { clock, progress } = setUp();
    progress.event(event);
    t.same(progress.now.wait, { why, until: end });
    clock.time = 1000 + 90_000;
    t.equal(progress.now.wait?.why, event.kind === 'waiting for job' ? why : undefined, `${why}: later`);
    clock.time = 1000;
    progress.event({ kind: 'submitted', batch, jobId: 'J2', quota: [] });
    t.equal(progress.now.wait?.why, end === undefined ? undefined : why, `${why}: a file was sent, perhaps another`);
  }
});
