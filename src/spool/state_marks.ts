/** Behind which rows of a batch the source's states came, kept on disk: a source may send one behind each row. */
import { bytesOf, uint32Of } from './disk.ts';
import type { FilePool } from './file_pool.ts';
import { SpoolFile } from './spool_file.ts';

/** Characters of a state's digest. */
const digestLength = 8;
const entryBytes = 4 + digestLength;

/** One entry a row that a state came behind, ascending: the rows up to there, and the digest of the first such state. */
export class StateMarks {
  readonly #pool: FilePool;
  readonly #file: SpoolFile;
  #count = 0;
  #lastRows = 0;

  /** The file comes into being with its first mark. */
  constructor(pool: FilePool, path: string) {
    this.#pool = pool;
    this.#file = new SpoolFile(pool, path);
  }

  /** A state came behind the first `rows` rows. Of several at one place the first counts: how many there are may vary. */
  add(rows: number, digest: string): void {
    if (digest.length !== digestLength) throw new TypeError(`A state's digest has ${digestLength} characters`);
    if (rows === this.#lastRows) return;
    const entry = Buffer.concat([bytesOf(Uint32Array.of(rows)), Buffer.from(digest, 'latin1')]);
    this.#file.append(entry, entryBytes);
    this.#count += 1;
    this.#lastRows = rows;
  }

  /** The digest of the state that came behind the first `rows` rows; undefined where none came right there. */
  at(rows: number): string | undefined {
    const place = this.#firstFrom(rows);
    return place < this.#count && this.#rowsOf(place) === rows ? this.#digestOf(place) : undefined;
  }

  /** Moves what lies behind the first `rows` rows to `rest`, which holds none yet. */
  moveTail(rows: number, rest: StateMarks): void {
    const first = this.#firstFrom(rows + 1);
    for (let place = first; place < this.#count; place++) rest.add(this.#rowsOf(place) - rows, this.#digestOf(place));
    if (first === this.#count) return;
    this.#file.resize(first * entryBytes);
    this.#count = first;
    this.#lastRows = first === 0 ? 0 : this.#rowsOf(first - 1);
  }

  /** An empty one for the rest of a batch. */
  another(path: string): StateMarks {
    return new StateMarks(this.#pool, path);
  }

  /** Takes neither memory nor a descriptor from then on, until it is asked. */
  seal(): void {
    if (this.#count > 0) this.#file.seal();
  }

  /** Deletes the file. Safe to call twice. */
  remove(): void {
    this.#file.remove();
    this.#count = 0;
    this.#lastRows = 0;
  }

  /** Place of the first entry of at least so many rows. */
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
