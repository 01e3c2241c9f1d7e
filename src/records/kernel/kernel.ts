/**
 * The innermost loops in WebAssembly: finds the fields of a line and builds its row. Its source is the folder `kernel`.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { decodeText } from '../../airbyte/json_cursor.ts';
import { type DateTimeFormat, formatDateTime } from './datetimes.ts';
import { writeOutExponent } from './numbers.ts';
import { faultNumbers, foundNumbers, mostRows, rowDigest, rowNumbers } from './positions.ts';

/** The part that is used here; neither Node's types nor TypeScript's libraries declare it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** Positions are offsets in {@link Kernel.bytes}. */
interface Functions {
  /** The position of the first line feed from `start`; `stop` if there is none before. */
  lineFeed(start: number, stop: number): number;
  /** Begins a text that ends at `stop`, where a line feed must be. */
  open(stop: number): void;
  /** The position after the white space at `start`. */
  space(start: number): number;
  /** The position after the value at `start`. */
  value(start: number): number;
  /** Flags such as `hasEscape` of the scalar read last. */
  traits(): number;
  /**
   * Steps to the next member of an object and returns the position of its value; 0 at the object's end.
   * @param isFirst `start` is after the `{`, not after a value
   */
  member(start: number, isFirst: boolean): number;
  /** The key of the member read last, inside its quotes. */
  keyStart(): number;
  keyEnd(): number;
  /** 1 if it contains a backslash. */
  keyEscaped(): number;
  /** The position after the `}` at which {@link member} ended. */
  objectEnd(): number;

  /** Reads a record's `data` from its `{` and returns the position after its `}`. */
  fields(start: number): number;
  /** Keeps the values of the latest fields under names 0 to `names` - 1, by the numbers in {@link Kernel.nameOf}. */
  assign(names: number): void;
  /** Encodes the values kept, as the only row, by a plan and returns the row's length in bytes. */
  encode(plan: number): number;
  /** Writes the digest of the only row's key to {@link Kernel.rows}. */
  digestKeys(plan: number): void;

  /**
   * Encodes lines that fit a template, by the plans of their templates: `kernel/lines.ts`. The result is in
   * {@link Kernel.found} and {@link Kernel.rows}.
   */
  rows(start: number, stop: number): void;
  /**
   * Learns a template from a line whose `data` {@link fields} has read: `kernel/templates.ts`. False: there is no memory
   * left, and all templates must be forgotten first.
   */
  learn(plan: number, line: number, value: number, stop: number): number;
  /** Forgets all templates. */
  forget(): void;

  /** Adds the cell `[start, stop)` of the memory to the items of a picklist: `kernel/items.ts`. */
  addItem(items: number, start: number, stop: number): void;

  /** Allocates memory: `arrange` in `kernel/layout.ts`. */
  arrange(planBytes: number, inputBytes: number, members: number, names: number, rowBytes: number): boolean;
  inputAt(): number;
  rowAt(): number;
  valuesAt(): number;
  keyStartAt(): number;
  keyEndAt(): number;
  keyEscapedAt(): number;
  valueStartAt(): number;
  valueEndAt(): number;
  nameOfAt(): number;
}

interface Exports extends Functions {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly foundAt: { readonly value: number };
  readonly faultAt: { readonly value: number };
  readonly hashKeyAt: { readonly value: number };
  readonly rowsAt: { readonly value: number };
  readonly plansAt: { readonly value: number };
}

/** Thrown, always the same object, if bytes are not JSON. */
export const notJson = new SyntaxError('it is not valid JSON');
/** Thrown, always the same object, if a record has more fields than the field table: {@link Kernel.growFields}. */
export const fieldsFull = new RangeError('there are more fields than places');
/** Thrown, always the same object, if a row is longer than its buffer: {@link Kernel.growRow}. */
export const rowFull = new RangeError('the row is longer than there is memory for');

const lineFeed = 0x0a;

/** The formats of date-times by their number; 0: unchanged. */
export const dateTimeFormats: readonly (DateTimeFormat | 'as_is')[] = [
  'as_is',
  'iso_utc_milliseconds',
  'epoch_milliseconds',
];

