/**
 * Faults as data: what goes wrong, at which call, how often. Nothing is random, and a script is plain JSON.
 *
 * A rule counts the calls that match its `on`, `object` and `job` as they arrive, including those then refused for their
 * key, for quota or by another rule, and applies from the `nth` of them, `times` times. With `object` or `job` a
 * submission is counted after it is read, and for a fault of a job after the job is accepted. "Any" means any call of the
 * Bulk API; calls of the metadata API are named as `metadata`, those of the object API as `insert`, `update` and `query`,
 * and the call for a token as `token`.
 *
 * | kind | on | what happens |
 * |---|---|---|
 * | `drop_before_read` | any | the connection is cut before the request is read; it uses no quota |
 * | `drop_mid_upload` | submit | the connection is cut after `bytes` bytes of the request's body |
 * | `foreign_jobs` | any | before the call, other clients submit jobs |
 * | `foreign_records` | insert, update, query | before the call, another client makes records |
 * | `foreign_deletions` | insert, update, query | before the call, another client deletes the records that have these values |
 * | `clock_jump` | any | before the call, the server's clock jumps |
 * | `delay` | any | the sandbox sleeps before or after the work |
 * | `status` | any | nothing is done; the answer is this HTTP status |
 * | `result_false` | any | nothing is done; the answer is 200 with `result: false` |
 * | `redirect` | any | nothing is done; the answer is a redirect |
 * | `empty` | list, metadata, query | the list is empty |
 * | `other_shape` | metadata | nothing is done; the data has another shape |
 * | `drop_then_write` | insert, update | the connection is cut, and the work is done `seconds` later |
 * | `write_in_part` | insert, update | the first of the call's valid records are written, and the call fails |
 * | `list_order` | list | the list is in another order |
 * | `list_without_records` | list | the answer has no records, or not even a total |
 * | `list_short` | list | the oldest jobs are missing from the list, not from its total |
 * | `list_without_ids` | list | the jobs of the list have no id |
 * | `list_ignores_offset` | list | every page is the first |
 * | `other_job` | submit, status | done, then the answer is about another job |
 * | `accept_then_drop` | any | done, then the connection is cut |
 * | `accept_then_status` | any | done, then the answer is this HTTP status |
 * | `accept_then_truncate_json` | any | done, then the answer's JSON is cut off in the middle |
 * | `accept_then_result_false` | any | done, then the answer is 200 with `result: false` |
 * | `accept_then_redirect` | any | done, then the answer is a redirect |
 * | `stay_pending`, `stay_in_progress` | submit | the job stays in this state, for ever or for some seconds |
 * | `go_back` | submit | the job is IN_PROGRESS, then PENDING again, then continues as usual |
 * | `unknown_status` | submit | between PENDING and IN_PROGRESS the job has a status that is not in the contract |
 * | `unknown_status_completed_date` | submit | the job ends in such a status, with `completedDate` |
 * | `fail` | submit | the job ends as FAILED with some rows processed |
 * | `vanish` | submit | the job's status and errors answer 404, for ever or for a while |
 * | `completed_date_ahead` | submit | the job has a `completedDate` from its beginning |
 * | `hide` | submit | the job is not listed until then |
 * | `counts` | submit | the finished job's counts are too small, too large, missing or not numbers, for ever or for a while |
 * | `fewer_errors`, `errors_shuffled`, `errors_duplicated` | submit | the errors of the job are missing, out of order, or duplicated |
 * | `file_note` | submit | the errors of the job begin with a message about the file |
 * | `row_number_base` | submit | the errors of the job count rows from another number |
 *
 * On `submit`, `job` and the faults of a job mean the job that the call creates. To make `errors`, `status` or
 * `list` calls fail, use a `status` rule on them.
 */
import type { CallKind } from './exchange.ts';

/** How row errors number rows: the number of the first data row, or the line of the file on which a row starts. */
export type RowNumberBase = 0 | 1 | 2 | 'physical_lines';

/** `none`: an order unrelated to time, but stable. */
export type ListOrder = 'newest' | 'oldest' | 'none';

/** Faults before the request is read. */
export type ArrivalFault =
  | { readonly kind: 'drop_before_read' }
  /** Default: 1,000 bytes. */
  | { readonly kind: 'drop_mid_upload'; readonly bytes?: number }
  | ({ readonly kind: 'foreign_jobs' } & ForeignJobs)
  /** Cells by field. */
  | {
      readonly kind: 'foreign_records' | 'foreign_deletions';
      readonly object: string;
      readonly records: readonly ForeignRecord[];
    }
  | { readonly kind: 'clock_jump'; readonly seconds: number };

