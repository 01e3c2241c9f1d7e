import t from 'tap';
import { type Calls, hoursOf, mostIn, stepsOf } from './call_curve.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 7, 21, 14);
const call = (hoursLater: number, ours = true, calls = 1) => ({ at: start + hoursLater * hour, ours, calls });
/** Steps as [hours later, ours, others]. */
const stepsFrom = (calls: Calls, hours: number, [from, to]: [number, number]) =>
  stepsOf(calls, hours, { from: start + from * hour, to: start + to * hour }).map(({ at, ours, others }) => [
    ...[(at - start) / hour, ours, others],
  ]);

t.test('a call counts from its moment until a window later', async (t) => {
  t.strictSame(stepsFrom([call(0.5), call(1, false, 2)], 1, [0, 3]), [
    ...[
      [0, 0, 0],
      [0.5, 1, 0],
      [1, 1, 2],
      [1.5, 0, 2],
      [2, 0, 0],
    ],
  ]);
});

t.test('calls before the period count in it, and later ones do not', async (t) => {
  t.strictSame(stepsFrom([call(-20, false), call(-2), call(9)], 24, [0, 5]), [
    [0, 1, 1],
    [4, 1, 0],
  ]);
});

t.test('the call that ends as another is made is not counted beside it', async (t) => {
  const calls = [call(0), call(1)];
  const steps = stepsOf(calls, 1, { from: start, to: start + 3 * hour });
  t.equal(mostIn(steps), 1);
});

t.test('each hour with calls, and the most at a time', async (t) => {
  const calls = [call(-1, false), call(0.1), call(0.9, false, 3), call(2.5)];
  const windows = [{ hours: 1 }, { hours: 24 }];
  t.strictSame(
    hoursOf(calls, windows, { from: start, to: start + 3 * hour }).map(({ from, ...others }) => [
      (from - start) / hour,
      others,
    ]),
    [
      [-1, { ours: 0, others: 1, most: [1, 1] }],
      [0, { ours: 1, others: 3, most: [4, 5] }],
      [2, { ours: 1, others: 0, most: [1, 6] }],
    ],
  );
});
