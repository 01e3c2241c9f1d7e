/**
 * The bulk route: loads one batch, by a job that already holds its rows or by one of its own, and returns its outcome.
 */
import { once } from '../../async.ts';
import { ConnectorError, thrownOver } from '../../errors.ts';
import { formatCount, formatCounted } from '../../format.ts';
import type { BulkJob } from '../../gainsight/contract.ts';
import { isFaultOfGainsight } from '../../gainsight/error_codes.ts';
import { RowErrors, type RowNumbering } from '../../gainsight/row_errors.ts';
import type { Batch, Outcome, Reference, Route } from '../../model.ts';
import { maxRetryMs, type ReadResult, type Reads } from '../reads.ts';
import { decideResend, type FailedSend, maxRefusedMs } from '../retry.ts';
import type { Splits } from '../route.ts';
import { insertUncertain } from '../uncertain.ts';
import { isCompleted } from './adopt.ts';
import type { Adoption, BatchDecision } from './adoption.ts';
import type { BulkContext } from './context.ts';
import { ownPartOf } from './file_name.ts';
import type { GivenBack } from './given_back.ts';
import type { JobList } from './job_list.ts';
import type { LateJobs } from './late_jobs.ts';
import { isFinished, type Poller, type Sighting } from './poll.ts';
import { countsOf, failureWords, outcomeOf } from './reconcile.ts';
import type { Lease, LiveJob, Submitter } from './submit.ts';
import { writersSince } from './writers_since.ts';

interface Parts {
  readonly reads: Reads;
  readonly jobList: JobList;
  readonly givenBack: GivenBack;
  readonly poller: Poller;
  readonly adoption: Adoption;
  readonly lateJobs: LateJobs;
  readonly submitter: Submitter;
  readonly numbering: RowNumbering;
  readonly splits: Splits;
}

/**
 * The result of reading the list once more before a file is sent. Except for `unchanged` the place in the quota is
 * given back.
 */
type SecondLook = 'unchanged' | 'lost send found' | 'other jobs' | 'other rows' | 'place taken';

/** A file that is to be sent again, as it was sent. */
type FailedFile = FailedSend & { readonly file: Batch };

/** How long errors that are not found are requested again: as long as a poll, in milliseconds. */
const maxAbsenceMs = 300_000;
/** How long counts that do not add up are requested again, in milliseconds. */
const maxCountsWaitMs = 120_000;

/** Loads batches and returns their outcomes. */
export class BulkRoute implements Route {
  readonly #context: BulkContext;
  readonly #parts: Parts;

