/** Finds rows of the same key among many: divided into bins by hash, so that each search fits a processor's cache. */

const digestWords = 4;
/** After the digest, if rows have versions: whether it is a deletion (1, 0), and the four words of the version. */
const versionWords = 5;
/** Rows per bin: about 180 kB, and a table of 64 kB. */
const usualBin = 8192;
const binBits = 12;
/** More than chance exceeds a bin's share of distinct keys with a good hash. */
const binRoom = 1.125;
/**
 * If removing superseded rows leaves a bin fuller than this, it grows: otherwise it would be searched again and again.
 */
const fullShare = 15 / 16;

export class KeyBins {
  /** 32-bit words per entry: row number, key digest, and the version if the greatest counts and not the latest. */
  readonly #entryWords: number;
  readonly #isOrdered: boolean;
  /** The bins, one after the other. */
  #entries = new Uint32Array(0);
  /** Rows in each bin. */
  #filled = new Uint32Array(0);
  /** Capacity of a bin, in rows. */
  #capacity = 0;
  #binMask = 0;
  /** Hash table for one bin at a time: per slot the index of an entry plus one, 0 if empty. */
  #table = new Uint32Array(0);
  #slots = 0;
  #replacedBy = new Uint32Array(0) as Uint32Array;
  #superseded = 0;

  /** @param isOrdered whether the row with the greatest version stays (of equal ones the last) instead of the last */
  constructor(isOrdered = false) {
    this.#isOrdered = isOrdered;
    this.#entryWords = 1 + digestWords + (isOrdered ? versionWords : 0);
  }

  /**
   * Removes all rows and prepares for about `keys` keys. Memory is reused.
   * @param replacedBy receives for each superseded row one plus the number of its successor
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
    // Some spare room, as the next file is often a little longer.
    if (this.#entries.length < words) this.#entries = new Uint32Array(Math.ceil(words * 1.25));
  }

  /** Adds a row after all others; the digest of its key is the four words at `at`, followed by its version. */
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

  /**
   * Writes which row replaces which.
   * @returns the number of superseded rows since the reset
   */
  finish(): number {
    for (let bin = 0; bin <= this.#binMask; bin += 1) this.#search(bin);
    return this.#superseded;
  }

  #setCapacity(rows: number): void {
    this.#capacity = rows;
    this.#slots = 2 ** Math.ceil(Math.log2(rows * 1.4));
    if (this.#table.length < this.#slots) this.#table = new Uint32Array(this.#slots);
  }

  /**
   * Makes room in a full bin: searching it removes superseded rows. If few are removed, the hash spreads badly and the
   * bins grow.
   */
  #makeRoom(bin: number): void {
    this.#search(bin);
    if ((this.#filled[bin] as number) > this.#capacity * fullShare) this.#grow();
  }

  /** Leaves one row of each key in a bin. */
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

  /** Whether a row stays instead of a later one of its key. A deletion never removes a row that comes after it. */
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

  /** The slot of the key whose digest is at `at` among the entries, or the empty slot for it. */
  #find(at: number): number {
    const [entries, table] = [this.#entries, this.#table];
    const mask = this.#slots - 1;
    // All keys of a bin share the lower bits.
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

/** Mixes all bits of a digest, so that it works however the digest was made. */
export function hashOf(words: Uint32Array, at: number): number {
  let hash = 0;
  for (let word = at; word < at + digestWords; word += 1) {
    hash = Math.imul(hash ^ (words[word] as number), 0x9e_37_79_b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x85_eb_ca_6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
