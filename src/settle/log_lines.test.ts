import t from 'tap';
import { fill, header, openSpool, planOf } from '../../integration_tests/support/spool.ts';
import { noFiles } from './accounts.ts';
import {
  adoptedLine,
  earlyPlanLine,
  endedLine,
  planLine,
  progressInterval,
  progressLine,
  submittedLine,
} from './log_lines.ts';
import { jobWaitLine, quotaWaitLine } from './wait_lines.ts';

const now = Date.UTC(2026, 7, 21, 14, 0);
const quota = [
  { current: 'this hour', left: 7 },
  { current: 'today', left: 93 },
];
const reference = { fileName: '42.0.x.csv', requestId: 'R1' };

t.test('the plan is one line, with what is known of it', async (t) => {
  const plan = {
    files: 3,
    rows: 1_234_567,
    bytes: 150_200_000,
    streams: 2,
    submitted: 1,
    taken: 0,
    callsPerJob: 1,
    quota,
    expectedEnd: now,
    batches: { ...noFiles, calls: { least: 0, most: 0 } },
    objectQuota: [],
  };
  t.equal(
    planLine(plan),
    'Plan: 3 files, 1,234,567 rows, 150.2 MB of 2 streams · 3 calls, those of 1 file already made · 7 calls left this hour, 93 today · expected end 2026-08-21 14:00 UTC',
  );
  t.equal(
    planLine({
      ...plan,
      files: 1,
      rows: 1,
      bytes: 12,
      streams: 1,
      submitted: 0,
      quota: undefined,
      expectedEnd: undefined,
    }),
    'Plan: 1 file, 1 row, 12 bytes of 1 stream · 1 call',
  );
  t.match(
    planLine({ ...plan, files: 12, taken: 5 }),
    / of 2 streams · 7 calls, as an earlier attempt has sent 5 files, those of 1 file already made · 7 calls left/,
  );
  const byCalls = {
    batches: { files: 2, rows: 5001, bytes: 90_000, calls: { least: 203, most: 391 } },
    objectQuota: [
      { current: 'this minute', left: 40 },
      { current: 'today', left: 24_000 },
    ],
  };
  const ofBatches = '· 203 to 391 calls, if it refuses no record · 40 calls left this minute, 24,000 today';
  t.equal(
    planLine({ ...plan, ...byCalls, files: 0, rows: 0, bytes: 0 }),
    `Plan: 2 batches, 5,001 rows of 2 streams by the object API ${ofBatches}`,
  );
  t.match(planLine({ ...plan, ...byCalls }), `UTC; 2 batches, 5,001 rows by the object API ${ofBatches}`);
  t.match(planLine({ ...plan, callsPerJob: 5 }), / · up to 15 calls, those of 1 file already made · /);
  t.equal(
    earlyPlanLine(plan, quota),
    'Plan so far: 3 files, 1,234,567 rows, 150.2 MB of 2 streams, and the input is still read · 7 calls left this hour, 93 today',
  );
});

