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
    { seed: 2, numRuns: 500 },
  );
});
