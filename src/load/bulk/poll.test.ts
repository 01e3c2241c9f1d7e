/** Jobs polled on a sandbox: when, by which call, and how polling ends. */
import t from 'tap';
import {
  type LoadSetup,
  planInto,
  type Readers,
  readersOf,
  setUpLoad,
} from '../../../integration_tests/support/load_setup.ts';
import { minute, second } from '../../clock.ts';
import type { BulkJob } from '../../gainsight/contract.ts';
import type { Batch } from '../../model.ts';
import type { JobFault } from '../../sandbox/faults.ts';

const lasting = (seconds: number): JobFault => ({ kind: 'stay_in_progress', seconds: seconds - 1.5 });

/** Submits a job with a given duration. */
async function submit(
  { client, close, clock }: LoadSetup,
  rows = 1,
): Promise<{ jobId: string; batch: Batch; created: number }> {
  const batch = await close(
    planInto(0),
    Array.from({ length: rows }, () => 'name'),
  );
  const { object, operation, keyFields } = batch.plan;
  const created = clock.elapsed();
  const answer = await client.submit({ object, operation, keyFields, fileName: 'a.csv', path: batch.path });
  return { jobId: (answer as { value: BulkJob }).value.jobId ?? '', batch, created };
}

/** The job as it was seen at its end. */
async function follow({ poller }: Readers, job: { jobId: string; created: number }, of: object = {}) {
  return (await poller.follow({ object: 'Company', rows: 1, ...job, ...of })).job;
}

t.test('a job is polled at a tenth of its age, between a second and the maximum', async (t) => {
  const setup = await setUpLoad(t, { script: [{ on: 'submit', do: lasting(1000) }] });
  const readers = readersOf(setup, { polling: { max_interval_ms: 45 * second } });
  t.match(await follow(readers, await submit(setup)), { status: 'COMPLETED' });
  const expected: number[] = [];
  for (let at = 1; (expected.at(-1) ?? 0) < 1000; at += Math.min(Math.max(at / 10, 1), 45)) expected.push(at);
  t.same(
    setup.times('status').map((at) => at.toFixed(6)),
    expected.map((at) => at.toFixed(6)),
  );
  t.same(setup.times('list'), []);
});

t.test('a job that is taken over is polled by its own age', async (t) => {
  const setup = await setUpLoad(t, { script: [{ on: 'submit', do: lasting(500) }] });
  const readers = readersOf(setup);
  const job = await submit(setup);
  await setup.clock.sleep(200 * second);
  await follow(readers, job);
  t.same(setup.times('status').slice(0, 2), [220, 242]);
});

t.test('each check of an unfinished job of ours is reported', async (t) => {
  const setup = await setUpLoad(t, { rowsPerSecond: 2, pendingSeconds: 2 });
  const readers = readersOf(setup);
  const { jobId, created, batch } = await submit(setup, 4);
  await follow(readers, { jobId, created }, { batch, fileName: 'a.csv' });
  const reported = { kind: 'progress', batch, jobId, nextPollMs: second, fileName: 'a.csv' };
  const requestId = (call: number) => `00000000-0000-4000-8000-00000000000${call}`;
  t.same(readers.events, [
    { ...reported, status: 'PENDING', processed: 0, ageMs: second, requestId: requestId(2) },
    { ...reported, status: 'IN_PROGRESS', processed: 0, ageMs: 2 * second, requestId: requestId(3) },
    { ...reported, status: 'IN_PROGRESS', processed: 2, ageMs: 3 * second, requestId: requestId(4) },
  ]);
});

t.test('one list call polls all running jobs, and each ends at its own time', async (t) => {
  const setup = await setUpLoad(t, {
    callsPerHour: 100,
    script: [10, 20, 30].map((seconds, at) => ({ on: 'submit', nth: at + 1, do: lasting(seconds) })),
  });
  const readers = readersOf(setup);
  const ends: string[] = [];
  const jobs = [await submit(setup), await submit(setup), await submit(setup)];
  const followed = async (job: { jobId: string; created: number }) => {
    await follow(readers, job);
    ends.push(`${job.jobId} ${Math.round(setup.clock.elapsed() / second)}`);
  };
  await Promise.all(jobs.map(followed));
  t.same(ends, ['J000001 10', 'J000002 21', 'J000003 31']);
  t.ok(setup.times('list').length <= 18);
  t.ok(
    setup.times('status').every((at) => at > 21),
    'the last one is polled by its own path',
  );
});

