/** The memory that files are written through: blocks of one size, so that what one file gives up serves any other. */
import { viewOf } from '../byte_views.ts';

export const blockBytes = 4096;
/** What one file may hold: more at once is not written any faster. */
export const mostBlocks = 64;

/** Blocks are known by where they start in {@link bytes}. */
export class Blocks {
  /** How many there are. */
  readonly count: number;
  /** One piece, which takes memory of the system only as far as blocks of it were ever used. */
  readonly bytes: Buffer;
  /** The same bytes. */
  readonly words: DataView;
  /** The last is the next to be taken. */
  readonly #free: number[];

  /** @param bytes of memory, of which whole blocks are used */
  constructor(bytes: number) {
    this.count = Math.floor(bytes / blockBytes);
    this.bytes = Buffer.allocUnsafeSlow(this.count * blockBytes);
    this.words = viewOf(this.bytes);
    this.#free = Array.from({ length: this.count }, (_, at) => (this.count - 1 - at) * blockBytes);
  }

  /** How many may be taken. */
  get free(): number {
    return this.#free.length;
  }

  /** Undefined: none is free. */
  take(): number | undefined {
    return this.#free.pop();
  }

  /** Takes blocks back. What they hold stays until one is taken again. */
  give(blocks: readonly number[]): void {
    // So that they are taken in the same order again, and what lies in a row stays in a row.
    for (let at = blocks.length - 1; at >= 0; at -= 1) this.#free.push(blocks[at] as number);
  }

  /** The first `length` bytes in these blocks, in as few pieces as there are rows of blocks; valid until one is taken. */
  pieces(blocks: readonly number[], length: number): Buffer[] {
    const pieces: Buffer[] = [];
    let left = length;
    for (let at = 0; left > 0; ) {
      const start = blocks[at] as number;
      let end = start;
      while (blocks[at] === end) {
        end += blockBytes;
        at += 1;
      }
      pieces.push(this.bytes.subarray(start, Math.min(end, start + left)));
      left -= end - start;
    }
    return pieces;
  }
}
