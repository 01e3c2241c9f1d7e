/** Polls running jobs to their end: decides when each is due, and uses one list call if several run. */

import { onAbort } from '../../async.ts';
import { type Clock, minute, second } from '../../clock.ts';
import type { Config } from '../../config/config.ts';
import { ConnectorError, thrownOver } from '../../errors.ts';
import { formatDuration } from '../../format.ts';
import type { BulkJob } from '../../gainsight/contract.ts';
import type { Batch } from '../../model.ts';
import type { ReportEvent } from '../events.ts';
import type { Entry } from '../quota.ts';
import { maxRetryMs, type Reads } from '../reads.ts';
import { isUnfinished } from './adopt.ts';
import type { GivenBack } from './given_back.ts';
import type { JobList } from './job_list.ts';

/** A job to poll. */
export interface Followed {
  readonly jobId: string;
  readonly object: string;
  /** When it was made, on the monotonic clock. */
  readonly created: number;
  readonly fileName?: string | undefined;
  /** Rows in its file. */
  readonly rows: number;
  /** Set for a job of this process; its progress is reported. */
  readonly batch?: Batch | undefined;
  readonly reserved?: Entry | undefined;
}

/** The last result for a polled job; `gone` if the tenant has not found it for five minutes. */
export interface Sighting {
  readonly job: BulkJob | 'gone';
  /** Gainsight's id of the request with this result. */
  readonly requestId: string | undefined;
}

/** Called each time a job is seen: whether that was its end. */
export type Until = (job: BulkJob) => boolean;

interface Watcher extends Followed {
  readonly until: Until;
  readonly resolve: (seen: Sighting) => void;
  readonly reject: (reason: unknown) => void;
  nextAt: number;
  /** Doubles if polls cost quota. */
  gap: number;
  goneSince: number | undefined;
}

interface Options {
  readonly reads: Reads;
  readonly clock: Clock;
  readonly jobList: JobList;
  readonly givenBack: GivenBack;
  readonly report: ReportEvent;
  readonly signal: AbortSignal;
  readonly polling: Pick<Config['polling'], 'max_interval_ms' | 'job_timeout_ms'>;
  /** Every poll costs a call of the quota. */
  readonly pollsCount: boolean;
}

/** Polls all jobs. */
export class Poller {
  readonly #options: Options;
  readonly #watchers = new Set<Watcher>();
  /** Rows per millisecond, learnt from each object's finished jobs. */
  readonly #speed = new Map<string, number>();
  #wake = new AbortController();
  #running = false;

