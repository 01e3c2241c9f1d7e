/** Starts each batch on its route when its turn comes, and follows it to its outcome or its fault, several objects at a time. */
import { asTracedError, Stopped, type TracedError } from '../errors.ts';
import type { Batch, Outcome, Plan, Route } from '../model.ts';
import type { Schedule } from './schedule.ts';

interface Options {
  readonly schedule: Schedule;
  readonly route: Route;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
  /** Every row of the batch has its fate. */
  readonly settled: (batch: Batch, outcome: Outcome) => Promise<void>;
  /** What the outcome of a batch still waited for has come true. */
  readonly proven: (batch: Batch) => Promise<void>;
  /** A stream or the whole sync failed; `stopped`: the plans that will send no more because of it. */
  readonly failed: (error: TracedError, stopped: readonly Plan[]) => void;
}

/** Takes batches out of the lanes until there are none, or none may be begun. */
export class Dispatcher {
  readonly #options: Options;
  #running = 0;
  /** Aborted when no new job may begin. */
  readonly #halt = new AbortController();
  readonly #stops = new Map<number, AbortController>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Something changed for the lanes: a batch was cut, the input ended. */
  change(): void {
    this.#options.schedule.notify();
    this.#begin();
  }

  /** No new job begins; running ones go on. */
  halt(): void {
    this.#halt.abort(new Stopped());
    this.change();
  }

  get isHalted(): boolean {
    return this.#halt.signal.aborted;
  }

  /** A stream failed outside of a job: it and its children send no more. */
  stop(plan: Plan, error: TracedError): void {
    const { plans, batches } = this.#options.schedule.stop(plan.id);
    for (const { id } of plans) this.#stopOf(id).abort(new Stopped());
    for (const batch of batches) void discard(batch);
    // A stream that was stopped before, as a parent failed, may still fail itself: that is no fault of the whole.
    this.#options.failed(error, plans.length > 0 ? plans : [plan]);
    this.change();
  }

  /** Waits until nothing runs and nothing can be begun. */
  async finish(): Promise<void> {
    this.#begin();
    // The end of each is a change, and begins what it made way for.
    while (this.#running > 0) await this.#options.schedule.changed();
  }

  #begin(): void {
    const { schedule, signal } = this.#options;
    while (!this.isHalted && !signal.aborted) {
      const batch = schedule.next();
      if (!batch) return;
      this.#running += 1;
      void this.#run(batch).then(() => {
        this.#running -= 1;
        this.change();
      });
    }
  }

  async #run(batch: Batch): Promise<void> {
    const { route, schedule, settled, signal } = this.#options;
    const withdrawn = AbortSignal.any([this.#halt.signal, this.#stopOf(batch.plan.id).signal, signal]);
    try {
      const outcome = await route.load(batch, withdrawn);
      await settled(batch, outcome);
      if (outcome.proven) void this.#prove(batch, outcome.proven);
      if (outcome.fault) this.#fault(batch, outcome.fault);
    } catch (error) {
      if (!(error instanceof Stopped)) this.#fault(batch, asTracedError(error));
      if (schedule.isStopped(batch.plan.id)) await discard(batch);
    }
    schedule.done(batch);
  }

  /** The next batch of the object goes meanwhile, but the sync has not ended before. */
  async #prove(batch: Batch, isProven: Promise<void>): Promise<void> {
    this.#running += 1;
    try {
      await isProven;
      await this.#options.proven(batch);
    } catch (error) {
      if (!(error instanceof Stopped)) this.#fault(batch, asTracedError(error));
    }
    this.#running -= 1;
    this.change();
  }

  /** With a stream it is that stream's fault, else everybody's. */
  #fault(batch: Batch, error: TracedError): void {
    if (error.stream) this.stop(batch.plan, error);
    else {
      this.#options.failed(error, []);
      this.halt();
    }
  }

  #stopOf(planId: number): AbortController {
    const known = this.#stops.get(planId) ?? new AbortController();
    this.#stops.set(planId, known);
    return known;
  }
}

/** Nobody needs the file any more. What cannot be deleted goes with the spool. */
async function discard(batch: Batch): Promise<void> {
  await batch.remove().catch(() => undefined);
}