  readonly #reportMissing = once(() => {
    const text = 'This tenant gives no counts of loaded and refused rows; they are taken from the errors of each job.';
    this.#context.report({ kind: 'warning', text });
  });

  readonly #reportTotal = once((jobId: string, total: number, rows: number, reference: Reference) => {
    const text = `Job ${jobId} reports ${formatCounted(total, 'record')} in all and was sent ${formatCounted(rows, 'row')}; its counts of loaded and refused rows add up to those sent, which is what counts.`;
    this.#context.report({ kind: 'warning', text, ...reference });
  });

  constructor(context: BulkContext, parts: Parts) {
    this.#context = context;
    this.#parts = parts;
  }

  async load(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    const { adoption, lateJobs, submitter } = this.#parts;
    const { retried } = this.#context;
    const failed: FailedFile[] = [];
    for (;;) {
      const found = this.#jobOf(failed);
      if (found) {
        const outcome = await this.#orWithoutRetried(found.file, () => this.#follow(found.file, found));
        if (outcome) return outcome;
        // It has FAILED, and none of those before it has become a job either.
        failed.length = 0;
      }
      await lateJobs.check(batch.plan);
      const known = await adoption.decide(batch, signal);
      if (known.do !== 'submit') {
        const file = retried.sentBefore(batch, known.job.name) ?? batch;
        const outcome = await this.#orWithoutRetried(file, () => this.#takeOver(batch, file, known));
        if (outcome) return outcome;
        continue;
      }
      if (await lateJobs.awaitAll(batch.plan, signal)) continue;
      const file = await retried.prepare(batch, (jobId, object) => this.#writersSince(jobId, object));
      const lease = await submitter.lease(file, signal);
      if ((await this.#lookAgain(file, failed, lease)) !== 'unchanged') continue;
      lateJobs.sending(batch.plan);
      const outcome = await this.#orWithoutRetried(file, async () => {
        const sent = await submitter.send(file, lease, failed.length, signal);
        if (sent.is === 'job') return this.#follow(file, sent.job);
        failed.push({ ...sent, file });
        return;
      });
      if (outcome) return outcome;
      const error = decideResend(batch, failed);
      if (error) throw error;
      this.#reportRefused(failed);
    }
  }

  /** The file is sent again, as it did not arrive. */
  #reportRefused(failed: readonly FailedSend[]): void {
    const refused = failed.filter(({ result }) => result === 'refused');
    const [first, last] = [refused[0], failed.at(-1)];
    if (!first || !last || last.result !== 'refused') return;
    const { clock } = this.#context;
    const [now, { words, fileName, requestId }] = [clock.elapsed(), last];
    const until = clock.now() + first.endedAt + maxRefusedMs - now;
    const tries = refused.length;
    this.#context.report({ kind: 'unanswered', words, tries, forMs: now - first.sentAt, until, fileName, requestId });
  }

  #writersSince(jobId: string, object: string): readonly string[] | undefined {
    return writersSince(this.#parts, this.#context.polling.list_lag_ms, jobId, object);
  }

  /** The outcome of a file; undefined: it is to be sent again, without the rows at its end if it was refused with them. */
  async #orWithoutRetried(file: Batch, load: () => Promise<Outcome | undefined>): Promise<Outcome | undefined> {
    try {
      return await load();
    } catch (error) {
      if (!isOfFile(error) || !(await this.#context.retried.refused(file))) throw error;
      return undefined;
    }
  }

  /** After a wait for quota the list is old: others use the same quota, and jobs of ours may have appeared. */
  async #lookAgain(file: Batch, failed: readonly FailedFile[], lease: Lease): Promise<SecondLook> {
    const { adoption, submitter } = this.#parts;
    let look: SecondLook | undefined;
    try {
      await submitter.readList(lease);
      if (this.#jobOf(failed)) look = 'lost send found';
      // Without a complete list an INSERT is not sent: the decision says so.
      else if (adoption.sawOthers(file) || !adoption.mayInsert(file.plan)) look = 'other jobs';
      else if (await this.#context.retried.sending(file, lease.send))
        look = submitter.confirm(lease) ? 'unchanged' : 'place taken';
      else look = 'other rows';
      return look;
    } finally {
      if (look !== 'unchanged') submitter.giveBack(lease);
    }
  }

  /** A job that was looked up in vain, and has appeared in the list. */
  #jobOf(failed: readonly FailedFile[]): (LiveJob & { readonly file: Batch }) | undefined {
    for (const sent of failed) {
      const found = this.#parts.jobList.bySend(sent);
      if (found) {
        const { jobId, requestId } = found;
        return { jobId, requestId, fileName: sent.fileName, created: sent.sentAt, file: sent.file };
      }
    }
    return undefined;
  }

  /** Continues with a job that already holds the batch's rows, or the first of them. */
  async #takeOver(batch: Batch, file: Batch, known: Exclude<BatchDecision, { do: 'submit' }>): Promise<Outcome> {
    this.#parts.lateJobs.adopting(batch.plan);
    // It keeps the rows that the job holds; the others become another batch.
    if (known.rows < batch.rows) this.#parts.splits.split(batch, await batch.splitOff(known.rows));
    const { jobId, created, job, requestId } = known.job;
    const fileName = ownPartOf(job.fileName) ?? '';
    this.#context.report({ kind: 'adopted', batch: file, jobId, fileName, requestId });
    const live = { jobId, fileName, requestId, created, seen: isFinished(job) ? job : undefined };
    // The user's answer is not checked again.
    if (known.do === 'leave out') {
      const outcome = await outcomeOf(batch, jobId, 0, new RowErrors(), this.#parts.numbering);
      return { ...outcome, fileName, requestId };
    }
    await this.#context.retried.adopted(file);
    return this.#named(live, this.#finish(file, live));
  }

  /** Adds the name of the file to a failure of the job. */
  async #named<T>({ fileName }: LiveJob, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw error instanceof ConnectorError && error.stream ? error.ofFile(fileName) : error;
    }
  }

  /** Follows a job that this process submitted. */
  async #follow(batch: Batch, live: LiveJob): Promise<Outcome> {
    const { adoption, submitter } = this.#parts;
    adoption.claim(live.jobId);
    const { jobId, fileName, requestId } = live;
    this.#context.report({ kind: 'submitted', batch, jobId, quota: submitter.quota, fileName, requestId });
    try {
      return await this.#named(live, this.#finish(batch, live));
    } finally {
      submitter.free(live);
    }
  }

  async #finish(batch: Batch, live: LiveJob): Promise<Outcome> {
    const { job, requestId } = await this.#poll(batch, live);
    if (job === 'gone') throw this.#gone(batch, live, requestId);
    if (!isCompleted(job)) throw await this.#failed(batch, live, { job, requestId });
    const counts = countsOf(job, batch.rows);
    if (counts.verdict === 'wrong') throw wrong(batch, live, counts, requestId);
    if (counts.verdict === 'missing') this.#reportMissing();
    if (counts.verdict === 'proven' && counts.differingTotal !== undefined)
      this.#reportTotal(live.jobId, counts.differingTotal, batch.rows, { fileName: live.fileName, requestId });
    const failed = counts.verdict === 'proven' ? counts.failed : undefined;
    const read = failed === 0 ? { value: new RowErrors(), requestId } : await this.#errors(live);
    const errors = 'absent' in read ? undefined : read.value;
    // Without counts the errors are the only proof.
    if (!errors && failed === undefined) throw wrong(batch, live, {}, read.requestId ?? requestId);
    const outcome = await outcomeOf(batch, live.jobId, failed, errors ?? new RowErrors(), this.#parts.numbering);
    const reference = { fileName: live.fileName, requestId };
    const fault = await this.#nameFault(batch, live);
    const own = await this.#context.retried.settled(batch, outcome, this.#parts.numbering.proven);
    return { ...own, ...reference, proven: this.#parts.lateJobs.proofOf(batch), fault };
  }

  /**
   * With unrecognisable file names an INSERT stops once its own rows are proven. The list must be read for this before
   * the sync ends, as the next one has nothing else.
   */
  async #nameFault({ plan }: Batch, { jobId, reserved }: LiveJob): Promise<ConnectorError | undefined> {
    if (plan.operation !== 'INSERT') return undefined;
    const { givenBack, jobList } = this.#parts;
    if (!givenBack.isListed && givenBack.knows(jobId)) {
      await jobList.look([jobId], reserved).catch((error) => {
        // The rows are proven, whatever the list shows.
        if (!(error instanceof ConnectorError)) throw error;
      });
    }
    return givenBack.insertFault(plan);
  }

  /** Waits for the job's end, and up to two minutes longer if its counts do not add up. */
  async #poll(batch: Batch, live: LiveJob): Promise<Sighting> {
    const { clock } = this.#context;
    const { poller } = this.#parts;
    let finishedAt: number | undefined;
    const until = (job: BulkJob): boolean => {
      if (!isFinished(job)) return false;
      if (!isCompleted(job) || countsOf(job, batch.rows).verdict === 'proven') return true;
      finishedAt ??= clock.elapsed();
      return clock.elapsed() - finishedAt >= maxCountsWaitMs;
    };
    const { jobId, fileName, requestId, created, reserved, seen } = live;
    if (seen && until(seen)) return { job: seen, requestId };
    const { rows, plan } = batch;
    return poller.follow({ jobId, fileName, created, reserved, batch, object: plan.object, rows }, until);
  }

  /** Absent if the tenant has no errors for the job: it has no such path, or the job has disappeared. */
  async #errors({ jobId, fileName, reserved }: LiveJob): Promise<ReadResult<RowErrors>> {
    try {
      return await this.#parts.reads.errors(jobId, { retryMs: maxRetryMs, maxAbsenceMs, reserved });
    } catch (error) {
      throw thrownOver(error, fileName);
    }
  }

  /** A FAILED job must be reported as such, with its errors or without. */
  async #errorsOfFailed(live: LiveJob): Promise<{ errors: RowErrors; requestId: string | undefined }> {
    try {
      const read = await this.#errors(live);
      return { errors: 'absent' in read ? new RowErrors() : read.value, requestId: read.requestId };
    } catch (error) {
      if (error instanceof ConnectorError) return { errors: new RowErrors(), requestId: error.requestId };
      throw error;
    }
  }

  #gone(batch: Batch, { jobId, fileName }: LiveJob, requestId: string | undefined): ConnectorError {
    const { object, operation, stream } = batch.plan;
    const words = `Gainsight no longer knows job ${jobId}`;
    if (operation === 'INSERT') return insertUncertain(batch.plan, { file: fileName, words, jobId, requestId });
    return new ConnectorError('job_gone', { job: jobId, object }, { stream, requestId });
  }

  async #failed(
    batch: Batch,
    live: LiveJob,
    { job, requestId: shownBy }: { readonly job: BulkJob; readonly requestId: string | undefined },
  ): Promise<ConnectorError> {
    const { errors, requestId = shownBy } = await this.#errorsOfFailed(live);
    const words = failureWords(errors, this.#context.client.words);
    const { object, operation, stream } = batch.plan;
    const { processedRecords, successCount } = job;
    if (operation !== 'INSERT' || (processedRecords === 0 && !successCount)) {
      const code = isGainsightsFault(errors) ? 'job_failed_by_gainsight' : 'job_failed';
      return new ConnectorError(code, { job: live.jobId, object, words }, { stream, requestId });
    }
    const touched = processedRecords ?? successCount;
    const shown = touched === undefined ? 'an unknown number' : formatCount(touched);
    const result = `job ${live.jobId} FAILED after ${shown} of ${formatCounted(batch.rows, 'row')}: ${words}`;
    return insertUncertain(batch.plan, { file: live.fileName, words: result, jobId: live.jobId, requestId });
  }
}