let compiled: object | undefined;
/** Random, so that nobody can choose keys with the same digest. */
const hashKey = randomBytes(16);

/** Sizes of all plans, needed before memory is allocated. */
export interface PlanSizes {
  /** Total to be allocated with {@link Kernel.keep}. */
  readonly bytes: number;
  /** The largest number of names in one plan. */
  readonly names: number;
}

/** Maximum size of the values of one record that come from JSON text: no Gainsight field holds as much. */
export const heldTextBytes = 1 << 20;

/** Maximum length of a row that is built: no file may be as long. */
const mostRowBytes = 100 << 20;

/**
 * One instance of the module with its memory, for one reader of lines. Results for a line are valid until the next line
 * is read. The memory starts small and grows with the longest line, row and record seen, which replaces the views of
 * it.
 */
export class Kernel {
  readonly run: Functions;
  /** The whole memory as bytes. */
  bytes!: Buffer;
  /** The whole memory as a DataView. */
  words!: DataView;
  /** The whole memory as 32-bit numbers. */
  numbers!: Int32Array;
  /** The part in which rows are built. */
  row!: Buffer;
  /** The result of the latest call of `fields` or `rows`: by `foundMembers` and the like of `positions.ts`. */
  found!: Int32Array;
  /** What is known of the rows of the latest call: by `rowPlan` and the like, {@link rowNumbers} for each. */
  rows!: Int32Array;
  /** Why the latest row cannot be sent: by `faultReason` and the like of `positions.ts`. */
  fault!: Int32Array;
  /** The digest of the only row's key: part of {@link rows}. */
  digest!: Buffer;
  keyStart!: Int32Array;
  keyEnd!: Int32Array;
  keyEscaped!: Uint8Array;
  valueStart!: Int32Array;
  valueEnd!: Int32Array;
  /** Written for `assign`: the number of each field's name, or `noName`. */
  nameOf!: Int32Array;
  /** Position in {@link numbers} of the values kept: by `valueStart` and the like of `positions.ts`. */
  values = 0;
  /** Where lines are stored, and how many bytes there are for them. */
  readonly inputAt: number;
  inputBytes = 1 << 20;
  readonly #exports: Exports;
  readonly #sizes: PlanSizes;
  #members = 1 << 14;
  #rowBytes = 1 << 20;
  #kept: number;
  /** Where {@link keepText} stores copies; 0: not yet allocated. */
  #textsAt = 0;
  #textsLength = 0;
  /** The current view of the memory. Cached: getting a buffer's memory is a call into the engine. */
  #view: Buffer | undefined;

