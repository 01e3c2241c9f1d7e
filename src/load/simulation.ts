/** Simulates when the batches of a sync are loaded if nobody else uses the tenant. Nothing waits here. */
import type { Config } from '../config/config.ts';
import type { Batch, Plan } from '../model.ts';
import { pollGap } from './bulk/poll.ts';
import { mostAtOnce } from './object_api/object_route.ts';
import type { Hold, Instant, Ledger } from './quota.ts';
import { compareRanks, toleranceMs } from './quota_gate.ts';
import { Schedule } from './schedule.ts';

/** What decides about the times. */
export interface SimulatedTenant {
  /** The calls made until now; those of the files are added. */
  readonly ledger: Ledger;
  readonly now: Instant;
  readonly callsPerJob: number;
  /** How long each job takes, in milliseconds; a call of the object API is answered at once. */
  readonly jobMs: number;
  /** Calls of the object API: those made until now, and those that each of its batches takes. */
  readonly calls: { readonly ledger: Ledger; of(batch: Batch): number };
  readonly quota: Pick<Config['quota'], 'max_wait_ms'>;
  readonly polling: Pick<Config['polling'], 'max_interval_ms' | 'list_lag_ms'>;
}

/**
 * When a file is submitted, and when its job is seen to have ended; of a batch for the object API the first and the last
 * call. In milliseconds after the start.
 */
export interface BatchTimes {
  readonly batch: Batch;
  readonly submittedMs: number;
  readonly endedMs: number;
}

/** A wait for the quota that is longer than allowed, so that the sync would end. */
export interface TooLong {
  readonly api: 'bulk_api' | 'object_api';
  readonly hold: Hold;
  /** Milliseconds. */
  readonly waitMs: number;
}

/** The result of a simulation. */
export interface Simulation {
  /** In the order of submission; without those after a wait that is too long. */
  readonly files: readonly BatchTimes[];
  /** Batches for the object API, in the order of their first calls; those after a wait that is too long are not there. */
  readonly called: readonly BatchTimes[];
  /** When the last job is seen to have ended, or the last call was made, in milliseconds after the start. */
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

/** A batch for the object API in progress. */
interface Calling {
  readonly batch: Batch;
  /** Calls to be made. */
  left: number;
  /** Undefined before its first call. */
  submittedMs: number | undefined;
}

const isCalled = ({ batch }: Pick<Request, 'batch'>): boolean => batch.route === 'object_api';

/** Smaller steps might not move time. */
const shortestStepMs = 0.001;

/**
 * Simulates a first attempt whose input has ended at once, by the rules of the schedule, the ledgers and the polls.
 * @param batches in the order in which they were closed
 */
export function simulate(batches: readonly Batch[], plans: readonly Plan[], tenant: SimulatedTenant): Simulation {
  return new SimulatedLoading(batches, plans, tenant).run();
}

class SimulatedLoading {
  readonly #schedule: Schedule;
  readonly #tenant: SimulatedTenant;
  /** Objects to which files may go: calls for them wait for the list. */
  readonly #ofFiles: ReadonlySet<string>;
  /** Milliseconds after the start. */
  #atMs = 0;
  /** Files, and until the list is read also calls for {@link #ofFiles}. */
  #requests: Request[] = [];
  #running: Running[] = [];
  /** The one with the next calls first: batches in progress take turns. */
  readonly #calling: Calling[] = [];
  readonly #ended: BatchTimes[] = [];
  readonly #called: BatchTimes[] = [];
  /** Since when no file could go although some wait. */
  #heldSinceMs: number | undefined;

  #tooLong: TooLong | undefined;

  constructor(batches: readonly Batch[], plans: readonly Plan[], tenant: SimulatedTenant) {
    this.#tenant = tenant;
    this.#schedule = new Schedule(plans);
    this.#ofFiles = new Set(plans.filter(({ route }) => route !== 'object_api').map(({ object }) => object));
    for (const batch of batches) this.#schedule.add(batch);
    for (const { id } of plans) this.#schedule.end(id);
  }

