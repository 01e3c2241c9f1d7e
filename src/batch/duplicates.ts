/** Which rows of a file are superseded: found over key digests on disk, in memory that does not grow with the rows. */
import type { RowFile } from './row_file.ts';

/** Keys that are held in memory at once; a file with more is read once more for each such portion. */
const keysAtOnce = 350_000;
const digestWords = 4;
const slotWords = 1 + digestWords;

/** The last row of each key: open addressing over 128 bit digests in typed arrays. */
export class LastRows {
  // Of each slot a row's number plus one, 0 if it is empty, and the digest: side by side, as a look-up mostly waits for memory.
  #table = new Uint32Array(0);
  #slots = 0;
  #keys = 0;

  /** Forgets all and makes ready for about `keys` keys. Memory once taken is used again. */
  reset(keys: number): void {
    this.#keys = 0;
    this.#slots = 2 ** Math.ceil(Math.log2(Math.max(16, keys) * 1.4));
    if (this.#table.length < this.#slots * slotWords) this.#table = new Uint32Array(this.#slots * slotWords);
    else this.#table.fill(0, 0, this.#slots * slotWords);
  }

  /**
   * Notes `row` as the last of the key whose digest is the four words at `at`.
   * @returns the row that was the last until now, or -1
   */
  enter(words: Uint32Array, at: number, hash: number, row: number): number {
    const slot = this.#find(words, at, hash);
    const before = (this.#table[slot] as number) - 1;
    this.#table[slot] = row + 1;
    if (before >= 0) return before;
    for (let word = 0; word < digestWords; word += 1) this.#table[slot + 1 + word] = words[at + word] as number;
    this.#keys += 1;
    if (this.#keys > this.#slots * 0.8) this.#grow();
    return -1;
  }

  /** Where in the table the key's slot starts, or the empty one that it would get. */
  #find(words: Uint32Array, at: number, hash: number): number {
    const table = this.#table;
    const mask = this.#slots - 1;
    for (let number = hash & mask; ; number = (number + 1) & mask) {
      const slot = number * slotWords;
      if (table[slot] === 0) return slot;
      if (
        table[slot + 1] === words[at] &&
        table[slot + 2] === words[at + 1] &&
        table[slot + 3] === words[at + 2] &&
        table[slot + 4] === words[at + 3]
      ) {
        return slot;
      }
    }
  }

  // Reached only if the hash spreads the keys badly over the portions.
  #grow(): void {
    const table = this.#table;
    const end = this.#slots * slotWords;
    this.#slots *= 2;
    this.#keys = 0;
    this.#table = new Uint32Array(this.#slots * slotWords);
    for (let slot = 0; slot < end; slot += slotWords) {
      const row = table[slot] as number;
      if (row > 0) this.enter(table, slot + 1, hashOf(table, slot + 1), row - 1);
    }
  }
}

/**
 * Notes in `replacedBy`, which holds 0 for every row, the next row of the same key. A row without one keeps its 0: row
 * 0 replaces nothing.
 * @returns how many rows are superseded
 */
export async function findSuperseded(file: RowFile, lastRows: LastRows, replacedBy: Uint32Array): Promise<number> {
  const portions = Math.max(1, Math.ceil(file.rows / keysAtOnce));
  let superseded = 0;
  for (let portion = 0; portion < portions; portion += 1) {
    lastRows.reset(file.rows / portions);
    await file.visitEntries((words, firstRow) => {
      for (let at = 1, row = firstRow; at < words.length; at += file.entryWords, row += 1) {
        const hash = hashOf(words, at);
        // The upper bits choose the portion, the lower ones the slot in it.
        if (portions > 1 && (hash >>> 20) % portions !== portion) continue;
        const before = lastRows.enter(words, at, hash, row);
        if (before < 0) continue;
        replacedBy[before] = row;
        superseded += 1;
      }
    });
  }
  return superseded;
}

/** Mixes all bits of a digest, so that nothing is asked of how it was made. */
function hashOf(words: Uint32Array, at: number): number {
  let hash = 0;
  for (let word = at; word < at + digestWords; word += 1) {
    hash = Math.imul(hash ^ (words[word] as number), 0x9e_37_79_b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x85_eb_ca_6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
