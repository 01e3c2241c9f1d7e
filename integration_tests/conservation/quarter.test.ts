/** A quarter is drawn by its seed alone, is never empty, and over many seeds covers everything. */
import t from 'tap';
import { quarterOf } from './quarter.ts';

const items = Array.from({ length: 41 }, (_, at) => at);

t.test('a quarter has a fourth of the items, in order, and is reproducible', async (t) => {
  const quarter = quarterOf(items, 'x', 'abc');
  t.equal(quarter.length, 11);
  t.equal(new Set(quarter).size, 11);
  t.same(
    quarter.toSorted((a, b) => a - b),
    quarter,
  );
  t.same(quarterOf(items, 'x', 'abc'), quarter);
  t.notSame(quarterOf(items, 'y', 'abc'), quarter, 'it depends on what it is drawn for');
  t.notSame(quarterOf(items, 'x', 'abd'), quarter, 'and on the seed');
  t.same(quarterOf([7], 'x', 'abc'), [7], 'a single item is kept');
});

t.test('over forty seeds each item is drawn', async (t) => {
  const seen = new Set(Array.from({ length: 40 }, (_, seed) => quarterOf(items, 'x', `${seed}`)).flat());
  t.equal(seen.size, items.length);
});
