/** The rows of one batch on disk: the CSV file, and an index with each row's start and the digest of its key. */
import { rememberedView, viewOf } from '../byte_views.ts';
import { bytesOf, readFully, uint32Of, uint32sOf, writeFully } from './disk.ts';
import type { FilePool } from './file_pool.ts';
import { ReadAhead } from './read_ahead.ts';
import { SpoolFile } from './spool_file.ts';

const digestBytes = 16;

/** In 32-bit words: a row's start, its key's digest, whether it is a deletion (1, 0), and its version. */
const longestEntry = 10;
const [deletionAt, versionAt] = [5, 6];
const noVersion = new Uint32Array(4);

/** Rows that follow each other in memory. */
export interface EncodedRows {
  readonly count: number;
  /** The memory that they are in; may be reused once they were added. */
  readonly bytes: Buffer;
  /** Where the first starts, and where the last ends. */
  readonly start: number;
  readonly stop: number;
  /** The position after the line feed of a row, from 0. */
  endOf(row: number): number;
  /** Writes the digest of a row's key, four numbers, to `target` from `at` on. */
  copyDigest(row: number, target: Uint32Array, at: number): void;
}

// Filled and copied within one call of `append`.
const entry = new Uint32Array(longestEntry);
const entryBytes = bytesOf(entry);
const entryView = viewOf(entryBytes);
const digestViewOf = rememberedView();
// The same of `appendRows`.
let entries = new Uint32Array(0);
let entriesBytes = bytesOf(entries);
let entriesView = viewOf(entriesBytes);

/**
 * How rows of the same key are found: not at all; by key, of which the last stays; or by key and version, of which the
 * greatest stays.
 */
export type RowIdentity = 'none' | 'key' | 'key and version';

export class RowFile {
  readonly csv: SpoolFile;
  /**
   * One entry per row: its first byte as a 32-bit number, then the key's digest if rows have keys, then the version.
   */
  readonly index: SpoolFile;
  header: Buffer;
  /** Length of an entry in 32-bit words. */
  readonly entryWords: 1 | 5 | 10;
  /** Number of entries: rows, and deletions that no compaction has removed yet. */
  rows = 0;
  /** Number of deletions among `rows`. */
  deletions = 0;

  /** @param path the CSV file's, without `.csv` */
  constructor(pool: FilePool, path: string, header: Buffer, identity: RowIdentity) {
    this.csv = new SpoolFile(pool, path, '.csv');
    this.index = new SpoolFile(pool, path, '.index');
    this.header = header;
    this.entryWords = entryWordsOf[identity];
    this.csv.append(header, header.length);
  }

  /** The CSV file's size. */
  get bytes(): number {
    return this.csv.size;
  }

  /** Rows have versions, of which the greatest stays. */
  get hasVersions(): boolean {
    return this.entryWords === longestEntry;
  }

  /**
   * Adds a row: its bytes with the line feed, its key's digest if rows have keys, and its version if they have one
   * (four numbers, compared one after the other). An empty row is a deletion.
   */
  append(row: Buffer, length: number, keyDigest: Buffer | undefined, version: Uint32Array = noVersion): void {
    if ((keyDigest?.length === digestBytes) !== this.entryWords > 1) {
      throw new TypeError('A digest of 16 bytes goes with the rows of a plan with keys, and with no others');
    }
    entry[0] = this.csv.size;
    if (keyDigest) {
      const digest = digestViewOf(keyDigest);
      for (let i = 0; i < digestBytes; i += 4) entryView.setInt32(4 + i, digest.getInt32(i, true), true);
    }
    if (this.hasVersions) {
      entry[deletionAt] = Number(length === 0);
      entry.set(version, versionAt);
    }
    if (length > 0) this.csv.append(row, length);
    else this.deletions += 1;
    this.index.append(entryBytes, this.entryWords * 4, entryView);
    this.rows += 1;
  }

