/** The innermost loops: a line's fields found, and their row built, in WebAssembly. Its source is the folder `kernel`. */
import { readFileSync } from 'node:fs';
import { decodeText } from '../../airbyte/json_cursor.ts';
import { type DateTimeFormat, formatDateTime } from './datetimes.ts';
import { writeOutExponent } from './numbers.ts';

/** As far as it is used here; neither Node's types nor JavaScript's own have it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** Places are byte numbers in {@link Kernel.bytes}. */
interface Functions {
  /** Where the first line feed lies from `start` on; `stop` if none does before. */
  lineFeed(start: number, stop: number): number;
  /** Begins a text that ends at `stop`, where a line feed lies. */
  open(stop: number): void;
  /** What {@link beyondAscii} was when a text that is passed over was read. */
  pass(beyondAscii: number): void;
  /** Not zero once a string since {@link open} held a byte beyond ASCII. */
  beyondAscii(): number;
  /** Behind the white space at `start`. */
  space(start: number): number;
  /** Behind the value at `start`. */
  value(start: number): number;
  /** {@link hasEscape} and the like, of the scalar read last. */
  traits(): number;
  /**
   * The next member of an object: where its value lies, 0 at the object's end.
   * @param isFirst `start` is behind the `{`, not behind a value
   */
  member(start: number, isFirst: boolean): number;
  /** The key of the member read last, inside its quotes. */
  keyStart(): number;
  keyEnd(): number;
  /** 1 if it holds a backslash. */
  keyEscaped(): number;
  /** Behind the `}` that {@link member} came to. */
  objectEnd(): number;

  /** Reads a record's `data` from its `{` on, expecting a shape or 0, and answers what lies behind its `}`. */
  fields(start: number, shape: number): number;
  /** Writes down where the keys of the latest fields lie. */
  locateKeys(): void;
  /** Keeps the keys of the latest `count` fields in place of a known shape's, or of none: 0. 0: there is no memory. */
  learnShape(shape: number, start: number, count: number): number;
  /** A number that only records with the very keys of this shape have; 0 where there are more than it keeps. */
  wholeId(shape: number): number;
  /** No shape is used again. */
  forgetShapes(): void;
  /** Keeps what leads to a member that means nothing: where it comes again behind `data`, it is passed over. */
  learnTail(start: number, stop: number): void;

  /** Encodes the latest fields by a plan, and answers the row's bytes. */
  encode(plan: number): number;

  /** Has lines of this head (at most 1,024 bytes), shape and plan taken by {@link usual}: `kernel/usual.ts`. */
  expect(start: number, length: number, shape: number, plan: number): void;
  /** Encodes a usual line: the row's bytes, negative if UTF-8 is to be checked; 0: it is not usual. */
  usual(start: number, stop: number): number;

  /** Sets memory aside: `arrange` of `kernel/layout.ts`. */
  arrange(planBytes: number, inputBytes: number, members: number, inner: number, rowBytes: number): boolean;
  inputAt(): number;
  rowAt(): number;
  keyStartAt(): number;
  keyEndAt(): number;
  keyEscapedAt(): number;
  valueStartAt(): number;
  valueEndAt(): number;
  valueTraitsAt(): number;
}

interface Exports extends Functions {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly foundAt: { readonly value: number };
  readonly faultAt: { readonly value: number };
  readonly plansAt: { readonly value: number };
}

/** Thrown, always the same one, where bytes are not JSON. */
export const notJson = new SyntaxError('it is not valid JSON');
/** Thrown, always the same one, where there are not places enough for a record's fields: {@link Kernel.growFields}. */
export const fieldsFull = new RangeError('there are more fields than places');
/** Thrown, always the same one, where a row is longer than there is memory for: {@link Kernel.growRow}. */
export const rowFull = new RangeError('the row is longer than there is memory for');

const lineFeed = 0x0a;

/** Traits of a value, one bit each: the string holds a backslash. */
export const hasEscape = 1;

/** How date-times are formatted, by their number; 0: as they are. */
export const dateTimeFormats: readonly (DateTimeFormat | 'as_is')[] = [
  'as_is',
  'iso_utc_milliseconds',
  'epoch_milliseconds',
];

let compiled: object | undefined;

/** What the kernel needs to know of all plans before it sets memory aside. */
export interface PlanSizes {
  /** That {@link Kernel.keep} will be asked for. */
  readonly bytes: number;
  /** The most columns of one plan whose values lie inside of others. */
  readonly inner: number;
}

/** Room for values that lie in texts of JSON, of one record: no field of Gainsight's holds as much. */
export const heldTextBytes = 1 << 20;

/** Of the longest row that is built: no file may be as long. */
const mostRowBytes = 100 << 20;

/**
 * One instance and its memory, for one reader of lines. What it holds of a line is valid until it reads the next.
 *
 * The memory begins small and grows with the longest line, row and record seen; then the views of it are others.
 */
