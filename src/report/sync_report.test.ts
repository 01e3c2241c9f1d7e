import t from 'tap';
import { planOf } from '../../integration_tests/support/spool.ts';
import { ConnectorError } from '../errors.ts';
import { Accounts } from '../settle/accounts.ts';
import type { JobRecord } from './job_history.ts';
import { reportOf, type SyncFacts } from './sync_report.ts';

const [upsert, insert] = [planOf('UPSERT'), planOf('INSERT', 1)];
const startedAt = Date.UTC(2026, 7, 21, 14, 0);

const job: JobRecord = {
  ...{
    plan: upsert,
    jobId: 'J1',
    fileName: 'x.csv',
    requestId: 'R1',
    rows: 1500,
    records: 1700,
    bytes: 60_000,
    reason: 'bytes',
  },
  ...{ isTakenOver: false, begunAt: startedAt + 10_000 },
  end: { kind: 'loaded', at: startedAt + 70_500, accepted: 1500, rejected: 0 },
};

function factsOf(more: Partial<SyncFacts> = {}): SyncFacts {
  const accounts = new Accounts([upsert, insert]);
  Object.assign(accounts.of(upsert), { received: 2000, accepted: 1500, superseded: 200, skipped: 50, rejected: 30 });
  Object.assign(accounts.of(upsert), { refused: 10, files: 3, submitted: 1, adopted: 1 });
  accounts.states = 4;
  const sample = { key: ['k1'], values: ['Gold'] };
  accounts.rejectedRows(upsert, { field: 'Stage', reason: 'Dropdownlist item not found' }, 20, sample);
  accounts.rejectedRows(upsert, { reason: 'the record is longer than 32 MB' }, 10);
  return {
    ...{ version: '0.2.0', identity: { run: '42', attempt: 1 }, host: 'acme.gainsightcloud.com', end: 'done' },
    ...{ startedAt, endedAt: startedAt + 90_250, failures: [], accounts, jobs: [job], jobsLeftOut: 0, quota: [] },
    ...{ made: [], callBatches: [], objectQuota: [], isClear: false },
    ...{ kept: [], comesAgain: () => 'none', sentAgain: undefined, settings: { domain: 'acme' } },
    ...more,
  };
}

t.test('the report has what became of each stream, each job and each reason', async (t) => {
  const counts = { received: 2000, accepted: 1500, superseded: 200, skipped: 50, rejected: 30 };
  const records = { ...counts, rejected_before_sending: 10, not_loaded: 220 };
  const none = { received: 0, accepted: 0, superseded: 0, skipped: 0, rejected: 0 };
  const report = reportOf(factsOf());
  t.match(report, {
    ...{ format: 1, connector: '0.2.0', run: '42', attempt: 1, host: 'acme.gainsightcloud.com' },
    ...{ started_at: '2026-08-21T14:00:00.000Z', ended_at: '2026-08-21T14:01:30.250Z', seconds: 90.25, states: 4 },
    ...{
      calls: { submitted: 1, windows: [], made: [] },
      jobs_left_out: 0,
      rejected_files: [],
      settings: { domain: 'acme' },
    },
  });
  t.strictSame(report.records, records);
  t.match(report.streams, [
    {
      ...{ stream: 'public.stream 0', object: 'Company', operation: 'UPSERT', key_fields: ['Key'], records },
      files: { closed: 3, submitted: 1, taken_over: 1, not_sent: 1 },
    },
    { operation: 'INSERT', records: { ...none, rejected_before_sending: 0, not_loaded: 0 }, reasons: [] },
  ]);
  t.match(report.streams[0]?.reasons, [
    {
      ...{ field: 'Stage', reason: 'Dropdownlist item not found', rows: 20, rows_of_other_values: 0 },
      ...{ values: [{ value: 'Gold', rows: 20 }], keys: ['k1'], to_do: /dropdown list/ },
    },
    { field: null, reason: 'the record is longer than 32 MB', rows: 10, values: [], keys: [] },
  ]);
  t.strictSame(report.jobs, [
    {
      ...{ job: 'J1', stream: 'public.stream 0', object: 'Company', file: 'x.csv', request: 'R1', rows: 1500 },
      ...{ bytes: 60_000, closed_because: 'the file is full', taken_over: false },
      ...{ begun_at: '2026-08-21T14:00:10.000Z', ended_at: '2026-08-21T14:01:10.500Z', seconds: 60.5 },
      ...{ result: 'loaded', accepted: 1500, rejected: 0, code: null },
    },
  ]);
});

