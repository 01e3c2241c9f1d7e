/** A table for people on a terminal, and for programs elsewhere. */
import t from 'tap';
import { writeTable } from './text_table.ts';

function written(output: { isTTY?: boolean; columns?: number }, ...rows: string[][]): string[] {
  const texts: string[] = [];
  writeTable({ ...output, write: (text) => texts.push(text) }, ['Name', 'Label'], rows);
  return texts.join('').replace(/\n$/, '').split('\n');
}

t.test('on a terminal columns are aligned, and the widest ones narrowed until a line fits', async (t) => {
  const terminal = { isTTY: true, columns: 20 };
  t.same(written(terminal, ['company', 'Company'], ['a', 'A long label of it']), [
    'Name     Label',
    'company  Company',
    'a        A long lab…',
  ]);
  t.same(
    written({ isTTY: true, columns: 30 }, ['a name of twenty too', 'a text of twenty too'], ['a', 'b']),
    ['Name            Label', 'a name of twe…  a text of twe…', 'a               b'],
    'both lose the same',
  );
  t.same(written({ isTTY: true, columns: 15 }, ['a name of twenty too', 'a text']), [
    'Name        La…',
    'a name of…  a …',
  ]);
  const texts: string[] = [];
  const rows = [['2026-11-30 20:35 UTC', 'a text of more than ten']];
  writeTable({ isTTY: true, columns: 34, write: (text) => texts.push(text) }, ['Created', 'File'], rows, {
    whole: ['Created'],
  });
  t.match(texts.join(), '\n2026-11-30 20:35 UTC  a text of m…\n', 'half a time says nothing');
  t.same(written(terminal), ['Name  Label']);
  const long = 'x'.repeat(300);
  t.same(written({ isTTY: true, columns: 0 }, ['a', long]), ['Name  Label', `a     ${long}`], 'of unknown width');
  t.same(written({ isTTY: true, columns: 320 }, ['a', long]), ['Name  Label', `a     ${long}`], 'a wide one');
});

t.test('what people need in full has lines of its own where a line does not fit', async (t) => {
  const table = (columns: number) => {
    const texts: string[] = [];
    const rows = [
      ['12', 'Stage', 'the item is not found in the list', '2-5, 9'],
      ['3', 'Name', 'https://example.com/abcdefghijklmnopqrstuvwxyz', '8'],
    ];
    const output = { isTTY: true, columns, write: (text: string) => texts.push(text) };
    writeTable(output, ['Errors', 'Field', 'Reason', 'Rows'], rows, { below: ['Reason'] });
    return texts.join('').trimEnd().split('\n');
  };
  t.same(table(30), [
    ...['Errors  Field  Rows', '  Reason'],
    ...['12      Stage  2-5, 9', '  the item is not found in the', '  list'],
    ...['3       Name   8', '  https://example.com/abcdefgh', '  ijklmnopqrstuvwxyz'],
  ]);
  t.equal(table(80)[1], `12      Stage  the item is not found in the list${' '.repeat(15)}2-5, 9`, 'a wide one');
});

t.test('elsewhere tabs separate whole cells', async (t) => {
  const label = 'A label of more than any terminal shows'.repeat(5);
  t.same(written({}, ['a', label], ['b', '']), ['Name\tLabel', `a\t${label}`, 'b\t']);
});

t.test('what would end a cell or order a terminal about is escaped', async (t) => {
  t.same(written({}, ['a\tb', 'c\nd\u001b[31m\u202ee']), ['Name\tLabel', 'a\\u0009b\tc\\u000ad\\u001b[31m\\u202ee']);
});
