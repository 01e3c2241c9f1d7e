/** Decides which log line is written, at which level, and how often. `log_lines.ts` has the wording, or says which file has. */
import type { Output } from '../airbyte/output.ts';
import { type Clock, minute } from '../clock.ts';
import type { RejectedRows } from '../config/types.ts';
import type { GainsightEvent } from '../load/events.ts';
import type { WindowUse } from '../load/quota.ts';
import type { Schedule } from '../load/schedule.ts';
import type { Batch, Outcome, Plan } from '../model.ts';
import type { MisfitCount, ValueChecks } from '../records/value_check.ts';
import { type Accounts, countsOf, type FileCounts, sumOf } from './accounts.ts';
import { doubtLines, misfitLine, moreMisfitsLine, mostMisfits, paddedKeysLine } from './doubt_lines.ts';
import {
  adoptedLine,
  type CallsDone,
  type CallsLeft,
  earlyPlanLine,
  endedLine,
  groupLine,
  type OpenJob,
  planLine,
  progressInterval,
  progressLine,
  referenceText,
  routeLine,
  separateLine,
  severalRecordsLine,
  stoppedLine,
  submittedLine,
} from './log_lines.ts';
import { QuietJobs } from './quiet_jobs.ts';
import { summaryLine, totalLine } from './summary_lines.ts';
import {
  additionsWaitLine,
  jobWaitLine,
  lateJobsLine,
  quotaWaitLine,
  shortCallsWait,
  shortWait,
  unansweredLine,
  updatesWaitLine,
} from './wait_lines.ts';

interface Options {
  readonly clock: Clock;
  readonly output: Pick<Output, 'log'>;
  readonly accounts: Accounts;
  readonly schedule: Pick<Schedule, 'isStopped'>;
  readonly checks: Pick<ValueChecks, 'of'>;
  /** How much of a row may be logged. */
  readonly detail: RejectedRows['log_detail'];
  /** `quota.object_api.auto_rows` */
  readonly autoRows: number;
  /** Milliseconds until the last of so many files may be submitted; Infinity if the limits allow none. */
  readonly forecast: (files: number) => number;
  /** Those of these files that would be taken over from jobs of earlier attempts. */
  readonly heldOf: (files: readonly Batch[]) => readonly Batch[];
}

/** How a sync ended. */
interface SyncEnd {
  readonly isClear: boolean;
  /** It, or a stream of it, has failed. */
  readonly hasFailed: boolean;
  /** What asked it to stop; undefined if nothing did. */
  readonly stoppedBy: string | undefined;
  /** Jobs that may have loaded their rows, if the sync was stopped. */
  readonly open: readonly OpenJob[];
}

/** Milliseconds between two lines about a Gainsight that does not answer, and until the first. */
const unansweredInterval = 5 * minute;
const firstUnanswered = minute;

const warnings: ReadonlySet<GainsightEvent['kind']> = new Set(['warning', 'unanswered', 'several records']);

/** Writes the log of one sync. */
export class Reporter {
  readonly #options: Options;
  readonly #startedAt: number;
  readonly #progress = new Throttle();
  readonly #quiet = new QuietJobs();
  /** Calls left after the last submission. */
  #left: readonly CallsLeft[] | undefined;
  /** The input is read: no further file will be closed. */
  #hasEnded = false;
  /** How many of the values that do not fit were logged. */
  readonly #misfits = new Map<MisfitCount, number>();
  /** Plans of which a file was closed, with the route of the last one. */
  readonly #closed = new Map<number, Batch['route']>();
  /** What calls have done, by the id of the batch. */
  readonly #called = new Map<number, CallsDone>();
  /** When each job of this process was submitted, on the monotonic clock. */
  readonly #submitted = new Map<string, number>();

  constructor(options: Options) {
    this.#options = options;
    this.#startedAt = options.clock.elapsed();
  }

  /** A batch was closed. */
  closed(batch: Batch): void {
    const { id } = batch.plan;
    const isFirst = !this.#closed.has(id);
    const choice = isFirst || this.#closed.get(id) !== batch.route ? [routeLine(batch, this.#options.autoRows)] : [];
    for (const line of [separateLine(batch), ...choice]) if (line !== undefined) this.#options.output.log('INFO', line);
    this.#closed.set(id, batch.route);
    if (!isFirst) return;
    this.#warnOfMisfits(batch.plan);
  }

