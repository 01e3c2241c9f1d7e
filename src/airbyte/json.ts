/** JSON's grammar over bytes: steps from value to value and accepts exactly what JSON.parse accepts. */
import { decodeText, equalBytes, hexDigit } from './bytes.ts';
import { controlBytes, firstMarked, fourTimes, latestWordsOf, zeroBytes } from './words.ts';

/** Thrown, always the same one, where the bytes are not JSON. */
export const notJson = new SyntaxError('it is not valid JSON');

/** Traits of a value, one bit each: the string holds a backslash. */
export const hasEscape = 1;
/** The number has an exponent. */
export const hasExponent = 2;

const [tab, lineFeed, carriageReturn, space, quote, comma] = [0x09, 0x0a, 0x0d, 0x20, 0x22, 0x2c];
const [plus, minus, point, zero, nine, colon, backslash] = [0x2b, 0x2d, 0x2e, 0x30, 0x39, 0x3a, 0x5c];
const [openBracket, openBrace, closeBrace] = [0x5b, 0x7b, 0x7d];
const [quotes, backslashes, highBits] = [fourTimes(quote), fourTimes(backslash), fourTimes(0x80)];
/** `]` follows `[` and `}` follows `{` at this distance in ASCII. */
const toClosing = 2;
const [nullBytes, trueBytes, falseBytes] = [Buffer.from('null'), Buffer.from('true'), Buffer.from('false')];

/**
 * A cursor-less reader: each method takes the position where something starts and answers the one behind it.
 *
 * It may look past `stop`, and then answers a position beyond it. So the caller compares the last position with
 * `stop` once, which is cheaper than a check at each byte.
 */
export class JsonBytes {
  buffer: Buffer = Buffer.alloc(0);
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
    const buffer = this.buffer;
    let i = start;
    for (let byte = buffer[i]; byte === space || byte === lineFeed || byte === carriageReturn || byte === tab; ) {
      byte = buffer[++i];
    }
    return i;
  }

  /**
   * string = DQUOTE *( plain / escape ) DQUOTE
   * @param start behind the opening quote
   * @returns the closing quote's position
   */
  string(start: number): number {
    const { buffer } = this;
    let traits = 0;
    for (let i = this.#plainEnd(start); ; i = this.#plainEnd(i)) {
      const byte = buffer[i];
      if (byte === quote) {
        this.traits = traits;
        return i;
      }
      if (byte !== backslash) throw notJson;
      i = this.#escape(i + 1);
      traits = hasEscape;
    }
  }

  /** plain = any byte but quote, backslash, control characters. Answers where the first other byte is, or `stop`. */
  #plainEnd(start: number): number {
    const { buffer, words, stop } = this;
    let i = start;
    let seen = 0;
    for (const last = stop - 4; i <= last; i += 4) {
      const word = words.getInt32(i, true);
      seen |= word;
      const marks = zeroBytes(word ^ quotes) | zeroBytes(word ^ backslashes) | controlBytes(word);
      if (marks !== 0) {
        this.beyondAscii |= seen & highBits;
        return i + firstMarked(marks);
      }
    }
    for (; i < stop; i++) {
      const byte = buffer[i] as number;
      if (byte === quote || byte === backslash || byte < space) break;
      seen |= byte;
    }
    this.beyondAscii |= seen & highBits;
    return i;
  }

  /** escape = `\` ( `"` / `\` / `/` / b / f / n / r / t / u 4HEXDIG ), from behind the backslash */
  #escape(start: number): number {
    const buffer = this.buffer;
    switch (buffer[start]) {
      case 0x22:
      case 0x2f:
      case 0x5c:
      case 0x62:
      case 0x66:
      case 0x6e:
      case 0x72:
      case 0x74:
        return start + 1;
      case 0x75:
        for (let i = start + 1; i < start + 5; i++) if (hexDigit(buffer[i]) < 0) throw notJson;
        return start + 5;
      default:
        throw notJson;
    }
  }

  /** number = [ - ] ( 0 / 1-9 *DIGIT ) [ . 1*DIGIT ] [ ( e / E ) [ + / - ] 1*DIGIT ] */
  number(start: number): number {
    const buffer = this.buffer;
    let i = buffer[start] === minus ? start + 1 : start;
    i = buffer[i] === zero ? i + 1 : this.#digits(i);
    if (buffer[i] === point) i = this.#digits(i + 1);
    this.traits = 0;
    if (buffer[i] === 0x65 || buffer[i] === 0x45) {
      this.traits = hasExponent;
      const sign = buffer[i + 1];
      i = this.#digits(sign === plus || sign === minus ? i + 2 : i + 1);
    }
    return i;
  }

  #digits(start: number): number {
    const buffer = this.buffer;
    let i = start;
    while ((buffer[i] as number) >= zero && (buffer[i] as number) <= nine) i++;
    if (i === start) throw notJson;
    return i;
  }

  /** scalar = string / number / true / false / null */
  scalar(start: number): number {
    const byte = this.buffer[start];
    if (byte === quote) return this.string(start + 1) + 1;
    if (byte === 0x6e) return this.#literal(start, nullBytes);
    if (byte === 0x74) return this.#literal(start, trueBytes);
    if (byte === 0x66) return this.#literal(start, falseBytes);
    return this.number(start);
  }

  #literal(start: number, literal: Buffer): number {
    this.traits = 0;
    if (!equalBytes(this.buffer, start, start + literal.length, literal)) throw notJson;
    return start + literal.length;
  }

  /** value = scalar / object / array. A level of nesting costs a byte, never the stack. */
  value(start: number): number {
    const buffer = this.buffer;
    this.#depth = 0;
    let i = start;
    do {
      const byte = buffer[i] as number;
      if (byte === openBrace || byte === openBracket) {
        i = this.space(i + 1);
        if (buffer[i] !== byte + toClosing) {
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

  /** What may follow a value inside of others: their ends, and then, if one is left open, its next value. */
  #behindValue(start: number): number {
    const buffer = this.buffer;
    let i = start;
    do {
      const around = this.#nesting[this.#depth - 1] as number;
      i = this.space(i);
      if (buffer[i] === comma) {
        i = this.space(i + 1);
        return around === openBrace ? this.key(i) : i;
      }
      if (buffer[i] !== around + toClosing) throw notJson;
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
    if (this.buffer[start] !== quote) throw notJson;
    this.keyStart = start + 1;
    this.keyEnd = this.string(start + 1);
    this.keyEscaped = (this.traits & hasEscape) !== 0;
    const i = this.space(this.keyEnd + 1);
    if (this.buffer[i] !== colon) throw notJson;
    return this.space(i + 1);
  }

  /**
   * Steps to a member of an object and reads its key.
   * @param start behind the object's `{` if `first`, else behind the value of the member before
   * @returns the position of the member's value, or -1 at the object's end, with {@link objectEnd} set
   */
  member(start: number, first: boolean): number {
    const i = this.space(start);
    if (this.buffer[i] === closeBrace) {
      this.objectEnd = i + 1;
      return -1;
    }
    if (first) return this.key(i);
    if (this.buffer[i] !== comma) throw notJson;
    return this.key(this.space(i + 1));
  }

  /** Whether the key read last is `name`, given as its UTF-8 bytes. */
  keyIs(name: Buffer): boolean {
    const { buffer, keyStart, keyEnd } = this;
    if (this.keyEscaped) return decodeText(buffer, keyStart, keyEnd) === name.toString();
    return equalBytes(buffer, keyStart, keyEnd, name);
  }
}
