/** One submission: its place in the quota, its file name, the call, and the look-up of a lost answer. */
import { once } from '../../async.ts';
import { minute } from '../../clock.ts';
import { ConnectorError, thrownOver } from '../../errors.ts';
import { type BulkJob, paths } from '../../gainsight/contract.ts';
import { type Answer, unreadable } from '../../gainsight/response.ts';
import type { Batch } from '../../model.ts';
import type { Entry, WindowUse } from '../quota.ts';
import type { QuotaGate } from '../quota_gate.ts';
import { decideSubmit, type FailedSend, lookUps, type SendFailure, type SubmitDecision } from '../retry.ts';
import type { Schedule } from '../schedule.ts';
import { insertUncertain } from '../uncertain.ts';
import type { BulkContext } from './context.ts';
import { formatFileName, noState } from './file_name.ts';
import type { GivenBack } from './given_back.ts';
import type { JobList, ListedJob, SentFile } from './job_list.ts';

/** A job that holds a batch's rows: new, found after a lost answer, or adopted. */
export interface LiveJob {
  readonly jobId: string;
  readonly fileName: string;
  /** When it was made, on the monotonic clock. */
  readonly created: number;
  /** As the list showed it, if it has already ended. */
  readonly seen?: BulkJob | undefined;
  /** Gainsight's id of the request that named or showed it. */
  readonly requestId?: string | undefined;
  /** Calls set aside for its polls and errors. */
  readonly reserved?: Entry | undefined;
}

/** A place in the quota for one submission, and part of its file's name. */
export interface Lease {
  readonly entry: Entry;
  readonly fileName: string;
  /** The part of the name that identifies the job of this submission in the list. */
  readonly send: string;
}

/** A place whose file is being sent. */
type Leaving = Lease & SentFile;

/** The result of a submission. */
export type Sent = { readonly is: 'job'; readonly job: LiveJob } | ({ readonly is: 'failed' } & FailedSend);

/** A job, and Gainsight's id of the request whose answer named it. */
type NamedJob = Pick<LiveJob, 'jobId' | 'requestId'>;

/** An answer after which there may be a job. */
type Doubtful = Extract<SubmitDecision, { do: 'lookup' }>;

/** Sends files. */
export class Submitter {
  readonly #context: BulkContext;
  readonly #schedule: Schedule;
  readonly #gate: QuotaGate;
  readonly #jobList: JobList;
  readonly #givenBack: GivenBack;

  /** Jobs that answers to submissions named. */
  readonly #jobIds = new Set<string>();

  readonly #reportStart = once(() => this.#context.report({ kind: 'first submission', quota: this.quota }));

  constructor(
    context: BulkContext,
    parts: { schedule: Schedule; gate: QuotaGate; jobList: JobList; givenBack: GivenBack },
  ) {
    this.#context = context;
    this.#schedule = parts.schedule;
    this.#gate = parts.gate;
    this.#jobList = parts.jobList;
    this.#givenBack = parts.givenBack;
  }

