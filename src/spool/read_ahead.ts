/** Reads a file from beginning to end in small pieces, with few reads of the disk. */
import type { FileHandle } from 'node:fs/promises';
import { readFully } from './disk.ts';

const windowBytes = 128 * 1024;

export class ReadAhead {
  readonly #handle: FileHandle;
  readonly #size: number;
  readonly #buffer = Buffer.allocUnsafe(windowBytes);
  #from = 0;
  #upTo = 0;

  /** @param size the file's size in bytes */
  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  /** The bytes `[from, upTo)`, valid until the next call. */
  async read(from: number, upTo: number): Promise<Buffer> {
    if (upTo - from > windowBytes) {
      const bytes = Buffer.allocUnsafe(upTo - from);
      await readFully(this.#handle, bytes, from);
      return bytes;
    }
    if (from < this.#from || upTo > this.#upTo) await this.#fill(from);
    return this.#buffer.subarray(from - this.#from, upTo - this.#from);
  }

  async #fill(from: number): Promise<void> {
    const length = Math.min(windowBytes, this.#size - from);
    await readFully(this.#handle, this.#buffer.subarray(0, length), from);
    this.#from = from;
    this.#upTo = from + length;
  }
}
