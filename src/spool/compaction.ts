/** Removes superseded rows from a file: the others move up in place, so no second copy is needed on disk. */
import { readFully, uint32sOf, writeFully } from './disk.ts';
import { moveFilledRows } from './filled_rows.ts';
import { hashOf, KeyBins } from './key_bins.ts';
import { type RowFile, wholeEntries } from './row_file.ts';
import type { SpoolFile } from './spool_file.ts';
import { noRow } from './superseded.ts';
import { fillUnread } from './unread_cells.ts';

/**
 * Compacts one file after the other in memory that it keeps: arrays of this size would pile up faster than garbage
 * collection.
 */
export class Compactor {
  readonly #duplicates = new Duplicates();
  #replacedBy = new Uint32Array(0);
  #starts = new Uint32Array(0);

  /**
   * Removes superseded rows, deletions and the rows they delete from `file`; the others keep their order.
   * @param filled an empty file for rows with values taken from an earlier row of their key; absent if no row can need
   * it
   * @param hasTypes the last cell of a row has the types of the others
   * @returns for each previous row number the new one: its own, that of the row which replaced it, or {@link noRow};
   * undefined if nothing was removed; valid until the next file is compacted
   */
  async compact(file: RowFile, filled?: SpoolFile, hasTypes = false): Promise<Uint32Array | undefined> {
    const [first, second] = this.scratch(file.rows + 1);
    const replacedBy = first.subarray(0, file.rows).fill(0);
    const superseded = await this.#duplicates.find(file, replacedBy);
    if (superseded + file.deletions === 0) return undefined;
    const starts = second.subarray(0, file.rows + 1);
    await readStarts(file, starts);
    const lengths = filled && superseded > 0 ? await fillUnread(file, starts, replacedBy, filled, hasTypes) : undefined;
    if (filled && lengths) {
      file.csv.resize(await moveFilledRows(file, starts, replacedBy, filled, lengths));
      filled.remove();
    } else file.csv.resize(await moveRows(file, starts, replacedBy));
    file.index.resize(await moveEntries(file, starts, replacedBy, lengths));
    file.rows = file.index.size / 4 / file.entryWords;
    file.deletions = 0;
    return followed(replacedBy, starts);
  }

  /**
   * The start of each row of a file without deletions, and then the end of the last; valid until the next file is
   * compacted.
   */
  async startsOf(file: RowFile): Promise<Uint32Array> {
    const starts = this.scratch(file.rows + 1)[1].subarray(0, file.rows + 1);
    await readStarts(file, starts);
    return starts;
  }

  /**
   * Removes rows from a file without deletions; the others keep their order.
   * @param leaves per row: above 0 if it is removed, otherwise 0
   */
  async takeOut(file: RowFile, leaves: Uint32Array): Promise<void> {
    const starts = await this.startsOf(file);
    file.csv.resize(await moveRows(file, starts, leaves));
    file.index.resize(await moveEntries(file, starts, leaves));
    file.rows = file.index.size / 4 / file.entryWords;
  }

  /** Two arrays of at least `length` numbers, valid until the next file is compacted. */
  scratch(length: number): readonly [Uint32Array, Uint32Array] {
    if (this.#starts.length < length) {
      // Some spare room, as a batch compacted again is often a little longer.
      this.#replacedBy = new Uint32Array(Math.ceil(length * 1.25));
      this.#starts = new Uint32Array(Math.ceil(length * 1.25));
    }
    return [this.#replacedBy, this.#starts];
  }
}

/** The start of each row, and then the end of the file. */
async function readStarts(file: RowFile, starts: Uint32Array): Promise<void> {
  await file.visitEntries((words, firstRow) => {
    for (let at = 0, row = firstRow; at < words.length; at += file.entryWords, row += 1) {
      starts[row] = words[at] as number;
    }
  });
  starts[file.rows] = file.bytes;
}

/** The byte ranges of consecutive rows that stay. After the last one, both ends are the file's end. */
class LiveRuns {
  start = 0;
  end = 0;
  #row = 0;
  readonly #starts: Uint32Array;
  readonly #replacedBy: Uint32Array;

  constructor(starts: Uint32Array, replacedBy: Uint32Array) {
    this.#starts = starts;
    this.#replacedBy = replacedBy;
    this.next();
  }

