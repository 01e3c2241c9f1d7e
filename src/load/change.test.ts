import t from 'tap';
import { Change } from './change.ts';

t.test('all who wait are woken once, by the next change', async (t) => {
  const change = new Change();
  const woken: string[] = [];
  change.happened();
  void change.next().then(() => woken.push('a'));
  void change.next().then(() => woken.push('b'));
  await Promise.resolve();
  t.same(woken, [], 'a change that is past wakes nobody');
  change.happened();
  change.happened();
  await Promise.resolve();
  t.same(woken, ['a', 'b']);
});

t.test('who is woken and waits again gets the change after that', async (t) => {
  const change = new Change();
  let turns = 0;
  const wait = async (): Promise<void> => {
    for (;;) {
      await change.next();
      turns += 1;
    }
  };
  void wait();
  for (const expected of [1, 2, 3]) {
    change.happened();
    await new Promise(setImmediate);
    t.equal(turns, expected);
  }
});

t.test('a wait ends with its signal, and leaves nothing behind', async (t) => {
  const change = new Change();
  const stop = new AbortController();
  const reason = new Error('stop');
  const waiting = change.next(stop.signal);
  stop.abort(reason);
  await t.rejects(waiting, reason);
  await t.rejects(change.next(stop.signal), reason, 'nor does one begin');
  change.happened();
  const used = new AbortController();
  const woken = change.next(used.signal);
  change.happened();
  await woken;
  used.abort();
});
