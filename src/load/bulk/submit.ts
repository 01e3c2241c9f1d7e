/** Submits a batch once: never blindly again, and only after the list showed that a lost answer left no job behind. */
import { type Clock, minute } from '../../clock.ts';
import { ConnectorError } from '../../errors.ts';
import type { Client } from '../../gainsight/client.ts';
import { type BulkJob, paths } from '../../gainsight/contract.ts';
import type { Answer } from '../../gainsight/response.ts';
import type { Batch } from '../../model.ts';
import type { ReportEvent } from '../events.ts';
import type { Entry } from '../quota.ts';
import type { QuotaGate } from '../quota_gate.ts';
import { decideSubmit } from '../retry.ts';
import { formatFileName } from './file_name.ts';
import type { JobList, ListedJob } from './job_list.ts';
import type { Redact } from './reconcile.ts';

/** A job that holds a batch's rows: new, found again after a lost answer, or adopted. */
export interface LiveJob {
  readonly jobId: string;
  readonly fileName: string;
  /** When it was made, on the monotonic clock. */
  readonly created: number;
  /** As the list showed it, when it is already at its end. */
  readonly seen?: BulkJob | undefined;
  /** Calls set aside for its polls and errors. */
  readonly reserved?: Entry | undefined;
}

/** Who submits: `WORKER_JOB_ID` and `WORKER_JOB_ATTEMPT`, or what stands for them. */
export interface Identity {
  readonly run: string;
  readonly attempt: number;
}

interface Options {
  readonly client: Client;
  readonly clock: Clock;
  readonly jobList: JobList;
  readonly gate: QuotaGate;
  readonly identity: Identity;
  readonly random: () => number;
  readonly report: ReportEvent;
  /** Ends waiting, not an upload in flight. */
  readonly signal: AbortSignal;
  /** Ends an upload in flight as well. */
  readonly uploadSignal: AbortSignal;
  /** How late a new job may show in the list, in milliseconds. */
  readonly listLag: number;
  /** Calls that a job takes: 1, or where every call counts those that are set aside for its reads as well. */
  readonly callsPerJob: number;
  /** Told of each new job, so that none of them is taken for an earlier attempt's. */
  readonly claim: (jobId: string) => void;
  readonly redact: Redact;
  /** Called with a list just read, at the last moment before a file leaves. @throws what speaks against it */
  readonly recheck: (batch: Batch) => void;
}

type Sent =
  | { readonly do: 'done'; readonly jobId: string }
  /** `limited`: refused for quota; `refused`: it did not arrive; `lost`: it may have, but no job shows. */
  | { readonly do: 'again'; readonly words: string; readonly result: 'limited' | 'refused' | 'lost' };

/** A submission whose answer did not come. */
interface LostAnswer {
  readonly fileName: string;
  readonly send: string;
  /** Pays for the look-up where reads count. */
  readonly reserved: Entry;
  readonly words: string;
}

/** An UPSERT or UPDATE whose answer is lost is sent at most this often. */
const mostSends = 3;
/** When a lost answer is looked up, as multiples of the list's lag. */
const lookUps = [0, 1 / 3, 1, 4];

