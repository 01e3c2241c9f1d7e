/** Distinguishes names by their bytes, without making strings of them. */
import { latestViewOf, sameBytes, viewOf } from '../byte_views.ts';

/** Limits against input with endless names. */
const [maxNames, maxNameBytes] = [4096, 256];
/** Of a new table; powers of two. */
const [leastBytes, leastSlots] = [64, 16];

/**
 * Finds the number of a name by its bytes, without making a string. Open addressing over hashes of the UTF-8 bytes;
 * names are never removed.
 */
export class NameTable {
  readonly names: string[] = [];
  /** Their bytes, one name after the other, and where each ends: there may be thousands of tables. */
  #words = viewOf(Buffer.alloc(leastBytes));
  readonly #ends: number[] = [];
  #slots = new Int32Array(leastSlots).fill(-1);

  /** Adds a name that is not in the table yet and returns its number: 0, 1, 2, … */
  add(name: string): number {
    const number = this.names.length;
    this.names.push(name);
    this.#keep(Buffer.from(name));
    if (2 * this.names.length > this.#slots.length) {
      this.#slots = new Int32Array(2 * this.#slots.length).fill(-1);
      for (let i = 0; i < number; i++) this.#place(i);
    }
    this.#place(number);
    return number;
  }

  #keep(bytes: Buffer): void {
    const start = this.#startOf(this.#ends.length);
    const end = start + bytes.length;
    if (end > this.#words.byteLength) {
      const more = Buffer.alloc(2 * end);
      more.set(bytesOf(this.#words));
      this.#words = viewOf(more);
    }
    bytesOf(this.#words).set(bytes, start);
    this.#ends.push(end);
  }

  #startOf(number: number): number {
    return number === 0 ? 0 : (this.#ends[number - 1] as number);
  }

  #place(number: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash(this.#words, this.#startOf(number), this.#ends[number] as number) & mask;
    while ((this.#slots[slot] as number) >= 0) slot = (slot + 1) & mask;
    this.#slots[slot] = number;
  }

  /** The number of a name; undefined: it is not in the table. */
  numberOf(name: string): number | undefined {
    const bytes = Buffer.from(name);
    const number = this.find(bytes, 0, bytes.length);
    // Names with half a surrogate pair have the bytes of others.
    return this.names[number] === name ? number : undefined;
  }

  /** The number of the name whose UTF-8 bytes are `[start, stop)`, or -1. */
  find(buffer: Buffer, start: number, stop: number): number {
    const mask = this.#slots.length - 1;
    const words = latestViewOf(buffer);
    for (let slot = hash(words, start, stop) & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot] as number;
      if (number < 0) return number;
      const name = this.#startOf(number);
      const length = (this.#ends[number] as number) - name;
      if (length === stop - start && sameBytes(this.#words, name, words, start, length)) return number;
    }
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: DataView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
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