  /**
   * Waits until the quota has a place for the batch.
   * @throws the reason of `signal`, or `quota_spent`
   */
  async lease(batch: Batch, signal: AbortSignal): Promise<Lease> {
    const name = this.#nameOf(batch);
    // Every stream with rows gets one job before any gets a second.
    const rank = [this.#schedule.started(batch.plan.id), batch.id];
    const send = this.#readsCount ? undefined : name.send;
    const calls = this.#context.callsPerJob;
    return { entry: await this.#gate.acquire({ calls, rank, send, signal, toConfirm: true }), ...name };
  }

  /**
   * Reads the list for a place that is not yet confirmed: others use the same quota. If reads count, a list of the last
   * minute is enough.
   */
  async readList({ entry }: Lease): Promise<void> {
    const { readAt } = this.#jobList;
    const isFresh = readAt !== undefined && this.#context.clock.elapsed() - readAt < minute;
    if (!this.#readsCount || !isFresh) await this.#jobList.refresh(this.#readsCount ? entry : undefined);
  }

  /** Whether the place is still ours after the list was read; if not, it is given back. */
  confirm({ entry }: Lease): boolean {
    return this.#gate.confirm(entry);
  }

  /** Gives back an unused place. */
  giveBack({ entry }: Lease): void {
    this.#gate.cancel(entry);
  }

  /** Gives back what a job had set aside. */
  free({ reserved }: LiveJob): void {
    if (reserved) this.#gate.release(reserved);
  }

  /**
   * Sends the file.
   * @param signal withdraws it as long as it has not been sent
   * @throws ConnectorError if sending it again would not help
   */
  async send(batch: Batch, lease: Lease, tries: number, signal: AbortSignal): Promise<Sent> {
    this.#reportStart();
    const sentAt = this.#context.clock.elapsed();
    const { digest } = batch;
    try {
      const sent = await this.#submit(batch, { ...lease, digest, sentAt }, tries, signal);
      const reserved = this.#readsCount ? lease.entry : undefined;
      const { fileName, send } = lease;
      if ('jobId' in sent) {
        const { jobId, requestId } = sent;
        return { is: 'job', job: { jobId, fileName, requestId, created: sentAt, reserved } };
      }
      this.#release(lease);
      return { is: 'failed', ...sent, send, digest, fileName, sentAt, endedAt: this.#context.clock.elapsed() };
    } catch (error) {
      this.#release(lease);
      throw thrownOver(error, lease.fileName);
    }
  }

  /** Calls that are left now. */
  get quota(): readonly WindowUse[] {
    return this.#gate.usedSoFar;
  }

  get #readsCount(): boolean {
    return this.#context.callsPerJob > 1;
  }

  /** Gives back what was set aside for reads of a job that does not exist. */
  #release({ entry }: Lease): void {
    if (this.#readsCount) this.#gate.release(entry);
  }

  #nameOf(batch: Batch): { fileName: string; send: string } {
    const { rows, digest, plan } = batch;
    const { identity, random, token } = this.#context;
    const send = Array.from({ length: 10 }, () => Math.floor(random() * 36).toString(36)).join('');
    const state = (plan.operation === 'INSERT' ? batch.stateAt(rows) : undefined) ?? noState;
    const name = { ...identity, token, send, rows, digest: digest.current, state, stream: plan.label };
    return { send, fileName: formatFileName(name) };
  }

  async #submit(batch: Batch, lease: Leaving, tries: number, signal: AbortSignal): Promise<NamedJob | SendFailure> {
    const { client, clock, random } = this.#context;
    const entry = this.#readsCount ? await this.#gate.spend(lease.entry, lease.send) : lease.entry;
    const answer = await this.#post(batch, lease, entry, signal);
    const place = { host: client.host, path: paths.jobs, tries, random: random(), now: clock.now() };
    const decision = decideSubmit(answer, batch, place);
    switch (decision.do) {
      case 'done':
        return decision;
      case 'fail':
        throw decision.error;
      case 'lookup':
        return this.#lookUp(batch, lease, decision);
      case 'wait':
        this.#gate.refuse(decision.waitMs, { fileName: lease.fileName, requestId: decision.requestId });
        return { result: 'limited', words: decision.words, requestId: decision.requestId };
      case 'resend':
        if (!decision.counted) this.#gate.cancel(entry);
        await clock.sleep(decision.waitMs, this.#context.signal);
        return { result: 'refused', words: decision.words, requestId: decision.requestId };
    }
  }

  async #post(batch: Batch, lease: Leaving, entry: Entry, signal: AbortSignal): Promise<Answer<BulkJob>> {
    const { fileName } = lease;
    const { client, uploadSignal } = this.#context;
    // The last moment before the file is sent: the stream may have been stopped while it waited for quota.
    if (signal.aborted) this.#gate.cancel(entry);
    signal.throwIfAborted();
    const { object, operation, keyFields } = batch.plan;
    const submission = { object, operation, keyFields, fileName, path: batch.path, proof: batch.proof };
    const answer = await client.submit(submission, uploadSignal).finally(() => this.#gate.answered(entry));
    if (answer.kind !== 'done') return answer;
    const { jobId } = answer.value;
    if (jobId === undefined) return answer;
    if (this.#givenBack.mayBeOfOtherFile(fileName, answer.value)) await this.#seeList(lease);
    // An answer about a job that existed before, or about another file, does not count, whatever it says.
    const isOther = this.#isOther(jobId, lease) || this.#givenBack.isOfOtherFile(fileName, answer.value);
    if (isOther) return unreadable(answer.requestId);
    this.#gate.answered(entry, jobId);
    this.#givenBack.submitted({ ...answer.value, jobId }, { fileName, object }, answer.requestId);
    return answer;
  }

  /** Reads how the list shows our names; if it cannot be read, nothing is learnt. */
  async #seeList(lease: Leaving): Promise<void> {
    await this.#jobList.lookFor(lease, this.#readsCount ? lease.entry : undefined).catch((error) => {
      if (!(error instanceof ConnectorError)) throw error;
    });
  }