t.test('a job that is not listed is polled by its own path', async (t) => {
  const setup = await setUpLoad(t, {
    script: [
      { on: 'submit', do: lasting(5) },
      { on: 'submit', nth: 2, do: { kind: 'hide' } },
    ],
  });
  const readers = readersOf(setup);
  const jobs = [await submit(setup), await submit(setup)];
  const seen = await Promise.all(jobs.map((job) => follow(readers, job)));
  t.match(seen, [{ status: 'COMPLETED' }, { status: 'COMPLETED' }]);
  t.equal(setup.clock.elapsed(), 5 * second);
});

t.test('a job that comes later is polled at its own time, whatever else is waited for', async (t) => {
  const setup = await setUpLoad(t, { script: [{ on: 'submit', nth: 1, do: lasting(3600) }] });
  const readers = readersOf(setup);
  const long = follow(readers, await submit(setup));
  await setup.clock.sleep(2000 * second);
  const short = await submit(setup);
  await follow(readers, short);
  t.equal(setup.clock.elapsed() - short.created, 2 * second);
  readers.stop.abort(new Error('enough'));
  await t.rejects(long, /enough/);
});

t.test('a job that is not found is polled for five minutes, then it is gone', async (t) => {
  const vanish = (seconds?: number) => ({
    script: [{ on: 'submit', do: { kind: 'vanish', ...(seconds && { seconds }) } }] as const,
  });
  const forGood = await setUpLoad(t, vanish());
  t.equal(await follow(readersOf(forGood), await submit(forGood)), 'gone');
  const times = forGood.times('status');
  t.ok((times.at(-1) ?? 0) >= 301 && (times.at(-2) ?? 0) < 301, `${times.at(-2)}, ${times.at(-1)}`);
  const forAWhile = await setUpLoad(t, vanish(290));
  t.match(await follow(readersOf(forAWhile), await submit(forAWhile)), { status: 'COMPLETED' });
});

t.test('the five minutes start again when the job was seen in between', async (t) => {
  const setup = await setUpLoad(t, {
    script: [
      { on: 'submit', do: lasting(800) },
      ...[2, 50].map((nth) => ({ on: 'status', nth, do: { kind: 'status', status: 404 } }) as const),
    ],
  });
  t.match(await follow(readersOf(setup), await submit(setup)), { status: 'COMPLETED' });
  t.ok((setup.times('status')[49] ?? 0) > 310);
});

t.test('a job that is not found past its deadline is polled with pauses', async (t) => {
  const setup = await setUpLoad(t, {
    script: [
      { on: 'submit', do: { kind: 'vanish', from: 100 } },
      { on: 'submit', do: lasting(1e6) },
    ],
  });
  const readers = readersOf(setup, { polling: { job_timeout_ms: 2 * minute } });
  t.equal(await follow(readers, await submit(setup)), 'gone');
  t.ok(setup.times('status').length < 60);
});

t.test('the deadline is met exactly', async (t) => {
  const setup = await setUpLoad(t, { script: [{ on: 'submit', do: { kind: 'stay_pending' } }] });
  const readers = readersOf(setup, { polling: { job_timeout_ms: 1000 * second } });
  const { jobId, created, batch } = await submit(setup);
  await t.rejects(follow(readers, { jobId, created }, { batch }), {
    code: 'job_deadline',
    failureType: 'transient_error',
    stream: batch.plan.stream,
    message: new RegExp(`Job ${jobId} on Company is not finished 16 min 40 s after`),
  });
  t.equal(setup.clock.elapsed(), 1000 * second);
  t.equal(setup.times('status').at(-1), 1000);
});

t.test('a finished job is not overdue while its counts are awaited', async (t) => {
  const setup = await setUpLoad(t);
  const readers = readersOf(setup, { polling: { job_timeout_ms: minute } });
  const job = await submit(setup);
  await setup.clock.sleep(5 * minute);
  const until = () => setup.clock.elapsed() >= 7 * minute;
  t.match(await readers.poller.follow({ object: 'Company', rows: 1, ...job }, until), { job: { status: 'COMPLETED' } });
});

t.test('a job in a state outside the contract still runs, until it has an end date', async (t) => {
  const setup = await setUpLoad(t, {
    script: [
      { on: 'submit', nth: 1, do: { kind: 'unknown_status', status: 'INIT', seconds: 50 } },
      { on: 'submit', nth: 2, do: { kind: 'unknown_status_completed_date', status: 'ABORTED' } },
      { on: 'submit', nth: 3, do: { kind: 'go_back' } },
    ],
  });
  t.match(await follow(readersOf(setup), await submit(setup)), { status: 'COMPLETED' });
  t.ok(setup.clock.elapsed() >= 51 * second);
  t.match(await follow(readersOf(setup), await submit(setup)), { status: 'ABORTED', completedDate: String });
  t.match(await follow(readersOf(setup), await submit(setup)), { status: 'COMPLETED' });
});

