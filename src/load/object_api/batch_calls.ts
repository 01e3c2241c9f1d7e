/** The calls of one batch: each within the quota; ended together. */
import { setMaxListeners } from 'node:events';
import { onAbort } from '../../async.ts';
import { type Clock, minute } from '../../clock.ts';
import type { Answer } from '../../gainsight/response.ts';
import type { Ledger } from '../quota.ts';
import type { QuotaGate } from '../quota_gate.ts';

/** What the calls of a route share. */
export interface CallContext {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'refuse'>;
  readonly gate: Pick<QuotaGate, 'acquire' | 'answered'>;
  /** In [0, 1). */
  readonly random: () => number;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
  /** No call before, on the monotonic clock: the calls of an earlier attempt may still count, or be done. */
  readonly firstCallAt: number;
}

/** Several calls may be in progress at once. */
export class BatchCalls {
  readonly #context: CallContext;
  readonly #end = new AbortController();
  readonly #stopListening: readonly (() => void)[];
  #made = 0;
  #requestId: string | undefined;

  /** @param withdrawal ends them as long as none was made */
  constructor(context: CallContext, withdrawal: AbortSignal) {
    this.#context = context;
    const { signal } = context;
    signal.throwIfAborted();
    withdrawal.throwIfAborted();
    // Each call in progress, and each wait, listens.
    setMaxListeners(0, this.#end.signal);
    this.#stopListening = [
      onAbort(signal, () => this.end(signal.reason)),
      onAbort(withdrawal, () => {
        if (this.#made === 0) this.end(withdrawal.reason);
      }),
    ];
  }

  /** Calls made so far. */
  get made(): number {
    return this.#made;
  }

  /** Gainsight's id of the latest call that was answered. */
  get requestId(): string | undefined {
    return this.#requestId;
  }

  /** Aborted when no more calls are to be made, with the reason. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /**
   * Makes a call as soon as the quota allows.
   * @throws ConnectorError `quota_spent`; the reason of the end
   */
  async make<T>(call: () => Promise<Answer<T>>): Promise<Answer<T>> {
    const { clock, gate, firstCallAt } = this.#context;
    const idleMs = firstCallAt - clock.elapsed();
    if (idleMs > 0) await clock.sleep(idleMs, this.signal);
    const entry = await gate.acquire({ calls: 1, rank: [0], signal: this.signal });
    this.#made += 1;
    try {
      const answer = await call();
      this.#requestId = answer.requestId ?? this.#requestId;
      if (answer.kind === 'refused' && answer.status === 429) this.#pause(answer.retryAfter);
      return answer;
    } finally {
      gate.answered(entry);
    }
  }

  /** No more calls are made, and no wait goes on. Safe to call twice. */
  end(reason: unknown): void {
    this.#end.abort(reason);
    for (const stop of this.#stopListening) stop();
  }

  /** Too many calls were made, by whomever: nobody makes one until the next minute at least. */
  #pause(retryAfter: number | undefined): void {
    const { clock, ledger, random } = this.#context;
    ledger.refuse(clock.elapsed() + Math.max(1000, retryAfter ?? minute * (1 + random() / 2)));
  }
}
