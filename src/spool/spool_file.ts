/** One file of the spool: appended to through blocks of memory, read back, cut short, removed. */
import { ftruncateSync, readSync, rmSync, writevSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { rememberedView } from '../byte_views.ts';
import { diskFailure } from './disk.ts';
import { blockBytes, type FilePool, fileMode, mostBlocks, openForBoth } from './file_pool.ts';

/** More at once is written as fast without a copy. */
const mostCopied = 8 * blockBytes;
/** A loop copies as fast as a call does up to about so many bytes. */
const shortCopy = 160;
const latestViewOf = rememberedView();

export class SpoolFile {
  readonly path: string;
  place = -1;
  readonly #pool: FilePool;
  readonly #words: DataView;
  readonly #blocks: number[] = [];
  /** Where the next byte goes, and how many more may follow. */
  #end = 0;
  #room = 0;
  #buffered = 0;
  #written = 0;
  /** Why bytes of the file are lost. Whatever came behind them would be read in their place, so nothing may. */
  #failure: unknown;

  /** The file comes into being with its first bytes. */
  constructor(pool: FilePool, path: string) {
    this.#pool = pool;
    this.#words = pool.blocks.words;
    this.path = path;
  }

  /** Bytes that are not yet written. */
  get buffered(): number {
    return this.#buffered;
  }

  /** Bytes in the file, buffered ones included. */
  get size(): number {
    return this.#written + this.#buffered;
  }

  /**
   * Adds the first `length` bytes of `source`, which may be used again at once.
   * @param words a view of the source; rows are all built in the same memory, so that theirs is remembered
   * @throws ConnectorError `disk_failed`
   */
  append(source: Buffer, length: number, words = latestViewOf(source)): void {
    if (length <= this.#room) this.#copy(source, 0, length, words);
    else if (length <= mostCopied) this.#appendPieces(source, length, words);
    else {
      this.flush();
      this.#write([source.subarray(0, length)]);
    }
    this.#pool.usedBytes += length;
  }

  /** Writes what is buffered and gives its memory up. */
  flush(): void {
    this.#assertWhole();
    if (this.#buffered === 0) return;
    const pieces = this.#pool.blocks.pieces(this.#blocks, this.#buffered);
    // They hold what they hold until another file takes them, which is after the write.
    this.#dropBlocks();
    this.#write(pieces);
  }

  /** Writes what is buffered; takes neither memory nor a descriptor from then on. */
  seal(): void {
    this.flush();
    this.#pool.close(this);
  }

  /** `length` bytes from `position` on, at once: for small pieces. */
  readSync(position: number, length: number): Buffer {
    this.#assertWhole();
    if (position + length > this.#written) this.flush();
    const bytes = Buffer.allocUnsafe(length);
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
    return bytes;
  }

  /** Reads or changes what lies on disk. A change of size must be told by {@link resize}. */
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

  /** {@link use}, with a buffer to read through. Within it no other file is used so. */
  useThrough<T>(work: (handle: FileHandle, buffer: Buffer) => Promise<T>): Promise<T> {
    return this.#pool.pieces.withBuffer((buffer) => this.use((handle) => work(handle, buffer)));
  }

  /** Cuts the file to `size` bytes, or takes note of bytes that were written past its end. */
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

  #appendPieces(source: Buffer, length: number, words: DataView): void {
    this.#assertWhole();
    for (let from = 0; from < length; ) {
      const hasRoom = this.#room > 0 || this.#takeBlock();
      const upTo = hasRoom ? Math.min(from + this.#room, length) : length;
      if (hasRoom) this.#copy(source, from, upTo, words);
      else this.#write([source.subarray(from, upTo)]);
      from = upTo;
    }
  }

  #assertWhole(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** False where there is no memory at all; then nothing is buffered. */
  #takeBlock(): boolean {
    if (this.#blocks.length === mostBlocks) this.flush();
    const block = this.#blockOfPool();
    if (block === undefined) return false;
    this.#blocks.push(block);
    this.#end = block;
    this.#room = blockBytes;
    return true;
  }

  /** Other files may be written for it; if one fails, this one holds half a row. */
  #blockOfPool(): number | undefined {
    try {
      return this.#pool.takeBlock(this);
    } catch (error) {
      this.#failure ??= error;
      throw error;
    }
  }

  #dropBlocks(): void {
    this.#pool.takeBack(this, this.#blocks);
    this.#blocks.length = 0;
    this.#room = 0;
    this.#buffered = 0;
  }

  /** Adds the bytes `[start, stop)`, for which there is room. */
  #copy(source: Buffer, start: number, stop: number, from: DataView): void {
    const length = stop - start;
    const shift = this.#end - start;
    this.#end += length;
    this.#room -= length;
    this.#buffered += length;
    if (length > shortCopy) {
      source.copy(this.#pool.blocks.bytes, start + shift, start, stop);
      return;
    }
    const to = this.#words;
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

/** What is left of the pieces behind so many bytes. */
function behind(pieces: readonly Buffer[], bytes: number): Buffer[] {
  let passed = bytes;
  return pieces.flatMap((piece) => {
    const skipped = Math.min(passed, piece.length);
    passed -= skipped;
    return skipped < piece.length ? [piece.subarray(skipped)] : [];
  });
}
