/** Works on several items of a sequence at once. */

/**
 * Takes the items in order, at most `most` at a time.
 * @throws the first failure, once all work in progress has ended
 */
export async function inParallel<T>(
  most: number,
  items: AsyncIterable<T>,
  work: (item: T) => Promise<void>,
  onFailure: (error: unknown) => void,
): Promise<void> {
  const left = items[Symbol.asyncIterator]();
  let failure: { readonly error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    try {
      while (!failure) {
        const { done, value } = await left.next();
        if (done) return;
        await work(value);
      }
    } catch (error) {
      if (!failure) onFailure(error);
      failure ??= { error };
    }
  };
  await Promise.all(Array.from({ length: most }, worker));
  if (failure) throw (failure as { readonly error: unknown }).error;
}
