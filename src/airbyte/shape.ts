/** The keys of a stream's records in their latest order: predicts the next record's, so that they are compared, not read. */

import { isAscii } from 'node:buffer';
import { sameText, wordsOf } from './words.ts';

/** The most bytes that one shape keeps; keys behind them are read as if there were no prediction. */
const maxShapeBytes = 1 << 16;
/** After so many records in a row that were not as predicted, only one in sixteen is learned from. */
const patience = 4;
const space = 0x20;

let latestId = 0;

/**
 * The keys of a record's `data`. Of each is kept what led to its value: all bytes from the `{` or the value before, so
 * comma, quotes, colon and white space too. Where these bytes come again, they are valid again and mean the same.
 */
export class KeyShape {
  /** Another number for all else that was ever learned; 0 while nothing is. */
  id = 0;
  /** Keys kept. */
  count = 0;
  /** The record learned from had no further keys. */
  isWhole = false;
  /** Not zero if a kept key has a byte beyond ASCII, so that whoever matches it has UTF-8 to check. */
  beyondAscii = 0;
  /** Of each kept key: from its first byte inside the quotes to its value; its length; whether it holds a backslash. */
  distances = new Int32Array(0);
  lengths = new Int32Array(0);
  escaped = new Uint8Array(0);
  #bytes: Uint8Array = new Uint8Array(0);
  #words: DataView = wordsOf(this.#bytes);
  /** Of what leads to key number `i`: its end; its start is the end of the one before. */
  #ends = new Int32Array(0);
  #misses = 0;

  /** Where the value starts if from `start` on comes what led to key number `index` last time, else -1. */
  match(index: number, words: DataView, start: number, stop: number): number {
    if (index >= this.count) return -1;
    const from = index === 0 ? 0 : (this.#ends[index - 1] as number);
    const length = (this.#ends[index] as number) - from;
    const value = start + length;
    // The shortest lead, `{"":`, has four bytes.
    if (value > stop || !sameText(this.#words, from, words, start, length)) return -1;
    // There may be more white space than last time.
    return words.getUint8(value) > space ? value : -1;
  }

  /** Keeps one key, led to by the bytes `[start, stop)`. */
  learnOne(buffer: Buffer, start: number, stop: number): void {
    if (stop - start > maxShapeBytes) return;
    this.#reserve(stop - start, 1);
    this.#bytes.set(buffer.subarray(start, stop));
    this.beyondAscii = isAscii(buffer.subarray(start, stop)) ? 0 : 0x80;
    this.#ends[0] = stop - start;
    this.count = 1;
  }

  /** Whether to learn from a record; `matched`: its keys were as predicted. */
  isWorthLearning(matched: boolean): boolean {
    this.#misses = matched ? 0 : this.#misses + 1;
    return !matched && (this.#misses <= patience || this.#misses % 16 === 0);
  }

  /** Keeps these keys in place of those before. Answers by how many bytes the memory of the shape grew. */
  learn(keys: ScannedKeys): number {
    const before = this.#memory();
    const { buffer, fieldCount, fieldsStart, keyStart, keyEnd, valueStart, valueEnd } = keys;
    const leadStart = (i: number) => (i === 0 ? fieldsStart : (valueEnd[i - 1] as number));
    let size = 0;
    let count = 0;
    for (; count < fieldCount; count++) {
      const length = (valueStart[count] as number) - leadStart(count);
      if (size + length > maxShapeBytes) break;
      size += length;
    }
    this.#reserve(size, count);
    let end = 0;
    let bits = 0;
    for (let i = 0; i < count; i++) {
      const stop = valueStart[i] as number;
      for (let from = leadStart(i); from < stop; from++) bits |= this.#bytes[end++] = buffer[from] as number;
      this.#ends[i] = end;
      this.distances[i] = stop - (keyStart[i] as number);
      this.lengths[i] = (keyEnd[i] as number) - (keyStart[i] as number);
      this.escaped[i] = keys.keyEscaped[i] as number;
    }
    this.id = ++latestId;
    this.count = count;
    this.isWhole = count === fieldCount;
    this.beyondAscii = bits & 0x80;
    return this.#memory() - before;
  }

  #reserve(size: number, count: number): void {
    if (size > this.#bytes.length) {
      this.#bytes = new Uint8Array(size);
      this.#words = wordsOf(this.#bytes);
    }
    if (count <= this.lengths.length) return;
    this.#ends = new Int32Array(count);
    this.distances = new Int32Array(count);
    this.lengths = new Int32Array(count);
    this.escaped = new Uint8Array(count);
  }

  #memory(): number {
    return this.#bytes.length + 13 * this.lengths.length;
  }
}

/** The part of a scanned record that a shape learns from. */
export interface ScannedKeys {
  readonly buffer: Buffer;
  readonly fieldCount: number;
  readonly fieldsStart: number;
  readonly keyStart: Int32Array;
  readonly keyEnd: Int32Array;
  readonly keyEscaped: Uint8Array;
  readonly valueStart: Int32Array;
  readonly valueEnd: Int32Array;
}
