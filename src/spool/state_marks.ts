/** Records on disk after which rows of a batch the source's states came: a source may send one after each row. */
import { bytesOf, uint32Of } from './disk.ts';
import type { FilePool } from './file_pool.ts';
import { SpoolFile } from './spool_file.ts';

/** Characters of a state's digest. */
const digestLength = 8;
const entryBytes = 4 + digestLength;

/**
 * One entry per row that a state came after, ascending: the number of rows so far, and the digest of the first such
 * state.
 */
export class StateMarks {
  readonly #file: SpoolFile;
  #count = 0;
  #lastRows = 0;

  /**
   * The file is created with its first mark.
   * @param path the batch's, without extension
   */
  constructor(pool: FilePool, path: string) {
    this.#file = new SpoolFile(pool, path, '.states');
  }

  /** Adds a state after the first `rows` rows. Of several at one place the first counts, as their number may vary. */
  add(rows: number, digest: string): void {
    if (digest.length !== digestLength) throw new TypeError(`A state's digest has ${digestLength} characters`);
    if (rows === this.#lastRows) return;
    const entry = Buffer.concat([bytesOf(Uint32Array.of(rows)), Buffer.from(digest, 'latin1')]);
    this.#file.append(entry, entryBytes);
    this.#count += 1;
    this.#lastRows = rows;
  }

  /** The digest of the state directly after the first `rows` rows; undefined if there is none. */
  at(rows: number): string | undefined {
    const place = this.#firstFrom(rows);
    return place < this.#count && this.#rowsOf(place) === rows ? this.#digestOf(place) : undefined;
  }

  /** Moves the marks after the first `rows` rows to `rest`, which must be empty. */
  moveTail(rows: number, rest: StateMarks): void {
    const first = this.#firstFrom(rows + 1);
    for (let place = first; place < this.#count; place++) rest.add(this.#rowsOf(place) - rows, this.#digestOf(place));
    if (first === this.#count) return;
    this.#file.resize(first * entryBytes);
    this.#count = first;
    this.#lastRows = first === 0 ? 0 : this.#rowsOf(first - 1);
  }

  /** From then on it holds neither memory nor a descriptor until it is read. */
  seal(): void {
    if (this.#count > 0) this.#file.seal();
  }

  /** Deletes the file. Safe to call twice. */
  remove(): void {
    if (this.#count > 0) this.#file.remove();
    this.#count = 0;
    this.#lastRows = 0;
  }

  /** Index of the first entry with at least this many rows. */
  #firstFrom(rows: number): number {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#rowsOf(middle) < rows) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #rowsOf(place: number): number {
    return uint32Of(this.#file.readSync(place * entryBytes, 4));
  }

  #digestOf(place: number): string {
    return this.#file.readSync(place * entryBytes + 4, digestLength).toString('latin1');
  }
}
