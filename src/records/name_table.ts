/** Distinguishes names by their bytes, without making strings of them. */
import { latestViewOf, sameBytes, viewOf } from '../byte_views.ts';

/** Limits against input with endless names. */
const [maxNames, maxNameBytes] = [4096, 256];

/**
 * Finds the number of a name by its bytes, without making a string. Open addressing over hashes of the UTF-8 bytes;
 * names are never removed.
 */
export class NameTable {
  readonly names: string[] = [];
  readonly #words: DataView[] = [];
  #slots = new Int32Array(64).fill(-1);

  /** Adds a name that is not in the table yet and returns its number: 0, 1, 2, … */
  add(name: string): number {
    const number = this.names.length;
    this.names.push(name);
    this.#words.push(viewOf(Buffer.from(name)));
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
    const words = latestViewOf(buffer);
    for (let slot = hash(words, start, stop) & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot] as number;
      if (number < 0) return number;
      const name = this.#words[number] as DataView;
      if (name.byteLength === stop - start && sameBytes(name, 0, words, start, name.byteLength)) return number;
    }
  }
}

/** Caches strings of names that come again and again. */
export class Names {
  readonly #table = new NameTable();

  /** The text of the bytes `[start, stop)`. */
  text(buffer: Buffer, start: number, stop: number): string {
    const { names } = this.#table;
    const number = this.#table.find(buffer, start, stop);
    if (number >= 0) return names[number] as string;
    const text = buffer.toString('utf8', start, stop);
    if (stop - start <= maxNameBytes && names.length < maxNames) this.#table.add(text);
    return text;
  }
}

/**
 * FNV-1a over 32-bit words, then over the remaining bytes; the high bits are folded down, as the low ones choose the
 * slot.
 */
function hash(words: DataView, start: number, stop: number): number {
  let value = 0x81_1c_9d_c5;
  let i = start;
  for (const last = stop - 4; i <= last; i += 4) value = mixed(value, words.getInt32(i, true));
  for (; i < stop; i++) value = mixed(value, words.getUint8(i));
  return value ^ (value >>> 15);
}

function mixed(value: number, word: number): number {
  const product = Math.imul(value ^ word, 0x01_00_01_93);
  // Folds a word's high bytes into the low bits.
  return product ^ (product >>> 16);
}
