/** The wording of log lines about waiting: for quota, for answers, and for jobs and calls of an earlier attempt. */
import { formatCount, formatCounted, formatDuration, formatTime } from '../format.ts';
import type { GainsightEvent } from '../load/events.ts';
import type { Hold } from '../load/quota.ts';
import { doneText, endText, filesText, type Progress, referenceText } from './log_lines.ts';

/** Waits for quota shorter than this, in milliseconds, are not logged. */
export const shortWait = 60_000;

/** The same for calls of the object API: each minute ends with such a wait. */
export const shortCallsWait = 120_000;

type QuotaWait = Extract<GainsightEvent, { kind: 'quota wait' }>;
type LateJobsWait = Extract<GainsightEvent, { kind: 'late jobs wait' }>;
type Unanswered = Extract<GainsightEvent, { kind: 'unanswered' }>;
type AdditionsWait = Extract<GainsightEvent, { kind: 'additions wait' }>;
type UpdatesWait = Extract<GainsightEvent, { kind: 'updates wait' }>;
type JobWait = Extract<GainsightEvent, { kind: 'waiting for job' }>;

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

/**
 * To be logged at once, after twenty minutes and then each hour.
 * @param now wall time, milliseconds since 1970
 */
export function quotaWaitLine({ hold, until, others, route }: QuotaWait, now: number, progress: Progress): string {
  const { toSend, expectedEnd } = progress;
  const end =
    until === undefined ? 'for calls in progress' : `until ${formatTime(until)} (in ${formatDuration(until - now)})`;
  const rest = toSend.files > 0 ? `still to send: ${filesText(toSend)}` : 'all files are sent';
  const files = progress.kind === 'batch' ? '' : ` · ${rest}`;
  const byOthers = others > 0 ? `, ${formatCount(others)} of them by others` : '';
  return `Waiting ${end}: ${waitReason(hold, route)}${byOthers} · ${doneText(progress)}${files}${endText(expectedEnd)}`;
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
