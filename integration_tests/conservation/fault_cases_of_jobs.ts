/** Fault cases of jobs, of the tenant and of the connector: what becomes of accepted files, other clients, clocks. */
import { readLine } from '../support/log_lines.ts';
import { beforeFirst, type FaultCases, first, once, rule } from './fault_case.ts';

const minute = 60;
const polling = { job_timeout_minutes: 20 };

/** In the life of a job. */
const jobs: FaultCases = {
  'the first job stays PENDING for ten minutes': {
    script: [rule('submit', { kind: 'stay_pending', seconds: 10 * minute }, once)],
  },
  'the first job stays PENDING': {
    script: [rule('submit', { kind: 'stay_pending' }, once)],
    config: { polling },
    ends: ['job_deadline'],
  },
  'the second job stays IN_PROGRESS': {
    script: [rule('submit', { kind: 'stay_in_progress' }, { nth: 2 })],
    config: { polling },
    ends: ['job_deadline'],
  },
  'every job goes back a state': { script: [rule('submit', { kind: 'go_back', seconds: 30 })] },
  'every job has an unknown state': { script: [rule('submit', { kind: 'unknown_status', seconds: 40 })] },
  'the first job ends in an unknown state': {
    script: [rule('submit', { kind: 'unknown_status_completed_date' }, once)],
    ends: ['job_failed'],
  },
  'the second job ends in an unknown state with a row done': {
    script: [rule('submit', { kind: 'unknown_status_completed_date', afterRows: 1 }, { nth: 2 })],
    ends: ['job_failed'],
    insertEnds: ['insert_uncertain'],
  },
  'the first job FAILs': {
    script: [rule('submit', { kind: 'fail', message: 'Cannot store "QUOTED"' }, once)],
    ends: ['job_failed'],
  },
  'the second job FAILs with two rows done': {
    script: [rule('submit', { kind: 'fail', afterRows: 2 }, { nth: 2 })],
    ends: ['job_failed'],
    insertEnds: ['insert_uncertain'],
  },
  'every job FAILs after all of its rows': {
    script: [rule('submit', { kind: 'fail', afterRows: 1e6, message: "Duplicate 'QUOTED' (1)" })],
    ends: ['job_failed'],
    insertEnds: ['insert_uncertain'],
  },
  'every job vanishes for four minutes': {
    script: [rule('submit', { kind: 'vanish', seconds: 4 * minute })],
  },
  'the first job vanishes': {
    script: [rule('submit', { kind: 'vanish' }, once), rule('submit', { kind: 'hide' }, once)],
    ends: ['job_gone'],
    insertEnds: ['insert_uncertain'],
  },
  'the first job vanishes while it runs, and its errors with it': {
    script: [
      rule('submit', { kind: 'stay_in_progress', seconds: 60 }, once),
      rule('submit', { kind: 'vanish', from: 30, seconds: 100 }, once),
    ],
  },
};

/** In what a finished job reports. */
const counts: FaultCases = {
  'the first job counts a row too few': {
    script: [rule('submit', { kind: 'counts', as: 'short' }, once)],
    ends: ['counts_wrong'],
    insertEnds: ['insert_uncertain'],
  },
  'the second job counts a row too many': {
    script: [rule('submit', { kind: 'counts', as: 'over' }, { nth: 2 })],
    ends: ['counts_wrong'],
  },
  'every job counts two rows too few for a minute': {
    script: [rule('submit', { kind: 'counts', as: 'short', by: 2, seconds: minute })],
  },
  'no job has counts': { script: [rule('submit', { kind: 'counts', as: 'missing' })] },
  'no job has counts for a minute': {
    script: [rule('submit', { kind: 'counts', as: 'missing', seconds: minute })],
  },
  'every job reports an error too few': {
    script: [rule('submit', { kind: 'fewer_errors' })],
    ends: ['rejects_unnamed'],
  },
  'every job reports an error too few, and rejects are kept': {
    script: [rule('submit', { kind: 'fewer_errors' })],
    keepsRejects: true,
  },
  'no job reports its errors, and rejects are kept': {
    script: [rule('errors', { kind: 'status', status: 404 })],
    keepsRejects: true,
  },
  'errors come out of order': { script: [rule('submit', { kind: 'errors_shuffled' })], keepsRejects: true },
  'errors come twice': { script: [rule('submit', { kind: 'errors_duplicated' })] },
  'errors count rows from 0': { script: [rule('submit', { kind: 'row_number_base', base: 0 })] },
  'errors count rows from 1': { script: [rule('submit', { kind: 'row_number_base', base: 1 })] },
  'errors count rows from 2': { script: [rule('submit', { kind: 'row_number_base', base: 2 })], keepsRejects: true },
  'errors count lines': { script: [rule('submit', { kind: 'row_number_base', base: 'physical_lines' })] },
};

