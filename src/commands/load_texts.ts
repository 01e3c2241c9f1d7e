/** What `load` says to a person or a program: what it would send, and how it ended. */
import type { WriteEnd } from '../airbyte/destination.ts';
import { label } from '../airbyte/streams.ts';
import { systemClock as clock } from '../clock.ts';
import { formatBytes, formatCount, formatCounted, formatOperation, formatTime } from '../format.ts';
import { isUnfinished, type OwnJob } from '../load/bulk/adopt.ts';
import { ownPartOf } from '../load/bulk/file_name.ts';
import { callBounds } from '../load/object_api/call_bounds.ts';
import type { WindowUse } from '../load/quota.ts';
import type { SliceDigest } from '../model.ts';
import { escapeControls, nameList } from '../names.ts';
import { leftText } from '../settle/log_lines.ts';
import { linesText } from './load_faults.ts';
import { type LoadFile, supersededText } from './load_file.ts';
import type { LoadList, NoList } from './load_list.ts';

/** A file for Gainsight. */
export interface PlannedFile {
  readonly rows: number;
  readonly bytes: number;
  readonly digest: SliceDigest;
}

/** When the rows of a file were rejected. */
export interface RejectedAt {
  /** In milliseconds since 1970. */
  readonly at: number;
  /** False: its plan does not say it, and this is when the file was last written, which may be later. */
  readonly isCertain: boolean;
}

/** The file that the user has chosen. */
export interface ChosenFile {
  /** As the user names it. */
  readonly path: string;
  readonly file: LoadFile;
  readonly rejected: RejectedAt;
}

/** What a load would do. */
export interface PlannedLoad extends ChosenFile {
  readonly files: readonly PlannedFile[];
  readonly callsPerFile: number;
  readonly list: LoadList | NoList;
  /** Something was found for which a load would fail. */
  readonly hasFaults: boolean;
  /** Sentences of the flow: about the mapping, the values, and rows that it would reject. */
  readonly warnings: readonly string[];
}

/** How a load ended. */
export interface LoadEnd {
  readonly end: WriteEnd;
  readonly rows: number;
  readonly accepted: number;
  readonly superseded: number;
  readonly rejected: number;
  /** Rows without a proven outcome. */
  readonly unknown: number;
  readonly jobs: readonly { readonly job: string; readonly by: 'submitted' | 'adopted' }[];
  /** Each window of the quota, with the remaining calls; empty if they are not known. */
  readonly quota: readonly WindowUse[];
}

const mostJobs = 10;

/** The result of a dry run, in lines. */
export function planText(planned: PlannedLoad): string {
  const { path, file, warnings } = planned;
  const { object, operation, key_fields, stream } = file.plan;
  const named = formatOperation({ operation, addsOnly: file.plan.adds_only });
  const by = operation === 'INSERT' ? named : `${named}, by the key ${nameList(key_fields)}`;
  const rejected = rejectedBefore(planned);
  const source = label({ name: stream.name, namespace: stream.namespace ?? '' });
  return linesOf([
    `${path}: ${formatCounted(file.rows, 'row')} of ${source} for ${object} by ${by}`,
    `Columns: ${nameList(file.fields)}`,
    ...noticesOf(file),
    ...warnings,
    rejected > 0 && `${formatCounted(rejected, 'row')} would be rejected before sending`,
    ...sendingLines(planned),
    ...ageLines(planned),
    !planned.rejected.isCertain &&
      'Its plan does not say when the rows were rejected. If the files were copied or downloaded, that was earlier, and further jobs may have loaded rows since.',
    verdictText(planned),
  ]);
}

/** Whether a load would bring every row to Gainsight, as far as is known without sending one: exit code 0. */
export function wouldLoad(planned: PlannedLoad): boolean {
  const { list, hasFaults } = planned;
  const isDoubtful = !('unread' in list) && list.doubtful.length > 0;
  return !hasFaults && !isDoubtful && rejectedBefore(planned) === 0;
}

function verdictText(planned: PlannedLoad): string {
  if (!wouldLoad(planned)) return 'Nothing was sent, and a load would not load every row.';
  if (toSend(planned).length === 0) return 'Nothing was sent, and a load would send nothing.';
  return 'Nothing was sent. A load would send this.';
}

/** How many rows the connector itself would reject, as they fit no file or the tenant's metadata. */
export function rejectedBefore({ file, files }: Pick<PlannedLoad, 'file' | 'files'>): number {
  return file.rows - file.superseded.length - files.reduce((sum, { rows }) => sum + rows, 0);
}

/** Files that a load would send: those for which it would not take over a job. */
function toSend({ files, list }: PlannedLoad): readonly PlannedFile[] {
  return files.slice('unread' in list ? 0 : list.sent.length);
}

