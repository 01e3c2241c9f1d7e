/** The report of one sync, as a value: `docs/report.md` describes its JSON. */
import type { JsonObject } from '../airbyte/protocol.ts';
import { label } from '../airbyte/streams.ts';
import type { TracedError } from '../airbyte/traced_error.ts';
import { formatCount, formatCounted, formatOperation } from '../format.ts';
import { closeReasons } from '../load/events.ts';
import type { MadeCall, WindowUse } from '../load/quota.ts';
import type { Identity } from '../load/route.ts';
import type { Plan } from '../model.ts';
import { type Account, unsettled } from '../settle/accounts.ts';
import { loadCommand, nextStep } from '../settle/rejects/next_steps.ts';
import type { RejectGroup } from '../settle/rejects/reject_groups.ts';
import type { RetryCounts } from '../settle/rejects/retry_lines.ts';
import type { ComesAgain, KeptFile } from '../settle/rejects/store.ts';
import type { CallsRecord, JobEnd, JobRecord } from './job_history.ts';

/** What a report is made of. Times are wall time in milliseconds since 1970. */
export interface SyncFacts {
  /** The version of the connector. */
  readonly version: string;
  readonly identity: Identity;
  readonly host: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly end: 'done' | 'failed' | 'stopped';
  /** The one that decides what Airbyte does next comes first. */
  readonly failures: readonly TracedError[];
  readonly accounts: Iterable<Account> & { readonly states: number };
  readonly jobs: readonly JobRecord[];
  /** Batches that calls of the object API load. */
  readonly callBatches: readonly CallsRecord[];
  /** Jobs and batches that are in neither, as there are too many. */
  readonly jobsLeftOut: number;
  /** Empty if the calls of the tenant are not known. */
  readonly quota: readonly WindowUse[];
  /** The same of the object API; empty if no batch is loaded by it. */
  readonly objectQuota: readonly WindowUse[];
  /** In the order in which they were made; empty as `quota` is. */
  readonly made: readonly MadeCall[];
  /** The sync is a Clear. */
  readonly isClear: boolean;
  readonly kept: readonly KeptFile[];
  /** What of the rows of a stream the source sends again: a file of which all come again is not to be loaded. */
  readonly comesAgain: (plan: Plan) => ComesAgain;
  /** Rows that were rejected before and are sent again; undefined if the settings do not ask for that. */
  readonly sentAgain: { readonly counts: RetryCounts; readonly waiting: number } | undefined;
  /** Those that differ from their defaults, without secrets. */
  readonly settings: JsonObject;
}

/** What became of records. */
export interface ReportedRecords {
  readonly received: number;
  readonly accepted: number;
  readonly superseded: number;
  readonly skipped: number;
  readonly rejected: number;
  /** Those of `rejected` that the connector itself rejected. */
  readonly rejected_before_sending: number;
  /** Neither of these: they wait, or their end is not proven. */
  readonly not_loaded: number;
}

/** Rejected rows of a stream with one reason. */
export interface ReportedReason {
  readonly field: string | null;
  readonly reason: string;
  readonly rows: number;
  /** As far as `rejected_rows.log_detail` allows, like `keys`. */
  readonly values: readonly { readonly value: unknown; readonly rows: number }[];
  readonly rows_of_other_values: number;
  readonly keys: readonly unknown[];
  /** What a person can do. */
  readonly to_do: string;
}

/** One stream. */
export interface ReportedStream {
  readonly stream: string;
  readonly object: string;
  readonly operation: string;
  readonly key_fields: readonly string[];
  readonly records: ReportedRecords;
  readonly files: {
    readonly closed: number;
    readonly submitted: number;
    readonly taken_over: number;
    readonly not_sent: number;
  };
  /** Batches for the object API, and the calls that loaded them. */
  readonly batches: { readonly closed: number; readonly calls: number };
  /** The most frequent first. */
  readonly reasons: readonly ReportedReason[];
}

