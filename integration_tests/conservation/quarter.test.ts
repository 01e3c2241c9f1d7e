/** A quarter is a quarter: drawn by its seed alone, never empty, and over many seeds nothing is left out. */
import t from 'tap';
import { quarterOf } from './quarter.ts';

const items = Array.from({ length: 41 }, (_, at) => at);

t.test('a quarter is a quarter, in order, and the same again', async (t) => {
  const quarter = quarterOf(items, 'x', 'abc');
  t.equal(quarter.length, 11);
  t.equal(new Set(quarter).size, 11);
  t.same(
    quarter.toSorted((a, b) => a - b),
    quarter,
  );
  t.same(quarterOf(items, 'x', 'abc'), quarter);
  t.notSame(quarterOf(items, 'y', 'abc'), quarter, 'what it is drawn for matters');
  t.notSame(quarterOf(items, 'x', 'abd'), quarter, 'and the seed');
  t.same(quarterOf([7], 'x', 'abc'), [7], 'one is not left out');
});

t.test('over forty seeds each item is drawn', async (t) => {
  const seen = new Set(Array.from({ length: 40 }, (_, seed) => quarterOf(items, 'x', `${seed}`)).flat());
  t.equal(seen.size, items.length);
});
