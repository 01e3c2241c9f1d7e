import t from 'tap';
import { leastCalls, printCalls } from './calls.ts';
import type { SandboxJob } from './sandbox_process.ts';
import { printStateTimes, timesOf } from './state_times.ts';

const job = (object: string, endedAfter: number, seenAfter: number): SandboxJob => ({
  ...{ object, arrivedAt: 0, acceptedAt: 1000, endedAfter, seenAt: 1000 + seenAfter, bytes: 1, rows: 1 },
});

t.test('from a job to its state: the wait for the poll in intervals, and what comes after it', async (t) => {
  const jobs = [job('table_0__gc', 3000, 3500), job('table_1__gc', 20_000, 22_000)];
  const times = timesOf(
    jobs,
    new Map([
      ['table_0', 4510],
      ['table_1', 23_030],
    ]),
  );
  t.same(
    times,
    { waits: [0.5, 1], milliseconds: [10, 30] },
    'young jobs are polled once a second, older ones at a tenth',
  );
  t.match(printStateTimes(times), /intervals +0\.75 +1\.00\n.*ms +20\.0 +30\.0/);
});

t.test('the least calls are those of files as large as Gainsight accepts', async (t) => {
  t.same([1, 80e6, 80e6 + 1, 1e9].map(leastCalls), [1, 1, 2, 13]);
  const text = printCalls({ bytes: 2e9, liveBytes: 1e9, submittedBytes: 1.02e9, calls: 14 });
  t.match(text, /submitted +1020 +14 +14\.0/);
  t.match(text, /each key +1000 +13 +13\.0/);
});
