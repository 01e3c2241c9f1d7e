/** Parses a response whose `data` is an array while it arrives: a million row errors are never held as one text. */

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Passes on each element of the array `data` of the outermost object, and keeps the rest of the text. */
export class JsonArray {
  readonly #onElement: (element: unknown) => void;
  readonly #redact: (text: string) => string;
  /** The text around the elements. */
  #outer = '';
  /** The part of an element received so far. */
  #begun: Buffer[] = [];
  #depth = 0;
  #isInside = false;
  #isString = false;
  #isEscaped = false;
  #isBroken = false;

  /** @param redact removes secrets from an element's text */
  constructor(onElement: (element: unknown) => void, redact = (text: string) => text) {
    this.#onElement = onElement;
    this.#redact = redact;
  }

  /** Takes the next bytes of the response. */
  write(chunk: Buffer): void {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (this.#isString) this.#passString(byte);
      else if (byte === quote) this.#isString = true;
      else if (byte === comma && this.#depth === 2) from = this.#separate(chunk, from, at);
      else if (byte === openBrace || byte === openBracket) from = this.#open(byte, chunk, from, at);
      else if (byte === closeBrace || byte === closeBracket) from = this.#close(chunk, from, at);
    }
    if (this.#isInside) this.#begun.push(chunk.subarray(from));
    else this.#outer += chunk.toString('latin1', from);
  }

  /** Bytes held in memory. */
  get held(): number {
    return this.#begun.reduce((sum, { length }) => sum + length, this.#outer.length);
  }

  /** The response without the elements, as text; undefined if an element is invalid JSON. */
  remainder(): string | undefined {
    return this.#isBroken ? undefined : Buffer.from(this.#outer, 'latin1').toString('utf8');
  }

  #passString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === backslash) this.#isEscaped = true;
    else if (byte === quote) this.#isString = false;
  }

  // Each returns the position from which the chunk must still be kept.

  #open(byte: number, chunk: Buffer, from: number, at: number): number {
    this.#depth += 1;
    if (byte !== openBracket || this.#depth !== 2) return from;
    this.#outer += chunk.toString('latin1', from, at + 1);
    this.#isInside = /"data"\s*:\s*\[$/.test(this.#outer);
    return at + 1;
  }

  #separate(chunk: Buffer, from: number, at: number): number {
    if (!this.#isInside) return from;
    this.#end(chunk.subarray(from, at));
    return at + 1;
  }

  #close(chunk: Buffer, from: number, at: number): number {
    this.#depth -= 1;
    if (this.#depth !== 1 || !this.#isInside) return from;
    this.#end(chunk.subarray(from, at));
    this.#isInside = false;
    return at;
  }

  #end(last: Buffer): void {
    const text = Buffer.concat([...this.#begun, last]).toString('utf8');
    this.#begun = [];
    // An array without elements.
    if (/^\s*$/.test(text)) return;
    try {
      this.#onElement(JSON.parse(this.#redact(text)));
    } catch {
      this.#isBroken = true;
    }
  }
}
