/** Primitives for asynchronous work: a serial queue, abort listeners, a condition variable, cancellable reading. */

/** Runs asynchronous work one piece after the other, in the order of the calls. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Starts `work` once all earlier work has ended. A failure goes to its caller, not to later work. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/**
 * Calls `act` when `signal` is aborted; not if it is already.
 * @returns removes the listener: a signal that outlives many waits would otherwise keep one for each
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  signal?.addEventListener('abort', act, { once: true });
  return () => signal?.removeEventListener('abort', act);
}

/** A function that calls `act` the first time it is called, and does nothing afterwards. */
export function once<Args extends readonly unknown[]>(act: (...args: Args) => void): (...args: Args) => void {
  let isDone = false;
  return (...args) => {
    if (isDone) return;
    isDone = true;
    act(...args);
  };
}

/**
 * A condition variable. Waiters get the next change, never a past one: check first, then wait, without awaiting
 * anything in between.
 */
export class Condition {
  readonly #waiters = new Set<() => void>();

  /** Wakes all current waiters. */
  notify(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }

  /**
   * Resolves at the next change.
   * @throws the signal's reason if `signal` is aborted
   */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stopListening = onAbort(signal, () => {
        this.#waiters.delete(wake);
        reject(signal?.reason);
      });
      const wake = (): void => {
        stopListening();
        resolve();
      };
      this.#waiters.add(wake);
    });
  }
}

/** The items until the end, or until `signal` is aborted; a pending item is then abandoned. */
export async function* itemsUntil<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const left = items[Symbol.asyncIterator]();
  for (let item = await nextUntil(left, signal); item !== undefined; item = await nextUntil(left, signal)) yield item;
}

/** The next item; undefined at the end, or if `signal` is aborted. */
function nextUntil<T>(items: AsyncIterator<T>, signal: AbortSignal): Promise<T | undefined> {
  // Not Promise.race: a promise that lives for the whole sync would keep every item it ever raced with.
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    if (signal.aborted) return stop();
    const stopListening = onAbort(signal, stop);
    items
      .next()
      .then(({ done, value }) => resolve(done ? undefined : value), reject)
      .finally(stopListening);
  });
}
