import fc from 'fast-check';
import t from 'tap';
import { versionOf } from './row_version.ts';

type Kind = 'number' | 'date-time';

/** Negative: the first is lower. */
function compare(one: string | undefined, other: string | undefined, kind: Kind): number {
  const [first, second] = [one, other].map((text) => versionOf(text, kind));
  if (!first || !second) throw new Error(`${one} or ${other} cannot be read`);
  for (const [at, word] of first.entries()) if (word !== second[at]) return word - (second[at] as number);
  return 0;
}

const ascending: Readonly<Record<Kind, readonly string[]>> = {
  number: [
    'null',
    '-1e400',
    '-9007199254740993',
    '-9007199254740992',
    '-10',
    '-9.5',
    '-1',
    '-0.1',
    '-0.01',
    '0',
    '1e-400',
    '0.009',
    '0.01',
    '1',
    '1.0000000000000000001',
    '2',
    '10',
    '9007199254740992',
    '9007199254740993',
    '"9007199254740994"',
    '99999999999999999999999999',
    '1e30',
    '12e30',
  ],
  'date-time': [
    'null',
    '"0000-01-01T00:00:00+10:00"',
    '"1969-12-31T23:59:59.5Z"',
    '"1970-01-01"',
    '"2026-03-01T10:00:00Z"',
    '"2026-03-01T10:00:00.000000001Z"',
    '"2026-03-01T10:00:00.1Z"',
    '"2026-03-01T10:00:00.10001+00:00"',
    '"2026-03-01T10:00:00-01:00"',
    '"2026-03-02T00:00"',
    '"9999-12-31T23:59:59-10:00"',
  ],
};

for (const [kind, values] of Object.entries(ascending) as [Kind, readonly string[]][]) {
  t.test(`each ${kind} is greater than those before it, and none is lowest`, async (t) => {
    for (const [at, value] of values.entries()) {
      t.equal(compare(value, value, kind), 0);
      for (const before of values.slice(0, at)) {
        t.ok(compare(before, value, kind) < 0, `${before} < ${value}`);
        t.ok(compare(value, before, kind) > 0, `${value} > ${before}`);
      }
    }
  });
}

t.test('the same value is the same however it is written', async (t) => {
  for (const [one, other] of [
    ['1', '1.000'],
    ['100', '1e2'],
    ['-0', '0'],
    ['0.5', '5E-1'],
    ['7', '"7"'],
  ] as const)
    t.equal(compare(one, other, 'number'), 0, `${one} = ${other}`);
  t.equal(compare('"2026-03-01T10:00:00Z"', '"2026-03-01 12:00+02"', 'date-time'), 0);
  t.equal(compare(undefined, 'null', 'number'), 0);
});

t.test('what is neither null nor of the kind cannot be read', async (t) => {
  for (const text of ['"x"', '""', 'true', '[1]', '{}', '"Infinity"'])
    t.equal(versionOf(text, 'number'), undefined, text);
  for (const text of ['5', '"soon"', '""', '{}']) t.equal(versionOf(text, 'date-time'), undefined, text);
});

t.test('any numbers are ordered as JavaScript orders them', async () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(number, number, (one, other) => {
      const order = Math.sign(compare(JSON.stringify(one), JSON.stringify(other), 'number'));
      return order === Math.sign(one - other) || one === other;
    }),
    { seed: 6, numRuns: 2000 },
  );
});
