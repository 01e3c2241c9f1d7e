/** Tells the log what happens, as it happens: which line, at which level, how often. The words are in `reporting.ts`. */
import type { Output } from '../airbyte/output.ts';
import type { Clock } from '../clock.ts';
import type { GainsightEvent } from '../gainsight/events.ts';
import type { Batch, Outcome, Plan } from '../model.ts';
import { Pace } from './pace.ts';
import type { Rejects } from './rejects.ts';
import {
  adoptedLine,
  endedLine,
  jobWaitLine,
  planLine,
  progressInterval,
  progressLine,
  quotaWaitLine,
  type StillToSend,
  type SyncPlan,
  submittedLine,
} from './reporting.ts';
import { summaryLine, totalLine } from './summary.ts';
import type { Tallies } from './tally.ts';

interface Options {
  readonly clock: Clock;
  readonly output: Pick<Output, 'log'>;
  readonly rejects: Rejects;
  readonly tallies: Tallies;
  /** Files that wait. */
  readonly toSend: () => StillToSend;
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
  readonly #progress = new Pace(progressInterval);
  /** When each job of this process was submitted, on the monotonic clock. */
  readonly #submitted = new Map<string, number>();
  #states = 0;

  constructor(options: Options) {
    this.#options = options;
    this.#startedAt = options.clock.elapsed();
  }

  /** The input is read: what there is to send is known. */
  plan(plan: SyncPlan): void {
    this.#options.output.log('INFO', planLine(plan));
  }

  /** Something happened on the way to an outcome. */
  event(event: GainsightEvent): void {
    this.#count(event);
    if (this.#isDue(event)) this.#options.output.log(event.kind === 'warning' ? 'WARN' : 'INFO', this.#lineOf(event));
  }

  #count(event: GainsightEvent): void {
    const { clock, tallies } = this.#options;
    if (event.kind === 'adopted') tallies.of(event.batch.plan.id).adopted += 1;
    if (event.kind !== 'submitted') return;
    tallies.of(event.batch.plan.id).submitted += 1;
    this.#submitted.set(event.jobId, clock.elapsed());
    // The first look at the job comes soon; its first line can wait for a minute.
    this.#progress.isDue(event.jobId, clock.elapsed());
  }

  #isDue(event: GainsightEvent): boolean {
    return event.kind !== 'progress' || this.#progress.isDue(event.jobId, this.#options.clock.elapsed());
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
        return quotaWaitLine(event, this.#options.clock.now(), this.#options.toSend());
      case 'waiting for job':
        return jobWaitLine(event);
      case 'warning':
        return event.text;
    }
  }

  /** A job has ended, and its rows are proven. */
  settled(batch: Batch, outcome: Outcome): void {
    const { clock, output } = this.#options;
    const since = this.#submitted.get(outcome.jobId);
    output.log('INFO', endedLine(batch, outcome, since === undefined ? undefined : clock.elapsed() - since));
    this.#submitted.delete(outcome.jobId);
    this.#progress.forget(outcome.jobId);
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
    for (const summary of summaries) output.log('INFO', summaryLine(summary));
    output.log('INFO', totalLine(summaries, this.#states, clock.elapsed() - this.#startedAt));
  }
}
