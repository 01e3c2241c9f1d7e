import t from 'tap';
import { Condition } from './async.ts';

t.test('all waiters are woken once, by the next change', async (t) => {
  const change = new Condition();
  const woken: string[] = [];
  change.notify();
  void change.wait().then(() => woken.push('a'));
  void change.wait().then(() => woken.push('b'));
  await Promise.resolve();
  t.same(woken, [], 'a past change wakes no waiter');
  change.notify();
  change.notify();
  await Promise.resolve();
  t.same(woken, ['a', 'b']);
});

t.test('a waiter that waits again is woken by the next change', async (t) => {
  const change = new Condition();
  let turns = 0;
  const wait = async (): Promise<void> => {
    for (;;) {
      await change.wait();
      turns += 1;
    }
  };
  void wait();
  for (const expected of [1, 2, 3]) {
    change.notify();
    await new Promise(setImmediate);
    t.equal(turns, expected);
  }
});

t.test('a wait ends with its signal, and leaves no listener', async (t) => {
  const change = new Condition();
  const stop = new AbortController();
  const reason = new Error('stop');
  const waiting = change.wait(stop.signal);
  stop.abort(reason);
  await t.rejects(waiting, reason);
  await t.rejects(change.wait(stop.signal), reason, 'nor does one start');
  change.notify();
  const used = new AbortController();
  const woken = change.wait(used.signal);
  change.notify();
  await woken;
  used.abort();
});
