/** Chunks of bytes become lines in the kernel's memory: split at 0x0A alone, long lines never held. */
import type { Kernel } from './kernel/kernel.ts';

const lineFeed = 0x0a;
/** So many bytes are put into the memory at once: a processor's cache holds them. */
const pieceBytes = 1 << 18;

/** What {@link LineSplitter} lets pass. */
export interface LineLimits {
  /** A line of more bytes, its line feed not counted, is passed over. */
  readonly maxLineBytes?: number;
  /** How much is kept of a line that is passed over. */
  readonly headBytes?: number;
}

/**
 * Pull style: {@link push} a chunk, then call {@link next} until it answers `undefined`; {@link end} after the last
 * chunk, and {@link next} until then once more. `buffer`, `start` and `stop` are a view of the line without its line
 * feed, valid until the following call; behind a whole line there is a line feed, even if the input's last one has
 * none. Lines of nothing but white space are counted and passed over, unless they are too long.
 */
export class LineSplitter {
  start = 0;
  stop = 0;
  /** The number of the line that {@link next} answered last; the first is 1. */
  lineNumber = 0;
  readonly #kernel: Kernel;
  #buffer: Buffer;
  readonly #maxLineBytes: number;
  readonly #headBytes: number;
  #chunk: Buffer = Buffer.alloc(0);
  #taken = 0;
  /** Where the line starts whose end is sought, how far it is sought, and where the bytes end that have come. */
  #from: number;
  #sought: number;
  #end: number;
  /** The line is too long: of its bytes only the head is kept. */
  #isLong = false;
  #ended = false;

  constructor(kernel: Kernel, { maxLineBytes = 32_000_000, headBytes = 65_536 }: LineLimits = {}) {
    this.#kernel = kernel;
    this.#buffer = kernel.bytes.subarray(0, 0);
    this.#from = this.#sought = this.#end = kernel.inputAt;
    this.#maxLineBytes = maxLineBytes;
    this.#headBytes = Math.min(headBytes, maxLineBytes);
  }

  /** The kernel's memory from its first byte to what was read last; another object each time other bytes lie in it. */
  get buffer(): Buffer {
    const kernel = this.#kernel;
    if (!kernel.holds(this.#buffer)) this.#buffer = kernel.bytes.subarray(0, this.#end);
    return this.#buffer;
  }

  /** Takes the next bytes. The chunk must not be changed before {@link next} answered `undefined`. */
  push(chunk: Buffer): void {
    if (this.#taken < this.#chunk.length) throw new Error('the chunk before is not yet used up');
    this.#chunk = chunk;
    this.#taken = 0;
  }

  /** The line that {@link next} answered last is the input's last one and has no line feed. */
  get isUnended(): boolean {
    // Whatever had one was taken before the end was told.
    return this.#ended;
  }

  /** There is no further chunk: what is left is a line, if it holds anything. */
  end(): void {
    this.#ended = true;
  }

  /** The next line: `long` if it was passed over, the view then being its head; `undefined` if more bytes are needed. */
  next(): 'line' | 'long' | undefined {
    for (;;) {
      // Not the buffer's own `indexOf`: the call into Node took a tenth of all the time where lines are short.
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

  /** Puts some of the chunk behind what is left, which is first moved to where the memory for lines begins. */
  #takePiece(): void {
    const kernel = this.#kernel;
    this.#shorten();
    if (this.#from > kernel.inputAt) {
      kernel.bytes.copyWithin(kernel.inputAt, this.#from, this.#end);
      this.#end -= this.#from - kernel.inputAt;
      this.#from = kernel.inputAt;
    }
    const needed = this.#end - this.#from + pieceBytes + 1;
    if (needed > kernel.inputBytes) kernel.growInput(Math.min(2 * needed, this.#maxLineBytes + 2 * pieceBytes));
    this.#sought = this.#end;
    const length = this.#chunk.copy(kernel.bytes, this.#end, this.#taken, this.#taken + pieceBytes);
    this.#taken += length;
    this.#see(this.#end + length);
  }

  /** Of a line that is too long the head is kept, and what comes of it later takes the same place again and again. */
  #shorten(): void {
    this.#isLong ||= this.#end - this.#from > this.#maxLineBytes;
    if (this.#isLong) this.#end = Math.min(this.#end, this.#from + this.#headBytes);
  }

  #endLine(): void {
    this.#kernel.bytes[this.#end] = lineFeed;
    this.#see(this.#end + 1);
  }

  #see(end: number): void {
    this.#end = end;
    this.#buffer = this.#kernel.bytes.subarray(0, end);
  }

  #head(): 'long' {
    this.#isLong = false;
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
