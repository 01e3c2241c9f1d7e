import fc from 'fast-check';
import t from 'tap';
import { redactor } from './redaction.ts';

t.test('each spelling of a secret becomes asterisks', async (t) => {
  const redact = redactor(['aB+/c="9 =', '']);
  for (const text of [
    'key aB+/c="9 = end',
    'key aB+/c=\\"9 = end',
    'key aB+\\/c=\\"9 = end',
    'key aB+/c\\u003d\\"9 \\u003d end',
    'key aB%2B%2Fc%3D%229%20%3D end',
    'key aB%2b%2fc%3d%229%20%3d end',
    'key aB%2B%2Fc%3D%229+%3D end',
  ]) {
    t.equal(redact(text), 'key *** end', text);
  }
});

t.test('a text of fewer than four characters goes only where it stands alone', async (t) => {
  const redact = redactor(['abc']);
  t.equal(redact('abc, (ABC) and "abc"; abcd, xabc, fabcs'), '***, (***) and "***"; abcd, xabc, fabcs');
});

t.test('one secret that begins another leaves nothing of it', async (t) => {
  t.equal(redactor(['secret', 'secret-longer'])('secret-longer secret'), '*** ***');
});

t.test('nor does its beginning where a text was cut', async (t) => {
  const redact = redactor(['s3cr3t/+key']);
  for (const part of ['s3cr3', 's3cr3t/+ke', 's3cr3t\\/+k', 's3cr3t%2F%2B'])
    t.equal(redact(`words ${part}…, and more`), 'words ***…, and more', part);
  t.equal(redact('the s3cr3ts, s3c…'), 'the s3cr3ts, s3c…');
});

t.test('a secret is found as HTML has it, and with its white space made one space', async (t) => {
  const redact = redactor([`a&b  "c'<d>`]);
  for (const text of ['a&amp;b  &quot;c&apos;&lt;d&gt;', 'a&#38;b  &#34;c&#39;&#60;d&#62;', `a&b "c'<d>`])
    t.equal(redact(`x ${text} y`), 'x *** y', text);
});

t.test('any secret that a configuration allows can be looked for', async (t) => {
  for (const secret of [
    '\\^$.*+?()[]{}|/-'.repeat(250),
    ' $&'.repeat(900),
    '\u00ff'.repeat(4000),
    '(',
    '\\',
    '"',
    '***',
  ])
    t.equal(redactor([secret])(`x ${secret} y`), 'x *** y');
});

t.test('without secrets a text stays as it is', async (t) => {
  t.equal(redactor([''])('as it is'), 'as it is');
});

t.test('no secret of four characters or more survives, plain, in JSON or in a URL', async () => {
  const secret = fc
    .string({ unit: 'binary', minLength: 4, maxLength: 40 })
    .filter((text) => !/\p{Surrogate}/u.test(text) && !text.includes('*'));
  fc.assert(
    fc.property(secret, (text) => {
      const redact = redactor([text]);
      const spelled = [text, JSON.stringify(text), encodeURIComponent(text)];
      return spelled.every((each) => redact(`x ${each} y`).includes('***')) && !redact(`x${text}y`).includes(text);
    }),
    { seed: 2, numRuns: 200 },
  );
});