export class Kernel {
  readonly run: Functions;
  /** The whole memory. */
  bytes!: Buffer;
  /** The same bytes. */
  words!: DataView;
  /** The same in numbers of four bytes. */
  numbers!: Int32Array;
  /** From where rows are built on. */
  row!: Buffer;
  /** What was found: fields, the id of their shape, whether keys came as expected, whether the line ends as expected. */
  found!: Int32Array;
  /** The first reason why there is no row, 0 for none; the column; whether a value may be one that the source did not read. */
  fault!: Int32Array;
  keyStart!: Int32Array;
  keyEnd!: Int32Array;
  keyEscaped!: Uint8Array;
  valueStart!: Int32Array;
  valueEnd!: Int32Array;
  valueTraits!: Uint8Array;
  /** Where lines are put, and how many bytes of them there is memory for. */
  readonly inputAt: number;
  inputBytes = 1 << 20;
  readonly #exports: Exports;
  readonly #sizes: PlanSizes;
  #members = 1 << 14;
  #rowBytes = 1 << 20;
  #kept: number;
  /** Where {@link keepText} puts what it copies; 0: nowhere yet. */
  #textsAt = 0;
  #textsLength = 0;
  /** A view of the memory as it is now: to ask a buffer for its memory is a call into the engine. */
  #view: Buffer | undefined;

  constructor(sizes: PlanSizes = { bytes: 2 << 20, inner: 1 << 10 }) {
    compiled ??= new WebAssembly.Module(readFileSync(new URL('kernel.wasm', import.meta.url)));
    this.#exports = new WebAssembly.Instance(compiled, { host: this.#host() }).exports as Exports;
    this.run = this.#exports;
    this.#sizes = sizes;
    this.#kept = this.#exports.plansAt.value;
    this.#arrange();
    this.inputAt = this.run.inputAt();
  }

  #arrange(): void {
    const { bytes, inner } = this.#sizes;
    if (!this.run.arrange(bytes, this.inputBytes, this.#members, inner, this.#rowBytes))
      throw new RangeError('the system has no memory left for a line or row as long as the one that came');
    const { memory, foundAt, faultAt } = this.#exports;
    const { buffer } = memory;
    const members = this.#members + inner;
    this.#view = undefined;
    this.bytes = Buffer.from(buffer);
    this.words = new DataView(buffer);
    this.numbers = new Int32Array(buffer);
    this.row = Buffer.from(buffer, this.run.rowAt(), this.#rowBytes);
    this.found = new Int32Array(buffer, foundAt.value, 4);
    this.fault = new Int32Array(buffer, faultAt.value, 3);
    this.keyStart = new Int32Array(buffer, this.run.keyStartAt(), members);
    this.keyEnd = new Int32Array(buffer, this.run.keyEndAt(), members);
    this.valueStart = new Int32Array(buffer, this.run.valueStartAt(), members);
    this.valueEnd = new Int32Array(buffer, this.run.valueEndAt(), members);
    this.keyEscaped = new Uint8Array(buffer, this.run.keyEscapedAt(), members);
    this.valueTraits = new Uint8Array(buffer, this.run.valueTraitsAt(), members);
  }

  /** Whether a buffer is a view of this memory, as it is now. */
  holds(buffer: Buffer): boolean {
    if (buffer === this.#view) return true;
    if (buffer.buffer !== this.bytes.buffer) return false;
    this.#view = buffer;
    return true;
  }

  /** Makes memory for lines of so many bytes. What lies there stays; what was found in it does not. */
  growInput(bytes: number): void {
    if (bytes <= this.inputBytes) return;
    this.inputBytes = bytes;
    this.#arrange();
  }

  /** Makes places for more fields. Those of the latest line are lost. */
  growFields(): void {
    this.#members *= 2;
    this.#arrange();
  }

  /** Makes memory for longer rows. @returns false if the row is longer than any file may be */
  growRow(): boolean {
    if (this.#rowBytes === mostRowBytes) return false;
    this.#rowBytes = Math.min(4 * this.#rowBytes, mostRowBytes);
    this.#arrange();
    return true;
  }

  /** Copies a line to where lines are put, with a line feed behind it, and answers where it ends. */
  putLine(buffer: Buffer, start: number, stop: number): number {
    this.growInput(stop - start + 1);
    const end = this.inputAt + buffer.copy(this.bytes, this.inputAt, start, stop);
    this.bytes[end] = lineFeed;
    return end;
  }

  /** Memory that is kept for good, on a boundary of eight bytes. @throws RangeError if there is none left */
  keep(length: number): number {
    const at = this.#kept;
    this.#kept += keptBytes(length);
    if (this.#kept > this.inputAt) throw new RangeError('plans take more memory than they were said to');
    return at;
  }

  /**
   * Copies a piece of JSON that does not lie in this memory to where the module can read it, for the latest record.
   * @returns where it starts; 0: there is no room left for it
   */
  keepText(source: Buffer, start: number, end: number): number {
    this.#textsAt ||= this.keep(heldTextBytes);
    const at = this.#textsAt + this.#textsLength;
    // A line feed ends it, and readers of sixteen bytes at once may look behind that.
    if (this.#textsLength + end - start + 32 > heldTextBytes) return 0;
    this.bytes.fill(lineFeed, at + source.copy(this.bytes, at, start, end), at + (end - start) + 1);
    this.#textsLength += (end - start + 32) & ~7;
    return at;
  }

  /** There is a new record. */
  forgetTexts(): void {
    this.#textsLength = 0;
  }

  /** What `kernel/host.ts` asks for. */
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

/** What {@link Kernel.keep} takes for `length` bytes, as readers of sixteen bytes at once may look behind their end. */
export function keptBytes(length: number): number {
  return (length + 23) & ~7;
}
