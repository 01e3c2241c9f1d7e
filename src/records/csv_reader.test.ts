import t from 'tap';
import { linesOutsideUtf8, readCsv, withoutMark } from './csv_reader.ts';

const read = (text: string, separator = ',', nullText = '') =>
  [...readCsv(Buffer.from(text), { separator: separator.charCodeAt(0), nullText })].map(({ line, cells }) => [
    line,
    ...cells,
  ]);

const files: readonly [what: string, text: string, rows: unknown[][]][] = [
  ['no bytes at all', '', []],
  [
    'rows',
    'a,b\n1,2\n',
    [
      [1, 'a', 'b'],
      [2, '1', '2'],
    ],
  ],
  [
    'no line feed at the end',
    'a,b\n1,',
    [
      [1, 'a', 'b'],
      [2, '1', null],
    ],
  ],
  [
    'line ends of Windows',
    'a,b\r\n1,2\r\n',
    [
      [1, 'a', 'b'],
      [2, '1', '2'],
    ],
  ],
  [
    'a carriage return at the end',
    'a\r\n1\r',
    [
      [1, 'a'],
      [2, '1'],
    ],
  ],
  [
    'no value, and an empty text',
    'a,b\n,""\n',
    [
      [1, 'a', 'b'],
      [2, null, ''],
    ],
  ],
  [
    'quotes, separators and line breaks in cells',
    '"a""b","c,d","e\r\nf\n"\n1,2,3\n',
    [
      [1, 'a"b', 'c,d', 'e\r\nf\n'],
      [4, '1', '2', '3'],
    ],
  ],
  [
    'a line without text',
    'a\n\n1\n',
    [
      [1, 'a'],
      [2, null],
      [3, '1'],
    ],
  ],
  ['spaces are kept', ' a , b\n', [[1, ' a ', ' b']]],
  ['characters of several bytes', 'é,"日本"\n', [[1, 'é', '日本']]],
];

t.test('a file is read row by row', async (t) => {
  for (const [what, text, rows] of files) t.strictSame(read(text), rows, what);
  t.strictSame(read('a;"b;c";d\n', ';'), [[1, 'a', 'b;c', 'd']], 'semicolons');
  t.strictSame(read('NULL,"NULL",\n', ',', 'NULL'), [[1, null, 'NULL', '']], 'a text for no value, not in quotes');
});

const form = { separator: ','.charCodeAt(0), nullText: '' };
const inside =
  'a quote in a cell that does not begin with one (such a cell must be in quotes, and its own quotes doubled)';

/** Texts with rows that could be read in two ways: the lines of all rows, and the faults. */
const faulty: readonly [text: string, lines: readonly number[], faults: readonly object[]][] = [
  ['a\n"b\nc\n', [1, 2, 3], [{ line: 2, what: 'a quote that is never closed' }]],
  [
    'a\n"b\nc" d\n',
    [1, 2, 3],
    [
      { line: 3, what: 'text after the quote that closes a cell', since: 2 },
      { line: 3, what: inside },
    ],
  ],
  [
    'a\n5" screen\nb\n7" disk\n',
    [1, 2, 3, 4],
    [
      { line: 2, what: inside },
      { line: 4, what: inside },
    ],
  ],
  ['a\rb\rc', [1], [{ line: 1, what: 'a carriage return without a line feed outside of quotes' }]],
  ['a\n"b" c', [1, 2], [{ line: 2, what: 'text after the quote that closes a cell' }]],
];

t.test('a row that could be read in two ways is a fault with its line, and the next line is read', async (t) => {
  for (const [text, lines, faults] of faulty) {
    const rows = [...readCsv(Buffer.from(text), form)];
    t.strictSame(
      rows.map(({ line }) => line),
      lines,
      text,
    );
    t.strictSame(
      rows.flatMap(({ fault }) => fault ?? []),
      faults,
      text,
    );
    t.ok(rows.every(({ fault, cells }) => fault === undefined || cells.length === 0));
  }
});

t.test('lines that are not UTF-8 are found, and a mark is left out', async (t) => {
  t.equal(withoutMark(Buffer.from('\ufeffa')).toString(), 'a');
  t.strictSame(linesOutsideUtf8(Buffer.from('a\né\n')), []);
  t.strictSame(linesOutsideUtf8(Buffer.from('a\né\nb\nü\n', 'latin1')), [2, 4]);
  t.strictSame(linesOutsideUtf8(Buffer.from([0x61, 0x0a, 0xe9])), [2]);
});
