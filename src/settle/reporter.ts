/** Decides which log line is written, at which level, and how often. The wording is in `log_lines.ts`. */
import type { Output } from '../airbyte/output.ts';
import type { Clock } from '../clock.ts';
import type { GainsightEvent } from '../load/events.ts';
import type { WindowUse } from '../load/quota.ts';
import type { Schedule } from '../load/schedule.ts';
import type { Batch, Outcome } from '../model.ts';
import type { Accounts, FileCounts } from './accounts.ts';
import {
  adoptedLine,
  doubtLines,
  endedLine,
  jobWaitLine,
  lateJobsLine,
  planLine,
  progressInterval,
  progressLine,
  quotaWaitLine,
  referenceText,
  separateLine,
  shortWait,
  submittedLine,
  summaryLine,
  totalLine,
} from './log_lines.ts';

interface Options {
  readonly clock: Clock;
  readonly output: Pick<Output, 'log'>;
  readonly accounts: Accounts;
  readonly schedule: Pick<Schedule, 'isStopped'>;
}

/** What is known of the tenant's calls when the plan is logged. */
interface Quota {
  readonly windows: readonly WindowUse[];
  /** Milliseconds until the last of the calls may be made. */
  readonly waitMs: number;
}

/** Writes the log of one sync. */
export class Reporter {
  readonly #options: Options;
  readonly #startedAt: number;
  readonly #progress = new Throttle();
  /** When each job of this process was submitted, on the monotonic clock. */
  readonly #submitted = new Map<string, number>();

  constructor(options: Options) {
    this.#options = options;
    this.#startedAt = options.clock.elapsed();
  }

  /** A batch was closed. */
  closed(batch: Batch): void {
    const line = separateLine(batch);
    if (line !== undefined) this.#options.output.log('INFO', line);
  }

  /** Files without a job, of streams that were not stopped. */
  get toSend(): FileCounts {
    const { accounts, schedule } = this.#options;
    return accounts.toSend((planId) => schedule.isStopped(planId));
  }

  /**
   * The input is read: what there is to send is known.
   * @param quota undefined if it is not known
   */
  plan(quota: Quota | undefined): void {
    const { accounts, clock, output } = this.#options;
    const waits = quota !== undefined && quota.waitMs > 0 && Number.isFinite(quota.waitMs);
    const expectedEnd = waits ? clock.now() + quota.waitMs : undefined;
    output.log('INFO', planLine({ ...accounts.allFiles, quota: quota?.windows, expectedEnd }));
  }

  /** Something happened on the way to an outcome. */
  event(event: GainsightEvent): void {
    this.#count(event);
    if (this.#isDue(event)) this.#options.output.log(event.kind === 'warning' ? 'WARN' : 'INFO', this.#lineOf(event));
  }

  #count(event: GainsightEvent): void {
    const { accounts, clock } = this.#options;
    if (event.kind !== 'adopted' && event.kind !== 'submitted') return;
    accounts.hasJob(event.batch, event.kind);
    if (event.kind === 'submitted') this.#submitted.set(event.jobId, clock.elapsed());
    // The first status check comes soon; its first line can wait a minute.
    this.#progress.isDue(event.jobId, clock.elapsed());
  }

  #isDue(event: GainsightEvent): boolean {
    const { clock } = this.#options;
    if (event.kind === 'progress')
      return this.#progress.isDue(event.jobId, clock.elapsed(), progressInterval(event.ageMs));
    if (event.kind !== 'quota wait') return true;
    // Windows are rolling: each call of the next hour may have to wait for seconds.
    return event.until === undefined || event.until - clock.now() >= shortWait;
  }

  #lineOf(event: GainsightEvent): string {
    switch (event.kind) {
      case 'submitted':
        return submittedLine(event);
      case 'adopted':
        return adoptedLine(event);
      case 'progress':
        return progressLine(event);
      case 'quota wait':
        return quotaWaitLine(event, this.#options.clock.now(), this.toSend);
      case 'waiting for job':
        return jobWaitLine(event);
      case 'late jobs wait':
        return lateJobsLine(event, this.#options.clock.now());
      case 'warning':
        return `${event.text}${referenceText(event)}`;
    }
  }

  /** A batch has its outcome: its rows are proven. */
  settled(batch: Batch, outcome: Outcome): void {
    const { clock, output } = this.#options;
    const { jobId } = outcome;
    const since = jobId === undefined ? undefined : this.#submitted.get(jobId);
    output.log('INFO', endedLine(batch, outcome, since === undefined ? undefined : clock.elapsed() - since));
    if (jobId === undefined) return;
    this.#submitted.delete(jobId);
    this.#progress.forget(jobId);
  }

  /** The end: a line per stream with records, and one for all. */
  summary(): void {
    const { accounts, clock, output } = this.#options;
    const received = [...accounts].filter((account) => account.received > 0);
    for (const account of received) {
      output.log('INFO', summaryLine(account));
      for (const line of doubtLines(account)) output.log('WARN', line);
    }
    output.log('INFO', totalLine(received, accounts.states, clock.elapsed() - this.#startedAt));
  }
}

/** Throttles repeated log lines by key. */
export class Throttle {
  readonly #reported = new Map<string, number>();

  /**
   * Whether `thing` may be logged now: it was not logged within the interval, or never. If so it counts as logged.
   * @param now monotonic, in milliseconds
   * @param interval milliseconds between two lines
   */
  isDue(thing: string, now: number, interval = 0): boolean {
    const reported = this.#reported.get(thing);
    if (reported !== undefined && now - reported < interval) return false;
    this.#reported.set(thing, now);
    return true;
  }

  /** The thing is over: if it starts again, it is logged at once. */
  forget(thing: string): void {
    this.#reported.delete(thing);
  }
}
