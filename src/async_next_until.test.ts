/** The input is read until it ends, fails or is aborted, and no listener or item is kept. */
import { getEventListeners } from 'node:events';
import t from 'tap';
import { nextUntil } from './async.ts';

async function* two() {
  yield Buffer.from('a');
  yield Buffer.from('b');
}

t.test('chunks come in order, then nothing', async (t) => {
  const chunks = two();
  const { signal } = new AbortController();
  const got: string[] = [];
  for (let next = await nextUntil(chunks, signal); next; next = await nextUntil(chunks, signal)) got.push(`${next}`);
  t.same(got, ['a', 'b']);
  await new Promise(setImmediate);
  t.same(getEventListeners(signal, 'abort'), [], 'no listener is left');
});

t.test('an input that never answers is abandoned when reading is aborted', async (t) => {
  const stop = new AbortController();
  const silent = { next: () => new Promise<never>(() => undefined) };
  const next = nextUntil(silent, stop.signal);
  stop.abort();
  t.equal(await next, undefined);
  t.equal(await nextUntil(two(), stop.signal), undefined, 'nor is it read again');
});

t.test('a failing input is reported, unless reading was aborted', async (t) => {
  const stop = new AbortController();
  const failing = { next: () => Promise.reject(new Error('the pipe broke')) };
  await t.rejects(nextUntil(failing, stop.signal), { message: 'the pipe broke' });
  let fail = (_: Error): void => undefined;
  const late = { next: () => new Promise<never>((_, reject) => (fail = reject)) };
  const next = nextUntil(late, stop.signal);
  stop.abort();
  fail(new Error('too late to matter'));
  t.equal(await next, undefined);
});
