import t from 'tap';
import type { RejectedRows } from '../config/types.ts';
import type { RowBase } from '../model.ts';
import { RowNumbering, rowsOf } from './row_errors.ts';

interface Job {
  readonly numbers: readonly number[];
  readonly rows: number;
  readonly base: RowBase;
  readonly sure: boolean;
}

t.test('row numbers prove how rows are counted, for the whole sync', async (t) => {
  const guess = (numbers: number[], base: RowBase, rows = 10): Job => ({ numbers, rows, base, sure: false });
  const proof = (numbers: number[], base: RowBase, rows = 10): Job => ({ numbers, rows, base, sure: true });
  const cases: Record<string, readonly [RejectedRows['first_row_number'], ...Job[]]> = {
    'nothing is proven: the header is taken for row 1': ['auto', guess([5], 2), guess([2, 10], 2)],
    'a 1 occurs: the first row is taken for it': ['auto', guess([1, 5], 1), guess([5], 2)],
    'a 0 proves 0': ['auto', guess([5], 2), proof([3, 0], 0), proof([5], 0)],
    'rows + 1 proves 2': ['auto', proof([11], 2), proof([1, 3], 2)],
    'beyond rows + 1 lines are counted': ['auto', proof([12], 'physical'), proof([3], 'physical')],
    'lines equal rows from 2 in a file without breaks': ['auto', proof([11], 2), proof([40], 'physical')],
    'and are not forgotten for it': ['auto', proof([40], 'physical'), proof([11], 'physical')],
    'what the user says is not doubted': ['1', proof([0, 11, 40], 1), proof([5], 1)],
    'a 0 besides the last row means the file': ['auto', proof([0, 11], 2), proof([0, 3], 2)],
    'zero may be said': ['0', proof([7], 0)],
    'two may be said': ['2', proof([1], 2)],
  };
  for (const [name, [first, ...jobs]] of Object.entries(cases)) {
    const numbering = new RowNumbering(first);
    for (const { numbers, rows, base, sure } of jobs) {
      const judged = numbering.judge(numbers, rows);
      t.same(judged, { base, sure }, name);
      numbering.learn(judged);
    }
  }
});

t.test('doubtful numbers are read by the known numbering, and prove nothing', async (t) => {
  const numbering = new RowNumbering('auto');
  numbering.judge([0, 5], 10);
  t.same(numbering.doubt(), { base: 2, sure: false });
  t.same(numbering.judge([5], 10), { base: 2, sure: false });
  numbering.learn({ base: 0, sure: true });
  t.same(numbering.doubt(), { base: 0, sure: false });
});

t.test('what an earlier sync has proven counts until a job contradicts it, and not against the setting', async (t) => {
  const numbering = new RowNumbering('auto', () => 0);
  t.same(numbering.judge([9], 10), { base: 0, sure: true });
  t.same(numbering.judge([11], 10), { base: 2, sure: true });
  t.same(new RowNumbering('1', () => 0).judge([9], 10), { base: 1, sure: true });
});

t.test('a number that no row has when counted from 0 ends what a 0 seemed to prove', async (t) => {
  for (const numbering of [new RowNumbering('auto'), new RowNumbering('auto', () => 0)]) {
    const found = (numbers: number[]) => numbering.weigh(numbering.judge(numbers, 10), undefined);
    numbering.learn(found([0, 5]));
    t.same(found([4]), { base: 0, sure: true });
    t.same(found([4, 10]), { base: 2, sure: false });
    t.equal(numbering.proven, undefined);
    t.same(found([4]), { base: 2, sure: false });
  }
  const fixed = new RowNumbering('0');
  t.same(fixed.weigh(fixed.judge([10], 10), undefined), { base: 0, sure: true });
});

t.test('a number stands for a row of the file or for none', async (t) => {
  const lines = async () => t.fail('no line is asked for');
  const cases: readonly [RowBase, readonly number[], readonly number[]][] = [
    [0, [0, 2, 3, -1, Number.NaN], [0, 2, -1, -1, -1]],
    [1, [0, 1, 3, 4], [-1, 0, 2, -1]],
    [2, [1, 2, 4, 5, 2], [-1, 0, 2, -1, 0]],
  ];
  for (const [base, numbers, rows] of cases) {
    t.same([...(await rowsOf(Float64Array.from(numbers), base, 3, lines as never))], rows, `${base}`);
  }
});

t.test('lines are asked for once, ascending', async (t) => {
  const asked: (readonly number[])[] = [];
  const rowsAtLines = async (lines: readonly number[]) => {
    asked.push(lines);
    return lines.map((line) => (line > 5 ? undefined : line - 2));
  };
  const numbers = Float64Array.from([4, 10, Number.NaN, 3, 4]);
  t.same([...(await rowsOf(numbers, 'physical', 3, rowsAtLines))], [2, -1, -1, 1, 2]);
  t.same(asked, [[3, 4, 4, 10]]);
});
