/** Finds the value for each column of the plan among a record's fields. */

import { decodeText, JsonCursor } from '../airbyte/json_cursor.ts';
import type { Column, Plan, ScannedRecord } from '../model.ts';
import { type Kernel, keptBytes } from './kernel/kernel.ts';
import {
  nestedIsSeen,
  nestedNumbers,
  noName,
  stepNumbers,
  valueEnd,
  valueNumbers,
  valueStart,
  valueTraits,
} from './kernel/positions.ts';
import { NameTable } from './name_table.ts';

const [openBrace, openBracket, quote, comma, letterN] = [0x7b, 0x5b, 0x22, 0x2c, 0x6e];
const closeBracket = 0x5d;
/** Set on deleted rows by Airbyte's change data capture. */
const deletedAt = '_ab_cdc_deleted_at';
/** Maximum number of unknown columns that are remembered and reported; input may have any number. */
const maxUnknown = 1000;
/** Longer names are not remembered, so they are reported with each record. */
const longestRemembered = 1000;
const noNames: readonly Buffer[] = [];

export interface ColumnFinderOptions {
  readonly kernel: Kernel;
  readonly names: ColumnNames;
  /** One byte per column, set to 1 as soon as a record has it. */
  readonly seen: Uint8Array | undefined;
  readonly plan: Plan;
  readonly onUnknownColumn: (name: string, plan: Plan) => void;
}

/**
 * Gives names numbers, by which the kernel keeps their values: those of top-level columns that a plan reads, then one
 * for each column whose value is nested in another. The same for all plans with these columns.
 */
export class ColumnNames {
  /** Per column: the number of the name whose value it has. */
  readonly names: Int32Array;
  /** The number of {@link deletedAt}. */
  readonly deleted: number;
  /** Names of top-level columns that the plan reads, and {@link deletedAt}. */
  readonly table = new NameTable();
  /** Per column: the number of its top-level name, and the names to follow inside it. */
  readonly root: Int32Array;
  readonly inner: readonly (readonly Buffer[])[];
  /** Columns whose values are nested in others. */
  readonly innerColumns: readonly number[];
  /** The number of the cursor's top-level name, or -1, and the names to follow inside it. */
  readonly cursor: number;
  readonly cursorInner: readonly Buffer[];

  /** @param cursor the path of the column that records are ordered by */
  constructor(columns: readonly Column[], cursor?: readonly string[]) {
    this.root = Int32Array.from(columns, ({ path }) => this.#number(path[0] as string));
    this.inner = columns.map((column) =>
      isNested(column) ? column.path.slice(1).map((name) => Buffer.from(name)) : noNames,
    );
    this.deleted = this.#number(deletedAt);
    this.cursor = cursor?.[0] === undefined ? -1 : this.#number(cursor[0]);
    this.cursorInner = cursor?.slice(1).map((name) => Buffer.from(name)) ?? [];
    this.innerColumns = [...columns.keys()].filter((column) => isNested(columns[column] as Column));
    this.names = this.root.slice();
    for (const [at, column] of this.innerColumns.entries()) this.names[column] = this.known + at;
  }

  /** How many top-level names there are. */
  get known(): number {
    return this.table.names.length;
  }

  /** How many numbers {@link names} and {@link deleted} are from. */
  get nameCount(): number {
    return this.known + this.innerColumns.length;
  }

  #number(name: string): number {
    return this.table.numberOf(name) ?? this.table.add(name);
  }
}

/** Finds the values of one plan's columns in its records. */
export class ColumnFinder {
  /** A column whose value lies in JSON text and is too long to be read. */
  tooLong: number | undefined;
  readonly #names: ColumnNames;
  /** Names of top-level columns that the plan does not read; created with the first. */
  #unknown: NameTable | undefined;
  /** Where the kernel finds nested columns: `kernel/nested.ts`. */
  readonly nested: number;
  readonly #kernel: Kernel;
  /** Per column: whether a record has had it. */
  readonly #seen: Uint8Array;
  readonly #plan: Plan;
  readonly #onUnknownColumn: (name: string, plan: Plan) => void;

  constructor({ kernel, names, seen, plan, onUnknownColumn }: ColumnFinderOptions) {
    this.#kernel = kernel;
    this.#names = names;
    this.#plan = plan;
    this.#onUnknownColumn = onUnknownColumn;
    this.#seen = seen ?? new Uint8Array(names.names.length);
    this.nested = this.#writeNested();
  }

