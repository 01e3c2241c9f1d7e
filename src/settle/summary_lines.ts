/** The wording of the log lines at the end of a sync: what became of the records of each stream, and of all. */
import { formatCount, formatCounted, formatDuration, formatOperation } from '../format.ts';
import { type Account, noFiles, unsettled } from './accounts.ts';
import { target } from './log_lines.ts';
import { type RejectGroup, reasonText } from './rejects/reject_groups.ts';

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
