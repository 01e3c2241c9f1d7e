/** Which job each file went to, or when calls loaded a batch, and how it ended: what the report of a sync says of it. */
import type { Clock } from '../clock.ts';
import { asTracedError, Stopped } from '../errors.ts';
import type { GainsightEvent } from '../load/events.ts';
import type { Batch, CloseReason, Outcome, Plan, Route } from '../model.ts';
import { isByCalls } from '../settle/accounts.ts';

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

/** A batch that calls of the object API load. Times are wall time in milliseconds since 1970. */
export interface CallsRecord {
  readonly plan: Plan;
  readonly rows: number;
  /** Records that its rows stand for. */
  readonly records: number;
  /** Undefined if they did not end well. */
  readonly calls: number | undefined;
  readonly begunAt: number;
  /** Undefined if this process did not see it. */
  readonly end: JobEnd | undefined;
}

/** How a job or a batch ended, as far as it is proven. */
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
  readonly #endedCalls: CallsRecord[] = [];
  /** By the id of the batch. */
  readonly #calling = new Map<number, CallsRecord>();
  #leftOut = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** In the order of their beginning. */
  get jobs(): readonly JobRecord[] {
    return [...this.#ended, ...this.#running.values()].sort((one, other) => one.begunAt - other.begunAt);
  }

  /** Batches that calls load, in the order of their beginning. */
  get calls(): readonly CallsRecord[] {
    return [...this.#endedCalls, ...this.#calling.values()].sort((one, other) => one.begunAt - other.begunAt);
  }

  /** Jobs and batches of which no end was seen. */
  get open(): readonly (Pick<JobRecord, 'plan' | 'rows' | 'records'> & { readonly byCalls?: boolean })[] {
    return [...this.#running.values(), ...[...this.#calling.values()].map((batch) => ({ ...batch, byCalls: true }))];
  }

  /** Number of jobs and batches beyond those that are kept. */
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
        if (isByCalls(batch)) this.#calls(batch);
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

  #calls({ id, plan, rows, ...batch }: Batch): void {
    const records = batch.records - batch.deletions;
    this.#calling.set(id, { plan, rows, records, calls: undefined, begunAt: this.#clock.now(), end: undefined });
  }

  #loaded(batch: Batch, { calls, rejected, unidentified, requestId }: Outcome): void {
    const refused = rejected.length + unidentified;
    const end = { kind: 'loaded', at: this.#clock.now(), accepted: batch.rows - refused, rejected: refused } as const;
    this.#end(batch, end, { requestId, calls });
  }

  #failed(batch: Batch, thrown: unknown): void {
    // The job may go on.
    if (thrown instanceof Stopped) return;
    this.#end(batch, { kind: 'failed', at: this.#clock.now(), code: asTracedError(thrown).code });
  }

  #end({ id }: Batch, end: JobEnd, { requestId, calls }: Pick<Outcome, 'requestId' | 'calls'> = {}): void {
    const batch = this.#calling.get(id);
    this.#calling.delete(id);
    if (batch && this.#endedCalls.length < mostKept) this.#endedCalls.push({ ...batch, calls, end });
    else if (batch) this.#leftOut += 1;
    const job = this.#running.get(id);
    if (!job) return;
    this.#running.delete(id);
    if (this.#ended.length < mostKept) this.#ended.push({ ...job, end, requestId: requestId ?? job.requestId });
    else this.#leftOut += 1;
  }
}
