/** The input is read until it ends, fails or is aborted, and no listener or item is kept. */
import { getEventListeners } from 'node:events';
import t from 'tap';
import { itemsUntil } from './async.ts';

async function* two() {
  yield Buffer.from('a');
  yield Buffer.from('b');
}

/** An input whose items `next` returns. */
function inputOf(next: () => Promise<IteratorResult<Buffer>>): AsyncIterable<Buffer> {
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

async function read(input: AsyncIterable<Buffer>, signal: AbortSignal): Promise<string[]> {
  const got: string[] = [];
  for await (const chunk of itemsUntil(input, signal)) got.push(`${chunk}`);
  return got;
}

t.test('chunks come in order, then nothing', async (t) => {
  const { signal } = new AbortController();
  t.same(await read(two(), signal), ['a', 'b']);
  await new Promise(setImmediate);
  t.same(getEventListeners(signal, 'abort'), [], 'no listener is left behind');
});

t.test('an input that says nothing for ever is left alone once it is read no more', async (t) => {
  const stop = new AbortController();
  const got = read(
    inputOf(() => new Promise(() => undefined)),
    stop.signal,
  );
  stop.abort();
  t.same(await got, []);
  t.same(await read(two(), stop.signal), [], 'nor is it asked again');
});

t.test('a failing input is reported, unless reading has already stopped', async (t) => {
  const stop = new AbortController();
  const failing = inputOf(() => Promise.reject(new Error('the pipe broke')));
  await t.rejects(read(failing, stop.signal), { message: 'the pipe broke' });
  let fail = (_: Error): void => undefined;
  const late = inputOf(() => new Promise((_, reject) => (fail = reject)));
  const got = read(late, stop.signal);
  stop.abort();
  fail(new Error('too late to matter'));
  t.same(await got, []);
});