t.test('calls are shown by window: ours, those of others, and those that are reserved', async (t) => {
  const window = {
    name: 'day',
    current: 'today',
    setting: 'calls_per_day',
    title: 'Quota',
    lengthMs: 86_400_000,
  } as const;
  const quota = [{ ...window, limit: 100, ownLimit: 80, used: 12, ownUsed: 5, left: 75 }];
  const made = [
    { at: startedAt - 60_000, own: false, calls: 1 },
    { at: startedAt + 10_000, own: true, calls: 3 },
  ];
  t.strictSame(reportOf(factsOf({ quota, made })).calls, {
    object_api: { calls: 0, batches: 0, windows: [] },
    submitted: 1,
    windows: [{ window: 'day', hours: 24, limit: 100, reserved: 20, ours: 5, others: 7, left: 75 }],
    made: [
      { at: '2026-08-21T13:59:00.000Z', ours: false, calls: 1 },
      { at: '2026-08-21T14:00:10.000Z', ours: true, calls: 3 },
    ],
  });
  const many = Array.from({ length: 2001 }, (_, at) => ({ at, own: true, calls: 1 }));
  t.equal(reportOf(factsOf({ quota, made: many })).calls.made.length, 2000);
});

t.test('the verdict says how the sync ended and which commands come next', async (t) => {
  const kept = [{ address: '/rejected/42.1.1.a.rejects.csv', plan: upsert, rows: 30 }];
  t.match(reportOf(factsOf({ kept })), {
    verdict: {
      result: 'loaded_with_rejects',
      text: /^30 of 2,000 records were rejected/,
      next: ['destination-gainsight load /rejected/42.1.1.a.rejects.csv --config FILE'],
    },
    rejected_files: [
      {
        ...{ file: '/rejected/42.1.1.a.rejects.csv', stream: 'public.stream 0', object: 'Company', rows: 30 },
        comes_again: 'none',
      },
    ],
  });
  for (const [comesAgain, commands] of [
    ['all', 0],
    ['some', 1],
  ] as const) {
    const { verdict, rejected_files } = reportOf(factsOf({ kept, end: 'stopped', comesAgain: () => comesAgain }));
    t.equal(verdict.next.length, commands, comesAgain);
    t.match(rejected_files, [{ comes_again: comesAgain }]);
  }
  const failed = { ...job, end: { kind: 'failed', at: startedAt, code: 'job_failed' } } as const;
  const error = new ConnectorError(
    'job_failed',
    { job: 'J1', object: 'Company', words: 'no' },
    { stream: upsert.stream },
  );
  t.match(reportOf(factsOf({ end: 'failed', failures: [error], jobs: [failed] })), {
    verdict: { result: 'failed', text: error.message, next: ['destination-gainsight errors J1 --config FILE'] },
    failures: [{ code: 'job_failed', type: 'config_error', message: error.message, stream: 'public.stream 0' }],
    jobs: [{ result: 'failed', code: 'job_failed', accepted: null, rejected: null }],
  });
  const stopped = reportOf(factsOf({ end: 'stopped', jobs: [{ ...job, records: 200, end: undefined }] }));
  t.match(stopped, {
    verdict: {
      result: 'stopped',
      text: /^Stopped by a signal: 20 of 2,000 records are not loaded, and of 200 in 1 job it is unknown; /,
      next: [],
    },
    jobs: [{ result: 'open', ended_at: null, seconds: null }],
  });
  const empty = new Accounts([upsert]);
  t.match(reportOf(factsOf({ accounts: empty, jobs: [] })).verdict, {
    result: 'loaded',
    text: 'There was nothing to load.',
  });
  t.match(reportOf(factsOf({ accounts: empty, jobs: [], isClear: true })).verdict, {
    result: 'loaded',
    text: /^This was a Clear: Gainsight is left as it is/,
  });
  Object.assign(empty.of(upsert), { received: 1, accepted: 1 });
  t.match(reportOf(factsOf({ accounts: empty })).verdict, { result: 'loaded', text: /^All records are accepted/ });
  const counts = { waited: 3, sent: 3, accepted: 1, rejected: 2, replaced: 0, overtaken: 0, givenUp: 1 };
  const sentAgain = { counts: { ...counts, added: 0, left: 0, unsure: 0 }, waiting: 1 };
  t.match(reportOf(factsOf({ accounts: empty, sentAgain })).verdict, {
    result: 'loaded_with_rejects',
    text: / of the rows that were rejected before, 2 were rejected again and 1 given up\.$/,
  });
});
