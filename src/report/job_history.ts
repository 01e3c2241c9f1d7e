/** Which job each file went to, when, and how it ended: what the report of a sync says of its jobs. */
import type { Clock } from '../clock.ts';
import { asTracedError, Stopped } from '../errors.ts';
import type { GainsightEvent } from '../load/events.ts';
import type { Batch, CloseReason, Outcome, Plan, Route } from '../model.ts';

/** A file and its job. Times are wall time in milliseconds since 1970. */
export interface JobRecord {
  readonly plan: Plan;
  readonly jobId: string;
  readonly fileName: string | undefined;
  /** Gainsight's id of the last request that showed the job. */
  readonly requestId: string | undefined;
  readonly rows: number;
  /** Records that its rows stand for. */
  readonly records: number;
  readonly bytes: number;
  /** Why the file was closed. */
  readonly reason: CloseReason;
  /** An earlier attempt submitted it. */
  readonly isTakenOver: boolean;
  /** When this process submitted it or took it over. */
  readonly begunAt: number;
  /** Undefined if this process did not see its end. */
  readonly end: JobEnd | undefined;
}

/** How a job ended, as far as it is proven. */
export type JobEnd = { readonly at: number } & (
  | { readonly kind: 'loaded'; readonly accepted: number; readonly rejected: number }
  /** `code`: of the failure. */
  | { readonly kind: 'failed'; readonly code: string }
);

/** A sync of weeks has fewer. */
const mostKept = 10_000;

/** Collects jobs, in memory that does not grow with a sync that never ends. */
export class JobHistory {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #ended: JobRecord[] = [];
  /** By the id of the batch. */
  readonly #running = new Map<number, JobRecord>();
  #leftOut = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** In the order of their beginning. */
  get jobs(): readonly JobRecord[] {
    return [...this.#ended, ...this.#running.values()].sort((one, other) => one.begunAt - other.begunAt);
  }

  /** Jobs of which no end was seen. */
  get open(): readonly JobRecord[] {
    return [...this.#running.values()];
  }

  /** Number of jobs beyond those that are kept. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Something happened to a job. */
  event(event: GainsightEvent): void {
    if (event.kind !== 'submitted' && event.kind !== 'adopted') return;
    const { batch, jobId, fileName, requestId } = event;
    const { plan, rows, bytes, reason } = batch;
    const records = batch.records - batch.deletions;
    this.#running.set(batch.id, {
      ...{ plan, jobId, fileName, requestId, rows, records, bytes, reason, isTakenOver: event.kind === 'adopted' },
      begunAt: this.#clock.now(),
      end: undefined,
    });
  }

  /** The same route; what becomes of its batches is collected. */
  watch(route: Route): Route {
    return {
      load: async (batch, signal) => {
        try {
          const outcome = await route.load(batch, signal);
          this.#loaded(batch, outcome);
          return outcome;
        } catch (error) {
          this.#failed(batch, error);
          throw error;
        }
      },
    };
  }

  #loaded(batch: Batch, { rejected, unidentified, requestId }: Outcome): void {
    const refused = rejected.length + unidentified;
    const end = { kind: 'loaded', at: this.#clock.now(), accepted: batch.rows - refused, rejected: refused } as const;
    this.#end(batch, end, requestId);
  }

  #failed(batch: Batch, thrown: unknown): void {
    // The job may go on.
    if (thrown instanceof Stopped) return;
    this.#end(batch, { kind: 'failed', at: this.#clock.now(), code: asTracedError(thrown).code });
  }

  #end({ id }: Batch, end: JobEnd, requestId?: string): void {
    const job = this.#running.get(id);
    if (!job) return;
    this.#running.delete(id);
    if (this.#ended.length < mostKept) this.#ended.push({ ...job, end, requestId: requestId ?? job.requestId });
    else this.#leftOut += 1;
  }
}
