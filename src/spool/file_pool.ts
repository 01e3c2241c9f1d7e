/** Resources shared by the files of a spool: total bytes on disk, memory for buffers, and a few open descriptors. */
import { closeSync, constants, openSync } from 'node:fs';
import { viewOf } from '../byte_views.ts';

/** What the pool uses of a file. */
interface PooledFile {
  readonly path: string;
  /** Bytes in memory blocks, not yet written. */
  readonly buffered: number;
  /** Used by the pool: the file's index among those that hold blocks, -1 for none. */
  place: number;
  /** Writes the buffered bytes and returns the blocks. */
  flush(): void;
}

/** The first open creates the file, readable only by this user. */
export const openForBoth = constants.O_RDWR | constants.O_CREAT;
export const fileMode = 0o600;

export const blockBytes = 4096;
/** Maximum number of blocks per file: larger writes are not faster. */
export const mostBlocks = 64;

/** If no block is free, this share of all blocks is freed at once, as each time all files are compared. */
const shareFreed = 1 / 8;

export class FilePool {
  /** Bytes in all files, buffered ones included. */
  usedBytes = 0;
  /** Memory blocks for writing. */
  readonly blocks: Blocks;
  /** Buffers for reading. */
  readonly pieces = new Pieces();
  readonly #descriptorLimit: number;
  // Not a Set: one whose members change all the time leaves garbage behind.
  readonly #holders: PooledFile[] = [];
  /** How many blocks the files with each number of blocks hold together. */
  readonly #blocksHeld = new Int32Array(mostBlocks + 1);
  // A Map keeps insertion order: the first entry is the least recently used.
  readonly #descriptors = new Map<PooledFile, number>();

  /**
   * @param bufferLimit bytes of all write buffers together
   * @param descriptorLimit files kept open; low, since compactions and uploads open further ones
   */
  constructor(bufferLimit = 16 * 1024 * 1024, descriptorLimit = 48) {
    this.blocks = new Blocks(bufferLimit);
    this.#descriptorLimit = descriptorLimit;
  }

  /** Number of files that the pool holds open now. */
  get openDescriptors(): number {
    return this.#descriptors.size;
  }

  /** Bytes taken by write buffers now. */
  get bufferBytes(): number {
    return (this.blocks.count - this.blocks.free) * blockBytes;
  }

  /** A block for `file`; undefined if there are none at all. May flush other files, or `file` itself. */
  takeBlock(file: PooledFile): number | undefined {
    if (this.blocks.free === 0) this.#flushFullest();
    const block = this.blocks.take();
    if (block !== undefined && file.place < 0) file.place = this.#holders.push(file) - 1;
    return block;
  }

  /** Takes all blocks of `file` back: a chain from `first` to `last`. */
  takeBack(file: PooledFile, first: number, last: number): void {
    if (file.place < 0) return;
    this.blocks.give(first, last);
    const moved = this.#holders.pop() as PooledFile;
    if (moved !== file) {
      this.#holders[file.place] = moved;
      moved.place = file.place;
    }
    file.place = -1;
  }

  /** A descriptor for reading and writing, valid until the next method call. */
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
   * Flushes the fullest files. Compared with flushing in turn, a file then buffers up to twice as much, so half as many
   * writes are needed, and files with few bytes, such as an index, are seldom written.
   */
  #flushFullest(): void {
    const wanted = this.blocks.count * shareFreed;
    const byBlocks = this.#blocksHeld.fill(0);
    for (const file of this.#holders) {
      const blocks = blocksOf(file);
      byBlocks[blocks] = (byBlocks[blocks] as number) + blocks;
    }
    let least = mostBlocks;
    for (let found = 0; least > 1; least -= 1) {
      found += byBlocks[least] as number;
      if (found >= wanted) break;
    }
    for (let at = 0; at < this.#holders.length && this.blocks.free < wanted; ) {
      const file = this.#holders[at] as PooledFile;
      // The last one takes the place of a flushed file.
      if (blocksOf(file) >= least) file.flush();
      else at += 1;
    }
  }
}

function blocksOf({ buffered }: PooledFile): number {
  return Math.ceil(buffered / blockBytes);
}

/** Stands for no block. */
export const noBlock = -1;

/**
 * Memory blocks, identified by their offset in {@link bytes}. The blocks of a file are a chain, and so are the free ones:
 * with thousands of files an array for each would take more memory than the files themselves.
 */
export class Blocks {
  /** Total number of blocks. */
  readonly count: number;
  /** One allocation; the system provides memory only for blocks that were ever used. */
  readonly bytes: Buffer;
  /** The same memory as a DataView. */
  readonly words: DataView;
  /** Number of free blocks. */
  free: number;
  /** The block after each in its chain, by the block's number. */
  readonly #next: Int32Array;
  /** The free block that is taken next. */
  #firstFree = 0;

  /** @param bytes of memory, rounded down to whole blocks */
  constructor(bytes: number) {
    this.count = Math.floor(bytes / blockBytes);
    this.bytes = Buffer.allocUnsafeSlow(this.count * blockBytes);
    this.words = viewOf(this.bytes);
    this.free = this.count;
    this.#next = Int32Array.from({ length: this.count }, (_, at) => (at + 1) * blockBytes);
  }

  /** Takes a block; undefined if none is free. */
  take(): number | undefined {
    if (this.free === 0) return undefined;
    const block = this.#firstFree;
    this.#firstFree = this.#after(block);
    this.free -= 1;
    return block;
  }

  /** Makes `block` the one after `last` in its chain. */
  chain(last: number, block: number): void {
    this.#next[last / blockBytes] = block;
  }

  /**
   * Takes the chain from `first` to `last` back. Its content stays until a block is taken; the blocks are taken in the
   * same order again, so that adjacent ones stay adjacent.
   */
  give(first: number, last: number): void {
    for (let block = first; block !== last; block = this.#after(block)) this.free += 1;
    this.free += 1;
    this.chain(last, this.#firstFree);
    this.#firstFree = first;
  }

  /**
   * The first `length` bytes in the chain from `first`, in one piece per run of adjacent blocks; valid until a block is
   * taken.
   */
  pieces(first: number, length: number): Buffer[] {
    const pieces: Buffer[] = [];
    let block = first;
    for (let left = length; left > 0; ) {
      const start = block;
      let end = start;
      while (block === end && end - start < left) {
        end += blockBytes;
        block = this.#after(block);
      }
      pieces.push(this.bytes.subarray(start, Math.min(end, start + left)));
      left -= end - start;
    }
    return pieces;
  }

  #after(block: number): number {
    return this.#next[block / blockBytes] as number;
  }
}

/** Bytes per read. */
const pieceBytes = 512 * 1024;
/** Files that may be read at the same time. */
const mostPieces = 4;

/** A fixed number of buffers for reading. */
export class Pieces {
  readonly #free: Buffer[] = [];
  #made = 0;
  readonly #waiting: ((piece: Buffer) => void)[] = [];

  /**
   * Calls `work` with a buffer as soon as one is free. Must not be nested: `work` would wait for a buffer while it
   * holds one.
   */
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
