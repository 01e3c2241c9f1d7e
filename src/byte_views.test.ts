/** Comparing words gives the same result as comparing bytes. */
import fc from 'fast-check';
import t from 'tap';
import { sameBytes, viewOf } from './byte_views.ts';

/** Text of everything that JSON allows unescaped, with every length of UTF-8. */
const text = (minLength: number) =>
  fc
    .array(fc.constantFrom(' ', '"', '\\', ':', 'a', '\u007f', 'é', 'ÿ', '語', '\uffff', '😀', '\u{10ffff}'), { minLength, maxLength: 40 })
    .map((pieces) => pieces.join('')); // biome-ignore format: a list of samples

t.test('text is the same if its bytes are, wherever it is', (t) => {
  const property = fc.property(text(4), text(0), text(0), fc.nat(), fc.nat(255), (known, before, behind, at, byte) => {
    const own = Buffer.from(known);
    const lead = Buffer.byteLength(before);
    const other = Buffer.from(`${before}${known}${behind}`);
    const same = () => sameBytes(viewOf(own), 0, viewOf(other), lead, own.length);
    if (!same()) return false;
    other[lead + (at % own.length)] = byte;
    return same() === other.subarray(lead, lead + own.length).equals(own);
  });
  fc.assert(property, { numRuns: 2000, seed: 1 });
  t.end();
});
