/** A row under construction: texts and cells appended to its bytes, quoted where the dialect asks for it. */
import { equalBytes, escapedCodePoint } from '../airbyte/bytes.ts';
import { hasEscape } from '../airbyte/json.ts';
import { fourTimes, latestWordsOf, wordsOf, zeroBytes } from '../airbyte/words.ts';

const [lineFeed, carriageReturn, space, quote, comma, backslash] = [0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x5c];
/** A loop over words copies as fast as a call does up to about so many bytes. */
const shortCopy = 200;
/** More bytes are given back with the next row, as there may be many encoders. */
const keptBytes = 1 << 20;
const [commas, backslashes] = [fourTimes(comma), fourTimes(backslash)];
const unescaped = new Uint8Array(256);
for (const [letter, text] of Object.entries({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' })) {
  unescaped[letter.charCodeAt(0)] = text.charCodeAt(0);
}

/** A row under construction. `bytes` is replaced when it grows: read it anew after each row. */
export class RowBytes {
  bytes: Buffer = Buffer.allocUnsafeSlow(1024);
  length = 0;
  #words = wordsOf(this.bytes);
  /** Not zero once {@link #decode} appended a comma, quote or line break. */
  #special = 0;

  /** Starts a new row. */
  clear(): void {
    this.length = 0;
    if (this.bytes.length > keptBytes) this.#replaceBytes(Buffer.allocUnsafeSlow(1024));
  }

  /** Makes room for so many more bytes. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.ceil(needed * (needed < keptBytes ? 2 : 1.25)));
    this.bytes.copy(larger, 0, 0, this.length);
    this.#replaceBytes(larger);
  }

  #replaceBytes(bytes: Buffer): void {
    this.bytes = bytes;
    this.#words = wordsOf(bytes);
  }

  /** Appends one byte. There must be room. */
  byte(byte: number): void {
    this.bytes[this.length++] = byte;
  }

  /** Appends a few bytes that come again and again. */
  fixed(text: Uint8Array): void {
    this.reserve(text.length);
    for (const byte of text) this.byte(byte);
  }

  /** Appends the bytes `[start, stop)` as they are. */
  raw(source: Buffer, start: number, stop: number): void {
    this.reserve(stop - start);
    if (stop - start > shortCopy) {
      this.length += source.copy(this.bytes, this.length, start, stop);
      return;
    }
    const from = latestWordsOf(source);
    const to = this.#words;
    let { length } = this;
    let i = start;
    for (const last = stop - 4; i <= last; i += 4, length += 4) to.setInt32(length, from.getInt32(i, true), true);
    for (; i < stop; i++) this.bytes[length++] = source[i] as number;
    this.length = length;
  }

  /** Appends a text that is known to be ASCII. */
  ascii(text: string): void {
    this.reserve(text.length);
    this.length += this.bytes.write(text, this.length, 'latin1');
  }

  /** Whether what was appended since `start` is these bytes. */
  equals(start: number, other: Buffer): boolean {
    return equalBytes(this.bytes, start, this.length, other);
  }

  /** Appends the decoded text of a JSON string, from the bytes inside its quotes. */
  text(source: Buffer, start: number, stop: number): void {
    this.#decode(source, start, stop, false);
  }

  /** Appends a cell that holds the text of a JSON string, given inside its quotes and with its traits. */
  stringCell(source: Buffer, start: number, stop: number, traits: number): void {
    this.reserve(stop - start + 2);
    if ((traits & hasEscape) !== 0) {
      this.#escapedCell(source, start, stop);
      return;
    }
    const cell = this.length;
    const isOpen = stop > start && source[start] !== space && source[stop - 1] !== space;
    if (isOpen && !this.#copyToComma(source, start, stop)) return;
    this.length = cell;
    this.byte(quote);
    this.raw(source, start, stop);
    this.byte(quote);
  }

  #escapedCell(source: Buffer, start: number, stop: number): void {
    const cell = this.length;
    // An escape mostly is a line break or a quote, so that a quote before the text is a good guess.
    this.byte(quote);
    const isSpecial = this.#decode(source, start, stop, true);
    const { bytes, length } = this;
    if (isSpecial || bytes[cell + 1] === space || bytes[length - 1] === space) {
      this.byte(quote);
    } else {
      bytes.copyWithin(cell, cell + 1, length);
      this.length--;
    }
  }

  /** Copies text without escapes; answers true where it holds a comma, and then may not have copied it all. */
  #copyToComma(source: Buffer, start: number, stop: number): boolean {
    if (stop - start > shortCopy) {
      this.raw(source, start, stop);
      const at = source.indexOf(comma, start);
      return at >= 0 && at < stop;
    }
    const from = latestWordsOf(source);
    const to = this.#words;
    let { length } = this;
    let i = start;
    for (const last = stop - 4; i <= last; i += 4, length += 4) {
      const word = from.getInt32(i, true);
      if (zeroBytes(word ^ commas) !== 0) return true;
      to.setInt32(length, word, true);
    }
    for (; i < stop; i++, length++) {
      const byte = from.getUint8(i);
      if (byte === comma) return true;
      to.setUint8(length, byte);
    }
    this.length = length;
    return false;
  }

  /**
   * Appends decoded text, which is never longer than its escapes even with its quotes doubled.
   * @returns whether it holds a comma, a quote or a line break
   */
  #decode(source: Buffer, start: number, stop: number, doubled: boolean): boolean {
    this.reserve(stop - start);
    this.#special = 0;
    let i = this.#copyPlain(source, start, stop);
    while (i < stop) {
      const from = this.length;
      i = this.#escape(source, i + 1);
      const byte = this.bytes[from];
      if (byte === quote && doubled) this.byte(quote);
      if (byte === quote || byte === comma || byte === lineFeed || byte === carriageReturn) this.#special = 1;
      i = this.#copyPlain(source, i, stop);
    }
    return this.#special !== 0;
  }

  /** Copies up to the next backslash, noting commas; answers where that is, or `stop`. */
  #copyPlain(source: Buffer, start: number, stop: number): number {
    const from = latestWordsOf(source);
    const to = this.#words;
    let { length } = this;
    let marks = 0;
    let i = start;
    for (const last = stop - 4; i <= last; i += 4, length += 4) {
      const word = from.getInt32(i, true);
      if (zeroBytes(word ^ backslashes) !== 0) break;
      marks |= zeroBytes(word ^ commas);
      to.setInt32(length, word, true);
    }
    for (; i < stop && source[i] !== backslash; i++) {
      if (source[i] === comma) marks = 1;
      this.bytes[length++] = source[i] as number;
    }
    this.length = length;
    this.#special |= marks;
    return i;
  }

  /** Appends what an escape stands for; answers the position behind it. */
  #escape(source: Buffer, start: number): number {
    const letter = source[start] as number;
    if (letter !== 0x75) {
      this.byte(unescaped[letter] || letter);
      return start + 1;
    }
    const code = escapedCodePoint(source, start + 1);
    this.#utf8(code);
    // Behind one escape, or the two of a surrogate pair.
    return start + (code < 0x1_00_00 ? 5 : 11);
  }

  #utf8(code: number): void {
    let continuations = 3;
    if (code < 0x1_00_00) continuations = 2;
    if (code < 0x8_00) continuations = 1;
    if (code < 0x80) continuations = 0;
    // The first byte says by its leading ones how many follow.
    const leading = continuations === 0 ? 0 : (0xff_00 >> (continuations + 1)) & 0xff;
    this.byte(leading | (code >> (6 * continuations)));
    for (let left = continuations - 1; left >= 0; left--) this.byte(0x80 | ((code >> (6 * left)) & 0x3f));
  }

  /** Makes the text appended since `start` a cell: quotes it where the dialect asks for it. */
  quoteCell(start: number, always = false): void {
    const { bytes, length } = this;
    let quotes = 0;
    let special = always || start === length || bytes[start] === space || bytes[length - 1] === space;
    for (let i = start; i < length; i++) {
      const byte = bytes[i];
      if (byte === quote) quotes++;
      else if (byte === comma || byte === lineFeed || byte === carriageReturn) special = true;
    }
    if (quotes > 0 || special) this.#quote(start, quotes);
  }

  #quote(start: number, quotes: number): void {
    const end = this.length;
    this.reserve(quotes + 2);
    const { bytes } = this;
    let to = end + quotes + 1;
    this.length = to + 1;
    bytes[to] = quote;
    // From the back, so that nothing is overwritten before it is moved; at the first quote only the shift is left.
    let from = end;
    for (let left = quotes; left > 0; ) {
      const byte = bytes[--from] as number;
      bytes[--to] = byte;
      if (byte !== quote) continue;
      bytes[--to] = quote;
      left--;
    }
    bytes.copyWithin(start + 1, start, from);
    bytes[start] = quote;
  }
}
