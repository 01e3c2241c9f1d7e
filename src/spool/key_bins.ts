/** The rows of each key among many: apart by hash first, so that a key is looked for in memory that a processor's cache holds. */

const digestWords = 4;
/** Behind the digest, where rows have a version: whether it is a deletion (1, 0), and four words to be compared. */
const versionWords = 5;
/** Rows that a bin is made for: some 180 kB, and a table of 64 kB. */
const usualBin = 8192;
const binBits = 12;
/** Above its share of distinct keys by more than chance does it with a good hash. */
const binRoom = 1.125;
/** A bin in which superseded rows leave less room than this share would be searched again and again. */
const fullShare = 15 / 16;

export class KeyBins {
  /** Words of an entry: a row's number, its key's digest, and its version where the greatest counts and not the latest. */
  readonly #entryWords: number;
  readonly #isOrdered: boolean;
  /** The bins, one behind the other. */
  #entries = new Uint32Array(0);
  /** Rows in each bin. */
  #filled = new Uint32Array(0);
  /** Rows that a bin holds. */
  #capacity = 0;
  #binMask = 0;
  /** For one bin at a time, of each slot the place of an entry plus one, 0 if it is empty. */
  #table = new Uint32Array(0);
  #slots = 0;
  #replacedBy = new Uint32Array(0) as Uint32Array;
  #superseded = 0;

  /** @param isOrdered of the rows of a key the one of the greatest version stays, of equal ones the last; else the last */
  constructor(isOrdered = false) {
    this.#isOrdered = isOrdered;
    this.#entryWords = 1 + digestWords + (isOrdered ? versionWords : 0);
  }

  /**
   * Forgets all and makes ready for about `keys` keys. Memory once taken is used again.
   * @param replacedBy takes for each superseded row one more than the row that superseded it
   */
  reset(keys: number, replacedBy: Uint32Array): void {
    const bins = Math.min(2 ** binBits, 2 ** Math.ceil(Math.log2(Math.max(1, keys / usualBin))));
    this.#replacedBy = replacedBy;
    this.#superseded = 0;
    this.#binMask = bins - 1;
    if (this.#filled.length < bins) this.#filled = new Uint32Array(bins);
    else this.#filled.fill(0);
    this.#setCapacity(Math.ceil(Math.max(16, (keys / bins) * binRoom)));
    const words = bins * this.#capacity * this.#entryWords;
    // With some room, since the next file is often a little longer.
    if (this.#entries.length < words) this.#entries = new Uint32Array(Math.ceil(words * 1.25));
  }

  /** Adds a row that comes behind all others; the digest of its key are the four words at `at`, and its version follows. */
  enter(words: Uint32Array, at: number, hash: number, row: number): void {
    const entryWords = this.#entryWords;
    const bin = hash & this.#binMask;
    if (this.#filled[bin] === this.#capacity) this.#makeRoom(bin);
    const place = this.#filled[bin] as number;
    this.#filled[bin] = place + 1;
    const entries = this.#entries;
    const to = (bin * this.#capacity + place) * entryWords;
    entries[to] = row;
    for (let word = 1; word < entryWords; word += 1) entries[to + word] = words[at + word - 1] as number;
  }

  /** Notes what the rows replace. @returns how many of all rows since the reset are superseded */
  finish(): number {
    for (let bin = 0; bin <= this.#binMask; bin += 1) this.#search(bin);
    return this.#superseded;
  }

  #setCapacity(rows: number): void {
    this.#capacity = rows;
    this.#slots = 2 ** Math.ceil(Math.log2(rows * 1.4));
    if (this.#table.length < this.#slots) this.#table = new Uint32Array(this.#slots);
  }

  /** Many rows of few keys leave room when they are searched; many keys do so only if the hash spreads them badly. */
  #makeRoom(bin: number): void {
    this.#search(bin);
    if ((this.#filled[bin] as number) > this.#capacity * fullShare) this.#grow();
  }

  /** Leaves in a bin one row of each key. */
  #search(bin: number): void {
    const [entryWords, isOrdered] = [this.#entryWords, this.#isOrdered];
    const [entries, table, replacedBy] = [this.#entries, this.#table, this.#replacedBy];
    const begin = bin * this.#capacity * entryWords;
    const end = begin + (this.#filled[bin] as number) * entryWords;
    table.fill(0, 0, this.#slots);
    let kept = begin;
    for (let at = begin; at < end; at += entryWords) {
      const slot = this.#find(at + 1);
      const before = (table[slot] as number) - 1;
      if (before >= 0) {
        if (isOrdered && this.#isOlder(at, before)) {
          replacedBy[entries[at] as number] = (entries[before] as number) + 1;
          continue;
        }
        replacedBy[entries[before] as number] = (entries[at] as number) + 1;
        entries[before] = entries[at] as number;
        if (isOrdered) entries.copyWithin(before + 1, at + 1, at + entryWords);
        continue;
      }
      table[slot] = kept + 1;
      for (let word = 0; word < entryWords; word += 1) entries[kept + word] = entries[at + word] as number;
      kept += entryWords;
    }
    this.#superseded += (end - kept) / entryWords;
    this.#filled[bin] = (kept - begin) / entryWords;
  }

  /** Whether a row stays in place of a later one of its key. No row is kept out by a deletion that came before it. */
  #isOlder(later: number, before: number): boolean {
    const entries = this.#entries;
    const isDeletion = 1 + digestWords;
    if (entries[before + isDeletion] === 1) return false;
    for (let word = isDeletion + 1; word < isDeletion + versionWords; word += 1) {
      const [one, other] = [entries[later + word] as number, entries[before + word] as number];
      if (one !== other) return one < other;
    }
    return false;
  }

  /** The slot of the key whose digest is at `at` among the entries, or the empty one that it would get. */
  #find(at: number): number {
    const [entries, table] = [this.#entries, this.#table];
    const mask = this.#slots - 1;
    // The lower bits are those that all keys of a bin have in common.
    for (let slot = (hashOf(entries, at) >>> binBits) & mask; ; slot = (slot + 1) & mask) {
      const other = table[slot] as number;
      if (other === 0) return slot;
      if (
        entries[other] === entries[at] &&
        entries[other + 1] === entries[at + 1] &&
        entries[other + 2] === entries[at + 2] &&
        entries[other + 3] === entries[at + 3]
      ) {
        return slot;
      }
    }
  }

  #grow(): void {
    const [entries, capacity, entryWords] = [this.#entries, this.#capacity, this.#entryWords];
    this.#setCapacity(capacity * 2);
    this.#entries = new Uint32Array((this.#binMask + 1) * this.#capacity * entryWords);
    for (let bin = 0; bin <= this.#binMask; bin += 1) {
      const begin = bin * capacity * entryWords;
      const end = begin + (this.#filled[bin] as number) * entryWords;
      this.#entries.set(entries.subarray(begin, end), bin * this.#capacity * entryWords);
    }
  }
}

/** Mixes all bits of a digest, so that nothing is asked of how it was made. */
export function hashOf(words: Uint32Array, at: number): number {
  let hash = 0;
  for (let word = at; word < at + digestWords; word += 1) {
    hash = Math.imul(hash ^ (words[word] as number), 0x9e_37_79_b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x85_eb_ca_6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
