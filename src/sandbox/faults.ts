/**
 * Faults as data: what goes wrong, at which call, how often. Nothing is random, and a script is plain JSON.
 *
 * A rule counts the calls that fit its `on`, `object` and `job` as they arrive, also those that are then refused for
 * their key, for quota or by another rule, and strikes from the `nth` of them on, `times` times. Under `object` or `job`
 * a submission is counted once it is read, and for a job's fault once the job is accepted.
 *
 * | kind | on | what happens |
 * |---|---|---|
 * | `drop_before_read` | any | the connection is cut before the request is read; it uses no quota |
 * | `drop_mid_upload` | submit | the connection is cut after so many bytes of the request's body |
 * | `foreign_jobs` | any | before the call, other clients submit jobs |
 * | `clock_jump` | any | before the call, the server's clock jumps |
 * | `delay` | any | the sandbox sleeps before or after it does what is asked |
 * | `status` | any | nothing is done; the answer is this HTTP status |
 * | `result_false` | any | nothing is done; the answer is 200 with `result: false` |
 * | `redirect` | any | nothing is done; the answer is a redirect |
 * | `empty` | list | the list holds nothing |
 * | `list_order` | list | the list is in another order |
 * | `list_without_records` | list | the answer holds no records, or not even a total |
 * | `list_short` | list | the oldest jobs are missing from the list, not from its total |
 * | `list_without_ids` | list | the jobs of the list have no id |
 * | `list_ignores_offset` | list | every page is the first |
 * | `other_job` | submit, status | done, then the answer is about another job |
 * | `accept_then_drop` | any | done, then the connection is cut |
 * | `accept_then_status` | any | done, then the answer is this HTTP status |
 * | `accept_then_truncate_json` | any | done, then the answer's JSON is cut off in the middle |
 * | `accept_then_result_false` | any | done, then the answer is 200 with `result: false` |
 * | `accept_then_redirect` | any | done, then the answer is a redirect |
 * | `stay_pending`, `stay_in_progress` | submit | the job stays there, for good or for so many seconds |
 * | `go_back` | submit | the job is IN_PROGRESS, then PENDING again, then goes on as usual |
 * | `unknown_status` | submit | between PENDING and IN_PROGRESS the job has a status that the contract does not know |
 * | `unknown_status_completed_date` | submit | the job ends in such a status, with `completedDate` |
 * | `fail` | submit | the job ends as FAILED with some rows done |
 * | `vanish` | submit | the job's status and errors answer 404, for good or for a while |
 * | `completed_date_ahead` | submit | the job bears a `completedDate` from its beginning |
 * | `hide` | submit | the job is not in the list until then |
 * | `counts` | submit | the finished job's counts are short, over, missing or no numbers, for good or for a while |
 * | `fewer_errors`, `errors_shuffled`, `errors_duplicated` | submit | the errors of the job are fewer, out of order, or doubled |
 * | `file_note` | submit | the errors of the job begin with a note on the file |
 * | `row_number_base` | submit | the errors of the job count rows from elsewhere |
 *
 * On `submit`, `job` and the faults of a job mean the job that the call makes. `errors` and `status` that fail by
 * count are `status` rules on these calls; so is a list that fails.
 */
import type { CallKind } from './exchange.ts';

/** How row errors count rows: the number of the first data row, or the line of the file on which a row starts. */
export type RowNumberBase = 0 | 1 | 2 | 'physical_lines';

/** `none`: an order that has nothing to do with time, yet stays the same. */
export type ListOrder = 'newest' | 'oldest' | 'none';

/** What strikes before the request is read. */
export type ArrivalFault =
  | { readonly kind: 'drop_before_read' }
  /** Default: 1,000 bytes. */
  | { readonly kind: 'drop_mid_upload'; readonly bytes?: number }
  | ({ readonly kind: 'foreign_jobs' } & ForeignJobs)
  | { readonly kind: 'clock_jump'; readonly seconds: number };

/** What other clients of the tenant submit. */
export interface ForeignJobs {
  /** 1. */
  readonly count?: number;
  /** How long ago, in seconds: 0. */
  readonly age?: number;
  /** Each of them that many seconds before the one before it: 0. */
  readonly every?: number;
  /** `company`. */
  readonly object?: string;
  /** `other client N.csv`. */
  readonly fileName?: string;
  /** How long each takes, from its submission; by default as long as `rows` take. */
  readonly seconds?: number;
  /** 100. */
  readonly rows?: number;
}