  constructor(options: Options) {
    this.#options = options;
    onAbort(options.signal, () => this.#wake.abort());
  }

  /**
   * Polls a job until `until` recognises its end.
   * @param signal stops polling it
   * @throws ConnectorError `job_deadline` if it takes longer than allowed
   */
  follow(followed: Followed, until: Until = isFinished, signal?: AbortSignal): Promise<Sighting> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      // A caller that waits for one job after the other passes the same signal each time.
      const watcher: Watcher = {
        ...{ ...followed, until, nextAt: 0, gap: 0, goneSince: undefined },
        resolve: (seen) => {
          leave();
          resolve(seen);
        },
        reject: (reason) => {
          leave();
          reject(reason);
        },
      };
      const leave = onAbort(signal, () => this.#end(watcher, () => reject(signal?.reason)));
      this.#schedule(watcher, true);
      this.#watchers.add(watcher);
      this.#wake.abort();
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#watchers.size > 0) await this.#round();
    } catch (error) {
      for (const watcher of this.#watchers) watcher.reject(error);
      this.#watchers.clear();
    } finally {
      this.#running = false;
    }
  }

  async #round(): Promise<void> {
    const { clock, signal } = this.#options;
    signal.throwIfAborted();
    this.#wake = new AbortController();
    const next = Math.min(...[...this.#watchers].map((watcher) => watcher.nextAt));
    const waitMs = next - clock.elapsed();
    if (waitMs > 0) {
      await clock.sleep(waitMs, this.#wake.signal).catch(() => signal.throwIfAborted());
      // The event that woke it may have removed the due job, or added one that is due earlier.
      return;
    }
    const asked = [...this.#watchers];
    if (asked.length === 1 || this.#options.jobList.absent) {
      for (const watcher of asked) if (watcher.nextAt <= clock.elapsed()) await this.#ask(watcher);
    } else await this.#askAll(asked);
  }

  async #askAll(asked: readonly Watcher[]): Promise<void> {
    const { clock, jobList } = this.#options;
    const isDue = ({ nextAt }: Watcher) => nextAt <= clock.elapsed();
    // If reads count, one of the jobs that are due pays for all.
    const { reserved } = asked.find((watcher) => isDue(watcher) && (watcher.reserved?.calls ?? 0) > 0) ?? {};
    const unseen = await jobList.look(
      asked.map(({ jobId }) => jobId),
      reserved,
    );
    for (const watcher of asked) {
      const listed = unseen.has(watcher.jobId) ? undefined : jobList.byId(watcher.jobId);
      if (listed) this.#saw(watcher, listed.job, listed.requestId);
      else if (isDue(watcher)) await this.#ask(watcher);
    }
  }

  async #ask(watcher: Watcher): Promise<void> {
    const { reads, clock, givenBack } = this.#options;
    const { jobId, fileName, reserved } = watcher;
    // An answer with the requested id is about that job, whatever name its file has there.
    const isOther = (job: BulkJob) => job.jobId === undefined && givenBack.isOfOtherFile(fileName, job);
    const result = await reads.job(jobId, { retryMs: maxRetryMs, reserved }, isOther).catch((error) => {
      throw thrownOver(error, fileName);
    });
    const { requestId } = result;
    if (!('absent' in result)) return this.#saw(watcher, result.value, requestId);
    watcher.goneSince ??= clock.elapsed();
    if (clock.elapsed() - watcher.goneSince >= 5 * minute)
      this.#end(watcher, () => watcher.resolve({ job: 'gone', requestId }));
    else this.#schedule(watcher, false);
  }

  #saw(watcher: Watcher, job: BulkJob, requestId: string | undefined): void {
    const { clock, polling, report } = this.#options;
    if (!this.#watchers.has(watcher)) return;
    const ageMs = clock.elapsed() - watcher.created;
    watcher.goneSince = undefined;
    if (watcher.until(job)) {
      if (ageMs > 0) this.#speed.set(watcher.object, watcher.rows / ageMs);
      this.#end(watcher, () => watcher.resolve({ job, requestId }));
    } else if (ageMs >= polling.job_timeout_ms && isUnfinished(job)) {
      this.#end(watcher, () => watcher.reject(overdue(watcher, polling.job_timeout_ms, requestId)));
    } else {
      this.#schedule(watcher, false);
      const { batch, jobId, fileName, nextAt } = watcher;
      const nextPollMs = nextAt - clock.elapsed();
      const status = job.status ?? 'unknown';
      const { processedRecords: processed } = job;
      if (batch) report({ kind: 'progress', batch, jobId, status, processed, ageMs, nextPollMs, fileName, requestId });
    }
  }

  #end(watcher: Watcher, settle: () => void): void {
    if (!this.#watchers.delete(watcher)) return;
    settle();
    this.#wake.abort();
  }

  /** After {@link pollGap}; or, if polls cost quota, at its likely end. */
  #schedule(watcher: Watcher, isFirst: boolean): void {
    const { clock, polling, pollsCount } = this.#options;
    const now = clock.elapsed();
    const ageMs = now - watcher.created;
    // Seen along with another that was due: it is still polled at its own likely end.
    if (pollsCount && !isFirst && now < watcher.nextAt) return;
    if (pollsCount && isFirst) {
      const speed = this.#speed.get(watcher.object);
      watcher.gap = speed === undefined ? 10 * minute : Math.max(second, watcher.rows / speed);
      watcher.nextAt = Math.max(now, watcher.created + watcher.gap);
    } else if (pollsCount) {
      watcher.gap *= 2;
      watcher.nextAt = now + watcher.gap;
    } else watcher.nextAt = now + pollGap(ageMs, polling);
    // The deadline is met exactly, not a poll interval late. After it a job is only polled for what the tenant has not
    // yet reported.
    const deadline = watcher.created + polling.job_timeout_ms;
    if (isFirst || deadline > now) watcher.nextAt = Math.min(watcher.nextAt, Math.max(now, deadline));
  }
}

/**
 * Milliseconds until a job of this age is polled again: a tenth of its age, so that waiting costs about a tenth more than
 * the job.
 */
export function pollGap(ageMs: number, { max_interval_ms }: Pick<Config['polling'], 'max_interval_ms'>): number {
  return Math.min(Math.max(ageMs / 10, second), max_interval_ms);
}

/** A job in a state outside the contract still runs, unless it has a completion date. */
export function isFinished(job: BulkJob): boolean {
  return !isUnfinished(job);
}

function overdue(watcher: Watcher, jobTimeoutMs: number, requestId: string | undefined): ConnectorError {
  return new ConnectorError(
    'job_deadline',
    { job: watcher.jobId, object: watcher.object, duration: formatDuration(jobTimeoutMs) },
    { stream: watcher.batch?.plan.stream, requestId },
  ).ofFile(watcher.fileName);
}
