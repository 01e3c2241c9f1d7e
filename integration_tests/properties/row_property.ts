/**
 * The property of the encoder: a row's bytes equal csv-stringify's, whatever the values and however their JSON is
 * written.
 */
import { stringify } from 'csv-stringify/sync';
import type { Plan } from '../../src/model.ts';
import { decodeRow } from '../../src/records/csv.ts';
import { Kernel } from '../../src/records/kernel/kernel.ts';
import { RecordScanner } from '../../src/records/record_scanner.ts';
import { RowEncoder } from '../../src/records/row_encoder.ts';
import { RowShapes } from '../../src/records/row_shape.ts';
import { pick, type Random } from '../support/random.ts';

/** A value's JSON text and its expected cell. */
type Sample = readonly [json: string, cell: string | null];

const pieces = [
  'a', 'Z', '0', ' ', '  ', ',', '"', '""', '\n', '\r', '\r\n', '\t', '\\', '/', ';', 'é', 'ß', '語', '😀', '\u2028', '\u00a0',
  '\u0000', '\u001f', '\u007f', '\ufeff', "'", '=1+1', 'NULL', 'plain words without anything odd', '{', '}', '[', ']', ':',
]; // biome-ignore format: a list of samples
const numbers: readonly Sample[] = [
  ['0', '0'], ['-0', '-0'], ['1.10', '1.10'], ['9007199254740993', '9007199254740993'], ['0.1000000000000000055', '0.1000000000000000055'],
  ['123456789012345678901234567890', '123456789012345678901234567890'], ['1e3', '1000'], ['-1.5E-3', '-0.0015'], ['1.50e+1', '15.0'],
]; // biome-ignore format: a list of samples

/** csv-stringify's options for the dialect. */
const options = { record_delimiter: '\n', eof: true, quoted_match: [/^$/, /^ | $/], quote_record_delimiter: true };

const columns = Array.from({ length: 12 }, (_, i) => ({ path: [`c${i}`], field: `Field ${i}`, isDateTime: false }));
const plan: Plan = {
  id: 0,
  stream: { name: 's' },
  label: 's',
  object: 'Object',
  operation: 'INSERT',
  keyFields: [],
  keyColumns: [],
  columns,
  incremental: false,
  parents: [],
};
const formats = { null_text: '', boolean_format: 'true_false', datetime_format: 'as_is', trim: false } as const;
const separators = [';', '|', ', ', ' | ', ';;', 'é', '"', '\n'];

/**
 * Encodes this many random records, with encoders for several list separators.
 * @returns the first record whose row differs, if any
 */
export function compareRows(
  random: Random,
  count: number,
): { json: string; expected: string; row: string } | undefined {
  const kernel = new Kernel();
  const scanner = new RecordScanner(kernel);
  const encoders = separators.map(
    (list_separator) =>
      new RowEncoder(plan, new RowShapes(kernel, { ...formats, list_separator }).of(plan), {
        onUnknownColumn: () => undefined,
      }),
  );
  for (let i = 0; i < count; i++) {
    const at = random(separators.length);
    const encoder = encoders[at] as RowEncoder;
    const { json, cells } = randomRecord(random, separators[at] as string);
    const line = Buffer.from(`{"type":"RECORD","record":{"stream":"s","data":${json},"emitted_at":1}}`);
    if (scanner.scan(line, 0, line.length) !== 'record') return { json, expected: 'a record', row: scanner.problem };
    if (encoder.encode(scanner) !== 'row') return { json, expected: 'a row', row: encoder.fault?.reason ?? '' };
    const row = encoder.bytes.subarray(0, encoder.length);
    const expected = stringify([cells], options);
    if (row.toString() !== expected) return { json, expected, row: row.toString() };
    const decoded = JSON.stringify(decodeRow(row, ''));
    if (decoded !== JSON.stringify(cells)) return { json, expected: JSON.stringify(cells), row: decoded };
  }
  return undefined;
}

/** Columns in any order, some absent, some repeated, some not in the plan. */
function randomRecord(random: Random, separator: string): { json: string; cells: (string | null)[] } {
  const cells: (string | null)[] = columns.map(() => null);
  const members: string[] = [];
  const isUsual = random(2) === 0;
  const length = isUsual ? columns.length : random(16);
  for (let i = 0; i < length; i++) {
    const column = isUsual ? i : random(columns.length + 1);
    const [json, cell] = sample(random, separator);
    cells[column] = cell;
    members.push(
      `${column === 3 && random(4) === 0 ? '"\\u0063\\u0033"' : `"c${column}"`}${pick(random, [':', ': '])}${json}`,
    );
  }
  return { json: `{${members.join(pick(random, [',', ', ']))}}`, cells: cells.slice(0, columns.length) };
}

function sample(random: Random, separator: string): Sample {
  const kind = random(12);
  if (kind < 6) return string(random);
  if (kind < 8) return pick(random, numbers);
  if (kind === 8)
    return pick<Sample>(random, [
      ['true', 'true'],
      ['false', 'false'],
      ['null', null],
    ]);
  if (kind === 9) return list(random, separator);
  if (kind === 10) {
    const text = JSON.stringify({ a: string(random)[1], b: [random(3)] });
    return [text, text];
  }
  return pick<Sample>(random, [
    ['{}', '{}'],
    ['[{}]', '[{}]'],
    ['[[ ]]', '[[ ]]'],
    ['[1, {"a":",\\""}]', '[1, {"a":",\\""}]'],
    ['[]', ''],
  ]);
}

function string(random: Random): Sample {
  let text = '';
  for (let left = random(3) === 0 ? random(40) : random(5); left > 0; left--) text += pick(random, pieces);
  if (random(20) === 0) text += String.fromCharCode(0xd8_00 + random(0x8_00));
  const json = random(4) === 0 ? escapeAll(text) : JSON.stringify(text);
  return [json, Buffer.from(text).toString()];
}

function list(random: Random, separator: string): Sample {
  const elements = Array.from({ length: random(4) }, () => {
    const [json, cell] =
      random(3) === 0 ? pick<Sample>(random, [...numbers, ['null', null], ['true', 'true']]) : string(random);
    const holdsIt = cell !== null && (cell + separator).indexOf(separator) < cell.length;
    return holdsIt ? (['"x"', 'x'] as const) : ([json, cell] as const);
  });
  const texts = elements.map(([, cell]) => cell).filter((cell) => cell !== null);
  return [`[${elements.map(([json]) => json).join(pick(random, [',', ' , ']))}]`, texts.join(separator)];
}

function escapeAll(text: string): string {
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i).toString(16).padStart(4, '0'));
  return `"${units.map((unit) => `\\u${unit}`).join('')}"`;
}
