/** Aborts a call if no byte is transferred for too long. */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../clock.ts';

/** Default timeout between two bytes, in milliseconds. */
export const maxStillMs = 60_000;

/** Time comes from the clock, so that tests need not wait. */
export class Watchdog {
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  readonly #done = new AbortController();
  #deadline: number;
  #latest = Number.POSITIVE_INFINITY;
  expired = false;

  constructor(clock: Clock, signal: AbortSignal | undefined) {
    this.#clock = clock;
    this.#deadline = clock.elapsed() + maxStillMs;
    setMaxListeners(0, this.#controller.signal);
    signal?.addEventListener('abort', () => this.#controller.abort(), { once: true, signal: this.#done.signal });
    if (signal?.aborted) this.#controller.abort();
    void this.#watch();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** A byte was transferred: the next one may take `timeoutMs` milliseconds. */
  moved(timeoutMs: number): void {
    this.#deadline = Math.min(this.#clock.elapsed() + timeoutMs, this.#latest);
  }

  /** The call is aborted after `timeoutMs` milliseconds, even if bytes are transferred. */
  limit(timeoutMs: number): void {
    this.#latest = this.#clock.elapsed() + timeoutMs;
  }

  end(): void {
    this.#done.abort();
  }

  async #watch(): Promise<void> {
    try {
      for (let left = maxStillMs; left > 0; left = this.#deadline - this.#clock.elapsed()) {
        await this.#clock.sleep(left, this.#done.signal);
      }
    } catch {
      return; // the call has ended
    }
    this.expired = true;
    this.#controller.abort();
  }
}