/** An answer in place of the true one. */
export interface StatusFault {
  readonly status: number;
  /** The body is a gateway's HTML page rather than Gainsight's JSON. */
  readonly html?: boolean;
  /** `Retry-After` as seconds or as a date, `seconds` ahead. */
  readonly retryAfter?: 'none' | 'seconds' | 'date';
  /** 60. */
  readonly seconds?: number;
  readonly errorCode?: string;
  readonly errorDesc?: string;
}

/** What strikes once the request is read. */
export type AnswerFault =
  /** `before` the work, the default, or `after` it. */
  | { readonly kind: 'delay'; readonly seconds: number; readonly when?: 'before' | 'after' }
  | ({ readonly kind: 'status' | 'accept_then_status' } & StatusFault)
  | {
      readonly kind: 'result_false' | 'accept_then_result_false';
      readonly errorCode?: string;
      readonly errorDesc?: string;
    }
  /** Default status: 302. */
  | { readonly kind: 'redirect' | 'accept_then_redirect'; readonly to: string; readonly status?: number }
  | { readonly kind: 'list_order'; readonly order: ListOrder }
  /** `keepsTotal`: false. */
  | { readonly kind: 'list_without_records'; readonly keepsTotal?: boolean }
  /** Default: 1. */
  | { readonly kind: 'list_short'; readonly missing?: number }
  | { readonly kind: 'list_without_ids' | 'list_ignores_offset' }
  /**
   * About the job that was made first, which another client made if there is none; with `isNew` about one that another
   * client makes in that moment. `withoutId`: the answer does not say its id.
   */
  | { readonly kind: 'other_job'; readonly isNew?: boolean; readonly withoutId?: boolean }
  | { readonly kind: 'empty' | 'accept_then_drop' | 'accept_then_truncate_json' };

/** What strikes a job. Seconds left out mean for good, if nothing else is said. */
export type JobFault =
  | { readonly kind: 'stay_pending' | 'stay_in_progress'; readonly seconds?: number }
  /** Seconds in each of the two states: 10. */
  | { readonly kind: 'go_back'; readonly seconds?: number }
  /** Default: 10 seconds of `INIT`. */
  | { readonly kind: 'unknown_status'; readonly status?: string; readonly seconds?: number }
  /** Default: `ABORTED` with no row done. */
  | { readonly kind: 'unknown_status_completed_date'; readonly status?: string; readonly afterRows?: number }
  /** Default: no row done. */
  | { readonly kind: 'fail'; readonly afterRows?: number; readonly message?: string }
  /** From `from` seconds (0) after the submission on. */
  | { readonly kind: 'vanish'; readonly from?: number; readonly seconds?: number }
  | { readonly kind: 'hide'; readonly seconds?: number }
  | { readonly kind: 'completed_date_ahead' }
  /** `by` rows: 1. `seconds` from the job's end on. */
  | {
      readonly kind: 'counts';
      readonly as: 'short' | 'over' | 'missing' | 'words';
      readonly by?: number;
      readonly seconds?: number;
    }
  /** The errors of the last `missing` refused rows are not told: 1. */
  | { readonly kind: 'fewer_errors'; readonly missing?: number }
  | { readonly kind: 'errors_shuffled' | 'errors_duplicated' }
  | { readonly kind: 'row_number_base'; readonly base: RowNumberBase }
  /** Errors that are about the file and have a row number all the same: 0. */
  | { readonly kind: 'file_note'; readonly message: string; readonly rowNumber?: number };

/** What goes wrong. */
export type Fault = ArrivalFault | AnswerFault | JobFault;

/** When it goes wrong. */
export interface FaultRule {
  readonly on: CallKind | 'any';
  /** The first fitting call that it strikes, counted from 1. Default: 1. */
  readonly nth?: number;
  /** How many fitting calls in a row it strikes. Default: 1 with `nth`, else all. */
  readonly times?: number;
  /** Only calls about the n-th accepted job, counted from 1; jobs of other clients are not counted. */
  readonly job?: number;
  /** Only calls about that object. */
  readonly object?: string;
  readonly do: Fault;
}

/** Rules are tried in their order, and each that fits strikes. */
export type FaultScript = readonly FaultRule[];