t.test('a job is logged when it is submitted, while it runs and when it ends', async (t) => {
  const spool = await openSpool(t.testdir());
  t.teardown(() => spool.remove());
  const batch = await fill(spool.openBatch(planOf('UPSERT'), header), ['a', 'b', 'c']).close('bytes');
  t.equal(
    submittedLine({ kind: 'submitted', batch, jobId: 'J1', quota, ...reference }),
    'Job J1 submitted: public.stream 0 → Company by UPSERT, 3 rows, 21 bytes (the file is full) · 7 calls left this hour, 93 today · file 42.0.x.csv · request R1',
  );
  t.equal(
    adoptedLine({ kind: 'adopted', batch, jobId: 'J1', ...reference }),
    'Job J1 taken over: public.stream 0 → Company, 3 rows; it was submitted before · file 42.0.x.csv · request R1',
  );
  t.match(
    adoptedLine({ kind: 'adopted', batch, jobId: 'J1', fileName: '', requestId: undefined }),
    /submitted before$/,
    'unknown details are left out',
  );
  const progress = {
    kind: 'progress',
    batch,
    jobId: 'J1',
    status: 'IN_PROGRESS',
    ageMs: 90_000,
    nextPollMs: 9000,
  } as const;
  t.equal(
    progressLine({ ...progress, processed: 180_000, ...reference }),
    'Job J1 (public.stream 0 → Company): IN_PROGRESS, 180,000 of 3 rows, 2,000 a second, for 1 min 30 s, next check in 9 s · file 42.0.x.csv · request R1',
  );
  t.equal(
    progressLine({ ...progress, processed: 3 }),
    'Job J1 (public.stream 0 → Company): IN_PROGRESS, 3 of 3 rows, for 1 min 30 s, next check in 9 s',
  );
  t.equal(
    progressLine({ ...progress, processed: undefined, fileName: '42.0.x.csv' }),
    'Job J1 (public.stream 0 → Company): IN_PROGRESS, for 1 min 30 s, next check in 9 s · file 42.0.x.csv',
  );
  t.equal(
    endedLine(
      batch,
      { jobId: 'J1', rejected: [{ row: 0, sure: true, errors: [] }], unidentified: 1, ...reference },
      200_000,
    ),
    'Job J1 (public.stream 0 → Company) done after 3 min 20 s: 1 row accepted, 2 rejected · file 42.0.x.csv · request R1',
  );
  t.equal(
    endedLine(batch, { jobId: 'J1', rejected: [], unidentified: 0 }, undefined),
    'Job J1 (public.stream 0 → Company) done: 3 rows accepted, 0 rejected',
  );
  t.equal(
    endedLine(batch, { calls: 1, rejected: [], unidentified: 0 }, undefined, { updated: 3, added: 0, kept: 1200 }),
    'public.stream 0 → Company done with 1 call of the object API: 3 rows accepted (3 updated, 1,200 kept as they are), 0 rejected',
  );
  t.match(
    endedLine(batch, { rejected: [], unidentified: 0 }, undefined),
    'public.stream 0 → Company done: 3 rows accepted, 0 rejected',
    'no job was needed',
  );
});

t.test('the longer a job runs, the rarer are its lines', async (t) => {
  const minutes = (age: number) => progressInterval(age * 60_000) / 60_000;
  t.same([0, 1, 3, 6, 15, 30, 240].map(minutes), [1, 1, 1, 2, 5, 10, 10]);
});

t.test('a wait line says for what, until when, and what is still to send', async (t) => {
  const toSend = { files: 2, rows: 5000, bytes: 80_200_000 };
  const progress = { toSend, files: 94, of: 210, kind: 'file' as const, expectedEnd: now + 7_200_000 };
  const wait = { kind: 'quota wait', hold: { why: 'used', window: 'hour' }, others: 0 } as const;
  t.equal(
    quotaWaitLine({ ...wait, until: now + 2_400_000 }, now, progress),
    'Waiting until 2026-08-21 14:40 UTC (in 40 min): all calls of this hour are used · 94 of 210 files done (44 %) · still to send: 2 files, 5,000 rows, 80.2 MB · expected end 2026-08-21 16:00 UTC',
  );
  t.match(
    quotaWaitLine({ ...wait, others: 6, until: now }, now, progress),
    ': all calls of this hour are used, 6 of them by others · ',
  );
  t.match(
    quotaWaitLine({ ...wait, hold: { why: 'reserved', window: 'minute' }, until: now, route: 'object_api' }, now, {
      ...{ ...progress, kind: 'batch', expectedEnd: undefined },
    }),
    /: the remaining calls of the object API of this minute are reserved for others · [\d,]+ of [\d,]+ batches done \(\d+ %\)$/,
  );
  t.match(quotaWaitLine({ ...wait, until: undefined }, now, progress), /^Waiting for calls in progress: /);
  t.match(
    quotaWaitLine({ ...wait, until: now }, now, { ...progress, expectedEnd: undefined }),
    / · still to send: 2 files, 5,000 rows, 80.2 MB$/,
    'more files may come, so the end is not known',
  );
  const nothing = { files: 0, rows: 0, bytes: 0 };
  t.match(
    quotaWaitLine({ ...wait, until: now }, now, {
      toSend: nothing,
      files: 0,
      of: 0,
      kind: 'file',
      expectedEnd: undefined,
    }),
    ' are used · 0 of 0 files done · all files are sent',
  );
  t.equal(
    jobWaitLine({ kind: 'waiting for job', jobId: 'J0', object: 'Company', ...reference }),
    'Waiting for job J0 on Company, which an earlier attempt submitted: rows of one object are loaded in order · file 42.0.x.csv · request R1',
  );
});