t.test('a failing read is retried, with pauses, for half an hour', async (t) => {
  const setup = await setUpLoad(t, {
    script: [{ on: 'status', nth: 1, times: 3, do: { kind: 'status', status: 502, html: true } }],
  });
  t.match(await follow(readersOf(setup), await submit(setup)), { status: 'COMPLETED' });
  t.same(setup.times('status'), [1, 1.5, 2.5, 4.5]);
  const down = await setUpLoad(t, { script: [{ on: 'status', do: { kind: 'status', status: 502 } }] });
  await t.rejects(follow(readersOf(down), await submit(down)), { code: 'gainsight_unavailable' });
  t.ok(Math.abs(down.clock.elapsed() - 30 * minute) <= minute);
});

t.test('reads refused as too many wait as requested, and after ten minutes one warning is logged', async (t) => {
  const setup = await setUpLoad(t, {
    script: [
      { on: 'status', nth: 1, times: 3, do: { kind: 'status', status: 429, retryAfter: 'seconds', seconds: 400 } },
    ],
  });
  const readers = readersOf(setup);
  t.match(await follow(readers, await submit(setup)), { status: 'COMPLETED' });
  t.same(setup.times('status'), [1, 401, 801, 1201]);
  t.equal(readers.events.filter((event) => event.kind === 'warning' && /counted_calls/.test(event.text)).length, 1);
});

t.test('if polls cost quota a job is polled at its likely end, then at doubled gaps', async (t) => {
  const setup = await setUpLoad(t, {
    ...{ countedCalls: 'all_calls', callsPerHour: 100, callsPerDay: 100 },
    script: [{ on: 'submit', nth: 1, do: lasting(65 * 60) }],
  });
  const readers = readersOf(setup, { quota: { counted_calls: 'all_calls' } });
  await follow(readers, await submit(setup));
  t.same(setup.times('status'), [600, 1800, 4200]);
  const next = await submit(setup);
  await follow(readers, { ...next }, { rows: 1 });
  t.equal((setup.times('status').at(-1) ?? 0) - next.created / second, 4200, 'as long as one row took before');
});

t.test('if polls cost quota a job shown by another’s poll keeps its own time', async (t) => {
  const setup = await setUpLoad(t, {
    ...{ countedCalls: 'all_calls', callsPerHour: 100, callsPerDay: 100 },
    script: [
      { on: 'submit', nth: 1, do: lasting(700) },
      { on: 'submit', nth: 2, do: lasting(900) },
    ],
  });
  const readers = readersOf(setup, { quota: { counted_calls: 'all_calls' } });
  const { gate } = readers;
  const reserve = () => gate.acquire({ calls: 4, rank: [0] });
  const first = { ...(await submit(setup)), reserved: await reserve() };
  await setup.clock.sleep(300 * second);
  const other = { ...(await submit(setup)), reserved: await reserve() };
  await Promise.all([follow(readers, first), follow(readers, other)]);
  t.same(setup.times('list'), [600, 900]);
  t.same(setup.times('status'), [2100], 'by its own doubled gap');
  t.same([first.reserved.calls, other.reserved.calls], [3, 2], 'the job that is due pays');
});

t.test('a job that is no longer followed is not polled, and once all is stopped no timer is left', async (t) => {
  const setup = await setUpLoad(t, { script: [{ on: 'submit', do: { kind: 'stay_pending' } }] });
  const readers = readersOf(setup);
  const [one, other] = [await submit(setup), await submit(setup)];
  const withdrawn = new AbortController();
  const reason = new Error('withdrawn');
  const first = readers.poller.follow({ object: 'Company', rows: 1, ...one }, undefined, withdrawn.signal);
  const second = follow(readers, other);
  await setup.clock.sleep(5500);
  withdrawn.abort(reason);
  await t.rejects(first, reason);
  await t.rejects(readers.poller.follow({ object: 'Company', rows: 1, ...one }, undefined, withdrawn.signal), reason);
  const lists = setup.times('list').length;
  await setup.clock.sleep(5500);
  t.equal(setup.times('list').length, lists, 'the other is alone now');
  readers.stop.abort(reason);
  await t.rejects(second, reason);
  await t.rejects(follow(readers, other), reason);
  t.equal(setup.clock.sleeping, 0);
});

t.test('a key refused in the meantime ends all', async (t) => {
  const setup = await setUpLoad(t, {
    script: [{ on: 'any', nth: 4, times: 99, do: { kind: 'status', status: 401 } }],
  });
  const readers = readersOf(setup);
  const jobs = [await submit(setup), await submit(setup)];
  for (const end of await Promise.allSettled(jobs.map((job) => follow(readers, job)))) {
    if (end.status === 'rejected') t.match(end.reason, { code: 'access_refused' });
  }
  t.equal(setup.clock.sleeping, 0);
});