/** One job. */
export interface ReportedJob {
  readonly job: string;
  readonly stream: string;
  readonly object: string;
  readonly file: string | null;
  readonly request: string | null;
  readonly rows: number;
  readonly bytes: number;
  readonly closed_because: string;
  readonly taken_over: boolean;
  readonly begun_at: string;
  readonly ended_at: string | null;
  readonly seconds: number | null;
  /** `open`: this sync did not see its end. */
  readonly result: 'loaded' | 'failed' | 'open';
  readonly accepted: number | null;
  readonly rejected: number | null;
  /** Code of the failure. */
  readonly code: string | null;
}

/** A batch that calls of the object API loaded. */
export interface ReportedBatch
  extends Pick<
    ReportedJob,
    'stream' | 'object' | 'rows' | 'begun_at' | 'ended_at' | 'seconds' | 'result' | 'accepted' | 'rejected' | 'code'
  > {
  /** Null if it was not loaded to its end. */
  readonly calls: number | null;
}

/** Calls of one window of the quota at the end of the sync. */
export interface ReportedWindow {
  readonly window: string;
  readonly hours: number;
  readonly limit: number;
  readonly reserved: number;
  readonly ours: number;
  readonly others: number;
  readonly left: number;
}

/** Calls that were made at one moment. */
export interface ReportedCall {
  readonly at: string;
  /** Made by this connector, in this or another attempt or sync. */
  readonly ours: boolean;
  readonly calls: number;
}

/** A failure of the sync or of one of its streams. */
export interface ReportedFailure {
  readonly code: string;
  readonly type: string;
  readonly message: string;
  readonly stream: string | null;
}

/** The report. */
export interface SyncReport {
  /** The version of this format: it grows when a member changes its meaning or goes. */
  readonly format: 1;
  readonly connector: string;
  readonly run: string;
  readonly attempt: number;
  readonly host: string;
  readonly started_at: string;
  readonly ended_at: string;
  readonly seconds: number;
  readonly verdict: {
    readonly result: 'loaded' | 'loaded_with_rejects' | 'failed' | 'stopped';
    readonly text: string;
    /** Commands that come next. */
    readonly next: readonly string[];
  };
  readonly failures: readonly ReportedFailure[];
  readonly states: number;
  readonly records: ReportedRecords;
  readonly streams: readonly ReportedStream[];
  readonly calls: {
    readonly submitted: number;
    readonly windows: readonly ReportedWindow[];
    /** The last of them. */
    readonly made: readonly ReportedCall[];
    /** Of the object API, which no list of Gainsight shows. */
    readonly object_api: {
      readonly calls: number;
      readonly batches: number;
      readonly windows: readonly ReportedWindow[];
    };
  };
  readonly jobs: readonly ReportedJob[];
  readonly batches: readonly ReportedBatch[];
  readonly jobs_left_out: number;
  readonly rejected_files: readonly {
    readonly file: string;
    readonly stream: string;
    readonly object: string;
    readonly rows: number;
    readonly comes_again: ComesAgain;
  }[];
  readonly sent_again: ReportedRetries | null;
  readonly settings: JsonObject;
}

/** Rejected rows of earlier syncs that were sent again; in no other count of the report. */
export interface ReportedRetries {
  readonly waited: number;
  readonly sent: number;
  readonly accepted: number;
  readonly rejected: number;
  /** A newer record of their key came, or another sync loaded rows into their object. */
  readonly void: number;
  readonly given_up: number;
  /** Rejected in this sync, and sent again with the next. */
  readonly added: number;
  /** At the end of this sync. */
  readonly waiting: number;
}

