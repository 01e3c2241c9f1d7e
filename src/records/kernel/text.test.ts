import { stringify } from 'csv-stringify/sync';
import t from 'tap';
import { encoderOf } from '../../../integration_tests/support/encoder.ts';
import { RecordScanner } from '../record_scanner.ts';

/** csv-stringify's options for the dialect. */
const dialect = { record_delimiter: '\n', eof: true, quoted_match: [/^$/, /^ | $/], quote_record_delimiter: true };

/** Strings are read thirty-two bytes at a time: covers every offset up to the third step. */
const offsets = Array.from({ length: 100 }, (_, offset) => offset);
const plain = 'abcdefghij'.repeat(10);
/** Strings of a line longer than this are checked when the line is read, and decoded when the row is written. */
const longLine = 'x'.repeat(300_000);

const escapes = [
  '\\n', '\\r', '\\r\\n', '\\"', '\\"\\"', '\\\\', '\\/', '\\b\\f\\t', '\\u0000', '\\u0022', '\\u002c', '\\u002C', '\\u004a', '\\u007f', '\\u0080',
  '\\u07ff', '\\u0800', '\\uFFFF', '\\ud83d\\ude00', '\\uD800\\uDC00', '\\udbff\\udfff', '\\ud83d', '\\ude00', '\\ud83d\\ud83d\\ude00',
  '\\ud83d\\n', '\\ud83d\\u0041', '\\\\u0041', '\\\\\\"', '\\\\\\\\', 'é\\u00e9', ',\\t', '\\ude00\\ud83d', '\\ude00\\ude00', '\\ud83dé',
]; // biome-ignore format: a list of samples

const broken = [
  '\\x',
  '\\',
  '\\u',
  '\\u12',
  '\\u12g4',
  '\\u-123',
  '\\\t',
  '\\\u00e9',
  '\\\\\\',
  '\\ud83d\\u',
  '\\ud83d\\udg00',
  '\u0001',
  '\\n\u001f',
];

/** Where a string may be: a column, nested, in a list, in JSON text. */
const places = [
  (text: string) => `{"a":"${text}"}`,
  (text: string) => `{"o":{"i":"${text}"}}`,
  (text: string) => `{"l":["${text}","y"]}`,
  (text: string) => `{"n":{"k":["${text}",{}]}}`,
];
const columns = [['a'], ['o', 'i'], ['l'], ['n']].map((path) => ({ path, field: path.join('.'), isDateTime: false }));
/** A record with a string in each of these places, and filler that makes its line longer. */
const recordOf = (text: string, line: string) =>
  `{${places.map((place) => place(text).slice(1, -1)).join(',')},"z":"${line}"}`;

t.test('a string means what JSON.parse says, wherever its escapes are', async (t) => {
  const { encode } = encoderOf({ columns });
  let checked = 0;
  const check = (text: string, line = '') => {
    const value = wellFormed(JSON.parse(`"${text}"`));
    const expected = stringify([[value, value, `${value};y`, `{"k":["${text}",{}]}`]], dialect);
    const { row } = encode(recordOf(text, line));
    if (row !== expected) t.same({ text, row }, { text, row: expected });
    checked++;
  };
  for (const offset of offsets) {
    const before = plain.slice(0, offset);
    for (const each of escapes) {
      check(before + each);
      check(`${before}${each} plain behind it, and more than sixteen bytes of it${each}`);
      if (offset % 33 === 0) check(before + each, longLine);
    }
    check(`${before}${'\\\\'.repeat(offset)}\\"${'\\n'.repeat(offset)}`);
    check(`${' '.repeat(offset % 3)}${before}\\\\${before} `);
  }
  check(`${'\\n'.repeat(5_000_000)}`);
  t.ok(checked > 6000, `${checked} strings`);
});

t.test('an invalid escape breaks the line, wherever it is', async (t) => {
  const scanner = new RecordScanner();
  const kindOf = (data: string, encoding?: 'latin1') => {
    const text = `{"type":"RECORD","record":{"stream":"s","data":${data},"emitted_at":1}}\n`;
    const line = Buffer.from(text, encoding);
    return scanner.scan(line, 0, line.length - 1);
  };
  const texts = offsets.flatMap((offset) => {
    const before = `\\n${plain.slice(0, offset)}`;
    return broken.flatMap((each) => [before + each, `${before}\\\\${each}`, `${before}${each} "`]);
  });
  t.ok(texts.length > 3000);
  for (const place of places) {
    for (const text of texts)
      if (isJson(place(text)) || kindOf(place(text)) !== 'broken') t.fail(`taken for a string: ${place(text)}`);
    for (const text of broken) t.equal(kindOf(`{"z":"${longLine}",${place(text).slice(1)}`), 'broken', text);
    t.equal(kindOf(place('\\né')), 'record');
    t.equal(kindOf(place('\\n\u0001').replace('\u0001"', '\u0001')), 'broken', 'nothing but a quote ends a string');
    t.equal(kindOf(place('\\né'), 'latin1'), 'broken', 'it is not UTF-8');
  }
});

/** Half of a surrogate pair has no UTF-8. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
