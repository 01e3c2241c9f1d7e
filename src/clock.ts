/** Time: the only file that reads a clock or sleeps. */
import { setTimeout as delay } from 'node:timers/promises';

/** Durations in milliseconds. */
export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** Wall time for Gainsight's dates, monotonic time for waits. All in milliseconds. */
export interface Clock {
  /** Milliseconds since 1970 by the wall clock; may jump. */
  now(): number;
  /** Milliseconds since an arbitrary start; never jumps or goes back. */
  elapsed(): number;
  /**
   * Waits. Zero or less still yields to the event loop.
   * @throws the signal's reason if `signal` is aborted
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

// setTimeout fires at once for anything longer than 2^31-1 ms.
const longestTimer = 2 ** 31 - 1;

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  async sleep(milliseconds, signal) {
    let left = Math.max(0, milliseconds);
    do {
      signal?.throwIfAborted();
      const part = Math.min(left, longestTimer);
      try {
        await delay(part, undefined, signal ? { signal } : {});
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      }
      left -= part;
    } while (left > 0);
  },
};