  run(): Simulation {
    for (;;) {
      this.#take();
      this.#sortListed();
      const called = this.#call();
      if (called && this.#isLonger(called.waitMs)) {
        // Their streams fail; files of others go on.
        this.#tooLong ??= called;
        this.#calling.length = 0;
        continue;
      }
      const hold = this.#submit();
      if (hold && this.#isTooLong(hold)) return this.#result(hold);
      const pollMs = Math.min(...this.#running.map(({ nextPollMs }) => nextPollMs));
      const waits = [called, hold].map((wait) => (wait ? this.#atMs + wait.waitMs : Number.POSITIVE_INFINITY));
      this.#atMs = Math.min(pollMs, this.#listMs, ...waits);
      if (!Number.isFinite(this.#atMs)) return this.#result(this.#tooLong);
      if (this.#atMs >= pollMs) this.#poll();
    }
  }

  /** When the list is read, if something waits for it: nothing is decided before it shows the jobs of an earlier process. */
  get #listMs(): number {
    const { list_lag_ms } = this.#tenant.polling;
    return this.#requests.length > 0 && this.#atMs < list_lag_ms ? list_lag_ms : Number.POSITIVE_INFINITY;
  }

  /** Once the list is read, calls may go to an object to which files may go too. */
  #sortListed(): void {
    if (this.#atMs < this.#tenant.polling.list_lag_ms) return;
    const [calls, files] = [this.#requests.filter(isCalled), this.#requests.filter((request) => !isCalled(request))];
    for (const { batch } of calls) this.#startCalls(batch);
    this.#requests = files;
  }

  /**
   * Submits what can go now.
   * @returns why the next file cannot; undefined: none waits for the quota
   */
  #submit(): TooLong | undefined {
    const { ledger, callsPerJob, polling } = this.#tenant;
    if (this.#atMs < polling.list_lag_ms) return undefined;
    for (;;) {
      const first = this.#requests.toSorted((a, b) => compareRanks(a.rank, b.rank))[0];
      if (!first) return undefined;
      const slot = ledger.next(this.#now(), callsPerJob);
      if (!slot.free) {
        return { api: 'bulk_api', hold: slot.hold, waitMs: Math.max(slot.waitMs, shortestStepMs) };
      }
      ledger.answer(ledger.begin(callsPerJob), this.#now());
      this.#requests = this.#requests.filter((request) => request !== first);
      const [submittedMs, nextPollMs] = [this.#atMs, this.#atMs + pollGap(0, polling)];
      this.#running.push({ batch: first.batch, submittedMs, nextPollMs });
      this.#heldSinceMs = undefined;
    }
  }

  /**
   * Makes the calls of the object API that can be made now.
   * @returns why the next cannot; undefined: none waits for the quota
   */
  #call(): TooLong | undefined {
    const { ledger } = this.#tenant.calls;
    for (let first = this.#calling[0]; first; first = this.#calling[0]) {
      const slot = ledger.next(this.#now());
      if (!slot.free) {
        return { api: 'object_api', hold: slot.hold, waitMs: Math.max(slot.waitMs, shortestStepMs) };
      }
      const [window] = ledger.use(this.#now());
      // One entry for all that are made at once: a day has tens of thousands.
      const calls = Math.max(
        1,
        Math.min(first.left, this.#calling.length > 1 ? mostAtOnce : first.left, window?.left ?? 1),
      );
      ledger.answer(ledger.begin(calls), this.#now());
      first.submittedMs ??= this.#atMs;
      first.left -= calls;
      this.#calling.shift();
      if (first.left > 0) this.#calling.push(first);
      else this.#endCalls(first);
    }
    return undefined;
  }

  #startCalls(batch: Batch): void {
    this.#calling.push({ batch, left: this.#tenant.calls.of(batch), submittedMs: undefined });
  }

  #endCalls({ batch, submittedMs = this.#atMs }: Calling): void {
    this.#called.push({ batch, submittedMs, endedMs: this.#atMs });
    this.#schedule.done(batch);
    this.#take();
  }

  /** The batches whose turn has come. */
  #take(): void {
    for (let batch = this.#schedule.next(); batch; batch = this.#schedule.next()) {
      if (
        isCalled({ batch }) &&
        (this.#atMs >= this.#tenant.polling.list_lag_ms || !this.#ofFiles.has(batch.plan.object))
      ) {
        this.#startCalls(batch);
        continue;
      }
      if (this.#requests.length === 0) this.#heldSinceMs = undefined;
      this.#requests.push({ batch, rank: [this.#schedule.started(batch.plan.id), batch.id] });
    }
  }

  #isTooLong({ waitMs }: TooLong): boolean {
    this.#heldSinceMs ??= this.#atMs;
    return this.#isLonger(this.#atMs + waitMs - this.#heldSinceMs);
  }

  #isLonger(waitMs: number): boolean {
    return waitMs > this.#tenant.quota.max_wait_ms + toleranceMs;
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
    const inOrder = (times: readonly BatchTimes[]) => times.toSorted((a, b) => a.submittedMs - b.submittedMs);
    const files = inOrder([...this.#ended, ...running]);
    const called = inOrder(this.#called);
    const endMs = Math.max(0, ...[...files, ...called].map(({ endedMs }) => endedMs));
    return { files, called, endMs, tooLong };
  }
}
