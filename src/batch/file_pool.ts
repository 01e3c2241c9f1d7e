/** What the files of a spool share: one sum of bytes on disk, one budget of write buffers, a few open descriptors. */
import { closeSync, constants, openSync } from 'node:fs';

/** What the pool needs to know of a file. */
interface PooledFile {
  readonly path: string;
  /** Set with each append; unset when the pool looks for files that rest. */
  isActive: boolean;
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
  readonly #bufferLimit: number;
  readonly #descriptorLimit: number;
  readonly #holders = new Set<PooledFile>();
  #bufferBytes = 0;
  // A Map keeps the order of insertion: the first entry is the one used longest ago.
  readonly #descriptors = new Map<PooledFile, number>();

  /**
   * @param bufferLimit bytes of all write buffers together
   * @param descriptorLimit files kept open; below the 64 of the design, since compactions and uploads open their own
   */
  constructor(bufferLimit = 16 * 1024 * 1024, descriptorLimit = 48) {
    this.#bufferLimit = bufferLimit;
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
    const hasRoom = () => this.#bufferBytes + bytes <= this.#bufferLimit;
    let looks = 0;
    for (const holder of this.#holders) {
      if (hasRoom() || looks === mostLooks) break;
      looks += 1;
      // Whoever was looked at goes to the end, so that in time all are.
      this.#holders.delete(holder);
      if (holder === file || holder.isActive) this.#holders.add(holder);
      else holder.surrender();
      holder.isActive = false;
    }
    return hasRoom();
  }

  /** Books `bytes` more of buffer for `file`. */
  grant(file: PooledFile, bytes: number): void {
    this.#holders.add(file);
    this.#bufferBytes += bytes;
  }

  /** Books back what `file` gave up. */
  takeBack(file: PooledFile, bytes: number): void {
    this.#holders.delete(file);
    this.#bufferBytes -= bytes;
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
