/** Splits chunks of bytes into lines in the kernel's memory: at 0x0A alone, never holding a line that is too long. */
import type { Kernel } from './kernel/kernel.ts';

const lineFeed = 0x0a;
/** Bytes copied into the memory at a time: they fit a processor's cache. */
const pieceBytes = 1 << 18;

/** Limits of {@link LineSplitter}. */
export interface LineLimits {
  /** Lines with more bytes, line feed not counted, are skipped. */
  readonly maxLineBytes?: number;
  /** Number of bytes kept of a skipped line. */
  readonly headBytes?: number;
}

/**
 * Pull style: {@link push} a chunk, then call {@link next} until it returns `undefined`; after the last chunk call
 * {@link end} and then {@link next} until `undefined` again. `buffer`, `start` and `stop` are a view of the line
 * without its line feed, valid until the next call; a complete line is followed by a line feed in memory, even if the
 * input's last one has none. Lines of white space alone are counted and skipped, unless they are too long.
 */
export class LineSplitter {
  start = 0;
  stop = 0;
  /** The number of the line returned last; the first is 1. */
  lineNumber = 0;
  readonly #kernel: Kernel;
  #buffer: Buffer;
  readonly #maxLineBytes: number;
  readonly #headBytes: number;
  #chunk: Buffer = Buffer.alloc(0);
  #taken = 0;
  /** Where the current line starts, how far its end has been searched for, and where the received bytes end. */
  #from: number;
  #sought: number;
  #end: number;
  /** The position after the last line feed; not after {@link #from} if there is none after it. */
  #complete = 0;
  /** The line is too long: only its head is kept. */
  #isLong = false;
  #ended = false;

  constructor(kernel: Kernel, { maxLineBytes = 32_000_000, headBytes = 65_536 }: LineLimits = {}) {
    this.#kernel = kernel;
    this.#buffer = kernel.bytes.subarray(0, 0);
    this.#from = this.#sought = this.#end = kernel.inputAt;
    this.#maxLineBytes = maxLineBytes;
    this.#headBytes = Math.min(headBytes, maxLineBytes);
  }

  /** The kernel's memory up to the last byte read; a new object each time its content changes. */
  get buffer(): Buffer {
    const kernel = this.#kernel;
    if (!kernel.holds(this.#buffer)) this.#buffer = kernel.bytes.subarray(0, this.#end);
    return this.#buffer;
  }

  /** Takes further bytes of the chunk if no complete line is in memory. */
  fill(): void {
    if (this.#complete <= this.#from && this.#taken < this.#chunk.length) this.#takePiece();
  }

  /**
   * The complete lines in memory that were not returned yet end here; {@link from} if there are none, or if one of them
   * may be too long.
   */
  get upTo(): number {
    return this.#complete - this.#from <= this.#maxLineBytes ? this.#complete : this.#from;
  }

  /** Where the next line starts. */
  get from(): number {
    return this.#from;
  }

  /** Passes over this many complete lines, none of them blank, up to the position `next`. */
  skip(lines: number, next: number): void {
    this.lineNumber += lines;
    this.#from = this.#sought = next;
  }

  /** Takes the next bytes. The chunk must not be changed before {@link next} has returned `undefined`. */
  push(chunk: Buffer): void {
    if (this.#taken < this.#chunk.length) throw new Error('the chunk before is not yet used up');
    this.#chunk = chunk;
    this.#taken = 0;
  }

  /** The line returned last is the input's last one and has no line feed. */
  get isUnended(): boolean {
    // Lines with a line feed were returned before the end was known.
    return this.#ended;
  }

  /** Marks the end of the input: what is left is a line, unless it is empty. */
  end(): void {
    this.#ended = true;
  }

  /** The next line: `long` if it was skipped and the view is its head; `undefined` if more bytes are needed. */
  next(): 'line' | 'long' | undefined {
    for (;;) {
      // Not the buffer's own `indexOf`: the call into Node took a tenth of all time with short lines.
      const at = this.#kernel.run.lineFeed(this.#sought, this.#end);
      if (at === this.#end) {
        this.#sought = this.#end;
        if (this.#taken < this.#chunk.length) this.#takePiece();
        else if (this.#ended && this.#from < this.#end) this.#endLine();
        else return undefined;
        continue;
      }
      this.lineNumber++;
      this.start = this.#from;
      this.stop = at;
      this.#from = this.#sought = at + 1;
      if (this.#isLong || at - this.start > this.#maxLineBytes) return this.#head();
      if (!this.#isBlank()) return 'line';
    }
  }

  /** Appends part of the chunk to what is left, which is first moved to the beginning of the memory for lines. */
  #takePiece(): void {
    const kernel = this.#kernel;
    this.#shorten();
    if (this.#from > kernel.inputAt) {
      const shift = this.#from - kernel.inputAt;
      kernel.bytes.copyWithin(kernel.inputAt, this.#from, this.#end);
      this.#end -= shift;
      this.#sought -= shift;
      this.#complete -= shift;
      this.#from = kernel.inputAt;
    }
    const needed = this.#end - this.#from + pieceBytes + 1;
    if (needed > kernel.inputBytes) kernel.growInput(Math.min(2 * needed, this.#maxLineBytes + 2 * pieceBytes));
    this.#sought = Math.min(this.#sought, this.#end);
    const length = this.#chunk.copy(kernel.bytes, this.#end, this.#taken, this.#taken + pieceBytes);
    this.#taken += length;
    this.#see(this.#end + length);
  }

  /** Keeps the head of a line that is too long; its further bytes overwrite each other. */
  #shorten(): void {
    this.#isLong ||= this.#end - this.#from > this.#maxLineBytes;
    if (this.#isLong) this.#end = Math.min(this.#end, this.#from + this.#headBytes);
  }

  #endLine(): void {
    this.#kernel.bytes[this.#end] = lineFeed;
    this.#see(this.#end + 1);
  }

  /** Bytes up to `end` were received. */
  #see(end: number): void {
    const before = this.#end;
    this.#end = end;
    this.#buffer = this.#kernel.bytes.subarray(0, end);
    // A long line comes in many pieces: each is searched once.
    this.#seekComplete(before);
  }

  /** Finds the last line feed after `start`, before which there are complete lines up to {@link #complete} alone. */
  #seekComplete(start: number): void {
    const last = this.#isLong ? -1 : this.#kernel.bytes.subarray(start, this.#end).lastIndexOf(lineFeed);
    this.#complete = last < 0 ? Math.max(this.#from, this.#complete) : start + last + 1;
  }

  #head(): 'long' {
    this.#isLong = false;
    this.#seekComplete(this.#from);
    this.stop = Math.min(this.stop, this.start + this.#headBytes);
    this.#kernel.bytes[this.stop] = lineFeed;
    return 'long';
  }

  #isBlank(): boolean {
    for (let i = this.start; i < this.stop; i++) {
      const byte = this.buffer[i];
      if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
    }
    return true;
  }
}