/** The report of a sync. */
export function reportOf(facts: SyncFacts): SyncReport {
  const { version, identity, host, startedAt, endedAt, failures, jobs, callBatches, quota, kept, settings } = facts;
  const accounts = [...facts.accounts];
  const records = sumOf(accounts.map(recordsOf));
  return {
    format: 1,
    connector: version,
    ...{ run: identity.run, attempt: identity.attempt, host },
    ...{ started_at: timeOf(startedAt), ended_at: timeOf(endedAt), seconds: secondsOf(endedAt - startedAt) },
    verdict: verdictOf(facts, records),
    failures: failures.map(failureOf),
    states: facts.accounts.states,
    records,
    streams: accounts.map(streamOf),
    calls: {
      submitted: accounts.reduce((sum, { submitted }) => sum + submitted, 0),
      windows: quota.map(windowOf),
      made: facts.made.slice(-mostCalls).map(({ at, own, calls }) => ({ at: timeOf(at), ours: own, calls })),
      object_api: {
        calls: accounts.reduce((sum, { calls }) => sum + calls, 0),
        batches: accounts.reduce((sum, { byCalls }) => sum + byCalls.files, 0),
        windows: facts.objectQuota.map(windowOf),
      },
    },
    jobs: jobs.map(jobOf),
    batches: callBatches.map(batchOf),
    jobs_left_out: facts.jobsLeftOut,
    rejected_files: kept.map(({ address, plan, rows }) => ({
      ...{ file: address, stream: plan.label, object: plan.object, rows, comes_again: facts.comesAgain(plan) },
    })),
    sent_again: facts.sentAgain ? retriesOf(facts.sentAgain) : null,
    settings,
  };
}

function retriesOf({ counts, waiting }: NonNullable<SyncFacts['sentAgain']>): ReportedRetries {
  const { waited, sent, accepted, rejected, replaced, overtaken, givenUp, added } = counts;
  return { waited, sent, accepted, rejected, void: replaced + overtaken, given_up: givenUp, added, waiting };
}

const mostCommands = 20;
/** The calls of three weeks, by the default limit. */
const mostCalls = 2000;

function verdictOf(facts: SyncFacts, records: ReportedRecords): SyncReport['verdict'] {
  const { comesAgain, end, failures, isClear, jobs, kept, sentAgain } = facts;
  const failed = jobs
    .filter((job) => job.end?.kind === 'failed')
    .map(({ jobId }) => `destination-gainsight errors ${jobId} --config FILE`);
  const loads = kept.filter(({ plan }) => comesAgain(plan) !== 'all').map(({ address }) => loadCommand(address));
  const next = [...failed, ...loads].slice(0, mostCommands);
  if (end === 'stopped') return { result: 'stopped', text: `Stopped by a signal: ${restText(records, jobs)}.`, next };
  const [failure] = failures;
  if (end === 'failed') return { result: 'failed', text: failure?.message ?? 'The sync failed.', next };
  const { received, rejected } = records;
  if (rejected > 0) {
    const text = `${formatCount(rejected)} of ${formatCounted(received, 'record')} were rejected; all others are accepted, replaced by a later one, or skipped by a rule.`;
    return { result: 'loaded_with_rejects', text, next };
  }
  const { rejected: again = 0, givenUp = 0 } = sentAgain?.counts ?? {};
  if (again + givenUp > 0) {
    const text = `All records are accepted, replaced by a later one, or skipped by a rule; of the rows that were rejected before, ${formatCount(again)} were rejected again and ${formatCount(givenUp)} given up.`;
    return { result: 'loaded_with_rejects', text, next };
  }
  return { result: 'loaded', text: isClear && received === 0 ? clearText : loadedText(received), next };
}

const clearText = 'This was a Clear: Gainsight is left as it is, as its Bulk API deletes nothing.';

function loadedText(received: number): string {
  if (received === 0) return 'There was nothing to load.';
  return 'All records are accepted, replaced by a later one, or skipped by a rule.';
}

function restText({ received, not_loaded }: ReportedRecords, jobs: SyncFacts['jobs']): string {
  const open = jobs.filter(({ end }) => end === undefined);
  const unknown = open.reduce((sum, { records }) => sum + records, 0);
  const known = `${formatCount(not_loaded - unknown)} of ${formatCounted(received, 'record')} are not loaded`;
  const rest =
    unknown > 0 ? `, and of ${formatCount(unknown)} in ${formatCounted(open.length, 'job')} it is unknown` : '';
  return `${known}${rest}; the next sync continues`;
}

