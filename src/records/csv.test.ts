import t from 'tap';
import { decodeRow, headerLine, textNeedsQuotes } from './csv.ts';

t.test('a header is quoted where it must be', async (t) => {
  t.equal(headerLine(['Id', 'a,b', 'say "x"', ' y', 'ü']).toString(), 'Id,"a,b","say ""x"""," y",ü\n');
});

t.test('a row is read back as its cells', async (t) => {
  const cases: readonly [row: string, nullText: string, cells: (string | null)[]][] = [
    ['a,b', '', ['a', 'b']],
    ['a,b\n', '', ['a', 'b']],
    ['', '', [null]],
    ['\n', '', [null]],
    ['""', '', ['']],
    [',', '', [null, null]],
    ['"",', '', ['', null]],
    ['"a,""b""\n","""",x', '', ['a,"b"\n', '"', 'x']],
    ['NULL,"NULL",', 'NULL', [null, 'NULL', '']],
    ['"é😀"" ",ü', '', ['é😀" ', 'ü']],
  ];
  for (const [row, nullText, cells] of cases) t.same(decodeRow(Buffer.from(row), nullText), cells, row);
});

t.test('a text needs quotes if it would read otherwise without them', async (t) => {
  for (const text of ['', ' a', 'a ', 'a,b', 'a"b', 'a\nb', 'a\rb']) t.ok(textNeedsQuotes(text), JSON.stringify(text));
  for (const text of ['a', 'a b', 'NULL', '\\N', "'", ';']) t.notOk(textNeedsQuotes(text), text);
});

t.test('a value that was not read is written as a change feed does', async (t) => {
  const row = Buffer.concat([Buffer.from('a,'), Buffer.of(0xff), Buffer.from(',\ufffd\n')]);
  t.same(decodeRow(row, ''), ['a', '__debezium_unavailable_value', '\ufffd']);
});

t.test('a row that ends within a quoted cell is read to its end', async (t) => {
  t.same(decodeRow(Buffer.from('a,"b,c'), ''), ['a', 'b,c']);
  t.same(decodeRow(Buffer.from('"a""'), ''), ['a"']);
});
