/** Moves rows up in a file, front to back and in place, where some of them have become longer. */
import type { FileHandle } from 'node:fs/promises';
import { readPieces, writeFully } from './disk.ts';
import { ReadAhead } from './read_ahead.ts';
import type { RowFile } from './row_file.ts';
import type { SpoolFile } from './spool_file.ts';

const bufferBytes = 128 * 1024;

/**
 * Moves the rows that stay and returns the CSV file's new size. A filled row only takes cells of rows that leave; if
 * these come before it, no row ends after its previous end: nothing is overwritten that is still to be read. With
 * versions some may come after it, so that the rows are copied to another file first.
 * @param filled the filled rows, one after the other; for rows with versions the copies are added
 * @param lengths their lengths; 0 for rows that stay unchanged
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
      const source = new ReadAhead(handle, file.bytes);
      const inserts = new ReadAhead(filledHandle, filled.size);
      const target = file.hasVersions ? new Writer(filledHandle, filled.size) : new Writer(handle, file.header.length);
      let inserted = 0;
      for (const [row, next] of replacedBy.entries()) {
        if (next > 0) continue;
        const length = lengths[row] as number;
        const bytes =
          length === 0
            ? source.read(starts[row] as number, starts[row + 1] as number)
            : inserts.read(inserted, inserted + length);
        await target.write(await bytes);
        inserted += length;
      }
      await target.flush();
      return file.hasVersions
        ? copyRows(filledHandle, filled.size, target.end, handle, file.header.length)
        : target.end;
    }),
  );
}

/** @returns where the copies end */
async function copyRows(from: FileHandle, start: number, stop: number, to: FileHandle, at: number): Promise<number> {
  let end = at;
  for await (const piece of readPieces(from, Buffer.allocUnsafe(bufferBytes), start, stop)) {
    await writeFully(to, piece, end);
    end += piece.length;
  }
  return end;
}

/** Writes pieces one after the other. */
class Writer {
  /** The position after the last byte. */
  end: number;
  readonly #handle: FileHandle;
  readonly #buffer = Buffer.allocUnsafe(bufferBytes);
  #buffered = 0;

  constructor(handle: FileHandle, end: number) {
    this.#handle = handle;
    this.end = end;
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#buffered + bytes.length > bufferBytes) await this.flush();
    if (bytes.length > bufferBytes) await writeFully(this.#handle, bytes, this.end);
    else this.#buffered += bytes.copy(this.#buffer, this.#buffered);
    this.end += bytes.length;
  }

  async flush(): Promise<void> {
    await writeFully(this.#handle, this.#buffer.subarray(0, this.#buffered), this.end - this.#buffered);
    this.#buffered = 0;
  }
}
