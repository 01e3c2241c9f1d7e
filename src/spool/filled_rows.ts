/** How rows that stay leave a file where some of them are longer than they were: in place all the same, front to back. */
import type { FileHandle } from 'node:fs/promises';
import { readFully, writeFully } from './disk.ts';
import type { RowFile } from './row_file.ts';
import type { SpoolFile } from './spool_file.ts';

const windowBytes = 128 * 1024;

/**
 * Moves the rows that stay; answers the CSV file's new size. A filled row takes cells of rows before it alone, so that no
 * row ends behind the place where it ended before: nothing is overwritten that is still to be read.
 * @param filled the filled rows, one behind the other
 * @param lengths theirs; 0 for rows that stay as they are
 */
export function moveFilledRows(
  file: RowFile,
  starts: Uint32Array,
  replacedBy: Uint32Array,
  filled: SpoolFile,
  lengths: Uint32Array,
): Promise<number> {
  return filled.use((filledHandle) =>
    file.csv.use(async (handle) => {
      const source = new Window(handle, file.bytes);
      const inserts = new Window(filledHandle, filled.size);
      const target = new Writer(handle, file.header.length);
      let inserted = 0;
      for (const [row, next] of replacedBy.entries()) {
        if (next > 0) continue;
        const length = lengths[row] as number;
        if (length === 0) await source.copy(starts[row] as number, starts[row + 1] as number, target);
        else await inserts.copy(inserted, inserted + length, target);
        inserted += length;
      }
      await target.flush();
      return target.end;
    }),
  );
}

/** A file that is read from its beginning to its end, some of it ahead. */
class Window {
  readonly #handle: FileHandle;
  readonly #size: number;
  readonly #buffer = Buffer.allocUnsafe(windowBytes);
  #from = 0;
  #upTo = 0;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  async copy(from: number, upTo: number, target: Writer): Promise<void> {
    for (let at = from; at < upTo; ) {
      if (at < this.#from || at >= this.#upTo) await this.#fill(at);
      const end = Math.min(upTo, this.#upTo);
      await target.write(this.#buffer.subarray(at - this.#from, end - this.#from));
      at = end;
    }
  }

  async #fill(from: number): Promise<void> {
    const length = Math.min(windowBytes, this.#size - from);
    await readFully(this.#handle, this.#buffer.subarray(0, length), from);
    this.#from = from;
    this.#upTo = from + length;
  }
}

/** Writes what it is given, one piece behind the other. */
class Writer {
  /** Behind the last byte. */
  end: number;
  readonly #handle: FileHandle;
  readonly #buffer = Buffer.allocUnsafe(windowBytes);
  #buffered = 0;

  constructor(handle: FileHandle, end: number) {
    this.#handle = handle;
    this.end = end;
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#buffered + bytes.length > windowBytes) await this.flush();
    bytes.copy(this.#buffer, this.#buffered);
    this.#buffered += bytes.length;
    this.end += bytes.length;
  }

  async flush(): Promise<void> {
    await writeFully(this.#handle, this.#buffer.subarray(0, this.#buffered), this.end - this.#buffered);
    this.#buffered = 0;
  }
}
