/** Bytes compared and read as text: what scanner and encoder both need to tell names apart without making strings. */
import { latestWordsOf, sameBytes, wordsOf } from './words.ts';

/** Whether the bytes `[start, stop)` are those of `other`. */
export function equalBytes(buffer: Buffer, start: number, stop: number, other: Uint8Array): boolean {
  if (stop - start !== other.length) return false;
  for (let i = 0; i < other.length; i++) if (buffer[start + i] !== other[i]) return false;
  return true;
}

/** The first place in `[start, stop)` where all of `sought` lies; `stop` if there is none. For short distances. */
export function findBytes(buffer: Buffer, start: number, stop: number, sought: Uint8Array): number {
  const first = sought[0];
  const last = stop - sought.length;
  for (let i = start; i <= last; i++) {
    if (buffer[i] === first && equalBytes(buffer, i, i + sought.length, sought)) return i;
  }
  return stop;
}

/** The value of a hexadecimal digit, -1 for any other byte. */
export function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

/**
 * The code point of a `\u` escape; of a surrogate pair, spread over two escapes, when it is 0x10000 or more; U+FFFD
 * for a lone surrogate.
 * @param start of the four digits
 */
export function escapedCodePoint(buffer: Buffer, start: number): number {
  const unit = codeUnit(buffer, start);
  if (unit < 0xd8_00 || unit > 0xdf_ff) return unit;
  const isFollowed = buffer[start + 4] === 0x5c && buffer[start + 5] === 0x75;
  const next = unit < 0xdc_00 && isFollowed ? codeUnit(buffer, start + 6) : 0;
  if (next < 0xdc_00 || next > 0xdf_ff) return 0xff_fd;
  return 0x1_00_00 + ((unit - 0xd8_00) << 10) + (next - 0xdc_00);
}

function codeUnit(buffer: Buffer, start: number): number {
  let code = 0;
  for (let i = start; i < start + 4; i++) code = (code << 4) | hexDigit(buffer[i]);
  return code;
}

/** The text of a valid JSON string, from the bytes inside its quotes. Lone surrogates stay as they are. */
export function decodeText(buffer: Buffer, start: number, stop: number): string {
  const text = buffer.toString('utf8', start, stop);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

/** A copy of the line at the same place, with a line feed behind it. */
export function withLineFeed(buffer: Buffer, start: number, stop: number): Buffer {
  const copy = Buffer.allocUnsafe(stop + 1);
  buffer.copy(copy, start, start, stop);
  copy[stop] = 0x0a;
  return copy;
}

/**
 * Finds the number of a name by its bytes, without making a string of them.
 * Open addressing over hashes of the UTF-8 bytes; names are never taken out.
 */
export class NameTable {
  readonly names: string[] = [];
  readonly #words: DataView[] = [];
  #slots = new Int32Array(64).fill(-1);

  /** Adds a name that is not yet in it and answers its number: 0, 1, 2, … */
  add(name: string): number {
    const number = this.names.length;
    this.names.push(name);
    this.#words.push(wordsOf(Buffer.from(name)));
    if (2 * this.names.length > this.#slots.length) {
      this.#slots = new Int32Array(2 * this.#slots.length).fill(-1);
      for (let i = 0; i < number; i++) this.#place(i);
    }
    this.#place(number);
    return number;
  }

  #place(number: number): void {
    const words = this.#words[number] as DataView;
    const mask = this.#slots.length - 1;
    let slot = hash(words, 0, words.byteLength) & mask;
    while ((this.#slots[slot] as number) >= 0) slot = (slot + 1) & mask;
    this.#slots[slot] = number;
  }

  /** The number of the name whose UTF-8 bytes are `[start, stop)`, or -1. */
  find(buffer: Buffer, start: number, stop: number): number {
    const mask = this.#slots.length - 1;
    const words = latestWordsOf(buffer);
    for (let slot = hash(words, start, stop) & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot] as number;
      if (number < 0) return number;
      const name = this.#words[number] as DataView;
      if (name.byteLength === stop - start && sameBytes(name, 0, words, start, name.byteLength)) return number;
    }
  }
}

/** FNV-1a, by words as far as there are such, its high bits folded down since the low ones choose the slot. */
function hash(words: DataView, start: number, stop: number): number {
  let value = 0x81_1c_9d_c5;
  let i = start;
  for (const last = stop - 4; i <= last; i += 4) value = mixed(value, words.getInt32(i, true));
  for (; i < stop; i++) value = mixed(value, words.getUint8(i));
  return value ^ (value >>> 15);
}

function mixed(value: number, word: number): number {
  const product = Math.imul(value ^ word, 0x01_00_01_93);
  // A word's high bytes must reach the low bits.
  return product ^ (product >>> 16);
}
