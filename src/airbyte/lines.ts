/** Chunks of bytes become lines: split at 0x0A alone, each byte copied at most once, long lines never held. */

const lineFeed = 0x0a;
/** A carry larger than this is given back once a line is shorter than that: long lines seldom come alone. */
const keptCarryBytes = 1 << 20;

/** What {@link LineSplitter} lets pass. */
export interface LineLimits {
  /** A line of more bytes, its line feed not counted, is passed over. */
  readonly maxLineBytes?: number;
  /** How much is kept of a line that is passed over. */
  readonly headBytes?: number;
}

/**
 * Pull style: {@link push} a chunk, then call {@link next} until it answers `undefined`; {@link end} after the last
 * chunk, and {@link next} once more. `buffer`, `start` and `stop` are a view of the line without its line feed, valid
 * until the following call; behind a whole line there is a line feed, even if the input's last one has none. Lines of
 * nothing but white space are counted and passed over.
 */
export class LineSplitter {
  buffer: Buffer = Buffer.alloc(0);
  start = 0;
  stop = 0;
  /** The number of the line that {@link next} answered last; the first is 1. */
  lineNumber = 0;
  readonly #maxLineBytes: number;
  readonly #headBytes: number;
  #chunk: Buffer = Buffer.alloc(0);
  #position = 0;
  /** The beginning of a line whose end has not come; of a long line, its head. */
  #carry: Buffer = Buffer.alloc(0);
  #carried = 0;
  #isLong = false;
  #ended = false;

  constructor({ maxLineBytes = 32_000_000, headBytes = 65_536 }: LineLimits = {}) {
    this.#maxLineBytes = maxLineBytes;
    this.#headBytes = Math.min(headBytes, maxLineBytes);
  }

  /** Takes the next bytes. The chunk must not be changed before {@link next} answered `undefined`. */
  push(chunk: Buffer): void {
    if (this.#position < this.#chunk.length) throw new Error('the chunk before is not yet used up');
    this.#chunk = chunk;
    this.#position = 0;
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
    this.#releaseCarry();
    for (;;) {
      const from = this.#position;
      const at = this.#chunk.indexOf(lineFeed, from);
      if (at < 0) {
        this.#position = this.#chunk.length;
        this.#carryOn(from, this.#chunk.length);
        if (!this.#ended || (this.#carried === 0 && !this.#isLong)) return undefined;
        this.#showCarry();
      } else {
        this.#position = at + 1;
        if (this.#carried > 0 || this.#isLong) {
          this.#carryOn(from, at);
          this.#showCarry();
        } else {
          this.#show(this.#chunk, from, at);
        }
      }
      this.lineNumber++;
      const isLong = this.#isLong;
      this.#isLong = false;
      this.#carried = 0;
      if (isLong) return 'long';
      if (!this.#isBlank()) return 'line';
    }
  }

  #show(buffer: Buffer, start: number, stop: number): void {
    this.#isLong = stop - start > this.#maxLineBytes;
    this.buffer = buffer;
    this.start = start;
    this.stop = this.#isLong ? start + this.#headBytes : stop;
  }

  #showCarry(): void {
    this.#carry[this.#carried] = lineFeed;
    // Another object each time, by which readers know that the bytes are others.
    this.buffer = this.#carry.subarray(0, this.#carried + 1);
    this.start = 0;
    this.stop = this.#carried;
  }

  /** Adds chunk bytes to the carry; a line that grows too long shrinks to its head and stays so. */
  #carryOn(from: number, to: number): void {
    if (this.#isLong || from === to) return;
    const length = this.#carried + to - from;
    this.#isLong = length > this.#maxLineBytes;
    const kept = this.#isLong ? this.#headBytes : length;
    if (kept >= this.#carry.length) {
      const larger = Buffer.allocUnsafeSlow(1 + Math.max(kept, Math.min(2 * kept, this.#maxLineBytes)));
      this.#carry.copy(larger, 0, 0, this.#carried);
      this.#carry = larger;
    }
    if (kept > this.#carried) this.#chunk.copy(this.#carry, this.#carried, from, from + kept - this.#carried);
    this.#carried = kept;
  }

  #releaseCarry(): void {
    const isLarge = this.#carried === 0 && this.#carry.length > keptCarryBytes;
    if (isLarge && this.stop - this.start < keptCarryBytes) {
      this.buffer = this.#carry = Buffer.alloc(0);
      this.start = this.stop = 0;
    }
  }

  #isBlank(): boolean {
    for (let i = this.start; i < this.stop; i++) {
      const byte = this.buffer[i];
      if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
    }
    return true;
  }
}