function sendingLines(planned: PlannedLoad): string[] {
  const { list } = planned;
  const [sent, doubtful] = 'unread' in list ? [[], []] : [list.sent, list.doubtful];
  const files = toSend(planned);
  const [rows, bytes] = [
    files.reduce((sum, each) => sum + each.rows, 0),
    files.reduce((sum, each) => sum + each.bytes, 0),
  ];
  const noun = planned.file.plan.route === 'object_api' ? 'batch' : 'file';
  const what = `${formatCounted(files.length, noun)}, ${formatCounted(rows, 'row')}, ${formatBytes(bytes)}`;
  const calls = callsText(planned, left(quotaOf(planned)));
  const lines = sent.length === 0 ? [] : [takenOverText(sent)];
  if (doubtful.length > 0) {
    const jobs = jobsText(doubtful.map(({ jobId: job }) => ({ job })));
    lines.push(
      `The same rows are in ${jobs}: a load would stop with insert_uncertain. Say in "Checked Jobs" or "Repeated Rows" of the stream's entry what to do.`,
    );
  }
  return [...lines, files.length === 0 && sent.length > 0 ? 'To send: nothing' : `To send: ${what} · ${calls}`];
}

/** Calls for the files to be sent: at least so many by the object API, which refuses records fifty at a time. */
function callsOf(planned: PlannedLoad): number {
  const files = toSend(planned);
  if (planned.file.plan.route !== 'object_api') return files.length * planned.callsPerFile;
  const { operation, adds_only: addsOnly, lookups } = planned.file.plan;
  const plan = { operation, ...(addsOnly && { addsOnly }), ...(lookups && { lookups }) };
  return files.reduce((sum, { rows }, at) => sum + callBounds(plan, rows, at === 0).least, 0);
}

function callsText(planned: PlannedLoad, quota: string): string {
  const calls = formatCounted(callsOf(planned), 'call');
  return planned.file.plan.route === 'object_api'
    ? `at least ${calls} of the object API`
    : `${calls} of the quota${quota}`;
}

/** Jobs that have the rows of files of the same name and content. */
function takenOverText(sent: readonly OwnJob[]): string {
  const isRunning = sent.some(({ job }) => isUnfinished(job));
  const rejected = sent.reduce((sum, { job }) => sum + (job.failureCount ?? 0), 0);
  const jobs = jobsText(sent.map(({ jobId: job }) => ({ job })));
  const again =
    rejected === 0
      ? ''
      : `, which rejected ${formatCounted(rejected, 'row')}; to send them again, load the file in which they were kept, or a copy of this one under another name`;
  return `${isRunning ? 'Being loaded already, by' : 'Already loaded, by'} ${jobs}${again}.`;
}

/** What a person should know of a file before it is sent. */
export function noticesOf(file: LoadFile): string[] {
  const { superseded, repeated, doubts, isFromSpreadsheet } = file;
  const lines = leftOutLines(file);
  if (superseded.length > 0) lines.push(`${supersededText(superseded)}.`);
  if (repeated.length > 0) {
    const named = repeated.map(({ line, by }) => `${line} (again ${by})`);
    lines.push(
      `${formatCounted(repeated.length, 'row')} equal to a later one, and INSERT adds each of them: ${linesText(named)}. Delete those that are not meant.`,
    );
  }
  for (const doubt of doubts) lines.push(`${doubt}. Correct what the source does not have so.`);
  if (isFromSpreadsheet)
    lines.push(
      'A spreadsheet seems to have saved this file: check that it has not changed long numbers, leading zeros and dates.',
    );
  return lines;
}

/** What becomes of the fields for which the file has no column. */
function leftOutLines({ plan: { object, operation }, fields, leftOut }: LoadFile): string[] {
  if (leftOut.length === 0) return [];
  const kept = `Not in the file, so left as they are: ${nameList(leftOut)}`;
  if (operation !== 'UPSERT') return [kept];
  const added = `A row whose key ${object} does not have adds a record with only ${nameList(fields)}`;
  return [kept, `${added}: unless every key is there already, keep all columns in the file.`];
}

