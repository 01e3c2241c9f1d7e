/** Which of a record's values goes to which column of the plan. */
import { decodeText, NameTable } from '../airbyte/bytes.ts';
import { JsonBytes } from '../airbyte/json.ts';
import type { Column, ScannedRecord } from '../model.ts';

const [openBrace, letterN] = [0x7b, 0x6e];
/** Instead of a field: the column has no value; or it lies inside of another, where {@link ColumnFinder.locate} finds it. */
export const [absent, inner] = [-1, -2];
/** Set by change feeds on deleted rows. */
const deletedAt = '_ab_cdc_deleted_at';
/** So many names of unknown columns are told and remembered; input may have endless ones. */
const maxUnknown = 1000;
/** A longer one is told again with each record that has it. */
const longestRemembered = 1000;
/** One for all encoders: it keeps nothing between two calls but a hold on the latest chunk. */
const json = new JsonBytes();

/** Finds values by the bytes of their keys; which key feeds which column is kept while records have the same shape. */
export class ColumnFinder {
  /** The value that {@link locate} found: its JSON text and, for strings and numbers, its traits. */
  start = 0;
  stop = 0;
  traits = 0;
  /** Names of top-level columns: those that the plan reads, {@link deletedAt}, then unknown ones. */
  readonly #table = new NameTable();
  readonly #numbers = new Map<string, number>();
  readonly #known: number;
  readonly #deleted: number;
  /** Of each column: the number of its top-level name, and the names to follow inside of that. */
  readonly #root: Int32Array;
  readonly #inner: readonly (readonly Buffer[])[];
  /** Of each known name: the field that has it, or {@link absent}. */
  readonly #fieldOf: Int32Array;
  /** Of each column: its field, {@link absent} or {@link inner}. */
  readonly #fields: Int32Array;
  #shape = 0;
  readonly #onUnknownColumn: (name: string) => void;

  constructor(columns: readonly Column[], onUnknownColumn: (name: string) => void) {
    this.#onUnknownColumn = onUnknownColumn;
    this.#root = Int32Array.from(columns, ({ path }) => this.#number(path[0] as string));
    this.#inner = columns.map(({ path }) => path.slice(1).map((name) => Buffer.from(name)));
    this.#deleted = this.#number(deletedAt);
    this.#known = this.#numbers.size;
    this.#fieldOf = new Int32Array(this.#known).fill(absent);
    this.#fields = new Int32Array(columns.length);
  }

  #number(name: string): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#table.add(name);
      this.#numbers.set(name, number);
    }
    return number;
  }

  /** Turns to the next record; tells of its columns that no column of the plan reads, each once. */
  turnTo(record: ScannedRecord): void {
    if (record.shape !== 0 && record.shape === this.#shape) return;
    this.#shape = record.shape;
    record.locateKeys();
    this.#fieldOf.fill(absent);
    for (let field = 0; field < record.fieldCount; field++) {
      const number = this.#numberOf(record, field);
      // Of repeated keys the last one stays.
      if (number >= 0 && number < this.#known) this.#fieldOf[number] = field;
    }
    for (let column = 0; column < this.#fields.length; column++) {
      const field = this.#fieldOf[this.#root[column] as number] as number;
      this.#fields[column] = field !== absent && (this.#inner[column] as readonly Buffer[]).length > 0 ? inner : field;
    }
  }

  #numberOf(record: ScannedRecord, field: number): number {
    const start = record.keyStart[field] as number;
    const end = record.keyEnd[field] as number;
    if (record.keyEscaped[field] === 0) {
      const number = this.#table.find(record.buffer, start, end);
      if (number >= 0) return number;
    }
    if (this.#numbers.size >= this.#known + maxUnknown && record.keyEscaped[field] === 0) return -1;
    const name = decodeText(record.buffer, start, end);
    const number = this.#numbers.get(name);
    if (number !== undefined) return number;
    if (this.#numbers.size >= this.#known + maxUnknown) return -1;
    if (end - start <= longestRemembered) this.#number(name);
    this.#onUnknownColumn(name);
    return -1;
  }

  /** Which field of the record turned to is a column's value; {@link absent} or {@link inner} where none is. */
  fieldOf(column: number): number {
    return this.#fields[column] as number;
  }

  /** Finds the value of an {@link inner} column; false if there is none. */
  locate(record: ScannedRecord, column: number): boolean {
    const field = this.#fieldOf[this.#root[column] as number] as number;
    this.start = record.valueStart[field] as number;
    json.open(record.buffer, record.buffer.length);
    for (const name of this.#inner[column] as readonly Buffer[]) if (!this.#enter(name)) return false;
    return true;
  }

  /** From an object to the last of its members of this name. */
  #enter(name: Buffer): boolean {
    if (json.buffer[this.start] !== openBrace) return false;
    let found = false;
    let end = this.start + 1;
    for (let value = json.member(end, true); value >= 0; value = json.member(end, false)) {
      const isIt = json.keyIs(name);
      end = json.value(value);
      if (!isIt) continue;
      found = true;
      [this.start, this.stop, this.traits] = [value, end, json.traits];
    }
    return found;
  }

  /** Whether the record turned to is a deleted row of a change feed. */
  isDeleted(record: ScannedRecord): boolean {
    const field = this.#fieldOf[this.#deleted] as number;
    return field >= 0 && record.buffer[record.valueStart[field] as number] !== letterN;
  }
}
