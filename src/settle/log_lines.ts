/**
 * The wording of a sync's log lines, from its plan to its end. They must never contain a row's value; those that may are in
 * `rejects/rejected_row_lines.ts`.
 */
import type { RejectedRows } from '../config/types.ts';
import { formatBytes, formatCount, formatCounted, formatDuration, formatOperation, formatTime } from '../format.ts';
import { closeReasons, type GainsightEvent } from '../load/events.ts';
import type { CallBounds } from '../load/object_api/call_bounds.ts';
import type { Hold, WindowUse } from '../load/quota.ts';
import type { Batch, Outcome, Plan, Reference } from '../model.ts';
import { escapeControls } from '../names.ts';
import type { MisfitCount } from '../records/value_check.ts';
import { type Account, type FileCounts, isByCalls, noFiles, unsettled } from './accounts.ts';
import type { JobGroup } from './quiet_jobs.ts';
import { type RejectGroup, reasonText } from './rejects/reject_groups.ts';

/** Waits for quota shorter than this, in milliseconds, are not logged. */
export const shortWait = 60_000;

/** The same for calls of the object API: each minute ends with such a wait. */
export const shortCallsWait = 120_000;

/**
 * Milliseconds between two lines about one running job: at first a minute, later a third of its age, at most ten
 * minutes, so that a hundred long jobs leave a readable log.
 */
export function progressInterval(ageMs: number): number {
  return Math.min(Math.max(60_000, ageMs / 3), 600_000);
}

/** Calls left in a window of the quota. */
export type CallsLeft = Pick<WindowUse, 'current' | 'left'>;

/** What a sync is about to do. */
export interface SyncPlan extends FileCounts {
  readonly streams: number;
  /** Files already submitted: the first are sent while the input is read. */
  readonly sent: number;
  /** Calls that one file takes. */
  readonly callsPerJob: number;
  /** Undefined if the tenant does not list its jobs. */
  readonly quota: readonly CallsLeft[] | undefined;
  /** When the last file may be submitted, in milliseconds since 1970; undefined if nothing waits for quota. */
  readonly expectedEnd: number | undefined;
  /** Batches for the object API, and its calls left. */
  readonly batches: FileCounts & { readonly calls: CallBounds };
  readonly objectQuota: readonly CallsLeft[];
}

/** What is known before the first submission, while the input is read. */
export function earlyPlanLine(
  { streams, ...files }: Pick<SyncPlan, 'streams' | keyof FileCounts>,
  left: readonly CallsLeft[],
): string {
  return `Plan so far: ${filesText(files)} of ${formatCounted(streams, 'stream')}, and the input is still read · ${leftText(left)}`;
}

export function planLine(plan: SyncPlan): string {
  const { batches, files } = plan;
  const parts = [
    ...(files > 0 || batches.files === 0 ? [filesPlanText(plan)] : []),
    ...(batches.files > 0 ? [batchesPlanText(plan)] : []),
  ];
  return `Plan: ${parts.join('; ')}`;
}

function filesPlanText({ streams, sent, callsPerJob, quota, expectedEnd, ...files }: SyncPlan): string {
  const made = sent > 0 ? `, those of ${formatCounted(sent, 'file')} already made` : '';
  // An upper limit: files may turn out to be loaded already.
  const upTo = callsPerJob > 1 ? 'up to ' : '';
  const calls = `${upTo}${formatCounted(files.files * callsPerJob, 'call')}${made}`;
  const left = quota === undefined ? '' : ` · ${leftText(quota)}`;
  return `${filesText(files)} of ${formatCounted(streams, 'stream')} · ${calls}${left}${endText(expectedEnd)}`;
}

function batchesPlanText({ streams, files, batches, objectQuota }: SyncPlan): string {
  const ofStreams = files > 0 ? '' : ` of ${formatCounted(streams, 'stream')}`;
  const what = `${formatCounted(batches.files, 'batch')}, ${formatCounted(batches.rows, 'row')}${ofStreams} by the object API`;
  return `${what} · ${boundsText(batches.calls)} · ${leftText(objectQuota)}`;
}

