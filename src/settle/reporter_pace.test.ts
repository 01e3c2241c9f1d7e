import t from 'tap';
import { Throttle } from './reporter.ts';

t.test('each key is logged at once, then once per interval, and at once when it starts again', async (t) => {
  const pace = new Throttle();
  t.strictSame(
    [0, 1, 59_999, 60_000, 60_001, 120_000].map((now) => pace.isDue('job 1', now, 60_000)),
    [true, false, false, true, false, true],
  );
  t.equal(pace.isDue('job 2', 120_001, 60_000), true);
  pace.forget('job 1');
  t.equal(pace.isDue('job 1', 120_002, 60_000), true);
});
