/**
 * Closes batches by age: files that are not full are sent when a state has waited long and enough calls of the quota
 * are left.
 */
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { EarlierJobs } from '../load/route.ts';
import type { Schedule } from '../load/schedule.ts';
import type { OpenBatch } from '../spool/open_batch.ts';
import type { Batcher } from './batcher.ts';
import { type CallsLeft, type Closable, closeByAge } from './close_policy.ts';

/** A held state, and the plans whose open batches it needs. */
interface Held {
  /** When it came, on the monotonic clock. */
  readonly since: number;
  readonly needs: readonly number[];
}

/** What the decision depends on. */
interface Parts {
  readonly clock: Clock;
  readonly batcher: Batcher;
  readonly states: { oldestHeld(): readonly Held[] };
  readonly schedule: Pick<Schedule, 'isFree' | 'unfinishedParents' | 'waitingPlans'>;
  readonly earlierJobs: Pick<EarlierJobs, 'ready' | 'isBarred'>;
  readonly quota: { use(): readonly CallsLeft[] };
}

/** Finds batches that must be closed because of age. */
export class AgePolicy {
  readonly #parts: Parts;
  readonly #files: Pick<Config['files'], 'max_age_ms'>;
  readonly #callsPerJob: number;

  /** @param callsPerJob calls that one file takes */
  constructor(parts: Parts, files: Pick<Config['files'], 'max_age_ms'>, callsPerJob: number) {
    this.#parts = parts;
    this.#files = files;
    this.#callsPerJob = callsPerJob;
  }

  /**
   * Whether a state has waited too long. If so, resolves only after the tenant's calls are known, which may take the
   * network or the quota a while, so the input must not wait for it. Cheap while nothing is due.
   */
  async isDue(): Promise<boolean> {
    const { batcher, earlierJobs } = this.#parts;
    const maxAgeMs = this.#files.max_age_ms;
    if (maxAgeMs === 0 || !this.#held().some(({ ageMs }) => ageMs > maxAgeMs)) return false;
    const plans = [...batcher.open].map(({ plan }) => plan);
    // An INSERT needs a later list than the other operations.
    const files = plans.filter(({ route }) => route !== 'object_api');
    const first = files.find(({ operation }) => operation === 'INSERT') ?? files[0] ?? plans[0];
    if (!first) return false;
    await earlierJobs.ready(first);
    return true;
  }

  /** Closes the batches that are due. */
  async close(): Promise<void> {
    const { batcher, schedule } = this.#parts;
    const held = this.#held();
    const open = [...batcher.open];
    const closable = await Promise.all(open.map((batch) => this.#closable(batch)));
    const waitingPlans = [...new Set([...schedule.waitingPlans, ...open.map(({ plan }) => plan.id)])];
    const quota = { windows: this.#parts.quota.use(), callsPerJob: this.#callsPerJob };
    const maxAgeMs = this.#files.max_age_ms;
    const due = new Set(closeByAge({ maxAgeMs, open: closable, held, waitingPlans, quota }));
    for (const { id, plan } of open) {
      // A batch closed together with another has left a new one, whose rows no state covers yet.
      if (due.has(id) && batcher.batchOf(plan.id)?.id === id) await batcher.close(plan.id, 'age');
    }
  }

  #held() {
    const { clock, states } = this.#parts;
    const now = clock.elapsed();
    return states.oldestHeld().map(({ since, needs }) => ({ ageMs: now - since, needs }));
  }

  async #closable(batch: OpenBatch): Promise<Closable> {
    const { id, object } = batch.plan;
    const { earlierJobs, schedule } = this.#parts;
    const barred = await earlierJobs.isBarred(batch);
    const [objectFree, files] = [schedule.isFree(object), batch.plan.route === 'object_api' ? 0 : batch.mostFiles];
    const unfinishedParents = schedule.unfinishedParents(id);
    return { id: batch.id, planId: id, objectFree, unfinishedParents, barred, files };
  }
}
