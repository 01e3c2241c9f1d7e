/** Tells the log what happens, as it happens: which line, at which level, how often. The words are in `reporting.ts`. */
import type { Output } from '../airbyte/output.ts';
import type { Clock } from '../clock.ts';
import type { GainsightEvent } from '../load/events.ts';
import type { WindowUse } from '../load/quota.ts';
import type { Batch, Outcome, Plan } from '../model.ts';
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
  type StillToSend,
  separateLine,
  shortWait,
  submittedLine,
  summaryLine,
  totalLine,
} from './log_lines.ts';
import type { Rejects } from './rejects/rejects.ts';
import type { Tallies } from './tally.ts';

interface Options {
  readonly clock: Clock;
  readonly output: Pick<Output, 'log'>;
  readonly rejects: Rejects;
  readonly tallies: Tallies;
  /** The stream failed: its files are not sent. */
  readonly isStopped: (planId: number) => boolean;
}

/** What is known of the tenant's calls when the plan is told. */
interface Quota {
  readonly windows: readonly WindowUse[];
  /** Milliseconds until the last of the calls may go. */
  readonly waitMs: number;
}

/** One stream as it was read. */
interface ReadStream {
  readonly plan: Plan;
  readonly records: number;
}

/** The teller of one sync. */
export class Reporter {
  readonly #options: Options;
  readonly #startedAt: number;
  readonly #progress = new Throttle();
  /** When each job of this process was submitted, on the monotonic clock. */
  readonly #submitted = new Map<string, number>();
  /** What was cut so far. */
  readonly #closed = { plans: new Set<Plan>(), files: 0, rows: 0, bytes: 0 };
  /** Files that no job holds yet, by batch. */
  readonly #unsent = new Map<number, Batch>();
  #states = 0;

  constructor(options: Options) {
    this.#options = options;
    this.#startedAt = options.clock.elapsed();
  }

  /** A batch was cut, or split off another. */
  closed(batch: Batch): void {
    const line = separateLine(batch);
    if (line !== undefined) this.#options.output.log('INFO', line);
    this.#unsent.set(batch.id, batch);
    this.#closed.plans.add(batch.plan);
    this.#closed.files += 1;
    this.#closed.rows += batch.rows;
    this.#closed.bytes += batch.bytes;
  }

  /** A batch became two. */
  split(first: Batch, rest: Batch): void {
    this.#unsent.set(first.id, first);
    this.#unsent.set(rest.id, rest);
    this.#closed.files += 1;
  }

  /** The streams of which files were cut. */
  get plansClosed(): Iterable<Plan> {
    return this.#closed.plans;
  }

  /** Files that no job holds yet. */
  get toSend(): StillToSend {
    const batches = [...this.#unsent.values()].filter(({ plan }) => !this.#options.isStopped(plan.id));
    const sum = (of: (batch: Batch) => number) => batches.reduce((total, batch) => total + of(batch), 0);
    return { files: batches.length, rows: sum(({ rows }) => rows), bytes: sum(({ bytes }) => bytes) };
  }

  /** The input is read: what there is to send is known. @param quota undefined where it cannot be known */
  plan(quota: Quota | undefined): void {
    const { clock, output } = this.#options;
    const { plans, ...files } = this.#closed;
    const sent = files.files - this.#unsent.size;
    const waits = quota !== undefined && quota.waitMs > 0 && Number.isFinite(quota.waitMs);
    const expectedEnd = waits ? clock.now() + quota.waitMs : undefined;
    output.log('INFO', planLine({ ...files, streams: plans.size, sent, quota: quota?.windows, expectedEnd }));
  }

  /** Something happened on the way to an outcome. */
  event(event: GainsightEvent): void {
    this.#count(event);
    if (this.#isDue(event)) this.#options.output.log(event.kind === 'warning' ? 'WARN' : 'INFO', this.#lineOf(event));
  }

  #count(event: GainsightEvent): void {
    const { clock, tallies } = this.#options;
    if (event.kind !== 'adopted' && event.kind !== 'submitted') return;
    tallies.of(event.batch.plan.id)[event.kind] += 1;
    this.#unsent.delete(event.batch.id);
    if (event.kind === 'submitted') this.#submitted.set(event.jobId, clock.elapsed());
    // The first look at the job comes soon; its first line can wait for a minute.
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

  /** A state goes out. */
  stateReleased(): void {
    this.#states += 1;
  }

  /** The end: a line for each stream with records, and one for all. */
  summary(streams: readonly ReadStream[]): void {
    const { clock, output, rejects, tallies } = this.#options;
    const summaries = streams
      .filter(({ records }) => records > 0)
      .map(({ plan, records }) => ({ plan, records, reasons: rejects.reasons(plan.id), ...tallies.of(plan.id) }));
    for (const summary of summaries) {
      output.log('INFO', summaryLine(summary));
      for (const line of doubtLines(summary)) output.log('WARN', line);
    }
    output.log('INFO', totalLine(summaries, this.#states, clock.elapsed() - this.#startedAt));
  }
}

/** Remembers when each thing was told last. */
export class Throttle {
  readonly #reported = new Map<string, number>();

  /**
   * Whether `thing` is to be told now, as it was not told for an interval or never; then it counts as told.
   * @param now monotonic, in milliseconds
   * @param interval milliseconds since it was told last
   */
  isDue(thing: string, now: number, interval = 0): boolean {
    const reported = this.#reported.get(thing);
    if (reported !== undefined && now - reported < interval) return false;
    this.#reported.set(thing, now);
    return true;
  }

  /** The thing is over: should it begin anew, it is told at once. */
  forget(thing: string): void {
    this.#reported.delete(thing);
  }
}
