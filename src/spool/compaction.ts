/** How superseded rows leave a file: the others move up, in place, so that no second copy needs room on the disk. */
import { readPieces, uint32sOf, writeFully } from './disk.ts';
import { moveFilledRows } from './filled_rows.ts';
import { hashOf, KeyBins } from './key_bins.ts';
import { type RowFile, wholeEntries } from './row_file.ts';
import type { SpoolFile } from './spool_file.ts';
import { noRow } from './superseded.ts';
import { fillUnread } from './unread_cells.ts';

/**
 * Compacts one file after the other, in memory that it keeps: garbage of this size would pile up before it is
 * collected.
 */
export class Compactor {
  readonly #duplicates = new Duplicates();
  #replacedBy = new Uint32Array(0);
  #starts = new Uint32Array(0);

  /**
   * Takes the superseded rows out of `file`, and the deletions with what they removed; the others keep their order.
   * @param filled where rows may lack values that an earlier row of their key has: an empty file, for such rows
   * @returns for each row as it was counted before its row now: its own, that of the row which replaced it, or
   * {@link noRow}; undefined where nothing was taken out; valid until the next file is compacted
   */
  async compact(file: RowFile, filled?: SpoolFile): Promise<Uint32Array | undefined> {
    const [first, second] = this.scratch(file.rows + 1);
    const replacedBy = first.subarray(0, file.rows).fill(0);
    const superseded = await this.#duplicates.find(file, replacedBy);
    if (superseded + file.deletions === 0) return undefined;
    const starts = second.subarray(0, file.rows + 1);
    await readStarts(file, starts);
    const lengths = filled && superseded > 0 ? await fillUnread(file, starts, replacedBy, filled) : undefined;
    if (filled && lengths) {
      file.csv.resize(await moveFilledRows(file, starts, replacedBy, filled, lengths));
      filled.remove();
    } else file.csv.resize(await moveRows(file, starts, replacedBy));
    file.index.resize(await moveEntries(file, starts, replacedBy, lengths));
    file.rows = file.index.size / 4 / file.entryWords;
    file.deletions = 0;
    return followed(replacedBy, starts);
  }

  /** Where each row of a file without deletions begins, and at last where it ends; valid until the next file is compacted. */
  async startsOf(file: RowFile): Promise<Uint32Array> {
    const starts = this.scratch(file.rows + 1)[1].subarray(0, file.rows + 1);
    await readStarts(file, starts);
    return starts;
  }

  /** Takes rows out of a file without deletions; the others keep their order. @param leaves for each row whether it is taken out: 1 and more, 0 */
  async takeOut(file: RowFile, leaves: Uint32Array): Promise<void> {
    const starts = await this.startsOf(file);
    file.csv.resize(await moveRows(file, starts, leaves));
    file.index.resize(await moveEntries(file, starts, leaves));
    file.rows = file.index.size / 4 / file.entryWords;
  }

  /** Two arrays of at least `length` numbers, to be used until the next file is compacted. */
  scratch(length: number): readonly [Uint32Array, Uint32Array] {
    if (this.#starts.length < length) {
      // With some room, since a batch compacted again is often a little longer.
      this.#replacedBy = new Uint32Array(Math.ceil(length * 1.25));
      this.#starts = new Uint32Array(Math.ceil(length * 1.25));
    }
    return [this.#replacedBy, this.#starts];
  }
}

/** Where each row begins, and at last where the file ends. */
async function readStarts(file: RowFile, starts: Uint32Array): Promise<void> {
  await file.visitEntries((words, firstRow) => {
    for (let at = 0, row = firstRow; at < words.length; at += file.entryWords, row += 1) {
      starts[row] = words[at] as number;
    }
  });
  starts[file.rows] = file.bytes;
}

/** The bytes of neighbouring rows that stay, run by run. Behind the last one both ends are the file's. */
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

/** Moves the rows that stay; answers the CSV file's new size. */
function moveRows(file: RowFile, starts: Uint32Array, replacedBy: Uint32Array): Promise<number> {
  return file.csv.useThrough(async (handle, buffer) => {
    const runs = new LiveRuns(starts, replacedBy);
    let target = file.header.length;
    // What lies before the first superseded row stays where it is.
    if (runs.start === target) {
      target = runs.end;
      runs.next();
    }
    let from = target;
    for await (const piece of readPieces(handle, buffer, from, file.bytes)) {
      const end = from + piece.length;
      let kept = 0;
      while (runs.start < end) {
        // A run may reach over several pieces, and a piece over many runs.
        const first = Math.max(runs.start, from) - from;
        const last = Math.min(runs.end, end) - from;
        piece.copyWithin(kept, first, last);
        kept += last - first;
        if (runs.end > end) break;
        runs.next();
      }
      await writeFully(handle, piece.subarray(0, kept), target);
      target += kept;
      from = end;
    }
    return target;
  });
}

/**
 * Moves the entries of the rows that stay and sets their new starts; answers the index's new size.
 * @param lengths of rows that have another length now; else 0
 */
async function moveEntries(
  file: RowFile,
  starts: Uint32Array,
  replacedBy: Uint32Array,
  lengths?: Uint32Array,
): Promise<number> {
  const { entryWords } = file;
  // A deletion is a row of no bytes.
  const leaves = (row: number) => replacedBy[row] !== 0 || starts[row] === starts[row + 1];
  let row = 0;
  while (!leaves(row)) row += 1;
  let start = starts[row] as number;
  let target = row * entryWords * 4;
  await file.index.useThrough(async (handle, buffer) => {
    for await (const piece of readPieces(handle, wholeEntries(buffer, entryWords * 4), target, file.index.size)) {
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

/** Neither a row nor {@link noRow}. */
const isReplaced = noRow - 1;

/** For each row as it was counted before the row that it became, in place of `starts`. */
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
  // From the end, since most are replaced by a later row, which has been followed already then.
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

  /** @param keysAtOnce keys held in memory, in some 23 bytes each, twice that with versions; a file with more is read once more for each such portion */
  constructor(keysAtOnce = 500_000) {
    this.#keysAtOnce = keysAtOnce;
  }

  /**
   * Notes in `replacedBy`, which holds 0 for every row, one more than the row that superseded it: the next of its key,
   * or with versions one that is no older. Deletions count as rows.
   * @returns how many rows are superseded
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
