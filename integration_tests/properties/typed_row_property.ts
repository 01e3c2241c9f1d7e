/**
 * The property of rows with types: their values are those of the record, and without the types they are the rows of the
 * CSV file.
 */
import type { Values } from '../../src/config/types.ts';
import { type Plan, unreadMark } from '../../src/model.ts';
import { Kernel } from '../../src/records/kernel/kernel.ts';
import { foundIsAlone, foundRows, rowEnd } from '../../src/records/kernel/positions.ts';
import { learnTemplate } from '../../src/records/line_templates.ts';
import { RecordScanner } from '../../src/records/record_scanner.ts';
import { RowEncoder, type RowFault } from '../../src/records/row_encoder.ts';
import { RowShapes } from '../../src/records/row_shape.ts';
import { plainCells, type TypedCell, typedCells } from '../../src/records/typed_row.ts';
import { type Json, readJson } from '../support/json_text.ts';
import { pick, type Random } from '../support/random.ts';

const placeholder = '__debezium_unavailable_value';

const column = (path: string, isDateTime = false) => ({ path: path.split('.'), field: path, isDateTime });
const flat = [...['key', 'a', 'b', 'c', 'o'].map((path) => column(path)), column('d', true), column('e', true)];
const nested = [...flat, ...['o.x', 'o.x.y', 'o.z'].map((path) => column(path)), column('o.d', true)];
const base: Plan = {
  ...{ id: 0, stream: { name: 's' }, label: 's', object: 'Object', operation: 'UPSERT', columns: flat },
  ...{ keyFields: ['key'], keyColumns: [0], unreadableValues: 'separate_file', incremental: false, parents: [] },
};

/** How often each kind of value came, and the first record with another result than expected. */
export interface TypedRowsResult {
  readonly counts: Readonly<Record<string, number>>;
  readonly failure?: { readonly json: string; readonly expected: string; readonly found: string };
}

/** Encodes this many random records, with random settings, as rows with and without types. */
export function compareTypedRows(random: Random, count: number): TypedRowsResult {
  const counts: Record<string, number> = {};
  let way = new Way(random);
  for (let i = 0; i < count; i++) {
    if (i % 50 === 0) way = new Way(random);
    const json = randomRecord(random, way.values.list_separator);
    const failure = way.compare(json, counts);
    if (failure) return { counts, failure: { json, ...failure } };
  }
  return { counts };
}

interface Encoded {
  readonly fault: RowFault | undefined;
  readonly row: Buffer;
}

function encodedBy({ bytes, fault, length }: RowEncoder): Encoded {
  return { fault, row: Buffer.from(bytes.subarray(0, length)) };
}

function add(counts: Record<string, number>, kind: string): void {
  counts[kind] = (counts[kind] ?? 0) + 1;
}

/** Encoders with the same random settings. */
class Way {
  readonly values: Values;
  readonly #plan: Plan;
  readonly #kernel = new Kernel();
  readonly #scanner = new RecordScanner(this.#kernel);
  readonly #typed: RowEncoder;
  readonly #plain: RowEncoder;

