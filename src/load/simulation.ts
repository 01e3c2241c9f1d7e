/** Simulates when the files of a sync are submitted and loaded if nobody else uses the tenant. Nothing waits here. */
import type { Config } from '../config/config.ts';
import type { Batch, Plan } from '../model.ts';
import { pollGap } from './bulk/poll.ts';
import type { Hold, Instant, Ledger } from './quota.ts';
import { compareRanks, toleranceMs } from './quota_gate.ts';
import { Schedule } from './schedule.ts';

/** What decides about the times. */
export interface SimulatedTenant {
  /** The calls made until now; those of the files are added. */
  readonly ledger: Ledger;
  readonly now: Instant;
  readonly callsPerJob: number;
  /** How long each job takes, in milliseconds. */
  readonly jobMs: number;
  readonly quota: Pick<Config['quota'], 'max_wait_ms'>;
  readonly polling: Pick<Config['polling'], 'max_interval_ms' | 'list_lag_ms'>;
}

/** When a file is submitted, and when its job is seen to have ended, in milliseconds after the start. */
export interface FileTimes {
  readonly batch: Batch;
  readonly submittedMs: number;
  readonly endedMs: number;
}

/** A wait for the quota that is longer than allowed, so that the sync would end. */
export interface TooLong {
  readonly hold: Hold;
  /** Milliseconds. */
  readonly waitMs: number;
}

/** The result of a simulation. */
export interface Simulation {
  /** In the order of submission; without those after a wait that is too long. */
  readonly files: readonly FileTimes[];
  /** When the last job is seen to have ended, in milliseconds after the start. */
  readonly endMs: number;
  readonly tooLong: TooLong | undefined;
}

interface Request {
  readonly batch: Batch;
  /** As for the quota gate. */
  readonly rank: readonly number[];
}

interface Running {
  readonly batch: Batch;
  readonly submittedMs: number;
  readonly nextPollMs: number;
}

/** Smaller steps might not move time. */
const shortestStepMs = 0.001;

/**
 * Simulates a first attempt whose input has ended at once, by the rules of the schedule, the ledger and the polls.
 * @param batches in the order in which they were closed
 */
export function simulate(batches: readonly Batch[], plans: readonly Plan[], tenant: SimulatedTenant): Simulation {
  return new SimulatedLoading(batches, plans, tenant).run();
}

class SimulatedLoading {
  readonly #schedule: Schedule;
  readonly #tenant: SimulatedTenant;
  /** Milliseconds after the start. */
  #atMs: number;
  #requests: Request[] = [];
  #running: Running[] = [];
  readonly #ended: FileTimes[] = [];
  /** Since when no file could go although some wait. */
  #heldSinceMs: number | undefined;

  constructor(batches: readonly Batch[], plans: readonly Plan[], tenant: SimulatedTenant) {
    this.#tenant = tenant;
    this.#schedule = new Schedule(plans);
    for (const batch of batches) this.#schedule.add(batch);
    for (const { id } of plans) this.#schedule.end(id);
    // Nothing is decided before the list shows the jobs of an earlier process.
    this.#atMs = tenant.polling.list_lag_ms;
  }

  run(): Simulation {
    for (;;) {
      const hold = this.#submit();
      if (hold && this.#isTooLong(hold)) return this.#result(hold);
      const pollMs = Math.min(...this.#running.map(({ nextPollMs }) => nextPollMs));
      this.#atMs = Math.min(pollMs, hold ? this.#atMs + hold.waitMs : pollMs);
      if (!Number.isFinite(this.#atMs)) return this.#result();
      if (this.#atMs >= pollMs) this.#poll();
    }
  }

  /**
   * Submits what can go now.
   * @returns why the next file cannot; undefined: none waits for the quota
   */
  #submit(): TooLong | undefined {
    const { ledger, callsPerJob, polling } = this.#tenant;
    this.#take();
    for (;;) {
      const first = this.#requests.toSorted((a, b) => compareRanks(a.rank, b.rank))[0];
      if (!first) return undefined;
      const slot = ledger.next(this.#now(), callsPerJob);
      if (!slot.free) return { hold: slot.hold, waitMs: Math.max(slot.waitMs, shortestStepMs) };
      ledger.answer(ledger.begin(callsPerJob), this.#now());
      this.#requests = this.#requests.filter((request) => request !== first);
      const [submittedMs, nextPollMs] = [this.#atMs, this.#atMs + pollGap(0, polling)];
      this.#running.push({ batch: first.batch, submittedMs, nextPollMs });
      this.#heldSinceMs = undefined;
    }
  }

  /** The files whose turn has come. */
  #take(): void {
    for (let batch = this.#schedule.next(); batch; batch = this.#schedule.next()) {
      if (this.#requests.length === 0) this.#heldSinceMs = undefined;
      this.#requests.push({ batch, rank: [this.#schedule.started(batch.plan.id), batch.id] });
    }
  }

  #isTooLong({ waitMs }: TooLong): boolean {
    this.#heldSinceMs ??= this.#atMs;
    return this.#atMs + waitMs - this.#heldSinceMs > this.#tenant.quota.max_wait_ms + toleranceMs;
  }

  /** One call shows all running jobs. */
  #poll(): void {
    const { jobMs, polling } = this.#tenant;
    const atMs = this.#atMs;
    const polled = this.#running;
    this.#running = [];
    for (const job of polled) {
      const { batch, submittedMs } = job;
      if (atMs < submittedMs + jobMs) {
        this.#running.push({ ...job, nextPollMs: atMs + pollGap(atMs - submittedMs, polling) });
        continue;
      }
      this.#ended.push({ batch, submittedMs, endedMs: atMs });
      this.#schedule.done(batch);
      // The next file of its object starts before the others that were seen have settled.
      this.#take();
    }
  }

  #now(): Instant {
    const { wall, elapsed } = this.#tenant.now;
    return { wall: wall + this.#atMs, elapsed: elapsed + this.#atMs };
  }

  #result(tooLong?: TooLong): Simulation {
    const running = this.#running.map(({ batch, submittedMs }) => {
      return { batch, submittedMs, endedMs: submittedMs + this.#tenant.jobMs };
    });
    const files = [...this.#ended, ...running].sort((a, b) => a.submittedMs - b.submittedMs);
    return { files, endMs: Math.max(0, ...files.map(({ endedMs }) => endedMs)), tooLong };
  }
}
