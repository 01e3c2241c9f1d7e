/** Steps over JSON that is known to be valid, in any buffer: for rare messages, not for records. */

const [space, quote, comma, backslash] = [0x20, 0x22, 0x2c, 0x5c];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];
const nullStart = 0x6e;

/** Each method takes the position where something starts and returns the one after it. */
export class JsonCursor {
  readonly buffer: Buffer;
  /** Start of the key read last, inside its quotes. */
  keyStart = 0;
  keyEnd = 0;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  /** The position after white space. */
  space(start: number): number {
    let i = start;
    while ((this.buffer[i] ?? space + 1) <= space) i++;
    return i;
  }

  /**
   * @param start after a string's opening quote
   * @returns the closing quote's position
   */
  string(start: number): number {
    const { buffer } = this;
    let i = start;
    while (i < buffer.length && buffer[i] !== quote) i += buffer[i] === backslash ? 2 : 1;
    return i;
  }

  value(start: number): number {
    const { buffer } = this;
    let depth = 0;
    let i = start;
    do {
      const byte = buffer[i];
      if (byte === quote) {
        i = this.string(i + 1);
      } else if (byte === openBrace || byte === openBracket) {
        depth++;
      } else if (byte === closeBrace || byte === closeBracket) {
        depth--;
      } else if (depth === 0) {
        return this.#scalar(i);
      }
      i++;
    } while (depth > 0 && i < buffer.length);
    return i;
  }

  /** The position after a number or a literal. */
  #scalar(start: number): number {
    let i = start;
    for (let byte = this.buffer[i] ?? 0; byte > space && byte !== comma; byte = this.buffer[++i] ?? 0) {
      if (byte === closeBrace || byte === closeBracket) break;
    }
    return i;
  }

  /**
   * Steps to a member of an object and reads its key.
   * @param start after the object's `{` if `first`, otherwise after the value of the previous member
   * @returns the position of the member's value, or -1 at the object's end
   */
  member(start: number, first: boolean): number {
    const i = this.space(start);
    // A text that ends too early ends its object: otherwise its end would never be reached.
    if (i >= this.buffer.length || this.buffer[i] === closeBrace) return -1;
    // After the opening quote, which may follow a comma.
    this.keyStart = (first ? i : this.space(i + 1)) + 1;
    this.keyEnd = this.string(this.keyStart);
    // After the colon.
    return this.space(this.space(this.keyEnd + 1) + 1);
  }

  /** Whether the key read last is `name`, given as its UTF-8 bytes. */
  keyIs(name: Buffer): boolean {
    return keyIs(this.buffer, this.keyStart, this.keyEnd, name);
  }

  /**
   * Where the values of these members start, for a repeated one the last; undefined if there is no object at `start`.
   */
  find(start: number | undefined, names: readonly Buffer[]): (number | undefined)[] {
    const found: (number | undefined)[] = names.map(() => undefined);
    if (!this.isObject(start)) return found;
    let end = start + 1;
    for (let value = this.member(end, true); value >= 0; value = this.member(end, false)) {
      const at = names.findIndex((name) => this.keyIs(name));
      if (at >= 0) found[at] = value;
      end = this.value(value);
    }
    return found;
  }

  isObject(start: number | undefined): start is number {
    return start !== undefined && this.buffer[start] === openBrace;
  }

  /** Whether there is no value, or null. */
  isNull(start: number | undefined): boolean {
    return start === undefined || this.buffer[start] === nullStart;
  }

  /** The text of the string at `start`; undefined if there is none. */
  text(start: number | undefined): string | undefined {
    if (start === undefined || this.buffer[start] !== quote) return undefined;
    return decodeText(this.buffer, start + 1, this.string(start + 1));
  }
}

/** Whether the key `[start, end)` is `name`, given as its UTF-8 bytes. */
export function keyIs(buffer: Buffer, start: number, end: number, name: Buffer): boolean {
  if (equalBytes(buffer, start, end, name)) return true;
  // An escape is longer than the character it stands for.
  return end - start > name.length && decodeText(buffer, start, end) === name.toString();
}

export function decodeText(buffer: Buffer, start: number, stop: number): string {
  const text = buffer.toString('utf8', start, stop);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

/** Whether the bytes `[start, stop)` are those of `other`. */
export function equalBytes(buffer: Buffer, start: number, stop: number, other: Uint8Array): boolean {
  if (stop - start !== other.length) return false;
  for (let i = 0; i < other.length; i++) if (buffer[start + i] !== other[i]) return false;
  return true;
}
