/** A notice that something changed, for whoever waits for it. */

/** Waiters get the next change, never one that is past: look first, then wait, with nothing awaited in between. */
export class Condition {
  readonly #waiters = new Set<() => void>();

  /** Wakes all who wait now. */
  notify(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }

  /** Resolves at the next change. @throws the signal's reason, once `signal` is aborted */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = (): void => {
        this.#waiters.delete(wake);
        reject(signal?.reason);
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      this.#waiters.add(wake);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}