/** How many calls of the object API batches take. */
export function boundsText({ least, most }: CallBounds): string {
  const calls =
    least === most ? formatCounted(least, 'call') : `${formatCount(least)} to ${formatCounted(most, 'call')}`;
  return `${calls}, if it refuses no record`;
}

function endText(expectedEnd: number | undefined): string {
  return expectedEnd === undefined ? '' : ` · expected end ${formatTime(expectedEnd)}`;
}

type Submitted = Extract<GainsightEvent, { kind: 'submitted' }>;
type Adopted = Extract<GainsightEvent, { kind: 'adopted' }>;
type JobProgress = Extract<GainsightEvent, { kind: 'progress' }>;
type QuotaWait = Extract<GainsightEvent, { kind: 'quota wait' }>;
type LateJobsWait = Extract<GainsightEvent, { kind: 'late jobs wait' }>;
type Unanswered = Extract<GainsightEvent, { kind: 'unanswered' }>;
export type CallsDone = Extract<GainsightEvent, { kind: 'calls done' }>;
type AdditionsWait = Extract<GainsightEvent, { kind: 'additions wait' }>;
type UpdatesWait = Extract<GainsightEvent, { kind: 'updates wait' }>;
type SeveralRecords = Extract<GainsightEvent, { kind: 'several records' }>;
type JobWait = Extract<GainsightEvent, { kind: 'waiting for job' }>;

export function submittedLine({ batch, jobId, quota, ...reference }: Submitted): string {
  const file = `${formatCounted(batch.rows, 'row')}, ${formatBytes(batch.bytes)}`;
  return `Job ${jobId} submitted: ${target(batch.plan)} by ${formatOperation(batch.plan)}, ${file} (${closeReasons[batch.reason]}) · ${leftText(quota)}${referenceText(reference)}`;
}

export function adoptedLine({ batch, jobId, ...reference }: Adopted): string {
  return `Job ${jobId} taken over: ${target(batch.plan)}, ${formatCounted(batch.rows, 'row')}; it was submitted before${referenceText(reference)}`;
}

const mostUnread = 10;

/** The line for rows that go in a file without some of the columns; undefined for any other file. */
export function separateLine({ plan, rows, partOf }: Batch): string | undefined {
  const unread = partOf?.unread ?? [];
  if (unread.length === 0) return undefined;
  const more = unread.length > mostUnread ? ` and ${unread.length - mostUnread} more` : '';
  const fields = `${unread.slice(0, mostUnread).join(', ')}${more}`;
  return `${target(plan)}: the source did not read ${fields} of ${formatCounted(rows, 'row')}, which are sent in a separate file without ${unread.length > 1 ? 'these fields' : 'this field'}`;
}

/**
 * Which route a batch of a stream with Route auto takes, and why; undefined for other streams.
 * @param autoRows `quota.object_api.auto_rows`
 */
export function routeLine(batch: Batch, autoRows: number): string | undefined {
  const { plan, rows } = batch;
  if (plan.route !== 'auto' || batch.unsent) return undefined;
  const most = `"Quota: Object API: Most Rows for Auto" is ${formatCount(autoRows)}`;
  const by = isByCalls(batch) ? 'the object API' : 'a file of the Bulk API';
  return `${target(plan)}: ${formatCounted(rows, 'row')} go by ${by}, as ${most}`;
}

