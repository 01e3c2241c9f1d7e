/** A row under construction: texts and cells appended to its bytes, quoted where the dialect asks for it. */
import { equalBytes, escapedCodePoint } from '../airbyte/bytes.ts';
import { unescaped } from '../airbyte/escapes.ts';
import { hasEscape } from '../airbyte/json.ts';
import {
  below,
  copyText,
  endsPlain,
  firstMarked,
  fourTimes,
  latestWordsOf,
  markAt,
  wordsOf,
  zeroBytes,
} from '../airbyte/words.ts';

const [lineFeed, carriageReturn, space, quote, comma, backslash] = [0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x5c];
const letterU = 0x75;
const [commas, backslashes] = [fourTimes(comma), fourTimes(backslash)];
/** A loop over words copies as fast as a call does up to about so many bytes. */
const shortCopy = 300;
/** Room that is always left: text is copied by whole words, and a separator comes behind it. */
const spare = 4;
/** More bytes are given back behind a row that needs fewer: long rows seldom come alone. */
const keptBytes = 1 << 20;
/** 1 for each character that a cell must be quoted for. */
const isSpecial = new Uint8Array(128);
for (const byte of [comma, quote, lineFeed, carriageReturn]) isSpecial[byte] = 1;

/**
 * A row under construction. `bytes` is replaced when it grows: read it anew after each row.
 *
 * Sources must go on for three bytes behind what is copied from them. Those of a record do: its braces have to close.
 */
export class RowBytes {
  bytes: Buffer = Buffer.allocUnsafeSlow(1024);
  length = 0;
  /** {@link plainText} has come across a comma since this was set to false. */
  metComma = false;
  #words = wordsOf(this.bytes);
  #room = this.bytes.length - spare;

  /** Starts a new row. */
  clear(): void {
    if (this.bytes.length > keptBytes && this.length < keptBytes) this.#replaceBytes(Buffer.allocUnsafeSlow(1024));
    this.length = 0;
  }

  /** Makes room for so many more bytes and a separator. */
  reserve(more: number): void {
    if (this.length + more > this.#room) this.#grow(this.length + more + spare);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.ceil(needed * (needed < keptBytes ? 2 : 1.25)));
    this.bytes.copy(larger, 0, 0, this.length);
    this.#replaceBytes(larger);
  }

  #replaceBytes(bytes: Buffer): void {
    this.bytes = bytes;
    this.#words = wordsOf(bytes);
    this.#room = bytes.length - spare;
  }

  /** Appends one byte. There must be room, as there is behind whatever was appended. */
  byte(byte: number): void {
    this.#words.setUint8(this.length++, byte);
  }

  /** Appends a few bytes that come again and again. */
  fixed(text: Uint8Array): void {
    this.reserve(text.length);
    for (const byte of text) this.byte(byte);
  }

  /** Appends the bytes `[start, stop)` as they are. */
  raw(source: Buffer, start: number, stop: number): void {
    this.reserve(stop - start);
    this.#copy(source, start, stop);
  }

  #copy(source: Buffer, start: number, stop: number): void {
    if (stop - start > shortCopy) {
      source.copy(this.bytes, this.length, start, stop);
    } else {
      copyText(latestWordsOf(source), start, stop, this.#words, this.length);
    }
    this.length += stop - start;
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
    if ((traits & hasEscape) !== 0) {
      this.#escapedCell(source, start, stop);
      return;
    }
    const isQuoted = traits !== 0 || start === stop || source[start] === space || source[stop - 1] === space;
    this.reserve(stop - start + 2);
    if (isQuoted) this.byte(quote);
    this.#copy(source, start, stop);
    if (isQuoted) this.byte(quote);
  }

  #escapedCell(source: Buffer, start: number, stop: number): void {
    const cell = this.length;
    this.reserve(stop - start + 2);
    // An escape mostly is a line break or a quote, so that a quote before the text is a good guess.
    this.byte(quote);
    const mustQuote = this.#decode(source, start, stop, true);
    const { bytes, length } = this;
    if (mustQuote || bytes[cell + 1] === space || bytes[length - 1] === space) {
      this.byte(quote);
    } else {
      bytes.copyWithin(cell, cell + 1, length);
      this.length--;
    }
  }

  /**
   * Appends decoded text, which is never longer than its escapes even with its quotes doubled.
   * @returns whether it holds a comma, a quote or a line break
   */
  #decode(source: Buffer, start: number, stop: number, doubled: boolean): boolean {
    this.reserve(stop - start);
    const from = latestWordsOf(source);
    const to = this.#words;
    let special = 0;
    for (let i = start; ; ) {
      const word = from.getInt32(i, true);
      to.setInt32(this.length, word, true);
      const marks = zeroBytes(word ^ backslashes) | (stop - i < 4 ? markAt(stop - i) : 0);
      if (marks === 0) {
        special |= zeroBytes(word ^ commas);
        i += 4;
        this.length += 4;
        continue;
      }
      special |= zeroBytes(word ^ commas) & below(marks);
      i += firstMarked(marks);
      this.length += firstMarked(marks);
      if (i === stop) return special !== 0;
      const letter = from.getUint8(i + 1);
      const code = letter === letterU ? escapedCodePoint(source, i + 2) : (unescaped[letter] as number);
      if (letter === letterU) i += code < 0x1_00_00 ? 6 : 12;
      else i += 2;
      if (code < 0x80) this.byte(code);
      else this.#utf8(code);
      if (code === quote && doubled) this.byte(quote);
      special |= code < 0x80 ? (isSpecial[code] as number) : 0;
    }
  }

  /** Appends a character beyond ASCII. */
  #utf8(code: number): void {
    let continuations = 3;
    if (code < 0x1_00_00) continuations = 2;
    if (code < 0x8_00) continuations = 1;
    // The first byte says by its leading ones how many follow.
    const leading = (0xff_00 >> (continuations + 1)) & 0xff;
    this.byte(leading | (code >> (6 * continuations)));
    for (let left = continuations - 1; left >= 0; left--) this.byte(0x80 | ((code >> (6 * left)) & 0x3f));
  }

  /**
   * Appends the text of a JSON string from behind its opening quote and answers where the closing one lies; there must
   * be room. -1 where it holds an escape or a byte of `avoided`, and what was appended is of no use then.
   * @param avoided a byte {@link fourTimes}
   */
  plainText(source: Buffer, start: number, avoided: number): number {
    const from = latestWordsOf(source);
    const to = this.#words;
    let special = 0;
    for (let i = start; ; i += 4, this.length += 4) {
      const word = from.getInt32(i, true);
      to.setInt32(this.length, word, true);
      const marks = endsPlain(word);
      const inside = marks === 0 ? -1 : below(marks);
      special |= zeroBytes(word ^ commas) & inside;
      if ((zeroBytes(word ^ avoided) & inside) !== 0) return -1;
      if (marks === 0) continue;
      const stop = i + firstMarked(marks);
      if (from.getUint8(stop) !== quote) return -1;
      this.length += firstMarked(marks);
      this.metComma ||= special !== 0;
      return stop;
    }
  }

  /** {@link quoteCell} for what {@link plainText} appended, where quotes and line breaks cannot be. */
  quotePlainCell(start: number): void {
    const { bytes, length } = this;
    if (this.metComma || start === length || bytes[start] === space || bytes[length - 1] === space)
      this.quoteCell(start, true);
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
