/** Finds the value for each column of the plan among a record's fields. */

import { decodeText, JsonCursor } from '../airbyte/json_cursor.ts';
import type { Column, ScannedRecord } from '../model.ts';
import type { Kernel } from './kernel/kernel.ts';
import { absentField } from './kernel/positions.ts';
import { NameTable } from './name_table.ts';

const [openBrace, openBracket, quote, comma, letterN] = [0x7b, 0x5b, 0x22, 0x2c, 0x6e];
const closeBracket = 0x5d;
/** Set on deleted rows by Airbyte's change data capture. */
const deletedAt = '_ab_cdc_deleted_at';
/** Maximum number of unknown columns that are remembered and reported; input may have any number. */
const maxUnknown = 1000;
/** Longer names are not remembered, so they are reported with each record. */
const longestRemembered = 1000;

export interface ColumnFinderOptions {
  readonly kernel: Kernel;
  readonly columns: readonly Column[];
  /** Position in the kernel's `numbers` where the field's index is written for each column. */
  readonly fields: number;
  /** One byte per column, set to 1 as soon as a record has it. */
  readonly seen: Uint8Array | undefined;
  /** The path of the column that records are ordered by. */
  readonly cursor: readonly string[] | undefined;
  readonly onUnknownColumn: (name: string) => void;
}

/**
 * Finds values by the bytes of their keys, and keeps the assignment of keys to columns while records have the same
 * shape.
 */
export class ColumnFinder {
  /** Names of top-level columns: those that the plan reads, {@link deletedAt}, then unknown ones. */
  readonly #table = new NameTable();
  readonly #numbers = new Map<string, number>();
  readonly #known: number;
  readonly #deleted: number;
  /** Per column: the number of its top-level name, and the names to follow inside it. */
  readonly #root: Int32Array;
  readonly #inner: readonly (readonly Buffer[])[];
  /** Per known name: the index of the field with it, or {@link absentField}. */
  readonly #fieldOf: Int32Array;
  /** Columns whose values are nested in others. */
  readonly #innerColumns: readonly number[];
  /** Where the kernel reads each column's field index, or {@link absentField}. */
  readonly #fields: number;
  readonly #kernel: Kernel;
  /** Per column: whether a record has had it. */
  readonly #seen: Uint8Array;
  /** The number of the cursor's top-level name, or -1, and the names to follow inside it. */
  readonly #cursor: number;
  readonly #cursorInner: readonly Buffer[];
  /** A column whose value lies in JSON text and is too long to be read. */
  tooLong: number | undefined;
  #shape = 0;
  readonly #onUnknownColumn: (name: string) => void;

  constructor({ kernel, columns, fields, seen, cursor, onUnknownColumn }: ColumnFinderOptions) {
    this.#kernel = kernel;
    this.#onUnknownColumn = onUnknownColumn;
    this.#seen = seen ?? new Uint8Array(columns.length);
    this.#root = Int32Array.from(columns, ({ path }) => this.#number(path[0] as string));
    this.#inner = columns.map(({ path }) => path.slice(1).map((name) => Buffer.from(name)));
    this.#deleted = this.#number(deletedAt);
    this.#cursor = cursor?.[0] === undefined ? -1 : this.#number(cursor[0]);
    this.#cursorInner = cursor?.slice(1).map((name) => Buffer.from(name)) ?? [];
    this.#known = this.#numbers.size;
    this.#fieldOf = new Int32Array(this.#known).fill(absentField);
    this.#fields = fields;
    this.#innerColumns = [...columns.keys()].filter((column) => this.#inner[column]?.length);
  }

