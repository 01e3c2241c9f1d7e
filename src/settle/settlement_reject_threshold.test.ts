import t from 'tap';
import { rejectsFault } from './settlement.ts';

t.test('a stream fails when its share of rejected rows is too large, or when none is accepted', async (t) => {
  const [share, all, keys] = [
    /^the limit is [\d.]+ %$/,
    'none was accepted',
    /^every one lacks a value for a key field$/,
  ];
  for (const [name, rows, rejected, accepted, keyless, failAbovePercent, expected] of [
    ['none rejected', 1000, 0, 1000, 0, 10, undefined],
    ['exactly the share', 1000, 100, 900, 100, 10, undefined],
    ['one more than the share', 1000, 101, 899, 0, 10, share],
    ['too few to judge by', 100, 49, 51, 0, 10, undefined],
    ['just enough to judge by', 100, 50, 50, 0, 10, share],
    ['no share allowed', 1_000_000, 1, 999_999, 0, 0, 'none may be'],
    ['no share allowed, and none rejected', 10, 0, 10, 0, 0, undefined],
    ['a half of a percent', 1000, 50, 950, 0, 0.5, share],
    ['five of five', 5, 5, 0, 0, 10, all],
    ['five of which one may still be accepted', 5, 4, 1, 0, 10, undefined],
    ['four of four', 4, 4, 0, 0, 10, undefined],
    ['one of one', 1, 1, 0, 0, 10, undefined],
    ['all of them, if any share is allowed', 1000, 1000, 0, 0, 100, all],
    ['most of them, if any share is allowed', 1000, 999, 1, 0, 100, undefined],
    ['two of two without a key', 2, 2, 0, 2, 100, keys],
    ['one of one without a key', 1, 1, 0, 1, 10, undefined],
    ['two of three without a key', 3, 3, 0, 2, 10, undefined],
  ] as const) {
    const fault = rejectsFault({ rows, rejected, accepted, keyless, failAbovePercent });
    if (expected === undefined) t.equal(fault, undefined, name);
    else t.match(fault, expected, name);
  }
});
