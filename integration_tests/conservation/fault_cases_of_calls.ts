/** Fault cases of single calls: lost, wrong or late responses. */
import { type FaultCases, first, once, rule } from './fault_case.ts';

const elsewhere = 'https://elsewhere.example/';
const quoting = { errorCode: 'GU_1101', errorDesc: 'Bad value "QUOTED" in the file' };

/** On POST /bulk/jobs, without creating a job. */
const refusedSubmissions: FaultCases = {
  'the first submission is answered with 500': {
    script: [rule('submit', { kind: 'status', status: 500 }, once)],
    insertEnds: ['insert_uncertain'],
  },
  'the first two submissions are answered with 502 and an HTML page': {
    script: [rule('submit', { kind: 'status', status: 502, html: true }, first(2))],
    insertEnds: ['insert_uncertain'],
  },
  'every submission is answered with 500': {
    script: [rule('submit', { kind: 'status', status: 500, ...quoting })],
    ends: ['submission_lost'],
    insertEnds: ['insert_uncertain'],
  },
  'every second submission is answered with 500': {
    script: [2, 4, 6, 8, 10].map((nth) => rule('submit', { kind: 'status', status: 500 }, { nth })),
    insertEnds: ['insert_uncertain'],
  },
  'two submissions are answered with 429 and no time': {
    script: [rule('submit', { kind: 'status', status: 429 }, first(2))],
  },
  'two submissions are answered with 429 and seconds': {
    script: [rule('submit', { kind: 'status', status: 429, retryAfter: 'seconds', seconds: 90 }, first(2))],
  },
  'two submissions are answered with 429 and a date': {
    script: [rule('submit', { kind: 'status', status: 429, retryAfter: 'date', seconds: 5000 }, first(2))],
  },
  'every submission is answered with 429': {
    script: [rule('submit', { kind: 'status', status: 429 })],
    config: { quota: { max_wait_minutes: 300 } },
    ends: ['quota_spent'],
  },
  'two submissions are answered with 408': {
    script: [rule('submit', { kind: 'status', status: 408 }, first(2))],
    insertEnds: ['insert_uncertain'],
  },
  // A small body may have reached the system completely before the drop is noticed: it is then unknown whether it
  // arrived.
  'the connection drops before the first submission is read': {
    script: [rule('submit', { kind: 'drop_before_read' }, once)],
    insertRaceEnds: ['insert_uncertain'],
  },
  'the connection drops before any submission is read': {
    script: [rule('submit', { kind: 'drop_before_read' })],
    ends: ['gainsight_unavailable'],
    insertRaceEnds: ['insert_uncertain'],
  },
  'the connection drops in the middle of the first two uploads': {
    script: [rule('submit', { kind: 'drop_mid_upload', bytes: 200 }, first(2))],
  },
  'the second submission is answered with 400': {
    script: [rule('submit', { kind: 'status', status: 400, ...quoting }, { nth: 2 })],
    ends: ['submission_refused'],
  },
  'every submission is answered with 401': {
    script: [rule('submit', { kind: 'status', status: 401 })],
    ends: ['access_refused'],
  },
  'the second submission is answered with 403': {
    script: [rule('submit', { kind: 'status', status: 403 }, { nth: 2 })],
    ends: ['access_refused'],
  },
  'the first submission is answered with 404': {
    script: [rule('submit', { kind: 'status', status: 404 }, once)],
    ends: ['submission_refused'],
  },
  'the first submission is answered with 413': {
    script: [rule('submit', { kind: 'status', status: 413, ...quoting }, once)],
    ends: ['file_too_large'],
  },
  'the first submission is answered with `result: false`': {
    script: [rule('submit', { kind: 'result_false', ...quoting }, once)],
    ends: ['submission_refused'],
  },
  'the second submission is answered with a redirect': {
    script: [rule('submit', { kind: 'redirect', to: elsewhere }, { nth: 2 })],
    ends: ['redirect_refused'],
  },
};