  next(): void {
    while ((this.#replacedBy[this.#row] as number) > 0) this.#row += 1;
    this.start = this.#starts[this.#row] as number;
    while (this.#replacedBy[this.#row] === 0) this.#row += 1;
    this.end = this.#starts[this.#row] as number;
  }
}

/** Moves the rows that stay and returns the CSV file's new size. Longer stretches of rows that leave are not read. */
function moveRows(file: RowFile, starts: Uint32Array, replacedBy: Uint32Array): Promise<number> {
  return file.csv.useThrough(async (handle, buffer) => {
    const runs = new LiveRuns(starts, replacedBy);
    let target = file.header.length;
    // What comes before the first superseded row stays in place.
    if (runs.start === target) {
      target = runs.end;
      runs.next();
    }
    for (let from = runs.start, end: number; from < file.bytes; from = Math.max(end, runs.start)) {
      const piece = buffer.subarray(0, Math.min(buffer.length, file.bytes - from));
      end = from + piece.length;
      await readFully(handle, piece, from);
      let kept = 0;
      while (runs.start < end) {
        // A run may cover several pieces, and a piece several runs.
        const first = Math.max(runs.start, from) - from;
        const last = Math.min(runs.end, end) - from;
        piece.copyWithin(kept, first, last);
        kept += last - first;
        if (runs.end > end) break;
        runs.next();
      }
      await writeFully(handle, piece.subarray(0, kept), target);
      target += kept;
    }
    return target;
  });
}

/**
 * Moves the entries of the rows that stay, updates their starts, and returns the index's new size. Longer stretches of
 * entries that leave are not read.
 * @param lengths the new length of rows whose length changes; otherwise 0
 */
async function moveEntries(
  file: RowFile,
  starts: Uint32Array,
  replacedBy: Uint32Array,
  lengths?: Uint32Array,
): Promise<number> {
  const { entryWords, rows } = file;
  const entryBytes = entryWords * 4;
  // A deletion is an empty row.
  const leaves = (row: number) => replacedBy[row] !== 0 || starts[row] === starts[row + 1];
  const nextKept = (from: number) => {
    let row = from;
    while (row < rows && leaves(row)) row += 1;
    return row;
  };
  let row = 0;
  while (!leaves(row) && !lengths?.[row]) row += 1;
  let start = starts[row] as number;
  let target = row * entryBytes;
  await file.index.useThrough(async (handle, buffer) => {
    const whole = wholeEntries(buffer, entryBytes);
    for (row = nextKept(row); row < rows; row = nextKept(row)) {
      const piece = whole.subarray(0, Math.min(whole.length, (rows - row) * entryBytes));
      await readFully(handle, piece, row * entryBytes);
      const words = uint32sOf(piece);
      let kept = 0;
      for (let at = 0; at < words.length; at += entryWords, row += 1) {
        if (leaves(row)) continue;
        words[kept] = start;
        for (let word = 1; word < entryWords; word += 1) words[kept + word] = words[at + word] as number;
        kept += entryWords;
        start += lengths?.[row] || (starts[row + 1] as number) - (starts[row] as number);
      }
      await writeFully(handle, piece.subarray(0, kept * 4), target);
      target += kept * 4;
    }
  });
  return target;
}

/** Marks a row that stays: neither a row number nor {@link noRow}. */
const isReplaced = noRow - 1;

/** For each previous row number the new one, written into `starts`. */
function followed(replacedBy: Uint32Array, starts: Uint32Array): Uint32Array {
  const rows = replacedBy.length;
  let next = 0;
  for (let row = 0, start = starts[0] as number; row < rows; row += 1) {
    const end = starts[row + 1] as number;
    if (start === end) starts[row] = noRow;
    else if (replacedBy[row] === 0) starts[row] = next++;
    else starts[row] = isReplaced;
    start = end;
  }
  // Backwards: most rows are replaced by a later one, which has then been resolved already.
  for (let row = rows - 1; row >= 0; row -= 1) {
    let at = row;
    while (starts[at] === isReplaced) at = (replacedBy[at] as number) - 1;
    starts[row] = starts[at] as number;
  }
  return starts.subarray(0, rows);
}

/** Finds superseded rows in one file after the other, in memory that it keeps. */
export class Duplicates {
  readonly #bins = new KeyBins();
  readonly #orderedBins = new KeyBins(true);
  readonly #keysAtOnce: number;

  /**
   * @param keysAtOnce keys held in memory, about 23 bytes each, or twice that with versions; a file with more keys is
   * read once per portion
   */
  constructor(keysAtOnce = 500_000) {
    this.#keysAtOnce = keysAtOnce;
  }

  /**
   * Writes into `replacedBy` (all 0) for each superseded row one plus the number of its successor: the next row of its
   * key, or with versions one that is not older. Deletions count as rows.
   * @returns the number of superseded rows
   */
  async find(file: RowFile, replacedBy: Uint32Array): Promise<number> {
    const bins = file.hasVersions ? this.#orderedBins : this.#bins;
    const portions = Math.max(1, Math.ceil(file.rows / this.#keysAtOnce));
    let superseded = 0;
    for (let portion = 0; portion < portions; portion += 1) {
      bins.reset(file.rows / portions, replacedBy);
      await file.visitEntries((words, firstRow) => {
        for (let at = 1, row = firstRow; at < words.length; at += file.entryWords, row += 1) {
          const hash = hashOf(words, at);
          // The upper bits choose the portion, the lower ones the bin in it.
          if (portions === 1 || ((hash >>> 20) * portions) >>> 12 === portion) bins.enter(words, at, hash, row);
        }
      });
      superseded += bins.finish();
    }
    return superseded;
  }
}