/** Sends files. */
export class Submitter {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** @throws ConnectorError, or the reason of `signal` while the batch is not yet sent */
  async submit(batch: Batch, rank: readonly number[], signal: AbortSignal): Promise<LiveJob> {
    const { clock } = this.#options;
    const unanswered = new LostSends();
    let refusedSince: number | undefined;
    for (let tries = 0; ; tries++) {
      const { fileName, send } = this.#name(batch);
      const reserved = await this.#turn(batch, rank, { fileName, unanswered }, signal).catch((error) => {
        if (error instanceof ShowedLate) return error;
        throw error;
      });
      if (reserved instanceof ShowedLate) return this.#submitted(batch, reserved.job);
      const sentAt = clock.elapsed();
      const sent = await this.#send(batch, { fileName, send, reserved, tries, signal }).catch((error) => {
        this.#release(reserved);
        throw error;
      });
      if (sent.do === 'done') {
        const { jobId } = sent;
        const job = { jobId, fileName, created: sentAt, reserved: this.#isReserve ? reserved : undefined };
        return this.#submitted(batch, job);
      }
      this.#release(reserved);
      if (sent.result === 'lost') {
        unanswered.add({ send, fileName, sentAt });
        if (unanswered.length >= mostSends) throw lost(batch, unanswered.length, sent.words);
      } else if (sent.result === 'refused') {
        refusedSince ??= clock.elapsed();
        if (clock.elapsed() - refusedSince > 30 * minute)
          throw new ConnectorError('gainsight_unavailable', { words: sent.words });
      }
    }
  }

  #submitted(batch: Batch, job: LiveJob): LiveJob {
    const { claim, gate, report } = this.#options;
    claim(job.jobId);
    report({ kind: 'submitted', batch, jobId: job.jobId, left: gate.left() });
    return job;
  }

  /** Gives back the calls that a job had set aside. */
  free(job: LiveJob): void {
    if (job.reserved) this.#options.gate.cancel(job.reserved);
  }

  get #isReserve(): boolean {
    return this.#options.callsPerJob > 1;
  }

  #release(reserved: Entry): void {
    if (this.#isReserve) this.#options.gate.cancel(reserved);
  }

  #name(batch: Batch): { fileName: string; send: string } {
    const { identity, random } = this.#options;
    const send = Array.from({ length: 10 }, () => Math.floor(random() * 36).toString(36)).join('');
    const { rows, digest, plan } = batch;
    return { send, fileName: formatFileName({ ...identity, send, rows, digest, stream: plan.label }) };
  }

  /** Waits for quota. Where reads are free, the list is read before each submission: others use the same quota. */
  async #turn(
    batch: Batch,
    rank: readonly number[],
    { fileName, unanswered }: { readonly fileName: string; readonly unanswered: LostSends },
    signal: AbortSignal,
  ): Promise<Entry> {
    const { gate, callsPerJob } = this.#options;
    const refresh = (reserved?: Entry) => this.#refresh(batch, unanswered, reserved);
    if (!this.#isReserve) return gate.acquire({ calls: 1, rank, fileName, signal, refresh });
    const reserved = await gate.acquire({ calls: callsPerJob, rank, signal });
    try {
      await refresh(reserved);
    } catch (error) {
      gate.cancel(reserved);
      throw error;
    }
    return reserved;
  }

  /** Where reads count, a list of the last minute will do. */
  async #refresh(batch: Batch, unanswered: LostSends, reserved: Entry | undefined): Promise<void> {
    const { jobList, clock, recheck } = this.#options;
    const isFresh = jobList.readAt !== undefined && clock.elapsed() - jobList.readAt < minute;
    if (!reserved || !isFresh) await jobList.refresh(reserved);
    unanswered.check(jobList);
    recheck(batch);
  }

  async #send(
    batch: Batch,
    at: { fileName: string; send: string; reserved: Entry; tries: number; signal: AbortSignal },
  ): Promise<Sent> {
    const { client, clock, gate, random, signal, uploadSignal } = this.#options;
    const entry = this.#isReserve ? await gate.spend(at.reserved, at.fileName) : at.reserved;
    // The last moment before the file leaves: the stream may have been stopped while it waited for quota.
    if (at.signal.aborted) gate.cancel(entry);
    at.signal.throwIfAborted();
    const { object, operation, keyFields } = batch.plan;
    const submission = { object, operation, keyFields, fileName: at.fileName, path: batch.path, proof: batch.proof };
    const answer = await client.submit(submission, uploadSignal).finally(() => gate.answered(entry));
    if (answer.kind === 'done') gate.answered(entry, answer.value.jobId);
    const place = { host: client.host, path: paths.jobs, tries: at.tries, random: random(), now: clock.now() };
    const decision = decideSubmit(this.#withoutValues(answer, batch), batch, place);
    switch (decision.do) {
      case 'done':
        return decision;
      case 'fail':
        throw decision.error;
      case 'lookup':
        return this.#lookUp(batch, { ...at, words: decision.words });
      case 'wait':
        gate.refuse(decision.wait);
        return { do: 'again', words: decision.words, result: 'limited' };
      case 'resend':
        if (!decision.counted) gate.cancel(entry);
        await clock.sleep(decision.wait, signal);
        return { do: 'again', words: decision.words, result: 'refused' };
    }
  }

  /** Gainsight may quote from the file why it refuses it. */
  #withoutValues(answer: Answer<BulkJob>, batch: Batch): Answer<BulkJob> {
    return answer.kind === 'done' ? answer : { ...answer, words: this.#options.redact(answer.words, batch, []) };
  }

  /** The answer is lost: the list tells whether the job is there. */
  async #lookUp(batch: Batch, lost: LostAnswer): Promise<Sent> {
    const { clock, jobList, listLag, signal } = this.#options;
    const { fileName, words } = lost;
    const since = clock.elapsed();
    for (const lag of jobList.absent ? [] : lookUps) {
      await clock.sleep(since + lag * listLag - clock.elapsed(), signal);
      const found = await this.#find(batch, lost);
      if (found) return { do: 'done', jobId: found.jobId };
    }
    if (batch.plan.operation === 'INSERT') throw uncertain(batch, fileName, words);
    return { do: 'again', words, result: 'lost' };
  }

  async #find(batch: Batch, { fileName, reserved, send, words }: LostAnswer): Promise<ListedJob | undefined> {
    try {
      return await this.#options.jobList.lookFor(send, this.#isReserve ? reserved : undefined);
    } catch (error) {
      // Without the list nothing is known: an INSERT must not be tried again by Airbyte.
      if (batch.plan.operation === 'INSERT' && error instanceof ConnectorError) throw uncertain(batch, fileName, words);
      throw error;
    }
  }
}

function uncertain(batch: Batch, file: string, words: string): ConnectorError {
  const { object, stream } = batch.plan;
  return new ConnectorError('insert_uncertain', { file, object, words }, { stream });
}

function lost(batch: Batch, times: number, words: string): ConnectorError {
  const { object, stream } = batch.plan;
  return new ConnectorError('submission_lost', { object, times, words }, { stream });
}

interface LostSend {
  readonly send: string;
  readonly fileName: string;
  /** On the monotonic clock. */
  readonly sentAt: number;
}

/** What sending again is given up for: the job that was looked for in vain has come into the list. */
export class ShowedLate extends Error {
  readonly job: LiveJob;

  constructor(job: LiveJob) {
    super();
    this.job = job;
  }
}

/** The submissions of one file that were looked up in vain. */
export class LostSends {
  readonly #sends: LostSend[] = [];

  get length(): number {
    return this.#sends.length;
  }

  add(send: LostSend): void {
    this.#sends.push(send);
  }

  /** To be called once the list was read again: the wait for quota may have been long. @throws {@link ShowedLate} */
  check(jobList: JobList): void {
    for (const { send, fileName, sentAt } of this.#sends) {
      const found = jobList.bySend(send);
      if (found) throw new ShowedLate({ jobId: found.jobId, fileName, created: sentAt });
    }
  }
}
