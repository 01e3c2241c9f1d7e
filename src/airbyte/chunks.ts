/** The input's chunks, for as long as it is read. */

/** The next chunk; undefined at the end of the input, or once it is read no more. */
export function nextChunk(chunks: AsyncIterator<Buffer>, signal: AbortSignal): Promise<Buffer | undefined> {
  // Not Promise.race: a promise that waits for the whole sync would keep every chunk it ever raced with.
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    chunks
      .next()
      .then(({ done, value }) => resolve(done ? undefined : value), reject)
      .finally(() => signal.removeEventListener('abort', stop));
  });
}
