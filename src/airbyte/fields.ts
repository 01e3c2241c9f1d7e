/** The members of a record's `data`: where each key and each value lies. The innermost loop of the connector. */
import { JsonBytes } from './json.ts';
import type { KeyShape } from './shape.ts';

const [quote, openBracket, openBrace] = [0x22, 0x5b, 0x7b];

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
  /** Where the `{` of the fields lies. */
  fieldsStart = 0;
  protected readonly json = new JsonBytes();
  /** The keys of the latest fields are the expected ones, as far as these go, and not yet located. */
  protected isExpected = false;
  #expected: KeyShape | undefined;

  /**
   * Reads the fields from their `{` on and answers the position behind their `}`.
   * @param expected the keys that probably come
   */
  protected fields(start: number, expected: KeyShape): number {
    const { json } = this;
    const { words, stop } = json;
    this.fieldsStart = start;
    this.#expected = expected;
    this.isExpected = expected.id !== 0;
    let count = 0;
    for (let i = start; ; count++) {
      let value = expected.match(count, words, i, stop);
      if (value < 0) value = this.#unexpected(count, i, expected);
      else if (!this.isExpected) this.#locateKey(count, value, expected);
      if (value < 0) break;
      const byte = words.getUint8(value);
      if (byte === quote) i = json.string(value + 1) + 1;
      else if (byte === openBrace || byte === openBracket) i = json.value(value);
      else i = json.scalar(value);
      this.valueStart[count] = value;
      this.valueEnd[count] = i;
      this.valueTraits[count] = json.traits;
    }
    this.fieldCount = count;
    json.beyondAscii |= expected.beyondAscii;
    this.shape = this.isExpected && expected.isWhole ? expected.id : 0;
    return json.objectEnd;
  }

  /** Must be called before the keys are read: those that came as expected are located only here. */
  locateKeys(): void {
    const expected = this.#expected;
    if (!this.isExpected || expected === undefined) return;
    this.isExpected = false;
    const count = Math.min(this.fieldCount, expected.count);
    for (let i = 0; i < count; i++) this.#locateKey(i, this.valueStart[i] as number, expected);
  }

  #locateKey(index: number, value: number, expected: KeyShape): void {
    const start = value - (expected.distances[index] as number);
    this.keyStart[index] = start;
    this.keyEnd[index] = start + (expected.lengths[index] as number);
    this.keyEscaped[index] = expected.escaped[index] as number;
  }

  /** Reads a key that is not the expected one and answers where its value starts; -1 at the end of the fields. */
  #unexpected(index: number, start: number, expected: KeyShape): number {
    const { json } = this;
    const value = index === 0 ? json.member(start + 1, true) : json.member(start, false);
    const isBehind = index >= expected.count;
    if (!isBehind || (value >= 0 && expected.isWhole)) {
      this.fieldCount = index;
      this.locateKeys();
    }
    if (value < 0) return value;
    if (index === this.keyStart.length) this.#grow();
    this.keyStart[index] = json.keyStart;
    this.keyEnd[index] = json.keyEnd;
    this.keyEscaped[index] = json.keyEscaped ? 1 : 0;
    return value;
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
