import t from 'tap';
import { FakeClock } from '../../integration_tests/support/fake_clock.ts';
import { maxStillMs, Watchdog } from './watchdog.ts';

/**
 * Transfers a byte every 50 seconds.
 * @returns when the call was given up, in milliseconds
 */
async function trickle(limit: number | undefined): Promise<number> {
  const clock = new FakeClock();
  const watch = new Watchdog(clock, undefined);
  if (limit !== undefined) watch.limit(limit);
  let givenUp = Number.POSITIVE_INFINITY;
  watch.signal.addEventListener('abort', () => {
    givenUp = clock.elapsed();
  });
  for (; !watch.expired && clock.elapsed() < 10_000_000; await clock.sleep(50_000)) watch.moved(maxStillMs);
  watch.end();
  return givenUp;
}

t.test('a call is given up a minute after its last byte', async (t) => {
  const clock = new FakeClock();
  const watch = new Watchdog(clock, undefined);
  watch.moved(maxStillMs);
  await clock.sleep(59_999);
  t.equal(watch.expired, false);
  await clock.sleep(1000);
  t.match(watch, { expired: true, signal: { aborted: true } });
});

t.test('an endless call is given up at its time limit', async (t) => {
  t.equal(await trickle(1_800_000), 1_800_000);
  t.equal(await trickle(undefined), Number.POSITIVE_INFINITY);
});
