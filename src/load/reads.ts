/** Reads that are retried until they are answered, and that spend quota if the tenant counts them. */
import { once } from '../async.ts';
import { type Clock, minute } from '../clock.ts';
import type { Client } from '../gainsight/client.ts';
import { type BulkJob, type JobPage, paths } from '../gainsight/contract.ts';
import { type Answer, unreadable } from '../gainsight/response.ts';
import type { RowErrors } from '../gainsight/row_errors.ts';
import type { ReportEvent } from './events.ts';
import type { Entry } from './quota.ts';
import type { QuotaGate } from './quota_gate.ts';
import { decideRead } from './retry.ts';

/** The result of a read. */
export type ReadResult<T> =
  | { readonly value: T; readonly serverTime: number | undefined; readonly requestId: string | undefined }
  /** The tenant has no such thing. */
  | { readonly absent: true; readonly requestId: string | undefined };

/** How a read is made. */
export interface ReadOptions {
  /** Milliseconds for which a failing read is retried. */
  readonly retryMs: number;
  /** Milliseconds for which something not found is requested again; default 0. */
  readonly maxAbsenceMs?: number;
  /** Calls set aside for the job that this read belongs to. */
  readonly reserved?: Entry | undefined;
}

/** Thirty minutes: how long a read may fail before the sync gives up. */
export const maxRetryMs = 1_800_000;

/** Delay before something not found is requested again; then at doubled pauses, as each may cost a call. */
const firstAbsenceMs = 15_000;

/** The reads of the API. Each throws a ConnectorError after its time limit, or the signal's reason. */
export class Reads {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #report: ReportEvent;
  readonly #signal: AbortSignal;
  /** Set if GETs count against the quota. */
  readonly #gate: QuotaGate | undefined;

  readonly #reportLimited = once(() => {
    const text =
      'Gainsight has refused to answer questions about jobs for ten minutes, as too many calls. If this tenant counts every call, set "quota.counted_calls" to "all_calls".';
    this.#report({ kind: 'warning', text });
  });

  constructor(options: {
    client: Client;
    clock: Clock;
    random: () => number;
    report: ReportEvent;
    signal: AbortSignal;
    gate?: QuotaGate | undefined;
  }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#report = options.report;
    this.#signal = options.signal;
    this.#gate = options.gate;
  }

  list(page: { limit: number; offset: number }, options: ReadOptions): Promise<ReadResult<JobPage>> {
    return this.#read(paths.jobs, () => this.#client.list(page, this.#signal), options);
  }

  /** @param isOther whether the answer is about another job, and so does not count */
  job(jobId: string, options: ReadOptions, isOther = (_job: BulkJob) => false): Promise<ReadResult<BulkJob>> {
    const ask = async () => {
      const answer = await this.#client.job(jobId, this.#signal);
      return answer.kind === 'done' && isOther(answer.value) ? unreadable(answer.requestId) : answer;
    };
    return this.#read(paths.job(jobId), ask, options);
  }

  errors(jobId: string, options: ReadOptions): Promise<ReadResult<RowErrors>> {
    return this.#read(paths.errors(jobId), () => this.#client.errors(jobId, this.#signal), options);
  }

  async #read<T>(path: string, call: () => Promise<Answer<T>>, options: ReadOptions): Promise<ReadResult<T>> {
    const since = this.#clock.elapsed();
    for (let tries = 0; ; tries++) {
      const answer = await this.#counted(call, options.reserved);
      const spentMs = this.#clock.elapsed() - since;
      const at = { host: this.#client.host, path, tries, spentMs, retryMs: options.retryMs, random: this.#random() };
      const decision = decideRead(answer, at);
      if (decision.do === 'done') return decision;
      if (decision.do === 'absent') {
        const waitMs = Math.min(firstAbsenceMs * 2 ** tries, (options.maxAbsenceMs ?? 0) - spentMs);
        if (decision.final || waitMs <= 0) return { absent: true, requestId: decision.requestId };
        await this.#clock.sleep(waitMs, this.#signal);
        continue;
      }
      if (decision.do === 'fail') throw decision.error;
      if (decision.limited && spentMs >= 10 * minute) this.#reportLimited();
      if (options.retryMs > 0) this.#reportUnanswered(decision.words, tries + 1, spentMs, options.retryMs);
      await this.#clock.sleep(decision.waitMs, this.#signal);
    }
  }

  #reportUnanswered(words: string, tries: number, forMs: number, retryMs: number): void {
    const until = this.#clock.now() + retryMs - forMs;
    this.#report({ kind: 'unanswered', words, tries, forMs, until });
  }

  async #counted<T>(call: () => Promise<Answer<T>>, reserved: Entry | undefined): Promise<Answer<T>> {
    if (!this.#gate) return call();
    const entry = await this.#gate.spend(reserved);
    try {
      return await call();
    } finally {
      this.#gate.answered(entry);
    }
  }
}
