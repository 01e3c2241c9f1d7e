/**
 * The wording of a sync's log lines about its plan and its jobs. They must never contain a row's value; lines that may are
 * in `rejects/rejected_row_lines.ts`. The first lines are in `opening_lines.ts`, those about waiting in `wait_lines.ts`,
 * about what may be a mistake in `doubt_lines.ts`, and at the end in `summary_lines.ts`.
 */
import { formatBytes, formatCount, formatCounted, formatDuration, formatOperation, formatTime } from '../format.ts';
import { closeReasons, type GainsightEvent } from '../load/events.ts';
import type { CallBounds } from '../load/object_api/call_bounds.ts';
import type { WindowUse } from '../load/quota.ts';
import type { Batch, Outcome, Plan, Reference } from '../model.ts';
import { type FileCounts, type FileKind, isByCalls } from './accounts.ts';
import type { JobGroup } from './quiet_jobs.ts';

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
  readonly submitted: number;
  /** Files that jobs of an earlier attempt hold, as far as is known: they take no call. */
  readonly taken: number;
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

function filesPlanText({ streams, submitted, taken, callsPerJob, quota, expectedEnd, ...files }: SyncPlan): string {
  const old = taken > 0 ? `, as an earlier attempt has sent ${formatCounted(taken, 'file')}` : '';
  const made = submitted > 0 ? `, those of ${formatCounted(submitted, 'file')} already made` : '';
  // An upper limit: files may turn out to be loaded already.
  const upTo = callsPerJob > 1 ? 'up to ' : '';
  const calls = `${upTo}${formatCounted((files.files - taken) * callsPerJob, 'call')}${old}${made}`;
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

export function endText(expectedEnd: number | undefined): string {
  return expectedEnd === undefined ? '' : ` · expected end ${formatTime(expectedEnd)}`;
}

type Submitted = Extract<GainsightEvent, { kind: 'submitted' }>;
type Adopted = Extract<GainsightEvent, { kind: 'adopted' }>;
type JobProgress = Extract<GainsightEvent, { kind: 'progress' }>;
export type CallsDone = Extract<GainsightEvent, { kind: 'calls done' }>;
type SeveralRecords = Extract<GainsightEvent, { kind: 'several records' }>;

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

/** How far a sync has come. */
export interface Progress {
  readonly toSend: FileCounts;
  /** Number of files that have their outcome, and of all closed ones. */
  readonly files: number;
  readonly of: number;
  /** What is counted: files, batches for the object API, or both. */
  readonly kind: FileKind;
  /**
   * When the last file may be submitted, in milliseconds since 1970; undefined while more files may be closed, or if no
   * limit is known that would allow it.
   */
  readonly expectedEnd: number | undefined;
}

/** How many files and batches have their outcome. */
type Ended = Pick<Progress, 'kind' | 'files' | 'of'>;

/** `210 files`, or `210 files and batches` */
export function countedFiles(count: number, kind: FileKind): string {
  return kind === 'both' ? `${formatCount(count)} files and batches` : formatCounted(count, kind);
}

/** `94 of 210 files done (45 %)` */
export function doneText({ kind, files, of }: Ended): string {
  const share = of > 0 ? ` (${Math.floor((files * 100) / of)} %)` : '';
  return `${formatCount(files)} of ${countedFiles(of, kind)} done${share}`;
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
  const every = `every ${ended?.kind === 'both' ? 'file and batch' : ended?.kind} was loaded`;
  if (ended && ended.files === ended.of) return `Stopped by ${by} after ${every}.`;
  const when = ended ? `before ${every}: ${doneText(ended)}` : 'before the end of the input';
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
  const batches = open.filter(({ byCalls }) => byCalls).length;
  const jobs = open.length - batches;
  const counts = [jobs > 0 && formatCounted(jobs, 'job'), batches > 0 && formatCounted(batches, 'batch')];
  const what = counts.filter((count) => count !== false).join(' and ');
  return `Unknown: ${formatCounted(rows, 'row')} of ${what} that ${were} submitted and not confirmed. `;
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

export function filesText({ files, rows, bytes }: FileCounts): string {
  return `${formatCounted(files, 'file')}, ${formatCounted(rows, 'row')}, ${formatBytes(bytes)}`;
}

/** `7 calls left this hour, 93 today` */
export function leftText(quota: readonly CallsLeft[]): string {
  const parts = quota.map(({ current, left }, at) =>
    at === 0 ? `${formatCounted(left, 'call')} left ${current}` : `${formatCount(left)} ${current}`,
  );
  return parts.join(', ');
}
