/** A notice that something changed, for whoever waits for it. */

/** Waiters get the next change, never one that is past. */
export class Change {
  readonly #waiters: (() => void)[] = [];

  /** Wakes all who wait now. */
  happened(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }

  /** Resolves at the next change. @throws the signal's reason, once `signal` is aborted */
  next(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      this.#waiters.push(resolve);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }
}