/** Which rows may be older than what Gainsight holds: all of them, if other jobs have loaded the object since. */
function ageLines({ file, rejected, list }: PlannedLoad): string[] {
  const { object, operation } = file.plan;
  const when = rejected.isCertain ? 'when the first row of this file was rejected' : 'the time of this file';
  const since = `since ${formatTime(rejected.at)}, ${when}`;
  if ('unread' in list) {
    const unknown = `So it is not known whether ${object} was loaded ${since}, or by this file before.`;
    // A fault is said as such.
    return list.isFault ? [unknown] : [list.unread, unknown];
  }
  const { newer } = list;
  const least = list.isWhole ? '' : ' in the part of the list that was read';
  if (newer.length === 0) return [`No job has loaded rows into ${object} ${since}${least}.`];
  const named = newer.slice(-mostJobs).map(({ job, jobId, created }) => {
    const name = ownPartOf(job.fileName);
    return `  ${jobId} at ${formatTime(wallOf(created))}, ${job.totalRecords === undefined ? 'rows not counted' : formatCounted(job.totalRecords, 'row')}${name === undefined ? ' of another client' : ` · ${name}`}`;
  });
  const risk =
    operation === 'INSERT'
      ? 'An INSERT changes none of them.'
      : 'Rows of this file may be older, and would overwrite what they loaded.';
  const count = formatCounted(newer.length, 'job');
  return [
    `${count} on ${object} ${since}${least}${newer.length > mostJobs ? `, the last ${mostJobs}` : ''}:`,
    ...named,
    risk,
  ];
}

function quotaOf({ list }: PlannedLoad): readonly WindowUse[] {
  return 'unread' in list ? [] : list.quota;
}

function wallOf(elapsed: number): number {
  return clock.now() - clock.elapsed() + elapsed;
}

/** The result of a dry run, for a program. */
export function planValues(planned: PlannedLoad): object {
  const { path, file, rejected, list, warnings } = planned;
  const files = toSend(planned);
  const idsOf = (jobs: readonly { readonly jobId: string }[]) => jobs.map(({ jobId }) => jobId);
  return {
    ...fileValues(path, file),
    files: files.map(({ rows, bytes }) => ({ rows, bytes })),
    calls: callsOf(planned),
    calls_left: leftValues(quotaOf(planned)),
    rejected_at: new Date(rejected.at).toISOString(),
    rejected_at_is_certain: rejected.isCertain,
    warnings,
    would_load: wouldLoad(planned),
    rejected_before_sending: rejectedBefore(planned),
    newer_jobs: 'unread' in list ? null : idsOf(list.newer),
    loaded_by: 'unread' in list ? null : idsOf(list.sent),
    uncertain_jobs: 'unread' in list ? null : idsOf(list.doubtful),
  };
}

function fileValues(path: string, file: LoadFile): object {
  const { plan, rows, fields, leftOut, superseded } = file;
  const { stream, object, operation, key_fields } = plan;
  const columns = { fields, fields_left_out: leftOut };
  return { file: path, stream, object, operation, key_fields, ...columns, rows, superseded, notices: noticesOf(file) };
}

function leftValues(quota: readonly WindowUse[]): object | null {
  return quota.length === 0 ? null : Object.fromEntries(quota.map(({ name, left }) => [name, left]));
}

/** How a load ended, in lines. */
export function endText(path: string, result: LoadEnd): string {
  const { end, jobs, quota, rejected, unknown } = result;
  const counts = [
    `${formatCount(result.accepted)} accepted`,
    ...(result.superseded > 0 ? [`${formatCount(result.superseded)} replaced by a later row of their key`] : []),
    ...(rejected > 0 ? [`${formatCount(rejected)} rejected`] : []),
    ...(unknown > 0 ? [`${formatCount(unknown)} not loaded, or not proven to be`] : []),
  ];
  const isOld = jobs.length > 0 && jobs.every(({ by }) => by === 'adopted');
  return linesOf([
    `${path}: ${formatCounted(result.rows, 'row')}: ${counts.join(', ')}${left(quota)}`,
    isOld && `Nothing was sent: an earlier load has sent these rows in ${jobsText(jobs)}.`,
    isOld &&
      rejected > 0 &&
      'To send the rejected ones again, load the new file in which they are kept, or a copy of this one under another name.',
    end === 'stopped' && 'Stopped. Run the same command again to go on: what Gainsight has received is not sent twice.',
  ]);
}

/** How a load ended, for a program. */
export function endValues(path: string, file: LoadFile, result: LoadEnd): object {
  const { end, accepted, superseded, rejected, unknown, jobs, quota } = result;
  const counts = { accepted, superseded_rows: superseded, rejected, unproven: unknown };
  return { ...fileValues(path, file), end, ...counts, jobs, calls_left: leftValues(quota) };
}

function jobsText(jobs: readonly { readonly job: string }[]): string {
  const names = jobs.map(({ job }) => job);
  return `${names.length === 1 ? 'job' : 'jobs'} ${names.slice(0, mostJobs).join(', ')}${names.length > mostJobs ? ' …' : ''}`;
}

function left(quota: readonly WindowUse[]): string {
  return quota.length === 0 ? '' : ` · ${leftText(quota)}`;
}

function linesOf(lines: readonly (string | false)[]): string {
  return lines.flatMap((line) => (line === false ? [] : [`${escapeControls(line)}\n`])).join('');
}