function recordsOf(account: Account): ReportedRecords {
  const { received, accepted, superseded, skipped, rejected, refused } = account;
  return {
    ...{ received, accepted, superseded, skipped, rejected },
    rejected_before_sending: refused,
    not_loaded: unsettled(account),
  };
}

function sumOf(all: readonly ReportedRecords[]): ReportedRecords {
  const sum = {
    ...{ received: 0, accepted: 0, superseded: 0, skipped: 0, rejected: 0 },
    ...{ rejected_before_sending: 0, not_loaded: 0 },
  };
  for (const counts of all) for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += counts[name];
  return sum;
}

function streamOf(account: Account): ReportedStream {
  const { plan, byCalls, calls, reasons } = account;
  const { label, object, keyFields } = plan;
  return {
    ...{ stream: label, object, operation: formatOperation(plan), key_fields: keyFields, records: recordsOf(account) },
    files: filesOf(account),
    batches: { closed: byCalls.files, calls },
    reasons: (reasons?.sorted() ?? []).map((group) => reasonOf(group, plan)),
  };
}

/** The files for jobs. */
function filesOf({ files, byCalls, submitted, adopted }: Account): ReportedStream['files'] {
  const closed = files - byCalls.files;
  return { closed, submitted, taken_over: adopted, not_sent: closed - submitted - adopted };
}

function reasonOf(group: RejectGroup, plan: Plan): ReportedReason {
  const { field, reason, rows, values, rowsOfOtherValues, keys } = group;
  return {
    ...{ field: field ?? null, reason, rows },
    values: [...values].map(([value, count]) => ({ value: JSON.parse(value) as unknown, rows: count })),
    rows_of_other_values: rowsOfOtherValues,
    keys: [...keys].map((key) => JSON.parse(key) as unknown),
    to_do: nextStep(group, plan),
  };
}

function jobOf({ plan, jobId, fileName, requestId, rows, bytes, reason, isTakenOver, begunAt, end }: JobRecord) {
  return {
    ...{ job: jobId, stream: plan.label, object: plan.object, file: fileName || null, request: requestId ?? null },
    ...{ rows, bytes, closed_because: closeReasons[reason], taken_over: isTakenOver },
    ...endOf(begunAt, end),
  } satisfies ReportedJob;
}

function batchOf({ plan, rows, calls, begunAt, end }: CallsRecord): ReportedBatch {
  return { stream: plan.label, object: plan.object, rows, calls: calls ?? null, ...endOf(begunAt, end) };
}

function endOf(begunAt: number, end: JobEnd | undefined) {
  return {
    ...{ begun_at: timeOf(begunAt), ended_at: end ? timeOf(end.at) : null },
    seconds: end ? secondsOf(end.at - begunAt) : null,
    result: end?.kind ?? ('open' as const),
    accepted: end?.kind === 'loaded' ? end.accepted : null,
    rejected: end?.kind === 'loaded' ? end.rejected : null,
    code: end?.kind === 'failed' ? end.code : null,
  };
}

function windowOf({ name, lengthMs, limit, ownLimit, used, ownUsed, left }: WindowUse): ReportedWindow {
  const hours = lengthMs / 3_600_000;
  return { window: name, hours, limit, reserved: limit - ownLimit, ours: ownUsed, others: used - ownUsed, left };
}

function failureOf({ code, failureType, message, stream }: TracedError): ReportedFailure {
  return { code, type: failureType, message, stream: stream ? label(stream) : null };
}

/** `2026-08-21T14:05:03.120Z` */
function timeOf(wall: number): string {
  return new Date(wall).toISOString();
}

/** With milliseconds; a wall clock that was set back shows 0. */
function secondsOf(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds)) / 1000;
}
