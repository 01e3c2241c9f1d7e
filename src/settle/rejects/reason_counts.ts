/** Counts why rows are rejected. */
import { truncate } from '../../names.ts';

const longestReason = 2000;
const mostReasons = 100;

/** A reason, truncated to fit a log line. */
export function shorten(reason: string): string {
  return truncate(reason, longestReason);
}

/** Rejected rows by field and reason. */
export class ReasonCounts {
  readonly #counts = new Map<string, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** @param reason without values: otherwise there could be as many reasons as rows */
  add(field: string | undefined, reason: string, rows = 1): void {
    const text = field === undefined ? reason : `${field}: ${reason}`;
    const isNew = !this.#counts.has(text);
    const key = isNew && this.#counts.size >= mostReasons ? 'other reasons' : text;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + rows);
    this.#total += rows;
  }

  /** The most frequent first. */
  sorted(): [reason: string, rows: number][] {
    return [...this.#counts].sort(([, one], [, other]) => other - one);
  }
}
