/** Which rows of a file are superseded: found over key digests on disk, in memory that does not grow with the rows. */
import { hashOf, KeyBins } from './key_bins.ts';
import type { RowFile } from './row_file.ts';

/** Finds superseded rows in one file after the other, in memory that it keeps. */
export class Duplicates {
  readonly #bins = new KeyBins();
  readonly #keysAtOnce: number;

  /** @param keysAtOnce keys held in memory, in some 23 bytes each; a file with more is read once more for each such portion */
  constructor(keysAtOnce = 500_000) {
    this.#keysAtOnce = keysAtOnce;
  }

  /**
   * Notes in `replacedBy`, which holds 0 for every row, the next row of the same key. A row without one keeps its 0:
   * row 0 replaces nothing.
   * @returns how many rows are superseded
   */
  async find(file: RowFile, replacedBy: Uint32Array): Promise<number> {
    const bins = this.#bins;
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