  constructor(random: Random) {
    this.values = {
      null_text: pick(random, ['', 'NULL', '0', 'true', 's', '2024-02-29T12:34:56.789Z']),
      boolean_format: pick(random, ['true_false', '1_0'] as const),
      datetime_format: pick(random, ['as_is', 'iso_utc_milliseconds', 'epoch_milliseconds'] as const),
      list_separator: pick(random, [';', '|', ', ']),
      trim: random(2) === 0,
    };
    const absentColumns = pick(random, [undefined, 'leave_out'] as const);
    const plan: Plan = { ...base, columns: random(2) === 0 ? flat : nested };
    this.#plan = { ...plan, absentColumns, route: pick(random, ['object_api', 'auto'] as const) };
    const shapes = new RowShapes(this.#kernel, this.values);
    const options = { onUnknownColumn: () => undefined };
    this.#typed = new RowEncoder(this.#plan, shapes.of(this.#plan), options);
    this.#plain = new RowEncoder(plan, shapes.of(plan), options);
  }

  compare(json: string, counts: Record<string, number>): { expected: string; found: string } | undefined {
    const line = Buffer.from(`{"type":"RECORD","record":{"stream":"s","data":${json},"emitted_at":1}}`);
    const plain = this.#scan(this.#plain, line);
    const scanned = this.#scan(this.#typed, line);
    learnTemplate(this.#scanner, this.#typed);
    const found = [scanned, this.#byTemplate(line, counts) ?? scanned];
    const { null_text } = this.values;
    // A call has lists as JSON, so that no element of one can be mistaken for two.
    const isKept = this.#plan.route === 'object_api' && /list separator/.test(plain.fault?.reason ?? '');
    if (isKept) add(counts, 'kept list');
    const said = ({ fault, row }: Encoded, hasTypes: boolean) => ({
      fault,
      cells: plainCells(row, null_text, hasTypes),
    });
    const pairs: (readonly [expected: unknown, found: unknown])[] = isKept
      ? []
      : found.map((one) => [said(plain, false), said(one, true)]);
    if (isKept && found.some(({ fault }) => /list separator/.test(fault?.reason ?? '')))
      return { expected: 'no fault of a list', found: 'one' };
    if (found.every(({ fault }) => fault === undefined) && (isKept || plain.fault === undefined)) {
      const { columns } = this.#plan;
      const values = columns.map((column) => this.#expected(valueAt(readJson(json), column.path), column.isDateTime));
      for (const value of values) add(counts, value?.kind ?? 'absent');
      const row = marked(
        plain.row,
        values.map((value) => value === undefined && this.#plan.route === 'object_api'),
      );
      for (const one of found) pairs.push([values, typedCells(one.row, columns.length)], [row, withoutTypes(one.row)]);
    } else add(counts, 'reject');
    const texts = pairs.map((pair) => pair.map((each) => JSON.stringify(each)) as [string, string]);
    const differing = texts.find(([expected, found]) => expected !== found);
    return differing && { expected: differing[0], found: differing[1] };
  }

  #scan(encoder: RowEncoder, line: Buffer): Encoded {
    if (this.#scanner.scan(line, 0, line.length) !== 'record') throw new Error(this.#scanner.problem);
    encoder.encode(this.#scanner);
    return encodedBy(encoder);
  }

  #byTemplate(line: Buffer, counts: Record<string, number>): Encoded | undefined {
    const kernel = this.#kernel;
    const stop = kernel.putLine(line, 0, line.length);
    kernel.run.rows(kernel.inputAt, stop + 1);
    if (kernel.found[foundRows] !== 1) return undefined;
    const length = kernel.rows[rowEnd] as number;
    if (kernel.found[foundIsAlone] === 1) {
      add(counts, 'alone');
      this.#typed.accept(length);
      return encodedBy(this.#typed);
    }
    add(counts, 'template');
    return { fault: undefined, row: Buffer.from(kernel.row.subarray(0, length)) };
  }

  /** From the record as JSON.parse reads it, and the settings. */
  #expected(json: Json | undefined, isDateTime: boolean): TypedCell {
    const isBulk = this.#plan.route === 'auto' && this.#plan.absentColumns !== 'leave_out';
    if (json === undefined) return isBulk ? { kind: 'null', text: '' } : undefined;
    if (isUnread(json)) return undefined;
    switch (json.kind) {
      case 'literal':
        return json.text === 'null' ? { kind: 'null', text: '' } : { kind: 'boolean', text: json.text };
      case 'number':
        return { kind: 'number', text: decimal(json.text) };
      case 'string':
        return isDateTime && this.values.datetime_format !== 'as_is'
          ? this.#dateTime(json.value)
          : { kind: 'text', text: utf8(this.values.trim ? json.value.trim() : json.value) };
      case 'array':
        return isFlat(json) ? this.#list(json) : { kind: 'json', text: json.text };
      case 'object':
        return { kind: 'json', text: json.text };
    }
  }

  #dateTime(text: string): TypedCell {
    if (text.trim() === '') return { kind: 'null', text: '' };
    const time = new Date(text);
    const isIso = this.values.datetime_format === 'iso_utc_milliseconds';
    return { kind: 'text', text: isIso ? time.toISOString() : String(time.getTime()) };
  }

  #list({ items, text }: Json & { kind: 'array' }): TypedCell {
    const [yes, no] = this.values.boolean_format === '1_0' ? ['1', '0'] : ['true', 'false'];
    const texts = items.flatMap((item) => {
      if (item.kind === 'string') return utf8(item.value);
      if (item.kind === 'number') return decimal(item.text);
      if (item.text === 'null') return [];
      return item.text === 'true' ? yes : no;
    });
    const { list_separator } = this.values;
    const joined = texts.join(list_separator);
    // An element may also form a separator with the one behind it.
    const isApart = texts.length === 0 || joined.split(list_separator).every((part, at) => part === texts[at]);
    return isApart ? { kind: 'list', text: joined } : { kind: 'json', text };
  }
}

/** Whether the value, or any text in it, is the placeholder for a value that the source did not read. */
function isUnread(json: Json): boolean {
  const text = json.kind === 'string' ? json.value : json.text;
  return text.trim() === placeholder || (/^[[{]/.test(text.trim()) && text.includes(`"${placeholder}"`));
}

/** Lone surrogates cannot be written in UTF-8. */
function utf8(text: string): string {
  return Buffer.from(text).toString();
}

function isFlat(json: Json & { kind: 'array' }): boolean {
  return json.items.every(({ kind }) => kind !== 'array' && kind !== 'object');
}

/** Of repeated names the last one counts; a text of JSON is read like the JSON in it. */
function valueAt(json: Json | undefined, path: readonly string[]): Json | undefined {
  const [name, ...inner] = path;
  if (name === undefined || json === undefined) return json;
  const object = json.kind === 'string' ? heldJson(json.value) : json;
  return object?.kind === 'object' ? valueAt(object.members.get(name), inner) : undefined;
}

function heldJson(text: string): Json | undefined {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}

/** The number without an exponent, by shifting the point of its digits one by one. */
function decimal(text: string): string {
  const [mantissa = '', exponent] = text.toLowerCase().split('e');
  if (exponent === undefined) return text;
  const sign = mantissa.startsWith('-') ? '-' : '';
  let [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  for (let left = Number(exponent); left > 0; left--) {
    whole += fraction[0] ?? '0';
    fraction = fraction.slice(1);
  }
  for (let left = Number(exponent); left < 0; left++) {
    fraction = (whole.at(-1) ?? '0') + fraction;
    whole = whole.slice(0, -1);
  }
  whole = whole.replace(/^0+(?=\d)/, '') || '0';
  return sign + (fraction === '' ? whole : `${whole}.${fraction}`);
}

const cells = /("(?:[^"]|"")*"|[^,\n]*)([,\n])/g;

/** A row of the CSV file with marks in place of some cells. */
function marked(row: Buffer, isMarked: readonly boolean[]): string {
  let column = 0;
  const mark = String.fromCharCode(unreadMark);
  return row.toString('latin1').replaceAll(cells, (_, cell, end) => `${isMarked[column++] ? mark : cell}${end}`);
}

function withoutTypes(row: Buffer): string {
  return row.toString('latin1').replace(/,[^,]*\n$/, '\n');
}

const pieces = [
  'a',
  'Z',
  '0',
  ' ',
  ',',
  '"',
  '\n',
  '\r',
  '\t',
  '\\',
  'é',
  '語',
  '😀',
  '\u00a0',
  '\u0000',
  'NULL',
  '{',
  '[',
  'x: ',
];
const numbers = [
  '0',
  '-0',
  '1.10',
  '9007199254740993',
  '0.1000000000000000055',
  '123456789012345678901234567890',
  '1e3',
];
const exponents = ['-1.5E-3', '1.50e+1', '0e5', '0.00e-2', '12e-2', '-9.99e25', '1E400', '5e-400', '1e401'];
const times = ['2024-02-29T12:34:56.789Z', '1969-12-31T23:59:59Z', '2024-12-31T23:30:00-01:00', '', ' \n', 'soon'];

function randomRecord(random: Random, separator: string): string {
  const members = [`"key":${pick(random, ['1', '"k"', '"key, with a comma"', '1.0', 'null', 'true'])}`];
  if (random(30) === 0) members.pop();
  for (let left = random(9); left > 0; left--) {
    const name = pick(random, ['a', 'b', 'c', 'o', 'o', 'd', 'e', 'unknown']);
    const value = jsonOf(name, random, separator);
    members.push(`${name === 'a' && random(4) === 0 ? '"\\u0061"' : `"${name}"`}${pick(random, [':', ' : '])}${value}`);
  }
  return `{${members.join(pick(random, [',', ' , ']))}}`;
}

function jsonOf(name: string, random: Random, separator: string): string {
  if (name === 'd' || name === 'e') return time(random);
  return name === 'o' ? parent(random, separator) : any(random, separator);
}

function time(random: Random): string {
  return random(6) === 0 ? 'null' : JSON.stringify(random(12) === 0 ? placeholder : pick(random, times));
}

/** The object in which other columns are, also as a text, or something else. */
function parent(random: Random, separator: string): string {
  const kind = random(8);
  if (kind === 0) return pick(random, ['null', '{}', '[1]', '7', '""']);
  const members = ['x', 'z', 'other']
    .filter(() => random(2) === 0)
    .map((name) => `"${name}":${any(random, separator)}`);
  if (random(2) === 0) members.push(`"x":{"y":${any(random, separator)}}`);
  if (random(2) === 0) members.push(`"d":${time(random)}`);
  const object = `{${members.join(',')}}`;
  return kind === 1 ? JSON.stringify(object) : object;
}

function any(random: Random, separator: string): string {
  const kind = random(14);
  if (kind < 4) return text(random);
  if (kind < 6) return pick(random, [...numbers, ...exponents]);
  if (kind < 9) return pick(random, ['true', 'false', 'null']);
  if (kind < 11) return list(random, separator);
  if (kind === 11)
    return pick(random, ['{}', '[{}]', '[[ ]]', '[1, {"a":",\\""}]', '[]', '["a",["b"]]', '{"x":{"y":1}}']);
  if (kind === 12) return random(4) === 0 ? JSON.stringify(placeholder) : '""';
  return `{"t":${text(random)} , "n":${pick(random, numbers)}}`;
}

function list(random: Random, separator: string): string {
  const elements = Array.from({ length: random(4) }, () => {
    if (random(3) === 0) return pick(random, [...numbers, ...exponents, 'null', 'true', 'false']);
    if (random(12) === 0) return JSON.stringify(`${pick(random, ['', 'a'])}${separator}${pick(random, ['', 'b"'])}`);
    const element = text(random);
    const value = JSON.parse(element) as string;
    return (value + separator).indexOf(separator) < value.length && random(9) > 0 ? '"x"' : element;
  });
  return `[${elements.join(pick(random, [',', ' , ']))}]`;
}

function text(random: Random): string {
  let text = '';
  for (let left = random(3) === 0 ? random(40) : random(5); left > 0; left--) text += pick(random, pieces);
  if (random(20) === 0) text += String.fromCharCode(0xd8_00 + random(0x8_00));
  if (random(4) > 0) return JSON.stringify(text);
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i).toString(16).padStart(4, '0'));
  return `"${units.map((unit) => `\\u${unit}`).join('')}"`;
}
