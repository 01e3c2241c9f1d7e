/** The line that shows a person how far a sync has come: values and a width to text. */

import { formatBytes, formatCount, formatCounted, formatDuration } from '../format.ts';
import { truncate } from '../names.ts';
import { countedFiles } from './log_lines.ts';
import type { SyncProgress, Wait } from './progress.ts';

/** A sync at one moment, with what only more than one moment shows. */
export interface Glimpse extends SyncProgress {
  /** Milliseconds since the sync began. */
  readonly elapsedMs: number;
  /** Bytes of the input a second, of late. */
  readonly bytesPerSecond: number;
  /** Wall time, in milliseconds since 1970. */
  readonly now: number;
}

/** What the line leaves out, one thing after the other, until it fits. */
const leftOut = ['elapsed', 'why', 'speed', 'done', 'jobs'] as const;

/** @param columns the greatest length of the line */
export function progressText(glimpse: Glimpse, columns: number): string {
  for (let from = 0; ; from++) {
    const without: ReadonlySet<string> = new Set(leftOut.slice(0, from));
    const text = textOf(glimpse, without);
    if (text.length <= columns) return text;
    if (from === leftOut.length) return columns > 1 ? truncate(text, columns - 1) : '';
  }
}

function textOf(glimpse: Glimpse, without: ReadonlySet<string>): string {
  const { records, bytesPerSecond, isReading, elapsedMs, wait, jobs, now } = glimpse;
  const speed = isReading && !without.has('speed') ? [`${formatBytes(Math.round(bytesPerSecond))}/s`] : [];
  const parts = [
    ...(without.has('elapsed') ? [] : [formatDuration(Math.floor(elapsedMs / 1000) * 1000)]),
    [formatCounted(records, 'record'), ...speed].join(', '),
    filesText(glimpse, !without.has('done')),
    ...(jobs > 0 && !without.has('jobs') ? [`${formatCounted(jobs, 'job')} running`] : []),
    ...(wait ? [waitText(wait, now, !without.has('why'))] : []),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

function filesText({ kind, files: { closed, sent, done } }: Glimpse, withDone: boolean): string {
  if (closed === 0) return '';
  return `${countedFiles(closed, kind)} closed, ${formatCount(sent)} sent${withDone ? `, ${formatCount(done)} loaded` : ''}`;
}

function waitText({ why, until }: Wait, now: number, withWhy: boolean): string {
  // Whole seconds: a countdown in tenths would be restless.
  const time = until === undefined ? '' : ` ${formatDuration(Math.max(0, Math.ceil((until - now) / 1000)) * 1000)}`;
  return `waiting${time}${withWhy ? `: ${why}` : ''}`;
}

/** Milliseconds over which a speed is measured. */
const spanMs = 5000;

/** The speed of late, from sums at some moments. */
export class Speed {
  #samples: readonly { readonly at: number; readonly sum: number }[] = [];

  /**
   * @param at monotonic, in milliseconds
   * @param sum of all so far
   * @returns how much a second in the last seconds
   */
  at(at: number, sum: number): number {
    this.#samples = [...this.#samples, { at, sum }].filter((sample) => at - sample.at <= spanMs);
    const [first] = this.#samples;
    return first && at > first.at ? ((sum - first.sum) * 1000) / (at - first.at) : 0;
  }
}
