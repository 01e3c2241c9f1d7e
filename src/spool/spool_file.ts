/** One file of the spool: appended to through memory blocks, read, truncated, removed. */
import { ftruncateSync, readSync, rmSync, writevSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { rememberedView } from '../byte_views.ts';
import { diskFailure, readPieces } from './disk.ts';
import { blockBytes, type FilePool, fileMode, mostBlocks, noBlock, openForBoth } from './file_pool.ts';

/** Larger pieces are written just as fast without a copy; smaller ones, as a run of rows may be, faster with others. */
const mostCopied = 48 * blockBytes;
/** Up to this length, in bytes, a loop copies as fast as a call. */
const shortCopy = 160;
const latestViewOf = rememberedView();

/** There may be tens of thousands: each is one small object. */
export class SpoolFile {
  place = -1;
  readonly #pool: FilePool;
  readonly #base: string;
  readonly #extension: string;
  /** The first and the last of the memory blocks that it holds. */
  #first = noBlock;
  #last = noBlock;
  /** How many more bytes fit into the last. */
  #room = 0;
  #buffered = 0;
  #written = 0;
  /** Why bytes of the file are lost. Later bytes would be read in their place, so the file is unusable. */
  #failure: unknown;

  /**
   * The file is created with its first bytes.
   * @param base its path, without what follows: files of one batch share that text
   */
  constructor(pool: FilePool, base: string, extension = '') {
    this.#pool = pool;
    this.#base = base;
    this.#extension = extension;
  }

  get path(): string {
    return this.#base + this.#extension;
  }

  /** Bytes that are not yet written. */
  get buffered(): number {
    return this.#buffered;
  }

  /** Bytes in the file, buffered ones included. */
  get size(): number {
    return this.#written + this.#buffered;
  }

  /** {@link appendPart} of the first `length` bytes. */
  append(source: Buffer, length: number, words = latestViewOf(source)): void {
    this.appendPart(source, 0, length, words);
  }

  /**
   * Adds the bytes `[start, stop)` of `source`, which may be reused at once.
   * @param words a view of the source; all rows are built in the same memory, so theirs is cached
   * @throws ConnectorError `disk_failed`
   */
  appendPart(source: Buffer, start: number, stop: number, words = latestViewOf(source)): void {
    const length = stop - start;
    if (length <= this.#room) this.#copy(source, start, stop, words);
    else if (length <= mostCopied) this.#appendPieces(source, start, stop, words);
    else {
      this.flush();
      this.#write([source.subarray(start, stop)]);
    }
    this.#pool.usedBytes += length;
  }

  /** Writes what is buffered and frees the memory. */
  flush(): void {
    this.#assertWhole();
    if (this.#buffered === 0) return;
    const pieces = this.#pool.blocks.pieces(this.#first, this.#buffered);
    // Their content stays until another file takes them, which happens after the write.
    this.#dropBlocks();
    this.#write(pieces);
  }

  /** Writes what is buffered; then the file holds no memory, and no descriptor until it is read. */
  seal(): void {
    this.flush();
    this.#pool.close(this);
  }

  /** `length` bytes from `position`, synchronously: for small pieces. */
  readSync(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    this.readInto(bytes, position);
    return bytes;
  }

  /**
   * Calls `visit` with the bytes `[from, upTo)`, in pieces of whole units that are valid during the call.
   * @param unit length in bytes of what no piece may divide
   */
  visit(from: number, upTo: number, unit: number, visit: (piece: Buffer, position: number) => void): Promise<void> {
    return this.#pool.pieces.withBuffer(async (buffer) => {
      const whole = buffer.subarray(0, buffer.length - (buffer.length % unit));
      if (upTo - from > whole.length) return this.use((handle) => visitPieces(handle, whole, [from, upTo], visit));
      if (from === upTo) return;
      // For each of thousands of small files a handle would take more time and memory than its bytes.
      const piece = whole.subarray(0, upTo - from);
      this.readInto(piece, from);
      visit(piece, from);
    });
  }

  /** Fills `bytes` from `position`, synchronously: for small pieces. */
  readInto(bytes: Buffer, position: number): void {
    this.#assertWhole();
    const { length } = bytes;
    if (position + length > this.#written) this.flush();
    try {
      const descriptor = this.#pool.descriptor(this);
      for (let done = 0; done < length; ) {
        const read = readSync(descriptor, bytes, done, length - done, position + done);
        if (read === 0) throw new Error('A file of the spool is shorter than what was written to it');
        done += read;
      }
    } catch (error) {
      throw diskFailure(error);
    }
  }

  /** Reads or changes the file on disk. After a change of size call {@link resize}. */
  async use<T>(work: (handle: FileHandle) => Promise<T>): Promise<T> {
    this.flush();
    try {
      const handle = await open(this.path, openForBoth, fileMode);
      try {
        return await work(handle);
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw diskFailure(error);
    }
  }

  /** {@link use} with a buffer for reading. Must not be nested. */
  useThrough<T>(work: (handle: FileHandle, buffer: Buffer) => Promise<T>): Promise<T> {
    return this.#pool.pieces.withBuffer((buffer) => this.use((handle) => work(handle, buffer)));
  }

  /** Truncates the file to `size` bytes, or counts bytes that were written past its end. */
  resize(size: number): void {
    this.flush();
    try {
      ftruncateSync(this.#pool.descriptor(this), size);
    } catch (error) {
      throw diskFailure(error);
    }
    this.#pool.usedBytes += size - this.#written;
    this.#written = size;
  }

  /** Deletes the file and frees its bytes. Safe to call twice. */
  remove(): void {
    this.#pool.usedBytes -= this.size;
    this.#dropBlocks();
    this.#written = 0;
    this.#pool.close(this);
    try {
      rmSync(this.path, { force: true });
    } catch (error) {
      throw diskFailure(error);
    }
  }

  #appendPieces(source: Buffer, start: number, stop: number, words: DataView): void {
    this.#assertWhole();
    for (let from = start; from < stop; ) {
      const hasRoom = this.#room > 0 || this.#takeBlock();
      const upTo = hasRoom ? Math.min(from + this.#room, stop) : stop;
      if (hasRoom) this.#copy(source, from, upTo, words);
      else this.#write([source.subarray(from, upTo)]);
      from = upTo;
    }
  }

  #assertWhole(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** False if there is no memory at all; then nothing is buffered. */
  #takeBlock(): boolean {
    if (this.#buffered === mostBlocks * blockBytes) this.flush();
    const block = this.#blockOfPool();
    if (block === undefined) return false;
    // The pool may have flushed this very file.
    if (this.#first === noBlock) this.#first = block;
    else this.#pool.blocks.chain(this.#last, block);
    this.#last = block;
    this.#room = blockBytes;
    return true;
  }

  /** May flush other files; if that fails, this file contains half a row. */
  #blockOfPool(): number | undefined {
    try {
      return this.#pool.takeBlock(this);
    } catch (error) {
      this.#failure ??= error;
      throw error;
    }
  }

  #dropBlocks(): void {
    this.#pool.takeBack(this, this.#first, this.#last);
    this.#first = this.#last = noBlock;
    this.#room = 0;
    this.#buffered = 0;
  }

  /** Adds the bytes `[start, stop)`; there must be room. */
  #copy(source: Buffer, start: number, stop: number, from: DataView): void {
    const length = stop - start;
    const shift = this.#last + blockBytes - this.#room - start;
    this.#room -= length;
    this.#buffered += length;
    if (length > shortCopy) {
      source.copy(this.#pool.blocks.bytes, start + shift, start, stop);
      return;
    }
    const to = this.#pool.blocks.words;
    let i = start;
    for (const last = stop - 4; i <= last; i += 4) to.setInt32(i + shift, from.getInt32(i, true), true);
    for (; i < stop; i++) to.setUint8(i + shift, from.getUint8(i));
  }

  #write(pieces: readonly Buffer[]): void {
    try {
      const descriptor = this.#pool.descriptor(this);
      for (let left = pieces; left.length > 0; ) {
        const wrote = writevSync(descriptor, left, this.#written);
        this.#written += wrote;
        left = behind(left, wrote);
      }
    } catch (error) {
      this.#failure = diskFailure(error);
      throw this.#failure;
    }
  }
}

async function visitPieces(
  handle: FileHandle,
  buffer: Buffer,
  [from, upTo]: readonly [number, number],
  visit: (piece: Buffer, position: number) => void,
): Promise<void> {
  let position = from;
  for await (const piece of readPieces(handle, buffer, from, upTo)) {
    visit(piece, position);
    position += piece.length;
  }
}

/** The pieces without their first `bytes` bytes. */
function behind(pieces: readonly Buffer[], bytes: number): Buffer[] {
  let passed = bytes;
  return pieces.flatMap((piece) => {
    const skipped = Math.min(passed, piece.length);
    passed -= skipped;
    return skipped < piece.length ? [piece.subarray(skipped)] : [];
  });
}