  /** A job that was listed before, or that the list has since shown with the name of another file. */
  #isOther(jobId: string, { send, sentAt }: SentFile): boolean {
    const listed = this.#jobList.byId(jobId);
    const isAnswered = this.#jobIds.has(jobId);
    this.#jobIds.add(jobId);
    if (!listed) return isAnswered;
    const { name, job, seenAt } = listed;
    const isKept = job.fileName !== undefined && !this.#givenBack.lostName;
    const isOfOther = name === undefined ? isKept : name.send !== undefined && name.send !== send;
    return isAnswered || seenAt < sentAt || isOfOther;
  }

  /** The answer is lost, or is a refusal after which there may be a job: the list shows whether there is one. */
  async #lookUp(batch: Batch, lease: Leaving, answer: Doubtful): Promise<NamedJob | SendFailure> {
    const { clock, polling, signal } = this.#context;
    const { list_lag_ms: listLagMs } = polling;
    const { words, limitedMs, requestId } = answer;
    const { fileName } = lease;
    if (limitedMs !== undefined) {
      this.#gate.refuse(limitedMs, { fileName, requestId });
      // If reads count they are refused as well, and wait for their turn like any other.
      this.#release(lease);
    }
    const since = clock.elapsed();
    for (const [at, lag] of this.#jobList.absent ? [] : lookUps.entries()) {
      // A look-up that had to wait replaces those that it delayed.
      if (clock.elapsed() > since + (lookUps[at + 1] ?? Number.POSITIVE_INFINITY) * listLagMs) continue;
      await clock.sleep(since + lag * listLagMs - clock.elapsed(), signal);
      const found = await this.#find(batch, lease, answer);
      if (found) return found;
    }
    if (limitedMs !== undefined) return { result: 'limited', words, requestId };
    if (batch.plan.operation === 'INSERT') throw insertUncertain(batch.plan, { file: fileName, words, requestId });
    return { result: 'lost', words, requestId };
  }

  async #find(batch: Batch, lease: Leaving, { words, limitedMs, requestId }: Doubtful): Promise<ListedJob | undefined> {
    const { entry, fileName } = lease;
    const isLimited = limitedMs !== undefined;
    try {
      return await this.#jobList.lookFor(lease, this.#readsCount && !isLimited ? entry : undefined);
    } catch (error) {
      if (isLimited || batch.plan.operation !== 'INSERT' || !(error instanceof ConnectorError)) throw error;
      // Without the list nothing is known: Airbyte must not retry an INSERT.
      throw insertUncertain(batch.plan, { file: fileName, words, requestId: requestId ?? error.requestId });
    }
  }
}