  /** Warns of values that do not fit and were not logged yet. */
  #warnOfMisfits(plan: Plan): void {
    const { accounts, checks, output } = this.#options;
    const grown = (checks.of(plan)?.found ?? []).filter((misfit) => misfit.count !== this.#misfits.get(misfit));
    for (const misfit of grown.slice(0, mostMisfits)) {
      const line = misfitLine(accounts.of(plan), misfit, this.#misfits.has(misfit));
      this.#misfits.set(misfit, misfit.count);
      output.log('WARN', line);
    }
    if (grown.length > mostMisfits) output.log('WARN', moreMisfitsLine(plan, grown.length - mostMisfits));
  }

  /** Files without a job, of streams that were not stopped. */
  get #withoutJob(): Batch[] {
    const { accounts, schedule } = this.#options;
    return accounts.withoutJob((planId) => schedule.isStopped(planId));
  }

  /** Those of them that take a call. */
  get #toSend(): FileCounts {
    const files = this.#withoutJob;
    const held = new Set(this.#options.heldOf(files));
    return sumOf(files.filter((file) => !held.has(file)).map(countsOf));
  }

  /** The input is read: its last files are about to be closed. */
  inputEnded(): void {
    this.#hasEnded = true;
  }

  /**
   * What there is to send, and when.
   * @param callsPerJob each file's share of the quota
   * @param quota undefined if the tenant does not list its jobs, and so not its calls
   * @param objectQuota the calls of the object API
   */
  plan(callsPerJob: number, quota: readonly WindowUse[] | undefined, objectQuota: readonly WindowUse[]): void {
    const { accounts, heldOf, output } = this.#options;
    const { sent, adopted, ...files } = accounts.allFiles;
    const calls = { callsPerJob, submitted: sent - adopted, taken: adopted + heldOf(this.#withoutJob).length };
    const expectedEnd = quota && this.#expectedEnd;
    output.log('INFO', planLine({ ...files, ...calls, quota, expectedEnd, batches: accounts.allBatches, objectQuota }));
  }

  /**
   * When the last file may be submitted, for every line that says so, by wall time; undefined while more files may be
   * closed, if nothing waits for quota, or if the limits allow none.
   */
  get #expectedEnd(): number | undefined {
    if (!this.#hasEnded) return undefined;
    const { clock, forecast } = this.#options;
    const waitMs = forecast(this.#toSend.files);
    return waitMs > 0 && Number.isFinite(waitMs) ? clock.now() + waitMs : undefined;
  }

  /** Something happened on the way to an outcome. */
  event(event: GainsightEvent): void {
    this.#count(event);
    // The line of its end has the counts.
    if (event.kind === 'calls done') this.#called.set(event.batch.id, event);
    if (event.kind === 'calls done' || !this.#isDue(event)) return;
    // What was kept back is logged before what follows it.
    if (event.kind === 'progress') this.#logSubmission(event.jobId);
    if (event.kind === 'quota wait') this.#logGroup();
    const isWarning = warnings.has(event.kind);
    this.#options.output.log(isWarning ? 'WARN' : 'INFO', this.#lineOf(event));
  }

  #count(event: GainsightEvent): void {
    const { accounts, clock } = this.#options;
    if (event.kind !== 'adopted' && event.kind !== 'submitted') return;
    accounts.hasJob(event.batch, event.kind);
    if (event.kind === 'submitted') {
      this.#submitted.set(event.jobId, clock.elapsed());
      this.#left = event.quota;
    }
    // The first status check comes soon; its first line can wait a minute.
    this.#progress.isDue(event.jobId, clock.elapsed());
  }

  #isDue(event: GainsightEvent): boolean {
    const { clock } = this.#options;
    switch (event.kind) {
      case 'first submission':
        // Otherwise the plan says it all.
        return !this.#hasEnded;
      case 'submitted':
        return this.#quiet.submitted(event);
      case 'progress':
        return this.#progress.isDue(event.jobId, clock.elapsed(), progressInterval(event.ageMs));
      case 'quota wait':
        // Windows are rolling: each call of the next hour may have to wait for seconds.
        return event.until === undefined || event.until - clock.now() >= (event.route ? shortCallsWait : shortWait);
      case 'unanswered':
        return event.forMs >= firstUnanswered && this.#progress.isDue('', clock.elapsed(), unansweredInterval);
      default:
        return true;
    }
  }

  #lineOf(event: Exclude<GainsightEvent, CallsDone>): string {
    switch (event.kind) {
      case 'first submission':
        return earlyPlanLine(this.#options.accounts.allFiles, event.quota);
      case 'submitted':
        return submittedLine(event);
      case 'adopted':
        return adoptedLine(event);
      case 'progress':
        return progressLine(event);
      case 'quota wait':
        return quotaWaitLine(event, this.#options.clock.now(), this.#progressOfFiles);
      case 'waiting for job':
        return jobWaitLine(event);
      case 'late jobs wait':
        return lateJobsLine(event, this.#options.clock.now());
      case 'unanswered':
        return unansweredLine(event);
      case 'additions wait':
        return additionsWaitLine(event, this.#options.clock.now());
      case 'updates wait':
        return updatesWaitLine(event, this.#options.clock.now());
      case 'several records':
        return severalRecordsLine(event);
      default:
        return `${event.text}${referenceText(event)}`;
    }
  }

  get #ended() {
    const { accounts } = this.#options;
    return { ...accounts.ended, kind: accounts.fileKind };
  }

  get #progressOfFiles() {
    return { toSend: this.#toSend, ...this.#ended, expectedEnd: this.#expectedEnd };
  }

  /** A batch has its outcome: its rows are proven. */
  settled(batch: Batch, outcome: Outcome): void {
    const { clock, output } = this.#options;
    const { jobId } = outcome;
    const called = this.#called.get(batch.id);
    this.#called.delete(batch.id);
    const since = jobId === undefined ? undefined : this.#submitted.get(jobId);
    const now = clock.elapsed();
    if (!this.#quiet.ended(batch, outcome, now)) {
      if (jobId !== undefined) this.#logSubmission(jobId);
      output.log('INFO', endedLine(batch, outcome, since === undefined ? undefined : now - since, called));
    }
    if (this.#quiet.isDue(now)) this.#logGroup();
    if (jobId === undefined) return;
    this.#submitted.delete(jobId);
    this.#progress.forget(jobId);
  }

  /** The submission of a job that had no line so far. */
  #logSubmission(jobId: string): void {
    const submission = this.#quiet.take(jobId);
    if (submission) this.#options.output.log('INFO', submittedLine(submission));
  }

  #logGroup(): void {
    const group = this.#quiet.takeGroup();
    if (group) this.#options.output.log('INFO', groupLine(group, this.#ended, this.#left ?? []));
  }

  /**
   * The end: why it ended early, if it did, a line per stream with records, and one for all.
   * @returns the lines per stream, and the one for all
   */
  summary({ isClear, hasFailed, stoppedBy, open }: SyncEnd): readonly string[] {
    const { accounts, clock, output } = this.#options;
    this.#logGroup();
    for (const submission of this.#quiet.takeHeld()) output.log('INFO', submittedLine(submission));
    if (stoppedBy !== undefined)
      output.log('WARN', stoppedLine(stoppedBy, this.#hasEnded ? this.#ended : undefined, open));
    else if (isClear) output.log('INFO', 'Clear: Gainsight is left as it is.');
    else if (accounts.ended.of === 0 && !hasFailed) output.log('INFO', 'Nothing to send: no job was made.');
    const received = [...accounts].filter((account) => account.received > 0);
    const lines: string[] = [];
    const log = (line: string) => {
      lines.push(line);
      output.log('INFO', line);
    };
    for (const account of received) {
      log(summaryLine(account, recordsIn(open.filter(({ plan }) => plan.id === account.plan.id))));
      const padded = paddedKeysLine(account, this.#options.detail);
      for (const line of [...doubtLines(account), ...(padded === undefined ? [] : [padded])]) output.log('WARN', line);
      this.#warnOfMisfits(account.plan);
    }
    log(totalLine(received, accounts.states, clock.elapsed() - this.#startedAt, recordsIn(open)));
    return lines;
  }
}

function recordsIn(open: readonly OpenJob[]): number {
  return open.reduce((sum, { records }) => sum + records, 0);
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
