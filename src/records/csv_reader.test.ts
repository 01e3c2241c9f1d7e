import t from 'tap';
import { CsvFault, isFromSpreadsheet, lineOutsideUtf8, readCsv, withoutMark } from './csv_reader.ts';

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

const faulty: readonly [text: string, message: string][] = [
  ['a\n"b\nc\n', 'line 2: a cell begins with a quote that is never closed'],
  ['a\n"b\nc" d\n', 'line 3: text follows the quote that closes a cell'],
  ['a\n5" screen\n', 'line 2: a quote stands in a cell that does not begin with one'],
  ['a\rb\rc', 'line 1: a line ends with a carriage return alone'],
];

t.test('what could be read in two ways is a fault with its line', async (t) => {
  for (const [text, message] of faulty) {
    try {
      read(text);
      t.fail(message);
    } catch (error) {
      t.ok(error instanceof CsvFault);
      t.equal((error as Error).message, message);
    }
  }
});

t.test('what a spreadsheet leaves is recognised', async (t) => {
  t.equal(isFromSpreadsheet(Buffer.from('a\nb\n')), false);
  t.equal(isFromSpreadsheet(Buffer.from('a\r\nb\r\n')), true);
  t.equal(isFromSpreadsheet(Buffer.from('\ufeffa\n')), true);
  t.equal(withoutMark(Buffer.from('\ufeffa')).toString(), 'a');
  t.equal(lineOutsideUtf8(Buffer.from('a\né\n')), undefined);
  t.equal(lineOutsideUtf8(Buffer.from('a\né\n', 'latin1')), 2);
  t.equal(lineOutsideUtf8(Buffer.from([0x61, 0x0a, 0xe9])), 2);
});
