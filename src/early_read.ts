/**
 * Asks Gainsight at the start of a sync whether it lets the connector in: a refused key ends the sync in its first second,
 * not when the first file is ready. Rows never wait for the answer.
 */
import { onAbort } from './async.ts';
import { second } from './clock.ts';
import { asTracedError, Stopped } from './errors.ts';
import { within } from './mapping_check.ts';
import { callsLeftLine } from './settle/opening_lines.ts';
import type { Sync } from './wiring.ts';

/** How long a sync that sends nothing waits for the answer, once it may ask, in milliseconds. */
const maxWaitMs = 5 * second;

type Parts = Pick<Sync, 'accounts' | 'clock' | 'failures' | 'output' | 'schedule' | 'stop' | 'tenant'>;

/** One read of the tenant's list of jobs, beside the flow; where no files are sent, metadata or one record instead. */
export class EarlyRead {
  readonly #parts: Parts;
  readonly #over = new AbortController();
  #reading: Promise<void> | undefined;
  /** The answer is logged, unless something else says the same before. */
  #isAwaited = false;
  #following: Promise<void> | undefined;
  /** When the question is asked, on the monotonic clock. */
  #askedAt = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Starts to read, where that costs no call of the quota. What the user must correct halts the sync; a temporary failure
   * is left to the read before the first submission.
   */
  start(): void {
    const { callsLeft } = this.#parts.tenant;
    if (!callsLeft) return;
    this.#isAwaited = true;
    this.#askedAt = this.#parts.clock.elapsed();
    this.#reading = this.#ask((signal) => this.#readList(callsLeft, signal));
  }

  /** Metadata was not read, so that it has not shown either whether Gainsight lets the connector in. */
  withoutMetadata(): void {
    const { access } = this.#parts.tenant;
    if (!access) return;
    this.#askedAt = access.notBefore;
    this.#reading = this.#ask((signal) => access.ask(signal));
  }

  /** Waits for the answer, but not long. */
  async answered(): Promise<void> {
    const { clock } = this.#parts;
    await this.#answeredBy(Math.max(clock.elapsed(), this.#askedAt) + maxWaitMs);
  }

  /** Logs the plan behind the answer, so that both always come in this order. It does not wait for it for long. */
  logPlan(log: () => void): void {
    const { schedule, stop } = this.#parts;
    const answered = this.#isAwaited ? this.#answeredBy(this.#askedAt + maxWaitMs) : Promise.resolve();
    this.#following = answered.then(() => {
      this.#isAwaited = false;
      if (!schedule.halted.aborted && !stop.aborted) log();
    });
  }

  /** The sync is over: nothing is in progress any more. */
  async end(): Promise<void> {
    this.#over.abort(new Stopped());
    await this.#following;
  }

  /** @param latest on the monotonic clock */
  async #answeredBy(latest: number): Promise<void> {
    const { clock, schedule } = this.#parts;
    const reading = this.#reading;
    const limitMs = latest - clock.elapsed();
    if (!reading || limitMs <= 0 || schedule.halted.aborted) return;
    await within({ clock, maxWaitMs: limitMs, signal: this.#over.signal }, () => reading);
  }

  async #readList(callsLeft: NonNullable<Parts['tenant']['callsLeft']>, signal: AbortSignal): Promise<void> {
    const { accounts, output } = this.#parts;
    const left = await callsLeft(signal);
    // Late, it contradicts what the first submissions have logged.
    if (left && this.#isAwaited && !signal.aborted && accounts.allFiles.sent === 0)
      output.log('INFO', callsLeftLine(left));
  }

  async #ask(question: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { failures, schedule, stop } = this.#parts;
    const { signal } = this.#over;
    const stopListening = onAbort(stop, () => void this.end());
    try {
      await question(signal);
    } catch (error) {
      // The first call of a file or a batch may have failed for the same reason.
      const isNews = !signal.aborted && !schedule.halted.aborted;
      if (isNews && asTracedError(error).failureType !== 'transient_error') failures.halt(error);
    } finally {
      stopListening();
    }
  }
}