  /** Writes what the kernel needs to find nested values, and returns where it is; 0: no value is nested. */
  #writeNested(): number {
    const { inner, innerColumns, names: numbersOf, root } = this.#names;
    if (innerColumns.length === 0) return 0;
    const kernel = this.#kernel;
    const nested = kernel.keep(4 * nestedNumbers * innerColumns.length);
    for (const [at, column] of innerColumns.entries()) {
      const names = inner[column] as readonly Buffer[];
      const steps = names.flatMap((name) => [writeName(kernel, name), name.length, indexOf(name.toString()) ?? noName]);
      const stepsAt = kernel.keep(4 * steps.length);
      kernel.numbers.set(steps, stepsAt / 4);
      const numbers = [root[column] as number, numbersOf[column] as number, 0, stepsAt, names.length];
      kernel.numbers.set(numbers, nested / 4 + nestedNumbers * at);
    }
    return nested;
  }

  /** Finds the values of the latest record, and reports each of its columns that the plan does not read once. */
  select(record: ScannedRecord): void {
    const { nameOf, run } = this.#kernel;
    for (let field = 0; field < record.fieldCount; field++) nameOf[field] = this.#numberOf(field);
    const { nameCount, names } = this.#names;
    run.assign(nameCount);
    for (let column = 0; column < names.length; column++)
      if (this.#hasValue(names[column] as number)) this.#seen[column] = 1;
    this.selectNested();
  }

  /** Finds the nested values of a record whose other values the kernel has found. */
  selectNested(): void {
    this.tooLong = undefined;
    const { innerColumns } = this.#names;
    if (innerColumns.length === 0) return;
    this.#kernel.forgetTexts();
    for (const [at, column] of innerColumns.entries()) {
      if (!this.#locate(column)) continue;
      this.#seen[column] = 1;
      this.#kernel.numbers[this.nested / 4 + nestedNumbers * at + nestedIsSeen] = 1;
    }
  }

  /** The number of a field's name; {@link noName}: no column has its value. */
  #numberOf(field: number): number {
    const { bytes, keyStart, keyEnd, keyEscaped } = this.#kernel;
    const start = keyStart[field] as number;
    const end = keyEnd[field] as number;
    const { table } = this.#names;
    if (keyEscaped[field] === 0) {
      const number = table.find(bytes, start, end);
      if (number >= 0) return number;
      if (this.#unknown && this.#unknown.find(bytes, start, end) >= 0) return noName;
    }
    const isFull = this.#unknown !== undefined && this.#unknown.names.length >= maxUnknown;
    if (isFull && keyEscaped[field] === 0) return noName;
    const name = decodeText(bytes, start, end);
    const number = table.numberOf(name);
    if (number !== undefined) return number;
    if (isFull || this.#unknown?.numberOf(name) !== undefined) return noName;
    if (end - start <= longestRemembered) {
      this.#unknown ??= new NameTable();
      this.#unknown.add(name);
    }
    this.#onUnknownColumn(name, this.#plan);
    return noName;
  }

  /**
   * Finds the value of a nested column and keeps it.
   * @returns false: the record has none
   */
  #locate(column: number): boolean {
    const { bytes, numbers, run } = this.#kernel;
    const { inner, names, root } = this.#names;
    const value = this.#placeOf(names[column] as number);
    numbers[value + valueStart] = 0;
    const outer = numbers[this.#placeOf(root[column] as number) + valueStart] as number;
    if (outer === 0) return false;
    const found = this.#inside(bytes, outer, inner[column] as readonly Buffer[]);
    if (found === undefined) return false;
    const start = found.bytes === bytes ? found.start : this.#kernel.keepText(found.bytes, found.start, found.end);
    if (start === 0) {
      this.tooLong ??= column;
      return true;
    }
    run.open(bytes.length);
    numbers[value + valueStart] = start;
    numbers[value + valueEnd] = run.value(start);
    numbers[value + valueTraits] = run.traits();
    return true;
  }

  #hasValue(name: number): boolean {
    return this.#kernel.numbers[this.#placeOf(name) + valueStart] !== 0;
  }

  /** Position of a name's value in the kernel's `numbers`. */
  #placeOf(name: number): number {
    return this.#kernel.values + valueNumbers * name;
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

  /** Whether the latest record is a row deleted at the source. */
  get isDeleted(): boolean {
    const { bytes, numbers } = this.#kernel;
    const start = numbers[this.#placeOf(this.#names.deleted) + valueStart] as number;
    return start > 0 && bytes[start] !== letterN;
  }

  /** The JSON text of the cursor of the latest record; undefined: it has none. */
  get cursorText(): string | undefined {
    const { bytes, numbers } = this.#kernel;
    const { cursor, cursorInner } = this.#names;
    const start = cursor < 0 ? 0 : (numbers[this.#placeOf(cursor) + valueStart] as number);
    const found = start === 0 ? undefined : this.#inside(bytes, start, cursorInner);
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
  const index = indexOf(name);
  if (index === undefined) return -1;
  const json = new JsonCursor(bytes);
  let start = json.space(list + 1);
  if (bytes[start] === closeBracket) return -1;
  for (let left = index; left > 0; left--) {
    const end = json.space(json.value(start));
    if (bytes[end] !== comma) return -1;
    start = json.space(end + 1);
  }
  return start;
}

/** The index of an element that a name says; undefined: none. No list is as long as the largest. */
function indexOf(name: string): number | undefined {
  return /^\d+$/.test(name) ? Math.min(Number(name), 2 ** 31 - 1) : undefined;
}

function writeName(kernel: Kernel, name: Buffer): number {
  const at = kernel.keep(name.length);
  kernel.bytes.set(name, at);
  return at;
}

/** Whether a column's value is nested in another. */
export function isNested({ path }: Column): boolean {
  return path.length > 1;
}

/** Memory that a {@link ColumnFinder} takes in the kernel. */
export function nestedBytes(columns: readonly Column[]): number {
  const nested = columns.filter(isNested).map(({ path }) => path.slice(1));
  const bytesOf = (names: readonly string[]) =>
    names.reduce((sum, name) => sum + keptBytes(Buffer.byteLength(name)), keptBytes(4 * stepNumbers * names.length));
  return nested.reduce((sum, names) => sum + bytesOf(names), keptBytes(4 * nestedNumbers * nested.length));
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
