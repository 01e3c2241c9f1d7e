/** Removes columns from a closed file: the other cells move up in place, so no second copy is needed on disk. */
import { readPieces, uint32sOf, writeFully } from './disk.ts';
import { type RowFile, wholeEntries } from './row_file.ts';

const [lineFeed, quote, comma] = [0x0a, 0x22, 0x2c];

/**
 * Removes columns from the header and from every row.
 * @param columns positions of some of the columns, not all
 * @param starts an array with one more number than there are rows
 */
export async function leaveOut(file: RowFile, columns: readonly number[], starts: Uint32Array): Promise<void> {
  const cut = new CellCutter(new Set(columns), starts);
  const size = await file.csv.useThrough(async (handle, buffer) => {
    let target = 0;
    for await (const piece of readPieces(handle, buffer, 0, file.bytes)) {
      const kept = cut.take(piece);
      await writeFully(handle, piece.subarray(0, kept), target);
      target += kept;
    }
    return target;
  });
  file.csv.resize(size);
  await moveStarts(file, starts);
  file.header = file.csv.readSync(0, starts[0] as number);
}

/** Drops cells byte by byte; keeps its position between two pieces. */
class CellCutter {
  readonly #dropped: ReadonlySet<number>;
  readonly #starts: Uint32Array;
  #column = 0;
  #isKept: boolean;
  /** A cell of the current row was kept. */
  #hasCell: boolean;
  #isQuoted = false;
  /** Bytes kept so far. */
  #size = 0;
  /** Lines completed so far. */
  #lines = 0;

  constructor(dropped: ReadonlySet<number>, starts: Uint32Array) {
    this.#dropped = dropped;
    this.#starts = starts;
    this.#isKept = this.#hasCell = !dropped.has(0);
  }

  /**
   * Moves the kept bytes to the beginning of the piece.
   * @returns how many there are
   */
  take(piece: Buffer): number {
    let kept = 0;
    // Kept bytes are written at or before the place they are read from.
    for (const byte of piece) {
      if (byte === quote) this.#isQuoted = !this.#isQuoted;
      if (!this.#isQuoted && byte === comma) {
        if (this.#nextCell()) piece[kept++] = comma;
      } else if (!this.#isQuoted && byte === lineFeed) {
        piece[kept++] = lineFeed;
        this.#nextLine(this.#size + kept);
      } else if (this.#isKept) {
        piece[kept++] = byte;
      }
    }
    this.#size += kept;
    return kept;
  }

  /** @returns whether the comma before the cell is kept */
  #nextCell(): boolean {
    this.#column += 1;
    this.#isKept = !this.#dropped.has(this.#column);
    const isFollowing = this.#isKept && this.#hasCell;
    if (this.#isKept) this.#hasCell = true;
    return isFollowing;
  }

  #nextLine(start: number): void {
    this.#starts[this.#lines] = start;
    this.#lines += 1;
    this.#column = 0;
    this.#isKept = this.#hasCell = !this.#dropped.has(0);
  }
}

/** Updates the start of each row in the index. */
function moveStarts(file: RowFile, starts: Uint32Array): Promise<void> {
  const entryBytes = file.entryWords * 4;
  return file.index.useThrough(async (handle, buffer) => {
    let row = 0;
    for await (const piece of readPieces(handle, wholeEntries(buffer, entryBytes), 0, file.index.size)) {
      const words = uint32sOf(piece);
      const first = row;
      for (let at = 0; at < words.length; at += file.entryWords, row += 1) words[at] = starts[row] as number;
      await writeFully(handle, piece, first * entryBytes);
    }
  });
}
