/** One job's life: quota, adopt or submit, poll, row errors, reconcile, outcome. */
import { once } from '../../async.ts';
import type { Clock } from '../../clock.ts';
import { ConnectorError } from '../../errors.ts';
import type { BulkJob } from '../../gainsight/contract.ts';
import { isFaultOfGainsight } from '../../gainsight/error_codes.ts';
import type { PlainWords } from '../../gainsight/plain_words.ts';
import { RowErrors, type RowNumbering } from '../../gainsight/row_errors.ts';
import type { Batch, Outcome } from '../../model.ts';
import type { ReportEvent } from '../events.ts';
import { patience, type ReadResult, type Reads } from '../reads.ts';
import type { OwnJob } from './adopt.ts';
import { formatFileName } from './file_name.ts';
import type { JobList } from './job_list.ts';
import { isFinished, type Poller } from './poll.ts';
import { countsOf, failureWords, outcomeOf } from './reconcile.ts';
import type { LiveJob, Submitter } from './submit.ts';

interface Options {
  readonly calls: Reads;
  readonly clock: Clock;
  readonly jobList: JobList;
  readonly numbering: RowNumbering;
  readonly poller: Poller;
  readonly submitter: Submitter;
  readonly report: ReportEvent;
  /** What may be printed of a job's errors. */
  readonly words: PlainWords;
}

/** How long errors that the tenant does not know of are asked for again: as long as a poll is. */
const absencePatienceMs = 300_000;
/** How long counts that do not add up are asked for again. */
const countsPatience = 120_000;

/** Takes batches to their outcome. */
export class JobRunner {
  readonly #options: Options;