/** What other clients of the tenant submit. */
export interface ForeignJobs {
  /** 1. */
  readonly count?: number;
  /** Age in seconds: 0. */
  readonly age?: number;
  /** Each of them this many seconds before the previous one: 0. */
  readonly every?: number;
  /** `company`. */
  readonly object?: string;
  /** `other client N.csv`. */
  readonly fileName?: string;
  /** Duration of each job in seconds, from its submission; default: as long as its `rows` take. */
  readonly seconds?: number;
  /** 100. */
  readonly rows?: number;
}

/** What another client sets of a record; null for an empty field. */
export type ForeignRecord = Readonly<Record<string, string | null>>;

/** A response instead of the true one. */
export interface StatusFault {
  readonly status: number;
  /** The body is a gateway's HTML page instead of Gainsight's JSON. */
  readonly html?: boolean;
  /** There is no body. */
  readonly empty?: boolean;
  /** `Retry-After` as seconds or as a date, `seconds` ahead. */
  readonly retryAfter?: 'none' | 'seconds' | 'date';
  /** 60. */
  readonly seconds?: number;
  readonly errorCode?: string;
  readonly errorDesc?: string;
}

/** Faults after the request is read. */
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
  | { readonly kind: 'drop_then_write'; readonly seconds: number }
  /** Default: 1 record. */
  | { readonly kind: 'write_in_part'; readonly records?: number }
  | { readonly kind: 'list_order'; readonly order: ListOrder }
  /** `keepsTotal`: false. */
  | { readonly kind: 'list_without_records'; readonly keepsTotal?: boolean }
  /** Default: 1. */
  | { readonly kind: 'list_short'; readonly missing?: number }
  | { readonly kind: 'list_without_ids' | 'list_ignores_offset' }
  /**
   * About the job created first, or if there is none, one that another client creates; with `isNew` about one that
   * another client creates at that moment. `withoutId`: the answer does not contain its id.
   */
  | { readonly kind: 'other_job'; readonly isNew?: boolean; readonly withoutId?: boolean }
  | { readonly kind: 'empty' | 'other_shape' | 'accept_then_drop' | 'accept_then_truncate_json' };

/** Faults of a job. Absent seconds mean for ever, unless stated otherwise. */
export type JobFault =
  | { readonly kind: 'stay_pending' | 'stay_in_progress'; readonly seconds?: number }
  /** Seconds in each of the two states: 10. */
  | { readonly kind: 'go_back'; readonly seconds?: number }
  /** Default: 10 seconds of `INIT`. */
  | { readonly kind: 'unknown_status'; readonly status?: string; readonly seconds?: number }
  /** Default: `ABORTED` with no row processed. */
  | { readonly kind: 'unknown_status_completed_date'; readonly status?: string; readonly afterRows?: number }
  /** Default: no row processed. */
  | { readonly kind: 'fail'; readonly afterRows?: number; readonly message?: string }
  /** From `from` seconds (0) after the submission. */
  | { readonly kind: 'vanish'; readonly from?: number; readonly seconds?: number }
  | { readonly kind: 'hide'; readonly seconds?: number }
  | { readonly kind: 'completed_date_ahead' }
  /** `by` rows: 1. For `seconds` from the job's end. */
  | {
      readonly kind: 'counts';
      readonly as: 'short' | 'over' | 'missing' | 'words';
      readonly by?: number;
      readonly seconds?: number;
    }
  /** The errors of the last `missing` rejected rows are not reported: 1. */
  | { readonly kind: 'fewer_errors'; readonly missing?: number }
  | { readonly kind: 'errors_shuffled' | 'errors_duplicated' }
  | { readonly kind: 'row_number_base'; readonly base: RowNumberBase }
  /** Errors about the file, with a row number nevertheless: 0. */
  | { readonly kind: 'file_note'; readonly message: string; readonly rowNumber?: number };

/** What goes wrong. */
export type Fault = ArrivalFault | AnswerFault | JobFault;

/** Which calls a fault applies to. */
export interface FaultRule {
  readonly on: CallKind | 'any';
  /** The first matching call that it applies to, counted from 1. Default: 1. */
  readonly nth?: number;
  /** The number of consecutive matching calls that it applies to. Default: 1 with `nth`, otherwise all. */
  readonly times?: number;
  /** Only calls about the n-th accepted job, counted from 1; jobs of other clients are not counted. */
  readonly job?: number;
  /** Only calls about that object. */
  readonly object?: string;
  readonly do: Fault;
}

/** Rules are evaluated in order, and each that matches applies. */
export type FaultScript = readonly FaultRule[];
