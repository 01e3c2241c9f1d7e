/** JSON's grammar over bytes: steps from value to value and accepts exactly what JSON.parse accepts. */
import { decodeText, equalBytes, hexDigit } from './bytes.ts';
import { unescaped } from './escapes.ts';
import { asciiWord, below, endsPlain, firstMarked, fourTimes, lastWord, latestWordsOf, zeroBytes } from './words.ts';

/** Thrown, always the same one, where the bytes are not JSON. */
export const notJson = new SyntaxError('it is not valid JSON');

/** Traits of a value, one bit each: the string holds a backslash. */
export const hasEscape = 1;
/** The number has an exponent. */
export const hasExponent = 2;
/** The string holds a comma, not counting an escaped one. */
export const hasComma = 4;

const [tab, lineFeed, carriageReturn, space, quote, comma] = [0x09, 0x0a, 0x0d, 0x20, 0x22, 0x2c];
const [plus, minus, point, zero, nine, colon, backslash] = [0x2b, 0x2d, 0x2e, 0x30, 0x39, 0x3a, 0x5c];
const [openBracket, openBrace, closeBrace] = [0x5b, 0x7b, 0x7d];
const [letterE, letterF, letterN, letterT, letterU] = [0x65, 0x66, 0x6e, 0x74, 0x75];
const [commas, highBits] = [fourTimes(comma), fourTimes(0x80)];
const [nullWord, trueWord, alseWord] = [asciiWord('null'), asciiWord('true'), asciiWord('alse')];
/** `]` follows `[` and `}` follows `{` at this distance in ASCII. */
const toClosing = 2;

/**
 * A cursor-less reader: each method takes the position where something starts and answers the one behind it.
 *
 * There must be a byte at `stop`, and it must be none that a value can go on with, such as the line feed behind a
 * line: so every loop ends there, which is cheaper than to compare each position with `stop`.
 */
export class JsonBytes {
  buffer: Buffer = Buffer.alloc(0);
  /** The same bytes. */
  words: DataView = latestWordsOf(this.buffer);
  stop = 0;
  /** Traits of the scalar read last. */
  traits = 0;
  /** Not zero once a string since {@link open} held a byte beyond ASCII; such a text may not be UTF-8. */
  beyondAscii = 0;
  /** The key read last, inside its quotes. */
  keyStart = 0;
  keyEnd = 0;
  keyEscaped = false;
  /** Behind the `}` at which {@link member} found an object's end. */
  objectEnd = 0;
  #nesting = new Uint8Array(64);
  #depth = 0;

  open(buffer: Buffer, stop: number): void {
    this.buffer = buffer;
    this.words = latestWordsOf(buffer);
    this.stop = stop;
    this.beyondAscii = 0;
  }

  /** white space = *( SP / HT / LF / CR ) */
  space(start: number): number {
    const { words, stop } = this;
    let i = start;
    for (; i < stop; i++) {
      const byte = words.getUint8(i);
      if (byte !== space && byte !== lineFeed && byte !== carriageReturn && byte !== tab) break;
    }
    return i;
  }

  /**
   * string = DQUOTE *( plain / escape ) DQUOTE, with plain = any byte but quote, backslash and control characters
   * @param start behind the opening quote
   * @returns the closing quote's position
   */
  string(start: number): number {
    const { words } = this;
    const last = this.stop - 4;
    let traits = 0;
    let commaMarks = 0;
    let seen = 0;
    for (let i = start; ; ) {
      const word = i <= last ? words.getInt32(i, true) : lastWord(words, i, this.stop);
      const marks = endsPlain(word);
      seen |= word;
      if (marks === 0) {
        commaMarks |= zeroBytes(word ^ commas);
        i += 4;
        continue;
      }
      commaMarks |= zeroBytes(word ^ commas) & below(marks);
      i += firstMarked(marks);
      const byte = words.getUint8(i);
      if (byte === quote) {
        this.traits = commaMarks === 0 ? traits : traits | hasComma;
        this.beyondAscii |= seen & highBits;
        return i;
      }
      if (byte !== backslash) throw notJson;
      i = this.#escape(i + 1);
      traits = hasEscape;
    }
  }