/** The tenant, its other clients and its clock. */
const tenant: FaultCases = {
  'nothing goes wrong': {},
  'the list is oldest first': { sandbox: { listOrder: 'oldest', listPageMax: 2 } },
  'the list has no order, and changes it': {
    sandbox: { listOrder: 'none', listPageMax: 3 },
    script: [rule('list', { kind: 'list_order', order: 'oldest' }, { nth: 4, times: 4 })],
  },
  'the list holds 5,000 jobs of the last days': {
    script: [rule('list', { kind: 'foreign_jobs', count: 5000, age: 25 * 60 * minute, every: 40 }, once)],
  },
  'the list holds hundreds of jobs in no order': {
    sandbox: { listOrder: 'none', listPageMax: 50 },
    script: [rule('list', { kind: 'foreign_jobs', count: 300, age: 25 * 60 * minute, every: 400 }, once)],
  },
  'jobs show in the list after 15 seconds': { sandbox: { listLag: 15_000 } },
  'others use up the hour before the first submission': {
    script: [rule('list', { kind: 'foreign_jobs', count: 10, seconds: 30 }, beforeFirst)],
  },
  'others use up the hour between the list and the second submission': {
    script: [rule('submit', { kind: 'foreign_jobs', count: 10, object: 'case', seconds: 5 }, { nth: 2 })],
  },
  'others make a call before each of ours': {
    script: [rule('submit', { kind: 'foreign_jobs', object: 'case', seconds: 5 })],
  },
  'others use up the day in the middle': {
    script: [rule('list', { kind: 'foreign_jobs', count: 97, object: 'case', every: 600 }, { nth: 3 })],
  },
  'others use up the day, and we may not wait for another': {
    script: [rule('list', { kind: 'foreign_jobs', count: 100, object: 'case', every: 1 }, beforeFirst)],
    config: { quota: { max_wait_minutes: 60 } },
    ends: ['quota_spent'],
  },
  'ours are refused with a date, and calls are reserved for others': {
    sandbox: { callsPerHour: 2, retryAfter: 'date' },
    config: { quota: { calls_per_hour: 4, reserved_per_day: 60 } },
  },
  'the tenant refuses nothing, and we may make three calls an hour': {
    sandbox: { callsPerHour: null, callsPerDay: null },
    config: { quota: { calls_per_hour: 3, calls_per_day: 10, reserved_per_day: 2 } },
  },
  "the server's clock jumps an hour ahead, then two back": {
    script: [
      rule('list', { kind: 'clock_jump', seconds: 3600 }, { nth: 3 }),
      rule('submit', { kind: 'clock_jump', seconds: -7200 }, { nth: 2 }),
    ],
  },
  "the server's clock is ten minutes ahead and jumps back by a day": {
    sandbox: { clockOffset: 600_000 },
    script: [rule('any', { kind: 'clock_jump', seconds: -86_400 }, { nth: 5 })],
  },
  'our clock jumps an hour ahead': { ourClockJumps: 60 },
  'our clock jumps two days back': { ourClockJumps: -2880 },
};

/** The tenant counts every call, not submissions alone. */
const allCalls = {
  sandbox: { countedCalls: 'all_calls' },
  config: { quota: { counted_calls: 'all_calls' } },
} as const;

const everyCallCounts: FaultCases = {
  'every call counts': allCalls,
  'every call counts, and every answer is lost': {
    ...allCalls,
    script: [rule('submit', { kind: 'accept_then_drop' })],
  },
  'every call counts, and some of each kind fail': {
    ...allCalls,
    script: [
      rule('list', { kind: 'status', status: 500 }, { nth: 2 }),
      rule('status', { kind: 'status', status: 503 }, first(2)),
      rule('errors', { kind: 'accept_then_drop' }, once),
    ],
  },
  'every call counts, and the first job stays PENDING for an hour': {
    ...allCalls,
    script: [rule('submit', { kind: 'stay_pending', seconds: 60 * minute }, once)],
  },
  'every call counts, and others make some': {
    ...allCalls,
    script: [rule('any', { kind: 'foreign_jobs', count: 3, object: 'case' }, { nth: 5, times: 2 })],
  },
};

const isSubmission = (line: string) => readLine('submitted', line) !== undefined;
const isCompletion = (line: string) => readLine('completed', line) !== undefined;

/** The connector's process is stopped. */
const stops: FaultCases = {
  'SIGTERM comes with the first submission': { stopAt: isSubmission },
  'SIGTERM comes with the end of the first job': { stopAt: isCompletion },
  'SIGTERM comes with the first state': { stopAt: (line) => line.includes('"type":"STATE"') },
  'SIGTERM comes while the answer to the first submission is lost': {
    script: [rule('submit', { kind: 'accept_then_drop' }, once)],
    stopAt: isSubmission,
  },
};

/** All of them. */
export const faultCasesOfJobs: FaultCases = { ...jobs, ...counts, ...tenant, ...everyCallCounts, ...stops };
