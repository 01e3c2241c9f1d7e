/** Parses JSON in a simple and lossless way: numbers stay text, and every value has the text that it came from. */

/** A JSON value. */
export type Json =
  | { readonly kind: 'string'; readonly text: string; readonly value: string }
  | { readonly kind: 'number' | 'literal'; readonly text: string }
  | { readonly kind: 'array'; readonly text: string; readonly items: readonly Json[] }
  /** Of repeated keys the last one counts. */
  | { readonly kind: 'object'; readonly text: string; readonly members: ReadonlyMap<string, Json> };

/** @throws SyntaxError as JSON.parse does */
export function readJson(text: string): Json {
  JSON.parse(text);
  return new Reader(text).value();
}

/** Parses text known to be valid. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): Json {
    this.#space();
    const start = this.#at;
    const text = () => this.#text.slice(start, this.#at);
    switch (this.#text[start]) {
      case '"':
        return { kind: 'string', value: this.#string(), text: text() };
      case '[':
        return { kind: 'array', items: this.#list(']', () => this.value()), text: text() };
      case '{':
        return { kind: 'object', members: new Map(this.#list('}', () => this.#member())), text: text() };
      default:
        while (/[-+.\w]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
        return { kind: /^[-\d]/.test(text()) ? 'number' : 'literal', text: text() };
    }
  }

  #list<T>(end: string, read: () => T): T[] {
    const found: T[] = [];
    this.#step();
    while (this.#text[this.#at] !== end) {
      found.push(read());
      this.#space();
      if (this.#text[this.#at] === ',') this.#step();
    }
    this.#at += 1;
    return found;
  }

  #member(): [string, Json] {
    const key = this.#string();
    this.#space();
    this.#step();
    return [key, this.value()];
  }

  #string(): string {
    const start = this.#at;
    this.#at += 1;
    while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    this.#at += 1;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  /** Skips a bracket, comma or colon. */
  #step(): void {
    this.#at += 1;
    this.#space();
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }
}