  /** Adds rows, with their keys' digests if rows have keys. Rows with versions are added one by one. */
  appendRows(rows: EncodedRows): void {
    const { bytes, count, start } = rows;
    const { entryWords } = this;
    const shift = this.csv.size - start;
    if (entries.length < count * entryWords) {
      entries = new Uint32Array(count * entryWords);
      entriesBytes = bytesOf(entries);
      entriesView = viewOf(entriesBytes);
    }
    let begin = start;
    for (let row = 0; row < count; row += 1) {
      entries[row * entryWords] = begin + shift;
      if (entryWords > 1) rows.copyDigest(row, entries, row * entryWords + 1);
      begin = rows.endOf(row);
    }
    this.csv.appendPart(bytes, start, begin);
    this.index.append(entriesBytes, count * entryWords * 4, entriesView);
    this.rows += count;
  }

  /** The offset of a row's first byte; for the row after the last: the file's size. */
  startOf(row: number): number {
    if (!Number.isInteger(row) || row < 0 || row > this.rows) throw new RangeError(`There is no row ${row}`);
    if (row === this.rows) return this.bytes;
    return uint32Of(this.index.readSync(row * this.entryWords * 4, 4));
  }

  /** The version of a row or a deletion; only if {@link hasVersions}. */
  versionOf(row: number): Uint32Array {
    const version = new Uint32Array(noVersion.length);
    bytesOf(version).set(this.index.readSync((row * longestEntry + versionAt) * 4, version.byteLength));
    return version;
  }

  /** A row's bytes, without its line feed. */
  readRow(row: number): Buffer {
    const start = this.startOf(row);
    return this.csv.readSync(start, this.startOf(row + 1) - start - 1);
  }

  /**
   * Calls `visit` with the bytes of each of these rows, line feed included; they are valid during the call.
   * @param rows ascending
   */
  visitRows(rows: Iterable<number>, visit: (bytes: Buffer, row: number) => void): Promise<void> {
    const entryBytes = this.entryWords * 4;
    return this.index.use((indexHandle) =>
      this.csv.use(async (handle) => {
        const [index, csv] = [new ReadAhead(indexHandle, this.index.size), new ReadAhead(handle, this.bytes)];
        for (const row of rows) {
          const entries = await index.read(row * entryBytes, Math.min(row + 2, this.rows) * entryBytes);
          const start = uint32Of(entries);
          const end = row + 1 < this.rows ? uint32Of(entries.subarray(entryBytes)) : this.bytes;
          visit(await csv.read(start, end), row);
        }
      }),
    );
  }

  /** Calls `visit` with the CSV file's bytes `[from, upTo)`, in pieces that are valid during the call. */
  visitBytes(from: number, upTo: number, visit: (piece: Buffer, position: number) => void): Promise<void> {
    return this.csv.visit(from, upTo, 1, visit);
  }

  /** Calls `visit` with the entries, some at a time; `row` is the number of the first. */
  visitEntries(visit: (words: Uint32Array, row: number) => void): Promise<void> {
    const entryBytes = this.entryWords * 4;
    return this.index.visit(0, this.index.size, entryBytes, (piece, position) =>
      visit(uint32sOf(piece), position / entryBytes),
    );
  }

