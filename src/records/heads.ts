/**
 * Remembers, per stream, the bytes before the first field of earlier lines: where they come again they are compared,
 * not parsed.
 */

import { sameText, viewOf } from '../byte_views.ts';
import { headBytes } from './kernel/positions.ts';
import { NameTable } from './name_table.ts';
import { Progress } from './progress.ts';
import type { KeyShape } from './shape.ts';

/** Limits against input with endless names. */
const maxHeads = 4096;
const quote = 0x22;

/** All bytes of a line before its first field, and what was parsed from them. */
export class LineHead {
  readonly progress: Progress;
  length = 0;
  /** Non-zero if a byte is not ASCII. */
  beyondAscii = 0;
  /** Offset of the stream's name; 0 if it does not come before the fields. */
  nameStart = 0;
  #bytes = Buffer.alloc(0);
  #words = viewOf(this.#bytes);

  constructor(shape: KeyShape) {
    this.progress = new Progress(shape);
  }

  /** Whether the bytes from `start` equal the first `length` bytes of this head. */
  leads(words: DataView, start: number, stop: number, length = this.length): boolean {
    return length > 0 && start + length <= stop && sameText(this.#words, 0, words, start, length);
  }

  /** Stores what was parsed from these bytes. */
  store(progress: Progress, beyondAscii: number): void {
    this.progress.copyFrom(progress);
    this.beyondAscii = beyondAscii;
  }

  /** Replaces this head by the bytes `[start, stop)`. */
  learn(buffer: Buffer, start: number, stop: number): void {
    this.length = stop - start;
    if (this.length <= this.#bytes.length) {
      buffer.copy(this.#bytes, 0, start, stop);
    } else {
      this.#bytes = Buffer.from(buffer.subarray(start, stop));
      this.#words = viewOf(this.#bytes);
    }
  }
}

/** The latest head of each stream, so that streams which take turns cost hardly more than one. */
export class LineHeads {
  readonly #shape: KeyShape;
  #names = new NameTable();
  /** By the number of the stream's name. */
  #heads: LineHead[] = [];
  /** For lines that do not name the stream before the fields. */
  #nameless: LineHead;
  #latest: LineHead;

  /** @param shape for heads without a shape of their own */
  constructor(shape: KeyShape) {
    this.#shape = shape;
    this.#latest = this.#nameless = new LineHead(shape);
  }

  /** The head with which the line `[start, stop)` begins, found by the name of its stream. */
  find(buffer: Buffer, words: DataView, start: number, stop: number): LineHead | undefined {
    const latest = this.#latest;
    if (latest.leads(words, start, stop)) return latest;
    if (!latest.leads(words, start, stop, latest.nameStart)) return undefined;
    const nameStart = start + latest.nameStart;
    let nameEnd = nameStart;
    while (nameEnd < stop && words.getUint8(nameEnd) !== quote) nameEnd++;
    const head = this.#heads[this.#names.find(buffer, nameStart, nameEnd)];
    if (!head?.leads(words, start, stop)) return undefined;
    this.#latest = head;
    return head;
  }

  /**
   * Keeps the bytes `[start, stop)` as the head of the stream named by the bytes `[nameStart, nameEnd)`.
   * @param nameStart -1: there is no name, or one with escapes
   * @returns the head, to be filled with what was parsed from it; undefined if it is too long
   */
  learn(buffer: Buffer, start: number, stop: number, nameStart: number, nameEnd: number): LineHead | undefined {
    if (stop - start > headBytes) return undefined;
    const head = nameStart < 0 ? this.#nameless : this.#named(buffer, nameStart, nameEnd);
    head.learn(buffer, start, stop);
    head.nameStart = nameStart < 0 ? 0 : nameStart - start;
    this.#latest = head;
    return head;
  }

  /** Removes all heads and their shapes. */
  clear(): void {
    this.#names = new NameTable();
    this.#heads = [];
    this.#latest = this.#nameless = new LineHead(this.#shape);
  }

  #named(buffer: Buffer, start: number, stop: number): LineHead {
    const known = this.#heads[this.#names.find(buffer, start, stop)];
    if (known) return known;
    if (this.#heads.length === maxHeads) this.clear();
    this.#names.add(buffer.toString('utf8', start, stop));
    const head = new LineHead(this.#shape);
    this.#heads.push(head);
    return head;
  }
}
