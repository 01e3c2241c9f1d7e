import fc from 'fast-check';
import t, { type Test } from 'tap';
import { KeyBins } from './key_bins.ts';

/**
 * Enters rows and returns what replaces each. The key's number is in one of the four words of its digest; the hash is
 * the number modulo `modulus`.
 */
function replaced(t: Test, bins: KeyBins, foreseen: number, keys: readonly number[], modulus: number): number[] {
  const replacedBy = new Uint32Array(keys.length);
  bins.reset(foreseen, replacedBy);
  for (const [row, key] of keys.entries()) {
    const words = new Uint32Array(6);
    words[1 + (key % 4)] = 1 + key;
    bins.enter(words, 1, key % modulus, row);
  }
  t.equal(bins.finish(), replacedBy.filter((next) => next > 0).length);
  return [...replacedBy];
}

function expected(keys: readonly number[]): number[] {
  const next = new Map<number, number>();
  const before = [...keys.entries()].reverse().map(([row, key]) => {
    const later = next.get(key) ?? 0;
    next.set(key, row + 1);
    return later;
  });
  return before.reverse();
}

t.test('keys are distinguished whatever their hash and however many were expected, also on reuse', async (t) => {
  const bins = new KeyBins();
  const check = (foreseen: number, keys: readonly number[], modulus: number): void => {
    t.strictSame(replaced(t, bins, foreseen, keys, modulus), expected(keys));
  };
  const keys = fc.array(fc.nat(60), { minLength: 1, maxLength: 150 });
  const few = fc.constantFrom(1, 10, 1000, 100_000);
  await fc.assert(fc.property(few, keys, fc.constantFrom(1, 7, 1e9), check), { seed: 6, numRuns: 200 });
});

t.test('a bin that a bad hash fills up grows, and the others with it', async (t) => {
  const bins = new KeyBins();
  const keys = Array.from({ length: 16_000 }, (_, row) => row % 14_000);
  // The first of two bins gets two thirds.
  for (const foreseen of [1, 10_000, 1]) t.strictSame(replaced(t, bins, foreseen, keys, 3), expected(keys));
});

t.test('keys are distinguished by every word of their digests', async (t) => {
  const bins = new KeyBins();
  const words = Uint32Array.of(1, 1, 1, 1, 2, 1, 1, 1, 1, 2, 1, 1, 1, 1, 2, 1, 1, 1, 1, 2);
  const replacedBy = new Uint32Array(10);
  bins.reset(10, replacedBy);
  for (let row = 0; row < 10; row += 1) bins.enter(words, (row % 5) * 4, 0, row);
  t.equal(bins.finish(), 5);
  t.strictSame([...replacedBy], [6, 7, 8, 9, 10, 0, 0, 0, 0, 0]);
});

t.test(
  'the row with the greatest version stays, of equal ones the last, and an earlier deletion removes no later row',
  async (t) => {
    const bins = new KeyBins(true);
    const version = fc.tuple(fc.nat(2), fc.nat(2));
    const rows = fc.array(fc.record({ key: fc.nat(9), isDeletion: fc.boolean(), version }), { maxLength: 60 });
    await fc.assert(
      fc.property(rows, fc.constantFrom(1, 100), (entries, foreseen) => {
        const replacedBy = new Uint32Array(entries.length);
        const best = new Map<number, number>();
        const expected = entries.map(() => 0);
        bins.reset(foreseen, replacedBy);
        for (const [
          row,
          {
            key,
            isDeletion,
            version: [high, low],
          },
        ] of entries.entries()) {
          const words = Uint32Array.of(key, 0, 0, 1, Number(isDeletion), high, 0, 0, low);
          bins.enter(words, 0, key, row);
          const before = best.get(key);
          const other = before === undefined ? undefined : entries[before];
          const isOlder =
            other !== undefined && !other.isDeletion && high * 3 + low < other.version[0] * 3 + other.version[1];
          if (isOlder) expected[row] = (before as number) + 1;
          else if (before !== undefined) expected[before] = row + 1;
          if (!isOlder) best.set(key, row);
        }
        bins.finish();
        t.strictSame([...replacedBy], expected);
      }),
      { seed: 6, numRuns: 300 },
    );
  },
);
