/** The members of a record's `data`: where each key and each value lies. The innermost loop of the connector. */
import { JsonBytes, notJson } from './json.ts';
import type { KeyShape } from './shape.ts';

const [space, quote, comma, openBracket, openBrace, closeBrace] = [0x20, 0x22, 0x2c, 0x5b, 0x7b, 0x7d];

/** Reads `{ "key": value, … }` into typed arrays that grow with the widest record seen. */
export class FieldScanner {
  buffer: Buffer = Buffer.alloc(0);
  fieldCount = 0;
  keyStart = new Int32Array(64);
  keyEnd = new Int32Array(64);
  keyEscaped = new Uint8Array(64);
  valueStart = new Int32Array(64);
  valueEnd = new Int32Array(64);
  valueTraits = new Uint8Array(64);
  shape = 0;
  protected readonly json = new JsonBytes();
  /** The keys of the latest fields were the expected ones, as far as these went. */
  protected isExpected = false;

  /**
   * Reads the fields from behind the `{` and answers the position behind the `}`.
   * @param expected the keys that probably come; it learns those that came instead
   */
  protected fields(start: number, expected: KeyShape): number {
    const { buffer, json } = this;
    this.isExpected = expected.id !== 0;
    let count = 0;
    let i = json.space(start);
    for (let more = buffer[i] !== closeBrace; more; count++) {
      if (count === this.keyStart.length) this.#grow();
      const value = this.#key(count, i, expected);
      const byte = buffer[value];
      const end = byte === openBrace || byte === openBracket ? json.value(value) : json.scalar(value);
      this.valueStart[count] = value;
      this.valueEnd[count] = end;
      this.valueTraits[count] = json.traits;
      i = buffer[end] === comma ? end : json.space(end);
      more = buffer[i] === comma;
      if (more) i = buffer[i + 1] === quote ? i + 1 : json.space(i + 1);
    }
    if (buffer[i] !== closeBrace) throw notJson;
    this.fieldCount = count;
    json.beyondAscii |= expected.beyondAscii;
    if (count < expected.count || (count > expected.count && expected.isWhole)) this.isExpected = false;
    this.shape = this.isExpected && expected.isWhole ? expected.id : 0;
    return i + 1;
  }

  /** Takes the key at `start`, hardly looking if it is the expected one; answers where its value starts. */
  #key(index: number, start: number, expected: KeyShape): number {
    const { json } = this;
    let value = expected.match(index, json.words, start);
    if (value < 0) {
      if (index < expected.count) this.isExpected = false;
      value = json.key(start);
      this.keyStart[index] = json.keyStart;
      this.keyEnd[index] = json.keyEnd;
      this.keyEscaped[index] = json.keyEscaped ? 1 : 0;
      return value;
    }
    this.keyStart[index] = start + 1;
    this.keyEnd[index] = start + 1 + (expected.lengths[index] as number);
    this.keyEscaped[index] = expected.escaped[index] as number;
    // There may be more white space than last time.
    return (this.buffer[value] as number) <= space ? json.space(value) : value;
  }

  #grow(): void {
    for (const name of ['keyStart', 'keyEnd', 'valueStart', 'valueEnd'] as const) {
      const longer = new Int32Array(2 * this[name].length);
      longer.set(this[name]);
      this[name] = longer;
    }
    for (const name of ['keyEscaped', 'valueTraits'] as const) {
      const longer = new Uint8Array(2 * this[name].length);
      longer.set(this[name]);
      this[name] = longer;
    }
  }
}
