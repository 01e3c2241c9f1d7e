/** Four bytes at a time: what JavaScript does as fast with a word of 32 bits as with a byte. */

const ones = 0x01_01_01_01;
const highs = 0x80_80_80_80 | 0;

/** The word that has this byte four times. */
export function fourTimes(byte: number): number {
  return Math.imul(byte, ones);
}

/**
 * Marks bytes that are zero by their highest bit. The lowest mark is always true, one above it may be false;
 * so whether there is a mark and where the first one is can be relied on. To find a byte, `^` the word with
 * {@link fourTimes} of it.
 */
export function zeroBytes(word: number): number {
  return (word - ones) & ~word & highs;
}

/** Marks quotes, backslashes and control characters, where plain text ends in JSON; with the same reservation. */
export function endsPlain(word: number): number {
  const quotes = word ^ 0x22_22_22_22;
  const backslashes = word ^ 0x5c_5c_5c_5c;
  const controls = (word - 0x20_20_20_20) & ~word;
  return (((quotes - ones) & ~quotes) | ((backslashes - ones) & ~backslashes) | controls) & highs;
}

/** The mark of byte number `index`. */
export function markAt(index: number): number {
  return 0x80 << (8 * index);
}

/** The bits below the lowest mark. */
export function below(marks: number): number {
  return (marks & -marks) - 1;
}

/** Which of the four bytes, first in memory first, has the lowest mark. */
export function firstMarked(marks: number): number {
  return (31 - Math.clz32(marks & -marks)) >> 3;
}

/** The fewer than four bytes `[start, stop)` as a word; zeros, which no text holds, fill it up. */
export function lastWord(words: DataView, start: number, stop: number): number {
  let word = 0;
  for (let i = stop - 1; i >= start; i--) word = (word << 8) | words.getUint8(i);
  return word;
}

/** Four ASCII characters as the word that they are in a buffer. */
export function asciiWord(text: string): number {
  return Buffer.from(text).readInt32LE();
}

/** Views a buffer as words; they are read and written with the lowest byte first. */
export function wordsOf(buffer: Uint8Array): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
}

/** {@link wordsOf}, remembered for the latest buffer. */
export function rememberedWords(): (buffer: Uint8Array) => DataView {
  let latestBuffer: Uint8Array = new Uint8Array(0);
  let latestWords = wordsOf(latestBuffer);
  return (buffer) => {
    if (buffer !== latestBuffer) {
      latestWords = wordsOf(buffer);
      latestBuffer = buffer;
    }
    return latestWords;
  };
}

/** One for all who read lines, so that thousands of encoders do not hold a chunk each. */
export const latestWordsOf = rememberedWords();

/** Whether `length` bytes are the same from `a` in one and from `b` in the other view; both must have so many. */
export function sameBytes(left: DataView, a: number, right: DataView, b: number, length: number): boolean {
  let i = 0;
  for (; i <= length - 4; i += 4) if (left.getInt32(a + i, true) !== right.getInt32(b + i, true)) return false;
  for (; i < length; i++) if (left.getUint8(a + i) !== right.getUint8(b + i)) return false;
  return true;
}

/**
 * Whether the `length` bytes from `a` on in `known`, which are JSON text of four bytes or more, are those from `b` on in
 * `other`; both must have so many.
 *
 * Eight bytes at a time are compared as a number, which says the same: no eight bytes of JSON text are one of the
 * two that equal other bytes, as zeros are control characters. NaNs, which equal nothing, are not UTF-8.
 */
export function sameText(known: DataView, a: number, other: DataView, b: number, length: number): boolean {
  const shift = b - a;
  const last = a + length - 4;
  let at = a;
  for (; at < last - 3; at += 8) {
    if (known.getFloat64(at, true) !== other.getFloat64(at + shift, true)) return false;
  }
  if (at < last && known.getInt32(at, true) !== other.getInt32(at + shift, true)) return false;
  // The last word may overlap with the one before.
  return known.getInt32(last, true) === other.getInt32(last + shift, true);
}

/**
 * Copies UTF-8 text `[start, stop)` to `at`. Up to three bytes more are read and written: both views must have them.
 * Eight bytes at a time go as a number, which keeps them: the only ones that may change, NaNs, are not UTF-8.
 */
export function copyText(from: DataView, start: number, stop: number, to: DataView, at: number): void {
  const shift = at - start;
  let i = start;
  for (const last = stop - 4; i < last; i += 8) to.setFloat64(i + shift, from.getFloat64(i, true), true);
  if (i < stop) to.setInt32(i + shift, from.getInt32(i, true), true);
}
