import fc from 'fast-check';
import t from 'tap';
import { base32, nameList, slug } from './names.ts';

t.test('a slug keeps what is safe in a file name and replaces the rest', async (t) => {
  for (const [text, max, expected] of [
    ['accounts', 40, 'accounts'],
    ['public.accounts-v2_x', 40, 'public.accounts-v2_x'],
    ['Kunden & Verträge', 40, 'Kunden_Vertr_ge'],
    ['../../etc/passwd', 40, '.._.._etc_passwd'],
    ['顧客', 40, '_'],
    ['accounts', 3, 'acc'],
    ['accounts', 0, ''],
    ['accounts', -5, ''],
  ] as const) {
    t.equal(slug(text, max), expected, `${text} within ${max}`);
  }
});

t.test('bytes are written five bits per character, as in RFC 4648 but in lower case', async (t) => {
  for (const [text, expected] of [
    ['foobar', 'mzxw6ytboi'],
    ['fooba', 'mzxw6ytb'],
    ['', ''],
  ] as const) {
    t.equal(base32(Buffer.from(text), expected.length), expected);
    t.equal(base32(Buffer.from(text), Math.min(3, expected.length)), expected.slice(0, 3));
  }
});

t.test('whatever the text, a slug is short enough and safe', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(60), (text, max) => {
      const found = slug(text, max);
      return found.length <= max && /^[A-Za-z0-9._-]*$/.test(found);
    }),
    { seed: 1, numRuns: 300 },
  );
});

t.test('names are quoted, and invisible characters are escaped', async (t) => {
  for (const [name, expected] of [
    ['id', '"id"'],
    ['id ', '"id "'],
    ['\ufeffid', '"\\ufeffid"'],
    ['zero\u200bwidth', '"zero\\u200bwidth"'],
    ['no\u00a0break', '"no\\u00a0break"'],
    ['tag\u{e0041}', '"tag\\udb40\\udc41"'],
    ['c1\u009b', '"c1\\u009b"'],
    ['région'.normalize('NFD'), '"re\\u0301gion"'],
    ['région', '"région"'],
    ['会社', '"会社"'],
  ] as const)
    t.equal(nameList([name]), expected);
});