  readonly #reportMissing = once(() => {
    const text = 'This tenant gives no counts of loaded and refused rows; they are taken from the errors of each job.';
    this.#options.report({ kind: 'warning', text });
  });

  constructor(options: Options) {
    this.#options = options;
  }

  /**
   * Submits a batch and follows it. @param signal withdraws it as long as it is not sent
   * @throws ConnectorError; with a `stream` the fault is that stream's, without one it is the whole sync's
   */
  async submit(batch: Batch, rank: readonly number[], signal: AbortSignal): Promise<Outcome> {
    const job = await this.#options.submitter.submit(batch, rank, signal);
    try {
      return await this.#named(job, this.#finish(batch, job));
    } finally {
      this.#options.submitter.free(job);
    }
  }

  /** Takes over a job that already holds the batch's rows. */
  async adopt(batch: Batch, { jobId, name, created, job }: OwnJob): Promise<Outcome> {
    const fileName = formatFileName(name);
    this.#options.report({ kind: 'adopted', batch, jobId, fileName });
    const live = { jobId, fileName, created, seen: isFinished(job) ? job : undefined };
    return this.#named(live, this.#finish(batch, live));
  }

  /** A failure of the job's own says which file it is about. */
  async #named<T>({ fileName }: LiveJob, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw error instanceof ConnectorError && error.stream ? error.ofFile(fileName) : error;
    }
  }

  async #finish(batch: Batch, live: LiveJob): Promise<Outcome> {
    const job = await this.#follow(batch, live);
    if (job === 'gone') throw this.#gone(batch, live);
    if (job.status !== 'COMPLETED') throw await this.#failed(batch, live, job);
    const counts = countsOf(job, batch.rows);
    if (counts.verdict === 'wrong') throw wrong(batch, live, counts.accepted, counts.failed);
    if (counts.verdict === 'missing') this.#reportMissing();
    const failed = counts.verdict === 'proven' ? counts.failed : undefined;
    const errors = failed === 0 ? new RowErrors() : (await this.#errors(live))?.value;
    // Without counts the errors are all the proof there is.
    if (!errors && failed === undefined) throw wrong(batch, live, 'no number', 'no number');
    return outcomeOf(batch, live.jobId, failed, errors ?? new RowErrors(), this.#options.numbering);
  }

  /** To the job's end; and where its counts do not add up, two minutes further. */
  async #follow(batch: Batch, live: LiveJob): Promise<BulkJob | 'gone'> {
    const { clock, poller } = this.#options;
    let finishedAt: number | undefined;
    const until = (job: BulkJob): boolean => {
      if (!isFinished(job)) return false;
      if (job.status !== 'COMPLETED' || countsOf(job, batch.rows).verdict === 'proven') return true;
      finishedAt ??= clock.elapsed();
      return clock.elapsed() - finishedAt >= countsPatience;
    };
    if (live.seen && until(live.seen)) return live.seen;
    const { jobId, created, reserved } = live;
    return poller.follow({ jobId, created, reserved, batch, object: batch.plan.object, rows: batch.rows }, until);
  }

  /** @returns undefined where the tenant knows of no errors for the job: it has no such path, or forgot the job */
  async #errors({ jobId, reserved }: LiveJob): Promise<Exclude<ReadResult<RowErrors>, 'absent'> | undefined> {
    const result = await this.#options.calls.errors(jobId, { patience, absencePatienceMs, reserved });
    return result === 'absent' ? undefined : result;
  }

  /** A job that FAILED must be told as such, with its errors or without. */
  async #errorsOfFailed(live: LiveJob): Promise<{ errors: RowErrors; requestId: string | undefined }> {
    try {
      const read = await this.#errors(live);
      return { errors: read?.value ?? new RowErrors(), requestId: read?.requestId };
    } catch (error) {
      if (error instanceof ConnectorError) return { errors: new RowErrors(), requestId: error.requestId };
      throw error;
    }
  }

  #gone(batch: Batch, { jobId, fileName }: LiveJob): ConnectorError {
    const { object, operation, stream } = batch.plan;
    const words = `Gainsight no longer knows job ${jobId}`;
    if (operation === 'INSERT')
      return new ConnectorError('insert_uncertain', { file: fileName, object, words }, { stream });
    return new ConnectorError('job_gone', { job: jobId, object }, { stream });
  }

  async #failed(batch: Batch, live: LiveJob, job: BulkJob): Promise<ConnectorError> {
    const { errors, requestId } = await this.#errorsOfFailed(live);
    const words = failureWords(errors, this.#options.words);
    const { object, operation, stream } = batch.plan;
    const { processedRecords, successCount } = job;
    if (operation !== 'INSERT' || (processedRecords === 0 && !successCount)) {
      const code = isGainsightsFault(errors) ? 'job_failed_by_gainsight' : 'job_failed';
      return new ConnectorError(code, { job: live.jobId, object, words }, { stream, requestId });
    }
    const touched = processedRecords ?? successCount ?? 'an unknown number';
    const result = `job ${live.jobId} FAILED after ${touched} of ${batch.rows} rows: ${words}`;
    return new ConnectorError(
      'insert_uncertain',
      { file: live.fileName, object, words: result },
      { stream, requestId },
    );
  }
}

/** Whether any error of a FAILED job is Gainsight's own fault: refused rows alone do not make a job FAIL. */
function isGainsightsFault(errors: RowErrors): boolean {
  for (const { errorMessage } of errors) if (isFaultOfGainsight(errorMessage)) return true;
  return false;
}

/** A tenant may give as a count what is none. */
function countText(count: number | string): string {
  return typeof count === 'number' && !Number.isFinite(count) ? 'something that is no number' : String(count);
}

function wrong(
  batch: Batch,
  { jobId, fileName }: LiveJob,
  acceptedCount: number | string,
  refusedCount: number | string,
): ConnectorError {
  const { object, operation, stream } = batch.plan;
  const { rows } = batch;
  const [accepted, refused] = [acceptedCount, refusedCount].map(countText) as [string, string];
  if (operation === 'INSERT' && !(Number(acceptedCount) + Number(refusedCount) > rows)) {
    const words = `job ${jobId} was sent ${rows} rows and reports ${accepted} as loaded and ${refused} as refused`;
    return new ConnectorError('insert_uncertain', { file: fileName, object, words }, { stream });
  }
  return new ConnectorError('counts_wrong', { job: jobId, object, rows, accepted, refused }, { stream });
}
