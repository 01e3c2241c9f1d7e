/** What the list of jobs says about open batches: where they end, and whether they may be closed early. */
import { ConnectorError } from '../../errors.ts';
import type { Batch, Plan } from '../../model.ts';
import type { EarlierJobs, Faults, FillingBatch } from '../route.ts';
import type { Schedule } from '../schedule.ts';
import type { Adoption } from './adoption.ts';
import type { LateJobs } from './late_jobs.ts';

interface Parts {
  readonly schedule: Pick<Schedule, 'isStopped'>;
  readonly adoption: Adoption;
  readonly lateJobs: LateJobs;
  readonly faults: Faults;
}

/** Earlier jobs according to the tenant's list. */
export class ListedJobs implements EarlierJobs {
  readonly #parts: Parts;
  readonly #callsPerJob: number;

  constructor(parts: Parts, callsPerJob: number) {
    this.#parts = parts;
    this.#callsPerJob = callsPerJob;
  }

  /** Resolves when the list is read; a missing list stops only INSERT streams. */
  async ready(plan: Plan): Promise<void> {
    const { adoption, faults } = this.#parts;
    try {
      await adoption.ready(plan);
    } catch (error) {
      if (!(error instanceof ConnectorError) || !error.stream) throw error;
      faults.stop(plan, error);
    }
  }

  heldOf(files: readonly Batch[]): readonly Batch[] {
    return this.#parts.adoption.heldOf(files);
  }

  async canBeKnown(plan: Plan): Promise<boolean> {
    return this.#parts.adoption.ready(plan).then(
      () => true,
      () => false,
    );
  }

  /**
   * An INSERT batch whose first row is that of an earlier, larger job may still grow into its file: do not close it
   * elsewhere, or it is not recognised. While such a job may still come, this applies to every INSERT batch.
   */
  async isBarred(batch: FillingBatch): Promise<boolean> {
    const { plan, rows } = batch;
    const { adoption, lateJobs, schedule } = this.#parts;
    if (plan.operation !== 'INSERT') return false;
    await this.ready(plan);
    if (schedule.isStopped(plan.id) || !(await lateJobs.areListed())) return true;
    return adoption.mayGrow(plan, rows, batch.firstRowDigest());
  }

  /** If reads cost quota the input does not wait for the list. */
  async sentBefore(batch: FillingBatch): Promise<number> {
    const { plan } = batch;
    const { adoption, schedule } = this.#parts;
    if (this.#callsPerJob > 1 && !adoption.isReady()) return 0;
    await this.ready(plan);
    return schedule.isStopped(plan.id) ? 0 : adoption.sentBefore(batch, batch.firstRowDigest());
  }
}
