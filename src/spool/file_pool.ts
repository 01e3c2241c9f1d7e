/** What the files of a spool share: one sum of bytes on disk, one budget of buffers, a few open descriptors. */
import { closeSync, constants, openSync } from 'node:fs';
import { viewOf } from '../byte_views.ts';

/** What the pool needs to know of a file. */
interface PooledFile {
  readonly path: string;
  /** Bytes that wait in blocks. */
  readonly buffered: number;
  /** The pool's own: the file's place among those that hold blocks, -1 for none. */
  place: number;
  /** Writes what waits in blocks and gives them back. */
  flush(): void;
}

/** A file is created by whoever opens it first, for this user alone. */
export const openForBoth = constants.O_RDWR | constants.O_CREAT;
export const fileMode = 0o600;

/** Where no block is free, so many of all are made so at once, as each time all files are compared. */
const shareFreed = 1 / 8;

export class FilePool {
  /** Bytes in all files, buffered ones included. */
  usedBytes = 0;
  /** What the files are written through. */
  readonly blocks: Blocks;
  /** What the files are read through. */
  readonly pieces = new Pieces();
  readonly #descriptorLimit: number;
  // Not a Set: one whose members come and go all the time leaves tables behind for the garbage collector.
  readonly #holders: PooledFile[] = [];
  // A Map keeps the order of insertion: the first entry is the one used longest ago.
  readonly #descriptors = new Map<PooledFile, number>();

  /**
   * @param bufferLimit bytes of all write buffers together
   * @param descriptorLimit files kept open; below the 64 of the design, since compactions and uploads open their own
   */
  constructor(bufferLimit = 16 * 1024 * 1024, descriptorLimit = 48) {
    this.blocks = new Blocks(bufferLimit);
    this.#descriptorLimit = descriptorLimit;
  }

  /** Files that the pool holds open now. */
  get openDescriptors(): number {
    return this.#descriptors.size;
  }

  /** Bytes that write buffers take now. */
  get bufferBytes(): number {
    return (this.blocks.count - this.blocks.free) * blockBytes;
  }

  /** A block for `file`; undefined where there are none at all. Others, or `file` itself, may be flushed for it. */
  takeBlock(file: PooledFile): number | undefined {
    if (this.blocks.free === 0) this.#flushFullest();
    const block = this.blocks.take();
    if (block !== undefined && file.place < 0) file.place = this.#holders.push(file) - 1;
    return block;
  }

  /** Takes all blocks of `file` back. */
  takeBack(file: PooledFile, blocks: readonly number[]): void {
    this.blocks.give(blocks);
    if (file.place < 0) return;
    const last = this.#holders.pop() as PooledFile;
    if (last !== file) {
      this.#holders[file.place] = last;
      last.place = file.place;
    }
    file.place = -1;
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

  /**
   * The files that hold most are written: what one of a thousand files holds at most is twice what it would be if all
   * were written in turn, so half the writes do; and files with a few bytes, such as an index, are seldom written.
   */
  #flushFullest(): void {
    const wanted = this.blocks.count * shareFreed;
    for (const file of this.#holders.toSorted((one, other) => other.buffered - one.buffered)) {
      if (this.blocks.free >= wanted) return;
      file.flush();
    }
  }
}

export const blockBytes = 4096;
/** What one file may hold: more at once is not written any faster. */
export const mostBlocks = 64;

/** Blocks are known by where they start in {@link bytes}. */
export class Blocks {
  /** How many there are. */
  readonly count: number;
  /** One piece, which takes memory of the system only as far as blocks of it were ever used. */
  readonly bytes: Buffer;
  /** The same bytes. */
  readonly words: DataView;
  /** The last is the next to be taken. */
  readonly #free: number[];

  /** @param bytes of memory, of which whole blocks are used */
  constructor(bytes: number) {
    this.count = Math.floor(bytes / blockBytes);
    this.bytes = Buffer.allocUnsafeSlow(this.count * blockBytes);
    this.words = viewOf(this.bytes);
    this.#free = Array.from({ length: this.count }, (_, at) => (this.count - 1 - at) * blockBytes);
  }

  /** How many may be taken. */
  get free(): number {
    return this.#free.length;
  }

  /** Undefined: none is free. */
  take(): number | undefined {
    return this.#free.pop();
  }

  /** Takes blocks back. What they hold stays until one is taken again. */
  give(blocks: readonly number[]): void {
    // So that they are taken in the same order again, and what lies in a row stays in a row.
    for (let at = blocks.length - 1; at >= 0; at -= 1) this.#free.push(blocks[at] as number);
  }

  /** The first `length` bytes in these blocks, in as few pieces as there are rows of blocks; valid until one is taken. */
  pieces(blocks: readonly number[], length: number): Buffer[] {
    const pieces: Buffer[] = [];
    let left = length;
    for (let at = 0; left > 0; ) {
      const start = blocks[at] as number;
      let end = start;
      while (blocks[at] === end) {
        end += blockBytes;
        at += 1;
      }
      pieces.push(this.bytes.subarray(start, Math.min(end, start + left)));
      left -= end - start;
    }
    return pieces;
  }
}

/** What is read at once, in bytes. */
const pieceBytes = 512 * 1024;
/** So many files are read at a time. */
const mostPieces = 4;

/** Buffers to read through. */
export class Pieces {
  readonly #free: Buffer[] = [];
  #made = 0;
  readonly #waiting: ((piece: Buffer) => void)[] = [];

  /** Lends one as soon as there is one. Whoever has one must not wait for another. */
  async withBuffer<T>(work: (piece: Buffer) => Promise<T>): Promise<T> {
    const piece = this.#take() ?? (await new Promise<Buffer>((resolve) => this.#waiting.push(resolve)));
    try {
      return await work(piece);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(piece);
      else this.#free.push(piece);
    }
  }

  #take(): Buffer | undefined {
    if (this.#free.length > 0 || this.#made === mostPieces) return this.#free.pop();
    this.#made += 1;
    return Buffer.allocUnsafeSlow(pieceBytes);
  }
}