  /**
   * Moves the rows from `row` to `target`, which must be empty. Works backwards and truncates this file on the way, so
   * the disk never holds a row twice.
   */
  async moveTail(row: number, target: RowFile): Promise<void> {
    const start = this.startOf(row);
    const shift = start - target.header.length;
    const rows = this.rows - row;
    const starts = new Uint32Array(rows * this.entryWords);
    await this.index.use((handle) => readFully(handle, bytesOf(starts), row * this.entryWords * 4));
    for (let at = 0; at < starts.length; at += this.entryWords) starts[at] = (starts[at] as number) - shift;
    this.index.resize(row * this.entryWords * 4);
    target.index.append(bytesOf(starts), starts.byteLength);
    await target.csv.use((handle) => this.#moveBytes(start, (bytes, at) => writeFully(handle, bytes, at - shift)));
    target.csv.resize(target.header.length + this.bytes - start);
    this.csv.resize(start);
    this.rows = row;
    target.rows = rows;
  }

  /**
   * Drops the rows from `row`.
   * @returns how many of them are deletions
   */
  async cutAt(row: number): Promise<number> {
    const start = this.startOf(row);
    let deletions = 0;
    let before = -1;
    const count = (next: number) => {
      if (next === before) deletions += 1;
      before = next;
    };
    await this.visitEntries((words, first) => {
      const from = Math.max(0, row - first) * this.entryWords;
      for (let at = from; at < words.length; at += this.entryWords) count(words[at] as number);
    });
    count(this.bytes);
    this.csv.resize(start);
    this.index.resize(row * this.entryWords * 4);
    this.rows = row;
    this.deletions -= deletions;
    return deletions;
  }

  /** Writes what is buffered; then both files hold no memory, and no descriptors until they are read. */
  seal(): void {
    this.csv.seal();
    this.index.seal();
  }

  /** Deletes both files. Safe to call twice. */
  remove(): void {
    this.csv.remove();
    this.index.remove();
  }

  #moveBytes(start: number, write: (bytes: Buffer, position: number) => Promise<void>): Promise<void> {
    return this.csv.useThrough(async (handle, buffer) => {
      for (let end = this.bytes; end > start; ) {
        const from = Math.max(start, end - buffer.length);
        const piece = buffer.subarray(0, end - from);
        await readFully(handle, piece, from);
        await write(piece, from);
        await handle.truncate(from);
        end = from;
      }
    });
  }
}

const entryWordsOf = { none: 1, key: 5, 'key and version': longestEntry } as const;

/** The part of a buffer that whole entries fill. */
export function wholeEntries(buffer: Buffer, entryBytes: number): Buffer {
  return buffer.subarray(0, buffer.length - (buffer.length % entryBytes));
}

const lineFeed = 0x0a;

/**
 * Finds the rows of lines in one pass over the file and one over its index.
 * @param lines ascending, the header's first line is 1
 * @returns for each line its row; undefined for the header's lines and those beyond the file
 */
export async function rowsAtLines(file: RowFile, lines: readonly number[]): Promise<(number | undefined)[]> {
  const starts = await lineStarts(file, lines);
  const rows: (number | undefined)[] = lines.map(() => undefined);
  let next = starts.findIndex((start) => start >= file.header.length);
  if (next < 0) return rows;
  // A line belongs to the last row that starts no later than the line.
  await file.visitEntries((words, first) => {
    const { entryWords } = file;
    for (let at = 0; at < words.length; at += entryWords) {
      const row = first + at / entryWords;
      const begin = words[at] as number;
      for (; next < starts.length && (starts[next] as number) < begin; next++) rows[next] = row - 1;
    }
  });
  for (; next < starts.length && (starts[next] as number) < file.bytes; next++) rows[next] = file.rows - 1;
  return rows;
}

/** The offset of each line; Infinity for a line beyond the file. */
async function lineStarts(file: RowFile, lines: readonly number[]): Promise<Float64Array> {
  const starts = new Float64Array(lines.length).fill(Number.POSITIVE_INFINITY);
  let wanted = 0;
  let line = 1;
  const begins = (position: number) => {
    for (; wanted < lines.length && (lines[wanted] as number) <= line; wanted++) starts[wanted] = position;
  };
  begins(0);
  await file.visitBytes(0, file.bytes, (piece, position) => {
    for (let at = piece.indexOf(lineFeed); at >= 0; at = piece.indexOf(lineFeed, at + 1)) {
      line += 1;
      begins(position + at + 1);
    }
  });
  return starts;
}
