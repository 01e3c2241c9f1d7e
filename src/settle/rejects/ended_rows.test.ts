import fc from 'fast-check';
import t from 'tap';
import { type EndedRange, EndedRows } from './ended_rows.ts';

function rangesOf(rows: EndedRows): readonly EndedRange[] {
  return [...rows.recent(() => true)].flatMap(([, ranges]) => ranges);
}

t.test('ended rows are one range, as far as no row between them waits', async (t) => {
  const rows = new EndedRows();
  const waiting = new Set([17]);
  const isWaiting = (between: number, and: number) => [...waiting].some((row) => row > between && row < and);
  for (const row of [3, 40, 12, 41, 90]) rows.add('g', [row, row, row], isWaiting);
  t.same(rangesOf(rows), [
    [3, 12, 12],
    [40, 90, 90],
  ]);
  t.same(
    [2, 3, 5, 17, 40, 60, 91].map((row) => rows.has('g', row)),
    [false, true, true, false, true, true, false],
  );
  waiting.delete(17);
  rows.add('g', [17, 17, 1], isWaiting);
  t.same(rangesOf(rows), [[3, 90, 90]]);
  t.same([...rows.recent((at) => at > 90)], []);
  t.notOk(rows.has('h', 3));
});

t.test('whatever the order, each row is ended that was, and none that waits', async () => {
  const ends = fc.uniqueArray(fc.tuple(fc.nat(30), fc.nat(3)), { selector: ([row]) => row, maxLength: 20 });
  fc.assert(
    fc.property(ends, ends, (ended, more) => {
      const rows = new EndedRows();
      const gone = new Set(ended.map(([row]) => row));
      const waiting = more.map(([row]) => row).filter((row) => !gone.has(row));
      const isWaiting = (between: number, and: number) => waiting.some((row) => row > between && row < and);
      for (const [row, length] of ended) {
        const isFree = !waiting.some((each) => each >= row && each <= row + length);
        rows.add('g', [row, isFree ? row + length : row, 1], isWaiting);
      }
      const ranges = rangesOf(rows);
      const isAscending = ranges.every(([first, last], at) => first <= last && last < (ranges[at + 1]?.[0] ?? 1e9));
      const isCompact = ranges.length <= waiting.length + 1;
      return (
        isAscending &&
        isCompact &&
        [...gone].every((row) => rows.has('g', row)) &&
        !waiting.some((row) => rows.has('g', row))
      );
    }),
  );
});
