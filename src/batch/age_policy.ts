/** Cuts by age: files that are not full are sent when a state has waited for long and the quota has calls to spare. */
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { Plan } from '../model.ts';
import type { OpenBatch } from '../spool/open_batch.ts';
import type { Batcher } from './batcher.ts';
import { type CallsLeft, type Closable, closeByAge } from './close_policy.ts';

/** A state that is held, and the plans whose open batches it needs. */
interface Held {
  /** When it came, on the monotonic clock. */
  readonly since: number;
  readonly needs: readonly number[];
}

/** What the decision depends on. */
export interface AgePolicyPorts {
  readonly held: () => readonly Held[];
  readonly isFree: (object: string) => boolean;
  readonly unfinishedParents: (planId: number) => number[];
  /** Plans with a closed batch that is not submitted yet. */
  readonly waitingPlans: () => number[];
  /** Resolves when the calls of the tenant are known. */
  readonly quotaKnown: (plan: Plan) => Promise<void>;
  readonly windows: () => readonly CallsLeft[];
  readonly isBarred: (batch: OpenBatch) => Promise<boolean>;
}

interface Options {
  readonly clock: Clock;
  readonly batcher: Batcher;
  readonly files: Pick<Config['files'], 'max_age_ms'>;
  readonly callsPerJob: number;
}

/** Looks for cuts that are due. */
export class AgePolicy {
  readonly #options: Options;
  readonly #ports: AgePolicyPorts;

  constructor(options: Options, ports: AgePolicyPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /**
   * Whether a state has waited for too long; the calls of the tenant are known then. That may take the network or the
   * quota a while, so the input must not wait for it. Cheap while nothing is due.
   */
  async isDue(): Promise<boolean> {
    const { batcher, files } = this.#options;
    const { max_age_ms: maxAgeMs } = files;
    if (maxAgeMs === 0 || !this.#held().some(({ ageMs }) => ageMs > maxAgeMs)) return false;
    const plans = [...batcher.open].map(({ plan }) => plan);
    // An INSERT needs the list to be later than the other operations do.
    const first = plans.find(({ operation }) => operation === 'INSERT') ?? plans[0];
    if (!first) return false;
    await this.#ports.quotaKnown(first);
    return true;
  }

  /** Cuts what is due by now. */
  async close(): Promise<void> {
    const { batcher, files, callsPerJob } = this.#options;
    const held = this.#held();
    const open = [...batcher.open];
    const closable = await Promise.all(open.map((batch) => this.#closable(batch)));
    const waitingPlans = [...new Set([...this.#ports.waitingPlans(), ...open.map(({ plan }) => plan.id)])];
    const quota = { windows: this.#ports.windows(), callsPerJob };
    const due = new Set(closeByAge({ maxAgeMs: files.max_age_ms, open: closable, held, waitingPlans, quota }));
    for (const { id, plan } of open) {
      // A batch that was cut as another's companion has left a new one, whose rows no state covers yet.
      if (due.has(id) && batcher.batchOf(plan.id)?.id === id) await batcher.close(plan.id, 'age');
    }
  }

  #held() {
    const now = this.#options.clock.elapsed();
    return this.#ports.held().map(({ since, needs }) => ({ ageMs: now - since, needs }));
  }

  async #closable(batch: OpenBatch): Promise<Closable> {
    const { id, object } = batch.plan;
    const { isFree, unfinishedParents, isBarred } = this.#ports;
    const barred = await isBarred(batch);
    const [objectFree, files] = [isFree(object), batch.mostFiles];
    return { id: batch.id, planId: id, objectFree, unfinishedParents: unfinishedParents(id), barred, files };
  }
}
