/** Buffers that are used again and again: as garbage they would pile up while a thousand files are written and closed. */

/** What is read at once, in bytes. */
const pieceBytes = 512 * 1024;
/** So many files are read at a time. */
const mostPieces = 4;

/** Write buffers that were given up, by their size. */
export class SpareBuffers {
  readonly #bySize = new Map<number, Buffer[]>();
  /** Bytes in all of them. */
  bytes = 0;

  take(size: number): Buffer<ArrayBuffer> {
    const spare = this.#bySize.get(size)?.pop() as Buffer<ArrayBuffer> | undefined;
    if (spare === undefined) return Buffer.allocUnsafeSlow(size);
    this.bytes -= size;
    return spare;
  }

  give(buffer: Buffer): void {
    const spare = this.#bySize.get(buffer.length) ?? [];
    this.#bySize.set(buffer.length, spare);
    spare.push(buffer);
    this.bytes += buffer.length;
  }

  /** Lets go of buffers until at most `bytes` are left. */
  shrink(bytes: number): void {
    for (const spare of this.#bySize.values()) {
      while (this.bytes > bytes) {
        const buffer = spare.pop();
        if (buffer === undefined) break;
        this.bytes -= buffer.length;
      }
    }
  }
}

/** Buffers to read through. */
export class Pieces {
  readonly #free: Buffer[] = [];
  #made = 0;
  readonly #waiting: ((piece: Buffer) => void)[] = [];

  /** Lends one as soon as there is one. Whoever has one must not wait for another. */
  async lend<T>(work: (piece: Buffer) => Promise<T>): Promise<T> {
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
