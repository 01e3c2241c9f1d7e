/** Maps each record to the row that replaced it in deduplication, so that it shares that row's outcome. */
import { bytesOf, readFully, readPieces, uint32Of, uint32sOf, writeFully } from './disk.ts';
import type { FilePool } from './file_pool.ts';
import { SpoolFile } from './spool_file.ts';

/** In place of a row: the record is a deletion, or a deletion removed it. */
export const noRow = 0xff_ff_ff_ff;

/** Returns two arrays of at least a given length. */
export type Scratch = (length: number) => readonly [Uint32Array, Uint32Array];
/** Writes the rows of the records before `upTo`; returns how many records are left before them. */
type Write = (part: Uint32Array, upTo: number) => Promise<number>;

/**
 * Where rows moved in each compaction of an open batch. The moves are kept on disk and joined once, when the batch
 * closes, so that the work grows linearly with the records and not quadratically.
 */
export class RowMoves {
  readonly #file: SpoolFile;
  /** Number of rows before and after each compaction. */
  readonly #rounds: { readonly found: number; readonly left: number }[] = [];

  /** @param path the batch's, without extension */
  constructor(pool: FilePool, path: string) {
    this.#file = new SpoolFile(pool, path, '.moves');
  }

  /** @param moves for each row before the compaction its new number, or {@link noRow} */
  add(moves: Uint32Array, left: number): void {
    this.#file.append(bytesOf(moves), moves.byteLength);
    this.#rounds.push({ found: moves.length, left });
  }

  /**
   * Writes the row of every record to `recordRows` and removes the moves.
   * @param scratch returns two arrays of at least a given length
   */
  async join(recordRows: SpoolFile, rows: number, records: number, scratch: Scratch): Promise<RecordRows> {
    const last = this.#rounds.at(-1);
    if (last === undefined) return new RecordRows(undefined, rows, records);
    const counts = new Uint32Array(rows);
    await recordRows.use(async (target) => {
      const write: Write = async (part, upTo) => {
        tally(part, counts);
        await writeFully(target, bytesOf(part), (upTo - part.length) * 4);
        return upTo - part.length;
      };
      // Rows after the last compaction are where they were appended.
      const latest = new Uint32Array(rows - last.left);
      for (let at = 0; at < latest.length; at += 1) latest[at] = last.left + at;
      await this.#followBack(await write(latest, records), write, scratch);
      await writeFully(target, bytesOf(counts), records * 4);
    });
    recordRows.resize((records + rows) * 4);
    recordRows.seal();
    this.remove();
    return new RecordRows(recordRows, rows, records);
  }

  remove(): void {
    this.#file.remove();
  }

  /** From the last compaction to the first: the new numbers of the rows appended just before it. */
  async #followBack(records: number, write: Write, scratch: Scratch): Promise<void> {
    const most = this.#rounds.reduce((found, round) => Math.max(found, round.found), 0);
    let [moves, later] = scratch(most);
    let recordsLeft = records;
    let end = this.#file.size;
    await this.#file.use(async (source) => {
      for (let number = this.#rounds.length - 1; number >= 0; number -= 1) {
        const found = this.#rounds[number]?.found ?? 0;
        const leftBefore = this.#rounds[number - 1]?.left ?? 0;
        end -= found * 4;
        await readFully(source, bytesOf(moves.subarray(0, found)), end);
        if (number < this.#rounds.length - 1) follow(moves, found, later);
        recordsLeft = await write(moves.subarray(leftBefore, found), recordsLeft);
        [moves, later] = [later, moves];
      }
    });
  }
}

/** Looks up the records that the rows of a file stand for. */
export interface RowRecords {
  /** {@link import('../model.ts').Batch.recordsOf} */
  recordsOf(row: number): number;
  /** {@link import('../model.ts').Batch.countRecords} */
  countRecords(rows: Uint32Array, bounds: Float64Array): Promise<Float64Array>;
  remove(): void;
}

/** Which row stands for each record of a closed batch. */
export class RecordRows implements RowRecords {
  /** Per record its row or {@link noRow}, then per row its number of records; absent if nothing was superseded. */
  readonly #file: SpoolFile | undefined;
  readonly #rows: number;
  readonly #records: number;