/** Whether the file itself is at fault, so that it may be accepted without some of its rows. */
function isOfFile(error: unknown): boolean {
  return error instanceof ConnectorError && ['submission_refused', 'file_too_large', 'job_failed'].includes(error.code);
}

/** Whether any error of a FAILED job is a failure of Gainsight itself: rejected rows alone do not make a job FAIL. */
function isGainsightsFault(errors: RowErrors): boolean {
  for (const { errorMessage } of errors) if (isFaultOfGainsight(errorMessage)) return true;
  return false;
}

function wrong(
  batch: Batch,
  { jobId, fileName }: LiveJob,
  counts: { readonly accepted?: number | undefined; readonly failed?: number | undefined },
  requestId: string | undefined,
): ConnectorError {
  const [accepted, refused] = [countText(counts.accepted), countText(counts.failed)];
  const { object, operation, stream } = batch.plan;
  const { rows } = batch;
  const sum = Number(counts.accepted) + Number(counts.failed);
  if (operation === 'INSERT' && !(Number.isFinite(sum) && sum > rows)) {
    const words = `job ${jobId} was sent ${formatCounted(rows, 'row')} and reports ${accepted} as loaded and ${refused} as refused`;
    return insertUncertain(batch.plan, { file: fileName, words, jobId, requestId });
  }
  return new ConnectorError('counts_wrong', { job: jobId, object, rows, accepted, refused }, { stream, requestId });
}

/** A count for a message: it may be missing, or not a number. */
function countText(count: number | undefined): string {
  return count !== undefined && Number.isFinite(count) ? formatCount(count) : 'no number';
}