  /** escape = `\` ( `"` / `\` / `/` / b / f / n / r / t / u 4HEXDIG ), from behind the backslash */
  #escape(start: number): number {
    const { words } = this;
    const byte = words.getUint8(start);
    if (unescaped[byte] !== 0) return start + 1;
    if (byte !== letterU) throw notJson;
    for (let i = start + 1; i < start + 5; i++) if (hexDigit(words.getUint8(i)) < 0) throw notJson;
    return start + 5;
  }

  /** number = [ - ] ( 0 / 1-9 *DIGIT ) [ . 1*DIGIT ] [ ( e / E ) [ + / - ] 1*DIGIT ] */
  number(start: number): number {
    const { words } = this;
    let i = words.getUint8(start) === minus ? start + 1 : start;
    i = words.getUint8(i) === zero ? i + 1 : this.#digits(i);
    if (words.getUint8(i) === point) i = this.#digits(i + 1);
    this.traits = 0;
    // Their capital and small letters differ in one bit.
    if ((words.getUint8(i) | 0x20) === letterE) {
      this.traits = hasExponent;
      const sign = words.getUint8(i + 1);
      i = this.#digits(sign === plus || sign === minus ? i + 2 : i + 1);
    }
    return i;
  }

  #digits(start: number): number {
    const { words } = this;
    let i = start;
    for (let byte = words.getUint8(i); byte >= zero && byte <= nine; ) byte = words.getUint8(++i);
    if (i === start) throw notJson;
    return i;
  }

  /** scalar = string / number / true / false / null */
  scalar(start: number): number {
    const byte = this.words.getUint8(start);
    if (byte === quote) return this.string(start + 1) + 1;
    if (byte === letterN) return this.#literal(start, nullWord);
    if (byte === letterT) return this.#literal(start, trueWord);
    if (byte === letterF) return this.#literal(start + 1, alseWord);
    return this.number(start);
  }

  #literal(start: number, word: number): number {
    this.traits = 0;
    if (start + 4 > this.stop || this.words.getInt32(start, true) !== word) throw notJson;
    return start + 4;
  }

  /** value = scalar / object / array. A level of nesting costs a byte, never the stack. */
  value(start: number): number {
    const { words } = this;
    const end = this.#plainList(start);
    if (end > 0) return end;
    this.#depth = 0;
    let i = start;
    do {
      const byte = words.getUint8(i);
      if (byte === openBrace || byte === openBracket) {
        i = this.space(i + 1);
        if (words.getUint8(i) !== byte + toClosing) {
          this.#nest(byte);
          if (byte === openBrace) i = this.key(i);
          continue;
        }
        i++;
      } else {
        i = this.scalar(i);
      }
      if (this.#depth > 0) i = this.#behindValue(i);
    } while (this.#depth > 0);
    return i;
  }

  /** `[` string *( `,` string ) `]`, as arrays mostly come; -1 for any other value, valid or not. */
  #plainList(start: number): number {
    const { words } = this;
    if (words.getUint8(start) !== openBracket) return -1;
    for (let i = start + 1; words.getUint8(i) === quote; i++) {
      i = this.string(i + 1) + 1;
      if (words.getUint8(i) === openBracket + toClosing) return i + 1;
      if (words.getUint8(i) !== comma) return -1;
    }
    return -1;
  }

  /** What may follow a value inside of others: their ends, and then, if one is left open, its next value. */
  #behindValue(start: number): number {
    const { words } = this;
    let i = start;
    do {
      const around = this.#nesting[this.#depth - 1] as number;
      i = this.space(i);
      if (words.getUint8(i) === comma) {
        i = this.space(i + 1);
        return around === openBrace ? this.key(i) : i;
      }
      if (words.getUint8(i) !== around + toClosing) throw notJson;
      i++;
      this.#depth--;
    } while (this.#depth > 0);
    return i;
  }

  #nest(byte: number): void {
    const depth = this.#depth++;
    if (depth === this.#nesting.length) {
      const longer = new Uint8Array(2 * depth);
      longer.set(this.#nesting);
      this.#nesting = longer;
    }
    this.#nesting[depth] = byte;
  }

  /** key = string ws : ws. Answers the position of the value. */
  key(start: number): number {
    if (this.words.getUint8(start) !== quote) throw notJson;
    this.keyStart = start + 1;
    this.keyEnd = this.string(start + 1);
    this.keyEscaped = (this.traits & hasEscape) !== 0;
    const i = this.space(this.keyEnd + 1);
    if (this.words.getUint8(i) !== colon) throw notJson;
    return this.space(i + 1);
  }

  /**
   * Steps to a member of an object and reads its key.
   * @param start behind the object's `{` if `first`, else behind the value of the member before
   * @returns the position of the member's value, or -1 at the object's end, with {@link objectEnd} set
   */
  member(start: number, first: boolean): number {
    const i = this.space(start);
    const byte = this.words.getUint8(i);
    if (byte === closeBrace) {
      this.objectEnd = i + 1;
      return -1;
    }
    if (first) return this.key(i);
    if (byte !== comma) throw notJson;
    return this.key(this.space(i + 1));
  }

  /** Whether the key read last is `name`, given as its UTF-8 bytes. */
  keyIs(name: Buffer): boolean {
    const { buffer, keyStart, keyEnd } = this;
    if (this.keyEscaped) return decodeText(buffer, keyStart, keyEnd) === name.toString();
    return equalBytes(buffer, keyStart, keyEnd, name);
  }
}
