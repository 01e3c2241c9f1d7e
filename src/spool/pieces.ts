/** Buffers to read files through, used again and again: as garbage they would pile up while a thousand files are closed. */

/** What is read at once, in bytes. */
const pieceBytes = 512 * 1024;
/** So many files are read at a time. */
const mostPieces = 4;

/** Buffers to read through. */
export class Pieces {
  readonly #free: Buffer[] = [];
  #made = 0;
  readonly #waiting: ((piece: Buffer) => void)[] = [];

  /** Lends one as soon as there is one. Whoever has one must not wait for another. */
  async withBuffer<T>(work: (piece: Buffer) => Promise<T>): Promise<T> {
    const piece = this.#take() ?? (await new Promise<Buffer>((resolve) => this.#waiting.push(resolve)));
    try {
      return await work(piece);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(piece);
      else this.#free.push(piece);
    }
  }

  #take(): Buffer | undefined {
    if (this.#free.length > 0 || this.#made === mostPieces) return this.#free.pop();
    this.#made += 1;
    return Buffer.allocUnsafeSlow(pieceBytes);
  }
}
