/** The input is read until it ends, fails, or nobody wants it any more, and nothing is held on to. */
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
  t.same(getEventListeners(signal, 'abort'), [], 'no listener is left behind');
});

t.test('an input that says nothing for ever is left alone once it is read no more', async (t) => {
  const stop = new AbortController();
  const silent = { next: () => new Promise<never>(() => undefined) };
  const next = nextUntil(silent, stop.signal);
  stop.abort();
  t.equal(await next, undefined);
  t.equal(await nextUntil(two(), stop.signal), undefined, 'nor is it asked again');
});

t.test('an input that fails is told, but not once it is read no more', async (t) => {
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
