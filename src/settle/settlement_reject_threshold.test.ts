import t from 'tap';
import { tooManyRejects } from './settlement.ts';

t.test('a stream fails when its share of rejected rows is too large or a job lost every row', async (t) => {
  for (const [name, rows, rejected, jobRows, jobRejected, failAbovePercent, expected] of [
    ['none rejected', 1000, 0, 1000, 0, 10, false],
    ['exactly the share', 1000, 100, 1000, 100, 10, false],
    ['one more than the share', 1000, 101, 1000, 101, 10, true],
    ['too few to judge by', 100, 49, 100, 49, 10, false],
    ['just enough to judge by', 100, 50, 100, 50, 10, true],
    ['no share allowed', 1_000_000, 50, 10, 1, 0, true],
    ['every row of a small job', 10_000, 3, 3, 3, 10, true],
    ['no row in the job', 10_000, 3, 0, 0, 10, false],
    ['all of them, where any share is allowed', 1000, 1000, 1000, 1000, 100, false],
  ] as const) {
    t.equal(tooManyRejects({ rows, rejected, jobRows, jobRejected, failAbovePercent }), expected, name);
  }
});
