/** One file of the spool: appended to through a buffer that grows with use, read back, cut short, removed. */
import { ftruncateSync, readSync, rmSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { rememberedWords, wordsOf } from '../airbyte/words.ts';
import { diskFailure } from './disk.ts';
import { type FilePool, fileMode, openForBoth } from './file_pool.ts';

const largestBuffer = 256 * 1024;
// Few, so that what one file gives up serves another.
const bufferSizes = [512, 4096, 32 * 1024, largestBuffer];
const noBuffer = Buffer.alloc(0);
/** A loop copies as fast as a call does up to about so many bytes. */
const shortCopy = 512;
const latestWordsOf = rememberedWords();

export class SpoolFile {
  readonly path: string;
  isActive = false;
  place = -1;
  readonly #pool: FilePool;
  #buffer = noBuffer;
  #words = wordsOf(noBuffer);
  #buffered = 0;
  #written = 0;

  /** The file comes into being with its first bytes. */
  constructor(pool: FilePool, path: string) {
    this.#pool = pool;
    this.path = path;
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
  append(source: Buffer, length: number, words = latestWordsOf(source)): void {
    this.isActive = true;
    if (this.#buffered + length > this.#buffer.length && !this.#makeRoom(length)) this.#write(source, length);
    else {
      this.#copy(source, length, words);
      this.#buffered += length;
    }
    this.#pool.usedBytes += length;
  }

  /** Writes what is buffered. */
  flush(): void {
    if (this.#buffered === 0) return;
    const length = this.#buffered;
    this.#buffered = 0;
    this.#write(this.#buffer, length);
  }

  /** Writes what is buffered and gives the buffer up. */
  surrender(): void {
    this.flush();
    this.#dropBuffer();
  }

  /** Writes what is buffered; takes neither memory nor a descriptor from then on. */
  rest(): void {
    this.surrender();
    this.#pool.close(this);
  }

  /** `length` bytes from `position` on, at once: for small pieces. */
  readSync(position: number, length: number): Buffer {
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
    return this.#pool.pieces.lend((buffer) => this.use((handle) => work(handle, buffer)));
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
    this.#buffered = 0;
    this.#written = 0;
    this.#dropBuffer();
    this.#pool.close(this);
    try {
      rmSync(this.path, { force: true });
    } catch (error) {
      throw diskFailure(error);
    }
  }

  #copy(source: Buffer, length: number, from: DataView): void {
    if (length > shortCopy) {
      source.copy(this.#buffer, this.#buffered, 0, length);
      return;
    }
    const to = this.#words;
    const at = this.#buffered;
    let i = 0;
    for (const last = length - 4; i <= last; i += 4) to.setInt32(at + i, from.getInt32(i, true), true);
    for (; i < length; i++) to.setUint8(at + i, from.getUint8(i));
  }

  /** False where the bytes do not fit into the buffer that the file may have: then nothing is left in it. */
  #makeRoom(length: number): boolean {
    if (this.#buffered + length > largestBuffer) this.flush();
    if (length > largestBuffer) return false;
    const wanted = bufferSizes.find((size) => size >= this.#buffered + length) ?? largestBuffer;
    if (wanted <= this.#buffer.length) return true;
    const more = wanted - this.#buffer.length;
    if (!this.#pool.makeRoom(this, more)) {
      this.flush();
      return length <= this.#buffer.length;
    }
    const grown = this.#pool.grant(this, wanted);
    this.#buffer.copy(grown, 0, 0, this.#buffered);
    this.#pool.takeBack(this, this.#buffer, false);
    this.#buffer = grown;
    this.#words = wordsOf(grown);
    return true;
  }

  #dropBuffer(): void {
    this.#pool.takeBack(this, this.#buffer, true);
    this.#buffer = noBuffer;
    this.#words = wordsOf(noBuffer);
  }

  #write(source: Buffer, length: number): void {
    try {
      const descriptor = this.#pool.descriptor(this);
      for (let done = 0; done < length; ) {
        const wrote = writeSync(descriptor, source, done, length - done, this.#written);
        done += wrote;
        this.#written += wrote;
      }
    } catch (error) {
      throw diskFailure(error);
    }
  }
}
