import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { catalogToken, formatFileName, ownPartOf, parseFileName, runName } from './file_name.ts';

const text = (alphabet: string, min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: min, maxLength: max });
const word = 'ABCxyz019_-';
const base32 = 'abcxyz234567';
const name = fc.record({
  run: fc.string({ unit: 'grapheme', minLength: 1 }).map(runName),
  attempt: fc.maxSafeNat(),
  send: text('abcxyz0189', 10, 10),
  rows: fc.nat(1_000_000_000),
  digest: text(base32, 20, 20),
  state: fc.oneof(fc.constant('0'), text(base32, 8, 8)),
  token: text(base32, 8, 8),
  stream: fc.oneof(fc.string({ unit: 'grapheme' }), text(`${word}. /\\\n"`, 0, 300), fc.constant('.'.repeat(200))),
});

t.test('a name is parsed as it was written, is short, and contains only safe characters', async (t) => {
  const check = (one: Parameters<typeof formatFileName>[0]) => {
    const fileName = formatFileName(one);
    const parsed = parseFileName(fileName);
    if (!parsed) return false;
    const { stream = '', ...rest } = parsed;
    const { stream: original, ...expected } = one;
    return (
      fileName.length <= 120 &&
      /^[A-Za-z0-9._-]+\.csv$/.test(fileName) &&
      isDeepStrictEqual({ ...rest }, { ...expected }) &&
      formatFileName({ ...one, stream }) === fileName.toLowerCase() &&
      formatFileName({ ...one, stream: original }) === fileName
    );
  };
  t.doesNotThrow(() => fc.assert(fc.property(name, check), { seed: 7, numRuns: 2000 }));
});

const parts = {
  digest: 'abcdefghijklmnopqrst',
  state: 'uvwxyz23',
  rows: 1000,
  send: 'abcdefgh12',
  run: '41',
  attempt: 2,
  token: 'tokentok',
  stream: 'public.my table',
};
const ours = 'abcdefghijklmnopqrst.uvwxyz23.1000.abcdefgh12.41.2.tokentok.public.my_table.csv';

t.test('a file name has the documented form', async (t) => {
  t.equal(formatFileName(parts), ours);
  t.equal(
    formatFileName({ ...parts, state: '0', stream: '' }),
    'abcdefghijklmnopqrst.0.1000.abcdefgh12.41.2.tokentok..csv',
  );
});

t.test('whatever a tenant changes in a name, what is left is parsed, and what was cut is unknown', async (t) => {
  const whole = { ...parts, stream: 'public.my_table' };
  const { digest, state } = whole;
  for (const given of [
    ours,
    ours.toUpperCase(),
    `a/b/${ours}`,
    ` ${ours} `,
    `${ours} (1).csv`,
    `upload_${ours}\n`,
    `C:\\${ours}`,
  ])
    t.match(parseFileName(given), whole, given);
  const unknown = {
    rows: undefined,
    send: undefined,
    run: undefined,
    attempt: undefined,
    token: undefined,
    stream: undefined,
  };
  const cuts: readonly [number, object][] = [
    [ours.length - 1, { ...whole, stream: undefined }],
    [56, { ...whole, token: undefined, stream: undefined }],
    [48, { ...unknown, digest, state, rows: 1000, send: 'abcdefgh12' }],
    [40, { ...unknown, digest, state, rows: 1000 }],
    [32, { ...unknown, digest, state }],
    [30, { ...unknown, digest, state }],
  ];
  for (const [length, expected] of cuts)
    t.strictSame(parseFileName(ours.slice(0, length)), expected, ours.slice(0, length));
  t.equal(parseFileName(ours.slice(0, 29)), undefined, 'too short to be distinguished from names of others');
});

t.test('of a returned name only our part is printed', (t) => {
  const name = 'cwhqzfdbmago63mwrpw3.0.3.0izyampfzg.4711.0.jrcvrklu.a.csv.companies.csv';
  const former = '41.1.abcdefgh12.3.AbCdEfGhIjKlMn_-.public.s.csv';
  for (const own of [name, name.toUpperCase(), former]) {
    for (const given of [own, `Jane Doe/${own}`, `${own} Jane`, `${own}.Jane`, `${own}\n1`])
      t.equal(ownPartOf(given), own, given);
  }
  t.equal(ownPartOf(name.slice(0, 32)), name.slice(0, 32));
  t.equal(ownPartOf('Jane Doe.csv'), undefined);
  t.equal(ownPartOf(undefined), undefined);
  t.end();
});

t.test('names of version 0.1.0 are still parsed', async (t) => {
  const former = '41.1.abcdefgh12.3.AbCdEfGhIjKlMn_-.public.s.csv';
  const expected = {
    digest: 'abcdefghijklmn_-',
    rows: 3,
    send: 'abcdefgh12',
    attempt: 1,
    run: '41',
    stream: 'public.s',
  };
  for (const given of [former, former.toUpperCase(), `x/${former}`, `${former} `])
    t.strictSame(parseFileName(given), expected);
  t.not(parseFileName(former.replace('41.', 'a_b.'))?.run, runName('a.b'), 'a run that had to be changed');
  const long = '7'.repeat(50);
  t.not(parseFileName(former.replace('41.', `${long.slice(0, 40)}.`))?.run, runName(long), 'or that was cut');
  t.equal(parseFileName(former.replace('41.', 'A-b.'))?.run, runName('A-b'));
});

t.test('names of others are not parsed as ours', async (t) => {
  const foreign = [
    undefined,
    '',
    'accounts.csv',
    'other client 1.csv',
    'abcdefghijklmnopqrst.csv',
    `x${ours}`,
    ours.replace('uvwxyz23', 'uvwxyz2'),
    ours.replace('.uvwxyz23', ''),
    ours.replace('abcd', 'ab d'),
    ours.replace('abcd', 'ab1d'),
    '41.-1.abcdefgh12.3.AAAAAAAAAAAAAAAA.s.csv',
    '41.0.abcdefgh12.3e2.AAAAAAAAAAAAAAAA.s.csv',
    '41.0.abcdefgh12.3.AAAAAA AAAAAAAAA.s.csv',
    '.0.abcdefgh12.3.AAAAAAAAAAAAAAAA.s.csv',
  ];
  for (const name of foreign) t.equal(parseFileName(name), undefined, JSON.stringify(name));
});

t.test('a run that does not fit is digested, never cut or changed: two runs never share a name', async (t) => {
  t.equal(runName('17-abc_x'), '17-abc_x');
  t.equal(runName('7'.repeat(24)), '7'.repeat(24));
  const long = ['a.b/c d', 'a_b/c d', 'A', 'a b', `${'7'.repeat(40)}1`, `${'7'.repeat(40)}2`, '7'.repeat(25)];
  const names = long.map(runName);
  t.equal(new Set([...names, ...long]).size, 2 * long.length);
  for (const name of names) t.match(name, /^[a-z2-7]{20}$/);
});

t.test('a token distinguishes catalogs by their streams, whatever their order', async (t) => {
  const [one, two] = [{ stream: { name: 'a' } }, { stream: { name: 'a', namespace: 'b' } }];
  t.match(catalogToken([one, two]), /^[a-z2-7]{8}$/);
  t.equal(catalogToken([one, two]), catalogToken([two, one]));
  t.equal(catalogToken([one]), catalogToken([{ stream: { name: 'a', namespace: '' } }]));
  t.equal(new Set([[one], [two], [one, two], []].map(catalogToken)).size, 4);
});
