/** Runs the lanes: takes each batch when its turn comes, to its outcome or its fault, several objects at a time. */

import { Condition } from '../async.ts';
import { asTracedError, Stopped, type TracedError } from '../errors.ts';
import type { Batch, Outcome, Plan } from '../model.ts';
import { type Adoption, Reconsider } from './bulk/adoption.ts';
import type { JobRunner } from './bulk/job.ts';
import type { Schedule } from './schedule.ts';

interface Options {
  readonly adoption: Adoption;
  readonly schedule: Schedule;
  readonly runner: JobRunner;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
  /** Every row of the batch has its fate. */
  readonly settled: (batch: Batch, outcome: Outcome) => Promise<void>;
  /** An earlier job holds the first rows of a batch: it became two. */
  readonly split: (batch: Batch, first: Batch, rest: Batch) => void;
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
  readonly #changes = new Condition();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Something changed for the lanes: a batch was cut, the input ended. */
  change(): void {
    this.#changes.notify();
    this.#begin();
  }

  /** Resolves at the next change. */
  changed(signal: AbortSignal): Promise<void> {
    return this.#changes.wait(signal);
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
    while (this.#running > 0) await this.#changes.wait();
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
    const { schedule, signal } = this.#options;
    const withdrawn = AbortSignal.any([this.#halt.signal, this.#stopOf(batch.plan.id).signal, signal]);
    try {
      await this.#load(batch, withdrawn);
    } catch (error) {
      if (!(error instanceof Stopped)) this.#fault(batch, asTracedError(error));
      if (schedule.isStopped(batch.plan.id)) await discard(batch);
    }
    schedule.done(batch);
  }

  async #load(batch: Batch, withdrawn: AbortSignal): Promise<void> {
    const { adoption, schedule, runner, settled, split } = this.#options;
    withdrawn.throwIfAborted();
    const decision = await adoption.decide(batch, withdrawn);
    if (decision.do === 'adopt') return settled(batch, await runner.adopt(batch, decision.job));
    if (decision.do === 'adopt first rows') {
      const { first, rest } = await batch.splitOff(decision.rows);
      split(batch, first, rest);
      schedule.addFirst(rest);
      return settled(first, await runner.adopt(first, decision.job));
    }
    let outcome: Outcome;
    try {
      const { id } = batch.plan;
      outcome = await runner.submit(batch, [schedule.started(id), batch.id], withdrawn);
    } catch (error) {
      if (error instanceof Reconsider) return this.#load(batch, withdrawn);
      throw error;
    }
    return settled(batch, outcome);
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
