/** How the end of a sync is told: what became of every record, a line a stream and one for all. */
import type { Plan } from '../model.ts';
import { formatCount, formatCounted, formatDuration } from './format.ts';
import { target } from './log_lines.ts';
import { type Tally, unsettled } from './tally.ts';

/** One stream at the end. */
export interface StreamSummary extends Readonly<Tally> {
  readonly plan: Plan;
  /** Records received. */
  readonly records: number;
  /** Rejected rows by reason, the most frequent first. */
  readonly reasons: readonly (readonly [reason: string, rows: number])[];
}

const maxReasons = 5;

/** One stream's line. */
export function summaryLine(stream: StreamSummary): string {
  const parts = [recordsText(stream), filesText(stream), ...reasonsText(stream.reasons)];
  return `${target(stream.plan)} by ${stream.plan.operation}: ${parts.join(' · ')}`;
}

/** The line of all streams. @param milliseconds the sync's duration */
export function totalLine(streams: readonly StreamSummary[], states: number, milliseconds: number): string {
  const all = { records: 0, accepted: 0, superseded: 0, skipped: 0, rejected: 0, files: 0, submitted: 0, adopted: 0 };
  for (const stream of streams) {
    for (const name of Object.keys(all) as (keyof typeof all)[]) all[name] += stream[name];
  }
  const parts = [recordsText(all), filesText(all), `${formatCounted(states, 'state')} released`];
  return `Total of ${formatCounted(streams.length, 'stream')} in ${formatDuration(milliseconds)}: ${parts.join(' · ')}`;
}

function recordsText(counts: Tally & { readonly records: number }): string {
  const { records, accepted, superseded, skipped, rejected } = counts;
  const rest = unsettled(counts, records);
  const results = [`${formatCount(accepted)} accepted`];
  const others = { superseded, skipped, rejected, 'not loaded': rest };
  for (const [result, count] of Object.entries(others)) if (count > 0) results.push(`${formatCount(count)} ${result}`);
  return `${formatCounted(records, 'record')}: ${results.join(', ')}`;
}

function filesText({ files, submitted, adopted }: Pick<Tally, 'files' | 'submitted' | 'adopted'>): string {
  const taken = adopted > 0 ? ` (${formatCount(adopted)} taken over)` : '';
  return `${formatCounted(files, 'file')}${taken}, ${formatCounted(submitted, 'call')}`;
}

function reasonsText(reasons: StreamSummary['reasons']): string[] {
  if (reasons.length === 0) return [];
  const reported = reasons.slice(0, maxReasons).map(([reason, rows]) => `${formatCount(rows)} × ${reason}`);
  if (reasons.length > reported.length)
    reported.push(`${formatCounted(reasons.length - reported.length, 'more reason')}`);
  return [`rejected rows: ${reported.join('; ')}`];
}
