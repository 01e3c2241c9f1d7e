import t from 'tap';
import { RowErrors } from './row_errors.ts';

t.test('errors are returned as they came, whatever fields the tenant leaves out', async (t) => {
  const errors = [
    { rowNumber: 2, fieldName: 'A', errorMessage: 'x' },
    { rowNumber: 7, errorMessage: 'x' },
    { fieldName: 'A' },
    {},
    ...Array.from({ length: 200 }, (_, at) => ({ rowNumber: at, errorMessage: `y ${at % 7}` })),
  ];
  const all = RowErrors.of(errors);
  t.equal(all.length, errors.length);
  t.same([...all], errors);
  t.same([...all.numbers].slice(0, 4), [2, 7, Number.NaN, Number.NaN]);
  const odd = new RowErrors();
  for (const error of [null, 'text', 5, { rowNumber: '3', fieldName: null, errorMessage: 9 }, { rowNumber: 1.5 }])
    odd.add(error);
  t.same([...odd], [{}, {}, {}, {}, {}]);
});

t.test('rows come in ascending order with all their errors, as often as they are read', async (t) => {
  const all = RowErrors.of([
    { errorMessage: 'a', fieldName: 'F' },
    { errorMessage: 'b' },
    {},
    { errorMessage: 'd' },
    { errorMessage: 'e' },
  ]);
  const rejected = all.byRow(Int32Array.from([5, -1, 0, 5, 3]), true);
  const expected = [
    { row: 0, sure: true, errors: [{ field: undefined, message: 'no reason given' }] },
    { row: 3, sure: true, errors: [{ field: undefined, message: 'e' }] },
    {
      ...{ row: 5, sure: true },
      errors: [
        { field: 'F', message: 'a' },
        { field: undefined, message: 'd' },
      ],
    },
  ];
  t.equal(rejected.length, 3);
  t.same([...rejected], expected);
  t.same([...rejected], expected);
});

t.test('endless errors with different texts take limited memory', async (t) => {
  const all = new RowErrors();
  for (let at = 0; at < 150_000; at++)
    all.add({ rowNumber: at, fieldName: `F${at}`, errorMessage: `${at} ${'x'.repeat(200)}` });
  const last = [...all].at(-1);
  t.same(last, { rowNumber: 149_999, errorMessage: 'one of too many reasons to keep them all' });
  for (let at = 0; at < 4_100_000; at++) all.add({ rowNumber: 1 });
  t.equal(all.length, 2 ** 22);
  const long = RowErrors.of([{ errorMessage: 'x'.repeat(1_000_000) }]);
  t.equal([...long][0]?.errorMessage?.length, 10_001);
});

t.test('a million errors that quote a million values take little memory', async (t) => {
  const all = new RowErrors();
  for (let at = 0; at < 1_000_000; at++) {
    all.add({
      rowNumber: at + 2,
      fieldName: 'Email',
      errorMessage: `GSOBJ_1002: "person${at}@example.com" is no e-mail`,
    });
  }
  const words = new Set(Array.from(all, ({ errorMessage }) => errorMessage));
  t.ok(words.size < 600_000 && words.has('GSOBJ_1002: … is no e-mail'), `${words.size}`);
  t.equal(all.byRow(Int32Array.from(all.numbers), true).length, 1_000_000);
});
