/** How many calls of the object API the connector may make. */
import t from 'tap';
import { objectWindows } from './object_quota.ts';

const cases: [reserved: number, attempt: number, own: number[]][] = [
  [0, 0, [100, 50_000]],
  [50, 0, [50, 25_000]],
  [50, 1, [50, 12_500]],
  [90, 3, [10, 2500]],
];
for (const [reserved, attempt, own] of cases) {
  t.test(`${reserved} % reserved, attempt ${attempt}`, async (t) => {
    const windows = objectWindows({ per_minute: 100, per_day: 50_000, reserved }, attempt);
    t.same(
      windows.map(({ ownLimit }) => ownLimit),
      own,
    );
    t.same(
      windows.map(({ limit }) => limit),
      [100, 50_000],
    );
  });
}

t.test('never less than one', async (t) => {
  const windows = objectWindows({ per_minute: 1, per_day: 1, reserved: 90 }, 1);
  t.same(
    windows.map(({ ownLimit }) => ownLimit),
    [1, 1],
  );
});