  constructor(sizes: PlanSizes = { bytes: 2 << 20, names: 1 << 10 }) {
    compiled ??= new WebAssembly.Module(readFileSync(new URL('kernel.wasm', import.meta.url)));
    this.#exports = new WebAssembly.Instance(compiled, { host: this.#host() }).exports as Exports;
    this.run = this.#exports;
    this.#sizes = sizes;
    this.#kept = this.#exports.plansAt.value;
    this.#arrange();
    this.inputAt = this.run.inputAt();
    this.bytes.set(hashKey, this.#exports.hashKeyAt.value);
  }

  #arrange(): void {
    const { bytes, names } = this.#sizes;
    if (!this.run.arrange(bytes, this.inputBytes, this.#members, names, this.#rowBytes))
      throw new RangeError('the system has no memory left for a line or row as long as the one that came');
    const { memory, foundAt, rowsAt, faultAt } = this.#exports;
    const { buffer } = memory;
    const members = this.#members;
    this.#view = undefined;
    this.bytes = Buffer.from(buffer);
    this.words = new DataView(buffer);
    this.numbers = new Int32Array(buffer);
    this.row = Buffer.from(buffer, this.run.rowAt(), this.#rowBytes);
    this.found = new Int32Array(buffer, foundAt.value, foundNumbers);
    this.rows = new Int32Array(buffer, rowsAt.value, rowNumbers * mostRows);
    this.values = this.run.valuesAt() / 4;
    this.digest = Buffer.from(buffer, rowsAt.value + 4 * rowDigest, 16);
    this.fault = new Int32Array(buffer, faultAt.value, faultNumbers);
    this.keyStart = new Int32Array(buffer, this.run.keyStartAt(), members);
    this.keyEnd = new Int32Array(buffer, this.run.keyEndAt(), members);
    this.valueStart = new Int32Array(buffer, this.run.valueStartAt(), members);
    this.valueEnd = new Int32Array(buffer, this.run.valueEndAt(), members);
    this.keyEscaped = new Uint8Array(buffer, this.run.keyEscapedAt(), members);
    this.nameOf = new Int32Array(buffer, this.run.nameOfAt(), members);
  }

  /** Whether a buffer is a current view of this memory. */
  holds(buffer: Buffer): boolean {
    if (buffer === this.#view) return true;
    if (buffer.buffer !== this.bytes.buffer) return false;
    this.#view = buffer;
    return true;
  }

  /** Grows the memory for lines to this many bytes. Lines stay; what was found in them does not. */
  growInput(bytes: number): void {
    if (bytes <= this.inputBytes) return;
    this.inputBytes = bytes;
    this.#arrange();
  }

  /** Grows the field table. The fields of the latest line are lost. */
  growFields(): void {
    this.#members *= 2;
    this.#arrange();
  }

  /**
   * Grows the memory for rows.
   * @returns false if the row is longer than any file may be
   */
  growRow(): boolean {
    if (this.#rowBytes === mostRowBytes) return false;
    this.#rowBytes = Math.min(4 * this.#rowBytes, mostRowBytes);
    this.#arrange();
    return true;
  }

  /** Copies a line into the memory, followed by a line feed, and returns its end. */
  putLine(buffer: Buffer, start: number, stop: number): number {
    this.growInput(stop - start + 1);
    const end = this.inputAt + buffer.copy(this.bytes, this.inputAt, start, stop);
    this.bytes[end] = lineFeed;
    return end;
  }

  /**
   * Allocates memory that is never freed, aligned to eight bytes.
   * @throws RangeError if there is none left
   */
  keep(length: number): number {
    const at = this.#kept;
    this.#kept += keptBytes(length);
    if (this.#kept > this.inputAt) throw new RangeError('plans take more memory than they were said to');
    return at;
  }

  /** Whether {@link keep} has room for as many bytes. */
  hasRoom(length: number): boolean {
    return this.#kept + keptBytes(length) <= this.inputAt;
  }

  /**
   * Copies JSON text from outside into the memory, for the latest record.
   * @returns where it starts; 0: there is no room left
   */
  keepText(source: Buffer, start: number, end: number): number {
    this.#textsAt ||= this.keep(heldTextBytes);
    const at = this.#textsAt + this.#textsLength;
    // A line feed ends it, and code that reads sixteen bytes at a time may read beyond that.
    if (this.#textsLength + end - start + 32 > heldTextBytes) return 0;
    this.bytes.fill(lineFeed, at + source.copy(this.bytes, at, start, end), at + (end - start) + 1);
    this.#textsLength += (end - start + 32) & ~7;
    return at;
  }

  /** Frees the texts of the previous record. */
  forgetTexts(): void {
    this.#textsLength = 0;
  }

  /** The imports that `kernel/host.ts` declares. */
  #host(): object {
    const refuse = (error: Error) => () => {
      throw error;
    };
    const write = (text: string | undefined, to: number) => (text ? this.bytes.write(text, to, 'latin1') : 0);
    return {
      notJson: refuse(notJson),
      fieldsFull: refuse(fieldsFull),
      rowFull: refuse(rowFull),
      formatDateTime: (start: number, stop: number, to: number, format: number) => {
        const text = decodeText(this.bytes, start, stop);
        if (text.trim() === '') return -1;
        return write(formatDateTime(text, dateTimeFormats[format] as DateTimeFormat), to);
      },
      writeOutExponent: (start: number, stop: number, to: number) =>
        write(writeOutExponent(this.bytes.toString('latin1', start, stop)), to),
    };
  }
}

/** The bytes that {@link Kernel.keep} allocates for `length` bytes, as code may read sixteen bytes at a time. */
export function keptBytes(length: number): number {
  return (length + 23) & ~7;
}
