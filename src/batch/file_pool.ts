/** What the files of a spool share: one sum of bytes on disk, one budget of buffers, a few open descriptors. */
import { closeSync, constants, openSync } from 'node:fs';
import { Pieces, SpareBuffers } from './spare_buffers.ts';

/** What the pool needs to know of a file. */
interface PooledFile {
  readonly path: string;
  /** Set with each append; unset when the pool looks for files that rest. */
  isActive: boolean;
  /** The pool's own: the file's place among those that hold buffers, -1 for none. */
  place: number;
  /** Writes what is buffered and gives the buffer up. */
  surrender(): void;
}

/** A file is created by whoever opens it first, for this user alone. */
export const openForBoth = constants.O_RDWR | constants.O_CREAT;
export const fileMode = 0o600;

/** So many buffers are looked at for one that is to grow. */
const mostLooks = 8;

export class FilePool {
  /** Bytes in all files, buffered ones included. */
  usedBytes = 0;
  /** Of those in use, and of those to spare. */
  readonly #bufferLimit: number;
  readonly #spareLimit: number;
  readonly #descriptorLimit: number;
  // Not a Set: one whose members move to its end all the time leaves tables behind for the garbage collector.
  readonly #holders: PooledFile[] = [];
  /** Place of the holder to look at next. */
  #hand = 0;
  #bufferBytes = 0;
  readonly #spare = new SpareBuffers();
  /** What the files are read through. */
  readonly pieces = new Pieces();
  // A Map keeps the order of insertion: the first entry is the one used longest ago.
  readonly #descriptors = new Map<PooledFile, number>();

  /**
   * @param bufferLimit bytes of all write buffers together
   * @param descriptorLimit files kept open; below the 64 of the design, since compactions and uploads open their own
   */
  constructor(bufferLimit = 16 * 1024 * 1024, descriptorLimit = 48) {
    this.#spareLimit = bufferLimit / 4;
    this.#bufferLimit = bufferLimit - this.#spareLimit;
    this.#descriptorLimit = descriptorLimit;
  }

  /** Files that the pool holds open now. */
  get openDescriptors(): number {
    return this.#descriptors.size;
  }

  /** Bytes that write buffers take now. */
  get bufferBytes(): number {
    return this.#bufferBytes;
  }

  /**
   * Whether the buffer of `file` may grow by `bytes`. Files that rest give theirs up for it. Active ones keep theirs:
   * among a thousand streams each would lose its buffer to the next as soon as it has one, and memory would be freed
   * and taken without end.
   */
  makeRoom(file: PooledFile, bytes: number): boolean {
    for (let looks = 0; looks < mostLooks && this.#bufferBytes + bytes > this.#bufferLimit; looks += 1) {
      this.#hand = this.#hand < this.#holders.length ? this.#hand : 0;
      const holder = this.#holders[this.#hand];
      if (holder === undefined) break;
      const isResting = !holder.isActive && holder !== file;
      holder.isActive = false;
      // Whoever gives its buffer up leaves its place to another.
      if (isResting) holder.surrender();
      else this.#hand += 1;
    }
    return this.#bufferBytes + bytes <= this.#bufferLimit;
  }

  /** A buffer of `size` bytes for `file`, once there is room for it. */
  grant(file: PooledFile, size: number): Buffer<ArrayBuffer> {
    this.#bufferBytes += size;
    if (file.place < 0) file.place = this.#holders.push(file) - 1;
    return this.#spare.take(size);
  }

  /** Takes a buffer that `file` needs no more, as it was granted a larger one, or `hasNone` now. */
  takeBack(file: PooledFile, buffer: Buffer, hasNone: boolean): void {
    this.#bufferBytes -= buffer.length;
    if (buffer.length > 0) this.#spare.give(buffer);
    this.#spare.shrink(this.#spareLimit);
    const last = hasNone && file.place >= 0 ? this.#holders.pop() : undefined;
    if (last !== undefined && last !== file) {
      this.#holders[file.place] = last;
      last.place = file.place;
    }
    if (hasNone) file.place = -1;
  }

  /** A descriptor for reading and writing, valid until the next call of any method. */
  descriptor(file: PooledFile): number {
    const open = this.#descriptors.get(file);
    if (open !== undefined) this.#descriptors.delete(file);
    else if (this.#descriptors.size >= this.#descriptorLimit) this.#closeOldest();
    const descriptor = open ?? openSync(file.path, openForBoth, fileMode);
    this.#descriptors.set(file, descriptor);
    return descriptor;
  }

  /** Closes the descriptor of `file`, if it has one. */
  close(file: PooledFile): void {
    const descriptor = this.#descriptors.get(file);
    if (descriptor === undefined) return;
    this.#descriptors.delete(file);
    closeSync(descriptor);
  }

  /** Closes every descriptor. */
  closeAll(): void {
    for (const file of this.#descriptors.keys()) this.close(file);
  }

  #closeOldest(): void {
    for (const file of this.#descriptors.keys()) {
      this.close(file);
      return;
    }
  }
}