  constructor(file: SpoolFile | undefined, rows: number, records: number) {
    this.#file = file;
    this.#rows = rows;
    this.#records = records;
  }

  /** {@link import('../model.ts').Batch.recordsOf} */
  recordsOf(row: number): number {
    if (!Number.isInteger(row) || row < 0 || row >= this.#rows) throw new RangeError(`There is no row ${row}`);
    return this.#file === undefined ? 1 : uint32Of(this.#file.readSync((this.#records + row) * 4, 4));
  }

  /** {@link import('../model.ts').Batch.countRecords} */
  async countRecords(rows: Uint32Array, bounds: Float64Array): Promise<Float64Array> {
    if ((bounds.at(-1) ?? 0) > this.#records) throw new RangeError(`There are ${this.#records} records only`);
    const sums =
      this.#file === undefined
        ? bounds.map((bound) => countBelow(rows, bound))
        : await this.#sumRecords(this.#file, rows, bounds);
    return sums.subarray(1).map((sum, index) => sum - (sums[index] as number));
  }

  remove(): void {
    this.#file?.remove();
  }

  /** For each bound, how many records from the first bound to it belong to one of `rows`. */
  async #sumRecords(file: SpoolFile, rows: Uint32Array, bounds: Float64Array): Promise<Float64Array> {
    const sums = new Float64Array(bounds.length);
    let summed = 0;
    const wanted = new Uint8Array(this.#rows);
    for (const row of rows) wanted[row] = 1;
    let record = bounds[0] ?? 0;
    let sum = 0;
    await file.useThrough(async (handle, buffer) => {
      for await (const piece of readPieces(handle, buffer, record * 4, (bounds.at(-1) ?? 0) * 4)) {
        const recordRows = uint32sOf(piece);
        for (let at = 0; at < recordRows.length; at += 1, record += 1) {
          while (bounds[summed] === record) sums[summed++] = sum;
          const row = recordRows[at] as number;
          if (row !== noRow) sum += wanted[row] as number;
        }
      }
    });
    return sums.fill(sum, summed);
  }
}

/** Which rows of one file stand for which records, if a batch became several files. */
export class PartRecords implements RowRecords {
  readonly #whole: SharedRecords;
  /** For each row of the file its number in the batch as it was closed. */
  readonly #rows: SpoolFile;
  #isRemoved = false;

  /** @param rows ascending */
  constructor(whole: SharedRecords, file: SpoolFile, rows: Uint32Array) {
    this.#whole = whole;
    whole.users += 1;
    this.#rows = file;
    file.append(bytesOf(rows), rows.byteLength);
    file.seal();
  }

  recordsOf(row: number): number {
    return this.#whole.records.recordsOf(uint32Of(this.#rows.readSync(row * 4, 4)));
  }

  async countRecords(rows: Uint32Array, bounds: Float64Array): Promise<Float64Array> {
    const all = new Uint32Array(this.#rows.size / 4);
    if (all.length > 0) await this.#rows.use((handle) => readFully(handle, bytesOf(all), 0));
    return this.#whole.records.countRecords(
      rows.map((row) => all[row] as number),
      bounds,
    );
  }

  remove(): void {
    if (this.#isRemoved) return;
    this.#isRemoved = true;
    this.#rows.remove();
    this.#whole.users -= 1;
    if (this.#whole.users === 0) this.#whole.records.remove();
  }
}

/** Shared by the files of one batch. */
export interface SharedRecords {
  readonly records: RecordRows;
  /** Number of files that still need it. */
  users: number;
}

/** Counts each row's occurrences. An index loop: an iterator would create an object per entry. */
function tally(rows: Uint32Array, counts: Uint32Array): void {
  for (let at = rows.length - 1; at >= 0; at -= 1) {
    const row = rows[at] as number;
    if (row !== noRow) counts[row] = (counts[row] as number) + 1;
  }
}

function follow(moves: Uint32Array, count: number, later: Uint32Array): void {
  for (let row = 0; row < count; row += 1) {
    const move = moves[row] as number;
    if (move !== noRow) moves[row] = later[move] as number;
  }
}

/** The number of ascending `rows` below `bound`. */
function countBelow(rows: Uint32Array, bound: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle] as number) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