/** Any other text may contain anything, even the value of a row. */
const knownStates: ReadonlySet<string> = new Set([
  ...['PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'INIT', 'PROCESSING', 'PARTIAL_SUCCESS', 'QUEUED', 'SUBMITTED'],
  ...['NOT_STARTED', 'ABORTED', 'CANCELLED', 'unknown'],
]);

/** To be logged once per {@link progressInterval} for a job. */
export function progressLine({
  batch,
  jobId,
  status,
  processed,
  ageMs,
  nextPollMs,
  ...reference
}: JobProgress): string {
  const parts = [knownStates.has(status) ? status : 'in an unknown state'];
  if (processed !== undefined) {
    parts.push(`${formatCount(processed)} of ${formatCounted(batch.rows, 'row')}`);
    const rate = Math.round((processed * 1000) / Math.max(ageMs, 1000));
    if (rate > 0) parts.push(`${formatCount(rate)} a second`);
  }
  parts.push(`for ${formatDuration(ageMs)}`, `next check in ${formatDuration(nextPollMs)}`);
  return `Job ${jobId} (${target(batch.plan)}): ${parts.join(', ')}${referenceText(reference)}`;
}

/**
 * @param milliseconds from submission to proof; undefined if an earlier attempt submitted it, or there is no job
 * @param called what calls of the object API have done
 */
export function endedLine(
  batch: Batch,
  outcome: Outcome,
  milliseconds: number | undefined,
  called?: Pick<CallsDone, 'updated' | 'added' | 'kept'>,
): string {
  const rejected = outcome.rejected.length + outcome.unidentified;
  const duration = milliseconds === undefined ? '' : ` after ${formatDuration(milliseconds)}`;
  const parts = called ? ` (${calledText(called)})` : '';
  const counts = `${formatCounted(batch.rows - rejected, 'row')} accepted${parts}, ${formatCount(rejected)} rejected`;
  const calls = outcome.calls === undefined ? '' : ` with ${formatCounted(outcome.calls, 'call')} of the object API`;
  const what = outcome.jobId === undefined ? target(batch.plan) : `Job ${outcome.jobId} (${target(batch.plan)})`;
  return `${what} done${duration}${calls}: ${counts}${referenceText(outcome)}`;
}

function calledText({ updated, added, kept }: Pick<CallsDone, 'updated' | 'added' | 'kept'>): string {
  const counts = { updated, added, 'kept as they are': kept };
  const parts = Object.entries(counts).flatMap(([what, count]) => (count > 0 ? [`${formatCount(count)} ${what}`] : []));
  return parts.length > 0 ? parts.join(', ') : 'none changed';
}

/** Why a call waits for quota. @param route of the object API; absent: of the Bulk API */
export function waitReason(hold: Hold, route?: 'object_api'): string {
  const calls = route ? 'calls of the object API' : 'calls';
  switch (hold.why) {
    case 'used':
      return `all ${calls} of this ${hold.window} are used`;
    case 'reserved':
      return `the remaining ${calls} of this ${hold.window} are reserved for others`;
    case 'refused':
      return `Gainsight answered that too many ${calls} were made`;
    case 'restarted':
      return 'calls of the previous attempt may not be listed, so files are spread evenly over the first hour';
  }
}

/** How far a sync has come. */
export interface Progress {
  readonly toSend: FileCounts;
  /** Number of files that have their outcome, and of all closed ones. */
  readonly files: number;
  readonly of: number;
  /** Batches for the object API are all that there is. */
  readonly byCalls?: boolean;
  /**
   * When the last file may be submitted, in milliseconds since 1970; undefined while more files may be closed, or if no
   * limit is known that would allow it.
   */
  readonly expectedEnd: number | undefined;
}

/**
 * To be logged at once, after twenty minutes and then each hour.
 * @param now wall time, milliseconds since 1970
 */
export function quotaWaitLine({ hold, until, others, route }: QuotaWait, now: number, progress: Progress): string {
  const { toSend, expectedEnd } = progress;
  const end =
    until === undefined ? 'for calls in progress' : `until ${formatTime(until)} (in ${formatDuration(until - now)})`;
  const rest = toSend.files > 0 ? `still to send: ${filesText(toSend)}` : 'all files are sent';
  const files = progress.byCalls ? '' : ` · ${rest}`;
  const byOthers = others > 0 ? `, ${formatCount(others)} of them by others` : '';
  return `Waiting ${end}: ${waitReason(hold, route)}${byOthers} · ${doneText(progress)}${files}${endText(expectedEnd)}`;
}

/** How many files and batches have their outcome. */
type Ended = Pick<Progress, 'byCalls' | 'files' | 'of'>;

/** `94 of 210 files done (45 %)` */
function doneText({ byCalls, files, of }: Ended): string {
  const share = of > 0 ? ` (${Math.floor((files * 100) / of)} %)` : '';
  return `${formatCount(files)} of ${formatCounted(of, byCalls ? 'batch' : 'file')} done${share}`;
}

/** Jobs that ended and rejected nothing. */
export function groupLine({ first, last, files, rows }: JobGroup, ended: Ended, left: readonly CallsLeft[]): string {
  const jobs = files === 1 ? `Job ${first}` : `${formatCount(files)} jobs from ${first} to ${last}`;
  return `${jobs} done: ${formatCounted(rows, 'row')} accepted, 0 rejected · ${doneText(ended)} · ${leftText(left)}`;
}

/**
 * A sync that was asked to stop.
 * @param ended undefined if the input was not read to its end
 */
export function stoppedLine(by: string, ended: Ended | undefined, open: readonly OpenJob[]): string {
  if (ended && ended.files === ended.of)
    return `Stopped by ${by} after every ${ended.byCalls ? 'batch' : 'file'} was loaded.`;
  const when = ended
    ? `before every ${ended.byCalls ? 'batch' : 'file'} was loaded: ${doneText(ended)}`
    : 'before the end of the input';
  return `Stopped by ${by} ${when}. ${unknownText(open)}The source sends again what was not proven.`;
}

/** A job that was submitted, or a batch that calls were loading, and of which no end was seen. */
export interface OpenJob {
  readonly byCalls?: boolean;
  readonly plan: Pick<Plan, 'id'>;
  readonly rows: number;
  /** Records that its rows stand for. */
  readonly records: number;
}

function unknownText(open: readonly OpenJob[]): string {
  if (open.length === 0) return '';
  const rows = open.reduce((sum, job) => sum + job.rows, 0);
  const were = open.length === 1 ? 'was' : 'were';
  const what = formatCounted(open.length, open.some(({ byCalls }) => byCalls) ? 'batch' : 'job');
  return `Unknown: ${formatCounted(rows, 'row')} of ${what} that ${were} submitted and not confirmed. `;
}

/** To be logged after a minute and then every five minutes. */
export function unansweredLine({ words, tries, forMs, until, ...reference }: Unanswered): string {
  return `Gainsight has given no usable answer for ${formatDuration(forMs)} (tried ${formatCounted(tries, 'time')}; the last time: ${words}); the connector tries until ${formatTime(until)}${referenceText(reference)}`;
}

/** To be logged once. */
export function jobWaitLine({ jobId, object, ...reference }: JobWait): string {
  return `Waiting for job ${jobId} on ${object}, which an earlier attempt submitted: rows of one object are loaded in order${referenceText(reference)}`;
}

/**
 * To be logged once per object.
 * @param now wall time, milliseconds since 1970
 */
export function lateJobsLine({ object, held, until }: LateJobsWait, now: number): string {
  const waiting =
    held === 'rows' ? `Waiting with the rows of ${object}` : `The states of what was loaded into ${object} wait`;
  return `${waiting} until ${formatTime(until)} (in ${formatDuration(until - now)}): until then a file of an earlier attempt may still arrive`;
}

export function additionsWaitLine({ object, records, why, words, until }: AdditionsWait, now: number): string {
  const [what, cause] =
    why === 'restarted'
      ? ['sent', 'a call of an earlier attempt may still be done']
      : ['added', `the call was lost (${words ?? ''})`];
  return `${formatCounted(records, 'record')} of ${object} ${areText(records)} not ${what} before ${formatTime(until)} (in ${formatDuration(until - now)}), as ${cause}`;
}

function areText(count: number): string {
  return count === 1 ? 'is' : 'are';
}

export function updatesWaitLine({ object, records, until }: UpdatesWait, now: number): string {
  return `${formatCounted(records, 'record')} of ${object} ${areText(records)} not changed before ${formatTime(until)} (in ${formatDuration(until - now)}), as a call with older values of them was lost and may still be done`;
}

export function severalRecordsLine({ batch, keys, ...reference }: SeveralRecords): string {
  const { keyFields, object } = batch.plan;
  return `${object} has several records of ${formatCounted(keys, 'key')} (${keyFields.join(', ')}) of ${batch.plan.label}, perhaps because somebody else added one at the same time: merge them in Gainsight${referenceText(reference)}`;
}

/** The end of each line about one job. */
export function referenceText({ fileName, requestId }: Reference): string {
  const file = fileName ? ` · file ${fileName}` : '';
  return requestId === undefined ? file : `${file} · request ${requestId}`;
}

/** `accounts → Company` */
export function target({ label, object }: Plan): string {
  return `${label} → ${object}`;
}

function filesText({ files, rows, bytes }: FileCounts): string {
  return `${formatCounted(files, 'file')}, ${formatCounted(rows, 'row')}, ${formatBytes(bytes)}`;
}

/** `7 calls left this hour, 93 today` */
export function leftText(quota: readonly CallsLeft[]): string {
  const parts = quota.map(({ current, left }, at) =>
    at === 0 ? `${formatCounted(left, 'call')} left ${current}` : `${formatCount(left)} ${current}`,
  );
  return parts.join(', ');
}

/** The parts of an account in the summary. */
type Totals = Pick<
  Account,
  | 'received'
  | 'accepted'
  | 'superseded'
  | 'skipped'
  | 'rejected'
  | 'files'
  | 'submitted'
  | 'adopted'
  | 'byCalls'
  | 'calls'
>;

const maxSummaryReasons = 5;
const mostAbsent = 50;

/**
 * One stream's line.
 * @param unknown records in files of which it is not known whether Gainsight has loaded them
 */
export function summaryLine(account: Account, unknown = 0): string {
  const { plan, reasons } = account;
  const parts = [recordsText(account, unknown), callsText(account), ...reasonsText(reasons?.sorted() ?? [])];
  return `${target(plan)} by ${formatOperation(plan)}: ${parts.join(' · ')}`;
}

/**
 * Columns of the schema that no record had when the stream's first file was closed.
 * @param records received until then
 */
export function absentLine(
  {
    plan,
    columns,
    isLeftOut,
  }: { readonly plan: Plan; readonly columns: readonly number[]; readonly isLeftOut: boolean },
  records: number,
): string {
  const names = columns.slice(0, mostAbsent).map((column) => {
    const { path = [], field = '' } = plan.columns[column] ?? {};
    return `${JSON.stringify(path.join('.'))} (field ${field})`;
  });
  if (columns.length > names.length) names.push(`${columns.length - names.length} more`);
  const what = `${plan.label}: ${formatCounted(columns.length, 'column')} in the schema or the mapping and in none of ${formatCounted(records, 'record')}: ${names.join(', ')}.`;
  if (isLeftOut) return `${what} Left out of the files until a record has them.`;
  const clears = plan.operation === 'INSERT' ? '' : ', which clears what the fields hold';
  const refresh = `Each is sent empty for all of them${clears}. If a column is gone or renamed, refresh the schema of the connection and correct "Fields"`;
  const leave =
    plan.operation === 'INSERT' || plan.absentColumns === 'leave_out' ? '' : ', or set "Absent Columns" to leave_out';
  return `${what} ${refresh}${leave}.`;
}

/** More fields of a stream are not named in one go. */
export const mostMisfits = 20;

/**
 * Values of one field that do not fit what metadata says of it.
 * @param isKnown it was logged before what to do
 */
export function misfitLine({ plan, received }: Account, misfit: MisfitCount, isKnown: boolean): string {
  const { field, count, reason, remedy, samples } = misfit;
  const what = `${target(plan)}: ${field} in ${formatCount(count)} of ${formatCounted(received, 'record')}: ${reason}`;
  if (isKnown) return `${what}.`;
  const shown = samples.length > 0 ? ` For example: ${samples.map((sample) => JSON.stringify(sample)).join(', ')}` : '';
  return `${what}. Sent as it is. ${remedy}.${shown}`;
}

/** @see mostMisfits */
export function moreMisfitsLine(plan: Plan, more: number): string {
  return `${target(plan)}: values of ${formatCounted(more, 'more field')} do not fit the tenant's metadata.`;
}

/** Keys with white space at an end: Gainsight may take a record for another one than that of the key without it. */
export function paddedKeysLine(
  { plan, received, paddedKeys }: Account,
  detail: RejectedRows['log_detail'],
): string | undefined {
  if (!paddedKeys) return undefined;
  const { records, first } = paddedKeys;
  const what = `${target(plan)}: ${formatCount(records)} of ${formatCounted(received, 'record')} with white space at an end of ${plan.keyFields.join(', ')}, which Gainsight may take for other keys than those without`;
  const shown = first.map((key) => key.map((cell) => escapeControls(JSON.stringify(cell))).join(' + '));
  const keys = detail === 'none' ? '' : ` For example: ${shown.join(', ')}`;
  return `${what}. Set "Values: Trim Texts", unless the keys in Gainsight have it too.${keys}`;
}

/** Warnings about numbers of a stream that may indicate a mistake. */
export function doubtLines({ plan, received, superseded, skipped }: Account): string[] {
  const lines: string[] = [];
  if (plan.unmatchedKey !== undefined && superseded > 0) {
    const key = plan.keyFields.join(', ');
    lines.push(
      `${target(plan)}: ${formatCounted(superseded, 'record')} superseded by a later one with the same ${key}, which is not the primary key of the stream (${plan.unmatchedKey}): if they are different records, choose key fields that distinguish them.`,
    );
  }
  if (received > 1 && skipped === received) {
    lines.push(
      `${target(plan)}: all ${formatCount(received)} records were skipped as deleted: any value but null in _ab_cdc_deleted_at says so, an empty text too.`,
    );
  }
  return lines;
}

/**
 * The line for all streams.
 * @param milliseconds the sync's duration
 * @param unknown as for {@link summaryLine}
 */
export function totalLine(streams: readonly Totals[], states: number, milliseconds: number, unknown = 0): string {
  const all = { received: 0, accepted: 0, superseded: 0, skipped: 0, rejected: 0, files: 0, submitted: 0, adopted: 0 };
  for (const stream of streams) {
    for (const name of Object.keys(all) as (keyof typeof all)[]) all[name] += stream[name];
  }
  const byCalls = { ...noFiles, files: streams.reduce((sum, stream) => sum + stream.byCalls.files, 0) };
  const calls = streams.reduce((sum, stream) => sum + stream.calls, 0);
  const whole = { ...all, byCalls, calls };
  const parts = [recordsText(whole, unknown), callsText(whole), `${formatCounted(states, 'state')} released`];
  return `Total of ${formatCounted(streams.length, 'stream')} in ${formatDuration(milliseconds)}: ${parts.join(' · ')}`;
}

function recordsText(counts: Totals, unknown: number): string {
  const { received, accepted, superseded, skipped, rejected } = counts;
  const rest = unsettled(counts) - unknown;
  const results = [`${formatCount(accepted)} accepted`];
  const others = { superseded, skipped, rejected, unknown, 'not loaded': rest };
  for (const [result, count] of Object.entries(others)) if (count > 0) results.push(`${formatCount(count)} ${result}`);
  return `${formatCounted(received, 'record')}: ${results.join(', ')}`;
}

/** The calls of either API: they have a quota each. */
function callsText({ files, submitted, adopted, byCalls, calls }: Totals): string {
  const taken = adopted > 0 ? ` (${formatCount(adopted)} taken over)` : '';
  const ofFiles = `${formatCounted(files - byCalls.files, 'file')}${taken}, ${formatCounted(submitted, 'call')}`;
  const ofBatches = `${formatCounted(byCalls.files, 'batch')}, ${formatCounted(calls, 'call')} of the object API`;
  const parts = [
    ...(files > byCalls.files || byCalls.files === 0 ? [ofFiles] : []),
    ...(byCalls.files > 0 ? [ofBatches] : []),
  ];
  return parts.join(' · ');
}

function reasonsText(reasons: readonly RejectGroup[]): string[] {
  if (reasons.length === 0) return [];
  const reported = reasons
    .slice(0, maxSummaryReasons)
    .map((group) => `${formatCount(group.rows)} × ${reasonText(group)}`);
  if (reasons.length > reported.length)
    reported.push(`${formatCounted(reasons.length - reported.length, 'more reason')}`);
  return [`rejected rows: ${reported.join('; ')}`];
}
