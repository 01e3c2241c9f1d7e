import fc from 'fast-check';
import t from 'tap';
import { formatFileName, parseFileName, runName } from './file_name.ts';

const text = (alphabet: string, min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: min, maxLength: max });
const word = 'ABCxyz019_-';
const name = fc.record({
  run: fc.string({ unit: 'grapheme', minLength: 1 }).map(runName),
  attempt: fc.maxSafeNat(),
  send: text('abcxyz0189', 10, 10),
  rows: fc.nat(1_000_000_000),
  digest: text(word, 16, 16),
  stream: fc.oneof(fc.string({ unit: 'grapheme' }), text(`${word}. /\\\n"`, 0, 300), fc.constant('.'.repeat(200))),
});

t.test('a name is read back as it was written, is short, and goes through any list unharmed', async (t) => {
  const check = (one: Parameters<typeof formatFileName>[0]) => {
    const fileName = formatFileName(one);
    const parsed = parseFileName(fileName);
    if (!parsed) return false;
    const { stream, ...rest } = parsed;
    const { stream: original, ...expected } = one;
    return (
      fileName.length <= 120 &&
      /^[A-Za-z0-9._-]+\.csv$/.test(fileName) &&
      JSON.stringify(rest) === JSON.stringify(expected) &&
      formatFileName({ ...rest, stream }) === fileName &&
      (stream === original || original !== stream)
    );
  };
  t.doesNotThrow(() => fc.assert(fc.property(name, check), { seed: 7, numRuns: 2000 }));
});

t.test('a file name reads as the design says', async (t) => {
  const parts = {
    run: '41',
    attempt: 2,
    send: 'abcdefgh12',
    rows: 1000,
    digest: 'A'.repeat(16),
    stream: 'public.my table',
  };
  t.equal(formatFileName(parts), '41.2.abcdefgh12.1000.AAAAAAAAAAAAAAAA.public.my_table.csv');
});

t.test('names of others are not ours', async (t) => {
  const ours = '41.0.abcdefgh12.3.AAAAAAAAAAAAAAAA.s.csv';
  t.ok(parseFileName(ours));
  const foreign = [
    undefined,
    '',
    'accounts.csv',
    'other client 1.csv',
    ours.replace('.csv', '.CSV'),
    `x/${ours}`,
    ` ${ours}`,
    `${ours}\n`,
    ours.replace('.0.', '.-1.'),
    ours.replace('.3.', '.3e2.'),
    ours.replace('AAAA', 'AA A'),
    ours.replace('abcdefgh12', 'ABCDEFGH12'),
    ours.replace('41.', '.'),
  ];
  for (const name of foreign) t.equal(parseFileName(name), undefined, JSON.stringify(name));
});

t.test('a run keeps what a file name can hold of it', async (t) => {
  t.equal(runName('17-abc_X'), '17-abc_X');
  t.equal(runName('a.b/c d'), 'a_b_c_d');
  t.equal(runName('7'.repeat(99)), '7'.repeat(40));
});
