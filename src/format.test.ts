import t from 'tap';
import { formatBytes, formatCount, formatCounted, formatDuration, formatTime } from './format.ts';

t.test('counts have thousands separators and nouns in singular or plural', async (t) => {
  t.equal(formatCount(1_234_567), '1,234,567');
  t.equal(formatCounted(0, 'row'), '0 rows');
  t.equal(formatCounted(1, 'row'), '1 row');
  t.equal(formatCounted(2000, 'row'), '2,000 rows');
});

t.test('sizes are in units of a thousand', async (t) => {
  for (const [bytes, expected] of [
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [23_450, '23.5 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [75_000_000, '75.0 MB'],
    [10_240_000_000, '10,240.0 MB'],
  ] as const) {
    t.equal(formatBytes(bytes), expected);
  }
});

t.test('durations have their two largest units', async (t) => {
  for (const [milliseconds, expected] of [
    [-5, '0 s'],
    [0, '0 s'],
    [449, '0.4 s'],
    [2000, '2 s'],
    [9949, '9.9 s'],
    [9950, '10 s'],
    [59_499, '59 s'],
    [59_500, '1 min'],
    [200_000, '3 min 20 s'],
    [3_599_499, '59 min 59 s'],
    [3_599_500, '1 h'],
    [7_500_000, '2 h 5 min'],
    [86_399_000, '1 d'],
    [97_200_000, '1 d 3 h'],
  ] as const) {
    t.equal(formatDuration(milliseconds), expected);
  }
});

t.test('times are in UTC', async (t) => {
  t.equal(formatTime(Date.UTC(2026, 7, 21, 14, 5, 59)), '2026-08-21 14:05 UTC');
});
