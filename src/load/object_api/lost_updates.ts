/**
 * Updates that were lost and may still be done. Their records are sent again at once, with the same values; but a newer
 * row of such a key must not be written before, as the older values could replace it.
 */
import type { Clock } from '../../clock.ts';
import type { ReadRow } from './row_waves.ts';

/** The rows of a batch. */
export interface DividedRows {
  readonly free: readonly number[];
  /** Rows that wait. */
  readonly held: readonly number[];
  /** Until when, on the monotonic clock. */
  readonly until: number;
}

/** The keys of one object by some fields. */
export class LostUpdates {
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #answerMs: number;
  /** When the update of a key is certainly over, on the monotonic clock: by {@link Key.normal}. */
  readonly #overAt = new Map<string, number>();

  /** @param answerMs how long an update that was lost may still be done, in milliseconds */
  constructor(clock: Pick<Clock, 'elapsed'>, answerMs: number) {
    this.#clock = clock;
    this.#answerMs = answerMs;
  }

  /** An update of these keys was lost now. */
  add(keys: readonly { readonly normal: string }[]): void {
    const overAt = this.#clock.elapsed() + this.#answerMs;
    for (const { normal } of keys) this.#overAt.set(normal, overAt);
  }

  /** When all of them are certainly over, on the monotonic clock; in the past if they are. */
  get overAt(): number {
    let last = Number.NEGATIVE_INFINITY;
    for (const overAt of this.#overAt.values()) last = Math.max(last, overAt);
    return last;
  }

  /** Finds the rows whose keys wait for an update of an earlier batch. */
  async divide(rows: readonly number[], read: ReadRow): Promise<DividedRows> {
    const now = this.#clock.elapsed();
    for (const [normal, overAt] of this.#overAt) if (overAt <= now) this.#overAt.delete(normal);
    // Usually nothing was lost, and no row needs to be read for it.
    if (this.#overAt.size === 0) return { free: rows, held: [], until: now };
    const [free, held]: [number[], number[]] = [[], []];
    let until = now;
    for (const row of rows) {
      const overAt = this.#overAt.get((await read(row)).key?.normal ?? '');
      (overAt === undefined ? free : held).push(row);
      until = Math.max(until, overAt ?? 0);
    }
    return { free, held, until };
  }
}
