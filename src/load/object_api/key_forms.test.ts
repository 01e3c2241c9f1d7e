/** Which keys are one, which may be one, and which are certainly two. */
import t from 'tap';
import { foundKey, isSameKey, keyOf } from './key_forms.ts';

const text = (of: string) => keyOf([{ kind: 'text', text: of }]);
const number = (of: string) => keyOf([{ kind: 'number', text: of }]);

const cases: [sent: ReturnType<typeof text>, found: unknown, is: 'same' | 'similar' | 'other'][] = [
  [text('a'), 'a', 'same'],
  [text('a'), 'A', 'similar'],
  [text(' a'), 'a', 'similar'],
  [text('a\u00a0'), 'a', 'similar'],
  [text('a b'), 'ab', 'other'],
  [text('5'), '5', 'same'],
  [text('5'), 5, 'same'],
  [text('5.0'), 5, 'similar'],
  [text('5'), '5.0', 'similar'],
  [text('007'), '7', 'similar'],
  [number('5'), '5', 'same'],
  [number('5.0'), '5', 'similar'],
  [number('5.0'), 5, 'same'],
  [number('50e-1'), 5, 'same'],
  [number('-0'), 0, 'same'],
  [number('100'), 1e2, 'same'],
  [number('1000000000000000000000'), 1e21, 'same'],
  [number('12345678901234567'), 12_345_678_901_234_568, 'similar'],
  [text('true'), true, 'same'],
  [text('1e'), '1', 'other'],
  [text('.'), '0', 'other'],
  [text('é'), 'e\u0301', 'similar'],
  [text('é'), 'e', 'similar'],
  [text('É'), 'e', 'similar'],
  [text('straße'), 'STRASSE', 'similar'],
  [text('ΟΔΟΣ'), 'οδοσ', 'similar'],
  [text('İ'), 'i', 'similar'],
  [text('a\u200bb'), 'ab', 'similar'],
  [text('ａ１'), 'A1', 'similar'],
  [text('2024-02-01'), 1_706_745_600_000, 'same'],
  [text('2024-02-01T01:30:00.5+01:30'), 1_706_745_600_500, 'same'],
  [text('2024-02-01 00:00:00Z'), 1_706_745_600_000, 'same'],
  [text('2024-02-01'), '2024-02-01T00:00:00Z', 'similar'],
  [text('2024-02-01'), 1_706_745_600_001, 'other'],
  [text('2024-02-01T00:00:00'), 1_706_745_600_000, 'other'],
  [text('2024-13-01'), '2024-13-01', 'same'],
  [text('é'), 'f', 'other'],
  [text('कि'), 'की', 'other'],
];
for (const [sent, shown, is] of cases) {
  t.test(`${JSON.stringify(sent.values[0])} and ${JSON.stringify(shown)} are ${is}`, async (t) => {
    const found = foundKey([shown]);
    if (!found) throw new Error('a key');
    t.equal(isSameKey(sent, found), is === 'same');
    t.equal(sent.normal === found.normal, is !== 'other', 'what is the same is always similar');
  });
}

t.test('what no key can be', async (t) => {
  for (const value of [null, undefined, '', ' ', {}, ['a']]) t.equal(foundKey([value]), undefined);
});