/** On POST /bulk/jobs, with the job created. */
const lostAnswers: FaultCases = {
  'the connection drops after the first job was accepted': {
    script: [rule('submit', { kind: 'accept_then_drop' }, once)],
  },
  'the connection drops after every job was accepted': { script: [rule('submit', { kind: 'accept_then_drop' })] },
  'every job is accepted and answered with 500': {
    script: [rule('submit', { kind: 'accept_then_status', status: 500 })],
  },
  'every job is accepted and answered with 502 and an HTML page': {
    script: [rule('submit', { kind: 'accept_then_status', status: 502, html: true })],
  },
  'every job is accepted and answered with 408': {
    script: [rule('submit', { kind: 'accept_then_status', status: 408 })],
  },
  'every job is accepted and answered with 429 and a second': {
    script: [rule('submit', { kind: 'accept_then_status', status: 429, retryAfter: 'seconds', seconds: 1 })],
  },
  'every job is accepted and answered with cut-off JSON': {
    script: [rule('submit', { kind: 'accept_then_truncate_json' })],
  },
  'the first job is accepted and answered with `result: false`': {
    script: [rule('submit', { kind: 'accept_then_result_false', ...quoting }, once)],
    ends: ['submission_refused'],
  },
  'the second job is accepted and answered with a redirect': {
    script: [rule('submit', { kind: 'accept_then_redirect', to: elsewhere }, { nth: 2 })],
    ends: ['redirect_refused'],
  },
  'the first job is accepted and answered after the time-out': {
    script: [rule('submit', { kind: 'delay', seconds: 700, when: 'after' }, once)],
  },
  'the first job is accepted 40 seconds after the time-out': {
    script: [rule('submit', { kind: 'delay', seconds: 640, when: 'before' }, once)],
  },
  'every answer is lost, and jobs show in the list after 15 seconds': {
    script: [rule('submit', { kind: 'accept_then_drop' })],
    sandbox: { listLag: 15_000 },
  },
  'every answer is lost, and jobs show in the list after 50 seconds': {
    script: [rule('submit', { kind: 'accept_then_drop' }), rule('submit', { kind: 'hide', seconds: 50 })],
  },
  'the first answer is lost, and its job shows after a hundred seconds': {
    script: [rule('submit', { kind: 'accept_then_drop' }, once), rule('submit', { kind: 'hide', seconds: 100 }, once)],
    insertEnds: ['insert_uncertain'],
  },
  'every answer is lost, and no job ever shows in the list': {
    script: [rule('submit', { kind: 'accept_then_drop' }), rule('submit', { kind: 'hide' })],
    ends: ['submission_lost'],
    insertEnds: ['insert_uncertain'],
  },
  'the first answer is lost, and the list is empty': {
    script: [rule('submit', { kind: 'accept_then_drop' }, once), rule('list', { kind: 'empty' })],
    insertEnds: ['insert_uncertain'],
  },
  'every answer is lost, and the list fails during the look-up': {
    script: [
      rule('submit', { kind: 'accept_then_status', status: 503 }),
      rule('list', { kind: 'status', status: 500 }, { nth: 4, times: 6 }),
    ],
  },
  'the first answer is lost, and the list fails for good': {
    script: [
      rule('submit', { kind: 'accept_then_drop' }, once),
      rule('list', { kind: 'status', status: 500 }, { nth: 4, times: 1e6 }),
    ],
    ends: ['gainsight_unavailable'],
    insertEnds: ['insert_uncertain'],
  },
};

