/**
 * Jobs without log lines of their own. A sync of several days has hundreds of jobs that end in seconds and reject nothing:
 * after the first of them, such jobs are logged together.
 */
import type { GainsightEvent } from '../load/events.ts';
import type { Batch, Outcome } from '../model.ts';

type Submitted = Extract<GainsightEvent, { kind: 'submitted' }>;

/** Jobs that are logged together. */
export interface JobGroup {
  /** Job ids of the first and the last that ended. */
  readonly first: string;
  readonly last: string;
  readonly files: number;
  readonly rows: number;
}

/** How many jobs of a sync have a line at their submission and one at their end, whatever happens to them. */
const loggedJobs = 40;
/** Milliseconds after which a group is logged. */
const longestMs = 600_000;

/** Decides which jobs have lines of their own, and collects the others. */
export class QuietJobs {
  #submitted = 0;
  /** Those that have no line yet: they may still need one. */
  readonly #held = new Map<string, Submitted>();
  #group: JobGroup | undefined;
  #groupSince = 0;

  /** A job was submitted. @returns whether that is logged now */
  submitted(event: Submitted): boolean {
    this.#submitted += 1;
    if (this.#submitted <= loggedJobs) return true;
    this.#held.set(event.jobId, event);
    return false;
  }

  /** The submission of a job that gets a line after all; undefined if it has had one. */
  take(jobId: string): Submitted | undefined {
    const event = this.#held.get(jobId);
    this.#held.delete(jobId);
    return event;
  }

  /**
   * A job ended.
   * @param now monotonic, in milliseconds
   * @returns whether it is logged as one of a group
   */
  ended(batch: Batch, { jobId, rejected, unidentified }: Outcome, now: number): boolean {
    const isQuiet = jobId !== undefined && this.#held.has(jobId) && rejected.length + unidentified === 0;
    if (!isQuiet) return false;
    this.#held.delete(jobId);
    const { first, files, rows } = this.#group ?? { first: jobId, files: 0, rows: 0 };
    if (!this.#group) this.#groupSince = now;
    this.#group = { first, last: jobId, files: files + 1, rows: rows + batch.rows };
    return true;
  }

  /** Whether the group has waited long enough. @param now monotonic, in milliseconds */
  isDue(now: number): boolean {
    return this.#group !== undefined && now - this.#groupSince >= longestMs;
  }

  /** The group, to be logged now; the next job begins another. */
  takeGroup(): JobGroup | undefined {
    const group = this.#group;
    this.#group = undefined;
    return group;
  }

  /** Submissions without a line, of jobs that have not ended. */
  takeHeld(): Submitted[] {
    const held = [...this.#held.values()];
    this.#held.clear();
    return held;
  }
}
