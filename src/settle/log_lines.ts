/** How it is told: the log lines of a sync, from its plan to its end. What must never be in them: a row's value. */
import type { GainsightEvent } from '../load/events.ts';
import { closeReasons } from '../load/events.ts';
import type { Batch, Outcome, Plan } from '../model.ts';
import { formatBytes, formatCount, formatCounted, formatDuration, formatTime } from './format.ts';

/** A wait for quota that is over in fewer milliseconds is not told. */
export const shortWait = 60_000;

/**
 * Milliseconds between two lines about one running job: at first a minute, later a third of its age and ten minutes at
 * the most, so that a hundred long jobs leave a log that can be read.
 */
export function progressInterval(age: number): number {
  return Math.min(Math.max(60_000, age / 3), 600_000);
}

/** Files that wait. */
export interface StillToSend {
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Calls that the quota leaves. */
export interface CallsLeft {
  readonly hour: number;
  readonly day: number;
}

/** What a sync is about to do. */
export interface SyncPlan extends StillToSend {
  readonly streams: number;
  /** Files that a job holds already: the first are submitted while the input is read. */
  readonly sent: number;
  /** Undefined where the tenant does not list its jobs. */
  readonly left: CallsLeft | undefined;
  /** When the last file may be submitted, in milliseconds since 1970; undefined where nothing has to wait for quota. */
  readonly expectedEnd: number | undefined;
}

export function planLine({ streams, sent, left, expectedEnd, ...files }: SyncPlan): string {
  const made = sent > 0 ? `, ${formatCount(sent)} of them made` : '';
  // At the most: files may turn out to be loaded already.
  const calls = `${formatCounted(files.files, 'call')}${made}`;
  const quota = left === undefined ? '' : ` · ${leftText(left)}`;
  const end = expectedEnd === undefined ? '' : ` · expected end ${formatTime(expectedEnd)}`;
  return `Plan: ${filesText(files)} of ${formatCounted(streams, 'stream')} · ${calls}${quota}${end}`;
}

type Submitted = Extract<GainsightEvent, { kind: 'submitted' }>;
type Adopted = Extract<GainsightEvent, { kind: 'adopted' }>;
type Progress = Extract<GainsightEvent, { kind: 'progress' }>;
type QuotaWait = Extract<GainsightEvent, { kind: 'quota wait' }>;
type JobWait = Extract<GainsightEvent, { kind: 'waiting for job' }>;

export function submittedLine({ batch, jobId, left }: Submitted): string {
  const file = `${formatCounted(batch.rows, 'row')}, ${formatBytes(batch.bytes)}`;
  const { operation } = batch.plan;
  return `Job ${jobId} submitted: ${target(batch.plan)} by ${operation}, ${file} (${closeReasons[batch.reason]}) · ${leftText(left)}`;
}

export function adoptedLine({ batch, jobId, fileName }: Adopted): string {
  return `Job ${jobId} taken over: ${target(batch.plan)}, ${formatCounted(batch.rows, 'row')}; it was submitted before as ${fileName}`;
}

/** To be told once a {@link progressInterval} for a job. */
export function progressLine({ batch, jobId, status, processed, age, nextPoll }: Progress): string {
  const parts = [status];
  if (processed !== undefined) {
    parts.push(`${formatCount(processed)} of ${formatCounted(batch.rows, 'row')}`);
    const rate = Math.round((processed * 1000) / Math.max(age, 1000));
    if (rate > 0) parts.push(`${formatCount(rate)} a second`);
  }
  parts.push(`since ${formatDuration(age)}`, `next look in ${formatDuration(nextPoll)}`);
  return `Job ${jobId} (${target(batch.plan)}): ${parts.join(', ')}`;
}

/** @param milliseconds from submission to proof; undefined where an earlier attempt submitted it */
export function endedLine(batch: Batch, outcome: Outcome, milliseconds: number | undefined): string {
  const rejected = outcome.rejected.length + outcome.unidentified;
  const duration = milliseconds === undefined ? '' : ` after ${formatDuration(milliseconds)}`;
  const counts = `${formatCounted(batch.rows - rejected, 'row')} accepted, ${formatCount(rejected)} rejected`;
  return `Job ${outcome.jobId} (${target(batch.plan)}) done${duration}: ${counts}`;
}

const waitReasons: Record<QuotaWait['why'], string> = {
  hour: 'all calls of this hour are used',
  day: 'all calls of this day are used',
  reserved: 'the calls that are left of this day are reserved for others',
  refused: 'Gainsight answered that too many calls were made',
};

/**
 * To be told at once and then every five minutes.
 * @param now wall time, milliseconds since 1970
 */
export function quotaWaitLine({ why, until, others }: QuotaWait, now: number, toSend: StillToSend): string {
  const end =
    until === undefined
      ? 'for calls that are under way'
      : `until ${formatTime(until)} (in ${formatDuration(until - now)})`;
  const rest = toSend.files > 0 ? `still to send: ${filesText(toSend)}` : 'all files are sent';
  const byOthers = others > 0 ? `, ${formatCount(others)} of them by others` : '';
  return `Waiting ${end}: ${waitReasons[why]}${byOthers} · ${rest}`;
}

/** To be told once. */
export function jobWaitLine({ jobId, object, fileName }: JobWait): string {
  return `Waiting for job ${jobId} on ${object}, which an earlier attempt submitted as ${fileName}: rows of one object go in order`;
}

/** `accounts → Company` */
export function target({ label, object }: Plan): string {
  return `${label} → ${object}`;
}

function filesText({ files, rows, bytes }: StillToSend): string {
  return `${formatCounted(files, 'file')}, ${formatCounted(rows, 'row')}, ${formatBytes(bytes)}`;
}

function leftText({ hour, day }: CallsLeft): string {
  return `${formatCounted(hour, 'call')} left this hour, ${formatCount(day)} today`;
}