/** On GET /bulk/jobs. */
const lists: FaultCases = {
  'the list fails at the start': { script: [rule('list', { kind: 'status', status: 500 }, once)] },
  'the list fails three times before the first submission': {
    script: [rule('list', { kind: 'status', status: 500 }, { nth: 2, times: 3 })],
  },
  'the list fails for good': {
    script: [rule('list', { kind: 'status', status: 503 })],
    ends: ['gainsight_unavailable'],
  },
  'the list is answered with 429 for a while': {
    script: [
      rule('list', { kind: 'status', status: 429, retryAfter: 'seconds', seconds: 400 }, first(3)),
      rule('list', { kind: 'status', status: 429, retryAfter: 'date', seconds: 20 }, { nth: 4, times: 2 }),
      rule('list', { kind: 'status', status: 429 }, { nth: 6, times: 2 }),
    ],
  },
  'the list is answered with 429 for good': {
    script: [rule('list', { kind: 'status', status: 429 })],
    ends: ['rate_limited'],
  },
  'the list is cut off, dropped, late and an HTML page': {
    script: [
      rule('list', { kind: 'accept_then_truncate_json' }, first(2)),
      rule('list', { kind: 'drop_before_read' }, { nth: 3 }),
      rule('list', { kind: 'delay', seconds: 90, when: 'after' }, { nth: 4 }),
      rule('list', { kind: 'status', status: 502, html: true }, { nth: 5 }),
      rule('list', { kind: 'accept_then_drop' }, { nth: 7 }),
    ],
  },
  'the list is answered with `result: false`': {
    script: [rule('list', { kind: 'result_false' }, { nth: 3 })],
    ends: ['read_refused'],
  },
  'the list is answered with a redirect': {
    script: [rule('list', { kind: 'redirect', to: elsewhere }, { nth: 3 })],
    ends: ['redirect_refused'],
  },
  // At once it ends a sync before its input is read, which the laws do not know.
  'the list is answered late at the start, with 401': {
    script: [rule('list', { kind: 'delay', seconds: 40 }, once), rule('list', { kind: 'status', status: 401 }, once)],
    ends: ['access_refused'],
  },
  'the third list is answered with 401': {
    script: [rule('list', { kind: 'status', status: 401 }, { nth: 3 })],
    ends: ['access_refused'],
  },
  'there is no list': {
    script: [rule('list', { kind: 'status', status: 404 })],
    insertEnds: ['insert_without_list'],
  },
  'there is no list, and the first answer is lost': {
    script: [rule('list', { kind: 'status', status: 405 }), rule('submit', { kind: 'accept_then_drop' }, once)],
    insertEnds: ['insert_without_list'],
  },
  'the list is empty': { script: [rule('list', { kind: 'empty' })] },
};

/** On GET /bulk/jobs/ID and GET /bulk/jobs/ID/errors. */
const polls: FaultCases = {
  'a poll fails three times': { script: [rule('status', { kind: 'status', status: 500 }, first(3))] },
  'polls fail for good': {
    script: [rule('status', { kind: 'status', status: 502, html: true })],
    ends: ['gainsight_unavailable'],
  },
  'polls are cut off, dropped, late and answered with 429': {
    script: [
      rule('status', { kind: 'accept_then_truncate_json' }, once),
      rule('status', { kind: 'accept_then_drop' }, { nth: 2 }),
      rule('status', { kind: 'delay', seconds: 90, when: 'before' }, { nth: 3 }),
      rule('status', { kind: 'status', status: 429, retryAfter: 'seconds' }, { nth: 4 }),
      rule('status', { kind: 'status', status: 429 }, { nth: 5 }),
      rule('status', { kind: 'drop_before_read' }, { nth: 6 }),
    ],
  },
  'a poll is answered with `result: false`': {
    script: [rule('status', { kind: 'result_false', ...quoting }, once)],
    ends: ['read_refused'],
  },
  'a poll is answered with a redirect': {
    script: [rule('status', { kind: 'accept_then_redirect', to: elsewhere }, once)],
    ends: ['redirect_refused'],
  },
  'the errors fail twice, are cut off and late': {
    script: [
      rule('errors', { kind: 'status', status: 500 }, first(2)),
      rule('errors', { kind: 'accept_then_truncate_json' }, { nth: 3 }),
      rule('errors', { kind: 'delay', seconds: 90, when: 'after' }, { nth: 4 }),
      rule('errors', { kind: 'accept_then_drop' }, { nth: 5 }),
    ],
  },
  'the errors fail for good': {
    script: [rule('errors', { kind: 'status', status: 500 })],
    ends: ['gainsight_unavailable'],
  },
  'there are no errors to be read': {
    script: [rule('errors', { kind: 'status', status: 404 })],
    ends: ['rejects_unnamed'],
  },
  'calls 3 to 6 are answered with 503, whichever they are': {
    script: [rule('any', { kind: 'status', status: 503 }, { nth: 3, times: 4 })],
    insertEnds: ['insert_uncertain'],
  },
};

/** All of them. */
export const faultCasesOfCalls: FaultCases = { ...refusedSubmissions, ...lostAnswers, ...lists, ...polls };