  #number(name: string): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#table.add(name);
      this.#numbers.set(name, number);
    }
    return number;
  }

  /** Selects the next record, and reports each of its columns that the plan does not read once. */
  select(record: ScannedRecord): void {
    if (record.shape === 0 || record.shape !== this.#shape) this.#find(record);
    if (this.#innerColumns.length === 0) return;
    this.tooLong = undefined;
    this.#kernel.forgetTexts();
    for (let index = 0; index < this.#innerColumns.length; index++) {
      const column = this.#innerColumns[index] as number;
      this.#kernel.numbers[this.#fields + column] = this.#locate(column, record.fieldCount + index);
    }
  }

  #find(record: ScannedRecord): void {
    this.#shape = record.shape;
    record.locateKeys();
    this.#fieldOf.fill(absentField);
    for (let field = 0; field < record.fieldCount; field++) {
      const number = this.#numberOf(field);
      // Of repeated keys the last one counts.
      if (number >= 0 && number < this.#known) this.#fieldOf[number] = field;
    }
    const { numbers } = this.#kernel;
    for (let column = 0; column < this.#root.length; column++) {
      const field = this.#fieldOf[this.#root[column] as number] as number;
      numbers[this.#fields + column] = field;
      // Whether a nested column is present is only known after looking inside.
      if (field !== absentField && this.#inner[column]?.length === 0) this.#seen[column] = 1;
    }
  }

  #numberOf(field: number): number {
    const { bytes, keyStart, keyEnd, keyEscaped } = this.#kernel;
    const start = keyStart[field] as number;
    const end = keyEnd[field] as number;
    if (keyEscaped[field] === 0) {
      const number = this.#table.find(bytes, start, end);
      if (number >= 0) return number;
    }
    if (this.#numbers.size >= this.#known + maxUnknown && keyEscaped[field] === 0) return -1;
    const name = decodeText(bytes, start, end);
    const number = this.#numbers.get(name);
    if (number !== undefined) return number;
    if (this.#numbers.size >= this.#known + maxUnknown) return -1;
    if (end - start <= longestRemembered) this.#number(name);
    this.#onUnknownColumn(name);
    return -1;
  }

  /** Finds the value of a nested column and adds it as a further field. */
  #locate(column: number, field: number): number {
    const { bytes, run, valueStart, valueEnd, valueTraits } = this.#kernel;
    const outer = this.#fieldOf[this.#root[column] as number] as number;
    if (outer === absentField) return absentField;
    const found = this.#inside(bytes, valueStart[outer] as number, this.#inner[column] as readonly Buffer[]);
    if (found === undefined) return absentField;
    this.#seen[column] = 1;
    const start = found.bytes === bytes ? found.start : this.#kernel.keepText(found.bytes, found.start, found.end);
    if (start === 0) return this.#tooLong(column);
    run.open(bytes.length);
    valueStart[field] = start;
    valueEnd[field] = run.value(start);
    valueTraits[field] = run.traits();
    return field;
  }

  #tooLong(column: number): number {
    this.tooLong ??= column;
    return absentField;
  }

  /**
   * Follows names from a value through objects, lists, and texts that contain JSON. Undefined: there is no such value.
   */
  #inside(buffer: Buffer, value: number, names: readonly Buffer[]): Place | undefined {
    let [bytes, start] = [buffer, value];
    for (const name of names) {
      if (bytes[start] === quote) {
        const held = heldJson(bytes, start);
        if (held === undefined) return undefined;
        [bytes, start] = [held, new JsonCursor(held).space(0)];
      }
      start = enter(bytes, start, name);
      if (start < 0) return undefined;
    }
    return { bytes, start, end: new JsonCursor(bytes).value(start) };
  }

  /** Whether records of the selected one's shape can be assigned without a look at each: no column is nested. */
  get isPlain(): boolean {
    return this.#innerColumns.length === 0;
  }

  /** Whether the selected record, or a later one of its shape read by the kernel, is a row deleted at the source. */
  get isDeleted(): boolean {
    const { bytes, valueStart } = this.#kernel;
    const field = this.#fieldOf[this.#deleted] as number;
    return field >= 0 && bytes[valueStart[field] as number] !== letterN;
  }

  /** The JSON text of the cursor of the selected record, or of a later one of its shape; undefined: it has none. */
  get cursorText(): string | undefined {
    const { bytes, valueStart } = this.#kernel;
    const field = this.#cursor < 0 ? absentField : (this.#fieldOf[this.#cursor] as number);
    if (field === absentField) return undefined;
    const found = this.#inside(bytes, valueStart[field] as number, this.#cursorInner);
    return found?.bytes.toString('utf8', found.start, found.end);
  }
}

/** Where a value is. */
interface Place {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/**
 * Steps from an object to its last member of this name, or from a list to the element of this index; -1: there is none.
 */
function enter(bytes: Buffer, outer: number, name: Buffer): number {
  if (bytes[outer] === openBracket) return element(bytes, outer, name.toString());
  if (bytes[outer] !== openBrace) return -1;
  const json = new JsonCursor(bytes);
  let found = -1;
  let end = outer + 1;
  for (let value = json.member(end, true); value >= 0; value = json.member(end, false)) {
    if (json.keyIs(name)) found = value;
    end = json.value(value);
  }
  return found;
}

function element(bytes: Buffer, list: number, name: string): number {
  if (!/^\d+$/.test(name)) return -1;
  const json = new JsonCursor(bytes);
  let start = json.space(list + 1);
  if (bytes[start] === closeBracket) return -1;
  for (let left = Number(name); left > 0; left--) {
    const end = json.space(json.value(start));
    if (bytes[end] !== comma) return -1;
    start = json.space(end + 1);
  }
  return start;
}

/** The JSON object or array that a string contains; undefined: it contains anything else. */
function heldJson(bytes: Buffer, start: number): Buffer | undefined {
  const end = new JsonCursor(bytes).value(start);
  const text = decodeText(bytes, start + 1, end - 1).trim();
  if (!text.startsWith('{') && !text.startsWith('[')) return undefined;
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return Buffer.from(text);
}
