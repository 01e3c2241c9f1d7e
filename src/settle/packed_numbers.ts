/** A sequence of whole numbers with small ones in one byte: millions of them take little memory outside the heap. */

const smallestPiece = 64;
const largestPiece = 1 << 20;

/** Written at the end, read from the beginning. */
export class PackedNumbers {
  /** Each twice as long as the previous one, up to a limit: nothing is ever copied. */
  readonly #pieces: Buffer[] = [];
  /** Bytes used in the last piece. */
  #used = 0;
  length = 0;

  /** @param number 0 or more, below 2 ** 53 */
  push(number: number): void {
    let rest = number;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#byte((rest % 0x80) | 0x80);
    this.#byte(rest);
    this.length += 1;
  }

  reader(): PackedReader {
    return new PackedReader(this.#pieces);
  }

  #byte(byte: number): void {
    const last = this.#pieces.at(-1);
    if (last !== undefined && this.#used < last.length) {
      last[this.#used] = byte;
      this.#used += 1;
      return;
    }
    const size = last === undefined ? smallestPiece : Math.min(largestPiece, last.length * 2);
    const piece = Buffer.allocUnsafeSlow(size);
    piece[0] = byte;
    this.#pieces.push(piece);
    this.#used = 1;
  }
}

/** Reads the numbers in order; reading beyond the end returns garbage. */
export class PackedReader {
  readonly #pieces: readonly Buffer[];
  #piece = 0;
  #at = 0;

  constructor(pieces: readonly Buffer[]) {
    this.#pieces = pieces;
  }

  next(): number {
    let number = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.#byte();
      number += (byte & 0x7f) * factor;
      if (byte < 0x80) return number;
    }
  }

  #byte(): number {
    let piece = this.#pieces[this.#piece] as Buffer;
    if (this.#at === piece.length) {
      this.#piece += 1;
      this.#at = 0;
      piece = this.#pieces[this.#piece] as Buffer;
    }
    const byte = piece[this.#at] as number;
    this.#at += 1;
    return byte;
  }
}
