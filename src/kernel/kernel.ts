/** The innermost loops: a line's fields found, and their row built, in WebAssembly. Its source is the folder `kernel`. */
import { readFileSync } from 'node:fs';
import { type DateTimeFormat, formatDateTime } from './datetimes.ts';
import { decodeText } from './json_text.ts';
import { writeOutExponent } from './numbers.ts';

/** As far as it is used here; neither Node's types nor JavaScript's own have it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** Places are byte numbers in {@link Kernel.bytes}. */
interface Functions {
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
}

type Places =
  | 'foundAt' | 'faultAt' | 'inputAt' | 'inputBytes' | 'rowAt' | 'rowBytes' | 'plansAt' | 'plansEnd' | 'mostFields'
  | 'keyStartAt' | 'keyEndAt' | 'keyEscapedAt' | 'valueStartAt' | 'valueEndAt' | 'valueTraitsAt'; // biome-ignore format: a list
type Exports = Functions &
  Readonly<Record<Places, { readonly value: number }>> & { readonly memory: { readonly buffer: ArrayBuffer } };

/** Thrown, always the same one, where bytes are not JSON. */
export const notJson = new SyntaxError('it is not valid JSON');
/** Thrown, always the same one, where a row is longer than any file may be. */
export const rowTooLong = new RangeError('the row is longer than any file may be');

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

/** One instance and its memory, for one reader of lines. What it holds of a line is valid until it reads the next. */
export class Kernel {
  readonly run: Functions;
  /** The whole memory. */
  readonly bytes: Buffer;
  /** The same bytes. */
  readonly words: DataView;
  /** Where lines are put. */
  readonly inputAt: number;
  readonly inputBytes: number;
  /** Where rows are built, and all that follows. */
  readonly row: Buffer;
  /** What was found: fields, the id of their shape, whether keys came as expected, whether the line ends as expected. */
  readonly found: Int32Array;
  /** The first reason why there is no row, 0 for none, and the column. */
  readonly fault: Int32Array;
  readonly keyStart: Int32Array;
  readonly keyEnd: Int32Array;
  readonly keyEscaped: Uint8Array;
  readonly valueStart: Int32Array;
  readonly valueEnd: Int32Array;
  readonly valueTraits: Uint8Array;
  #kept: number;
  readonly #keptEnd: number;

  constructor() {
    compiled ??= new WebAssembly.Module(readFileSync(new URL('kernel.wasm', import.meta.url)));
    const exports = new WebAssembly.Instance(compiled, { host: this.#host() }).exports as Exports;
    const { buffer } = exports.memory;
    const numbers = (at: Places, length: number) => new Int32Array(buffer, exports[at].value, length);
    const most = exports.mostFields.value;
    this.run = exports;
    this.bytes = Buffer.from(buffer);
    this.words = new DataView(buffer);
    this.inputAt = exports.inputAt.value;
    this.inputBytes = exports.inputBytes.value;
    this.row = Buffer.from(buffer, exports.rowAt.value, exports.rowBytes.value);
    this.found = numbers('foundAt', 4);
    this.fault = numbers('faultAt', 2);
    this.keyStart = numbers('keyStartAt', most);
    this.keyEnd = numbers('keyEndAt', most);
    this.valueStart = numbers('valueStartAt', most);
    this.valueEnd = numbers('valueEndAt', most);
    this.keyEscaped = new Uint8Array(buffer, exports.keyEscapedAt.value, most);
    this.valueTraits = new Uint8Array(buffer, exports.valueTraitsAt.value, most);
    this.#kept = exports.plansAt.value;
    this.#keptEnd = exports.plansEnd.value;
  }

  /**
   * Copies a line to where lines are put, with a line feed behind it, and answers where it ends.
   * @throws RangeError if it is too long
   */
  putLine(buffer: Buffer, start: number, stop: number): number {
    if (stop - start >= this.inputBytes) throw new RangeError('a line is longer than there is memory for');
    const end = this.inputAt + buffer.copy(this.bytes, this.inputAt, start, stop);
    this.bytes[end] = lineFeed;
    return end;
  }

  /** Memory that is kept for good, on a boundary of eight bytes. @throws RangeError if there is none left */
  keep(length: number): number {
    const at = this.#kept;
    // Readers of sixteen bytes at once may look behind the end.
    this.#kept += (length + 23) & ~7;
    if (this.#kept > this.#keptEnd) throw new RangeError('the columns of all streams together are too many');
    return at;
  }

  /** What `kernel/host.ts` asks for. */
  #host(): object {
    const write = (text: string | undefined, to: number) => (text ? this.bytes.write(text, to, 'latin1') : 0);
    return {
      notJson: () => {
        throw notJson;
      },
      rowTooLong: () => {
        throw rowTooLong;
      },
      formatDateTime: (start: number, stop: number, to: number, format: number) =>
        write(formatDateTime(decodeText(this.bytes, start, stop), dateTimeFormats[format] as DateTimeFormat), to),
      writeOutExponent: (start: number, stop: number, to: number) =>
        write(writeOutExponent(this.bytes.toString('latin1', start, stop)), to),
    };
  }
}
