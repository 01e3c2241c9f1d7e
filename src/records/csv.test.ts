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

t.test('a text is quoted if it would be read differently without quotes', async (t) => {
  for (const text of ['', ' a', 'a ', 'a,b', 'a"b', 'a\nb', 'a\rb']) t.ok(textNeedsQuotes(text), JSON.stringify(text));
  for (const text of ['a', 'a b', 'NULL', '\\N', "'", ';']) t.notOk(textNeedsQuotes(text), text);
});

t.test('a value that was not read is decoded as the placeholder of change data capture', async (t) => {
  const row = Buffer.concat([Buffer.from('a,'), Buffer.of(0xff), Buffer.from(',\ufffd\n')]);
  t.same(decodeRow(row, ''), ['a', '__debezium_unavailable_value', '\ufffd']);
});

t.test('decoding ends at the end of a row even inside a quoted cell', async (t) => {
  t.same(decodeRow(Buffer.from('a,"b,c'), ''), ['a', 'b,c']);
  t.same(decodeRow(Buffer.from('"a""'), ''), ['a"']);
});
