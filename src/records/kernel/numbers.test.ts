import t from 'tap';
import { writeOutExponent } from './numbers.ts';

t.test('an exponent is written out exactly', async (t) => {
  const cases: readonly [string, string | undefined][] = [
    ['1e0', '1'],
    ['1e3', '1000'],
    ['1E+3', '1000'],
    ['1.5e3', '1500'],
    ['1.50e1', '15.0'],
    ['1.50E0', '1.50'],
    ['-1.5e-3', '-0.0015'],
    ['12345e-2', '123.45'],
    ['12345e-5', '0.12345'],
    ['0.001e2', '0.1'],
    ['0.001e3', '1'],
    ['0.001e5', '100'],
    ['0e10', '0'],
    ['-0e0', '-0'],
    ['0e-3', '0.000'],
    ['1e0000000000000000000002', '100'],
    ['9007199254740993e1', '90071992547409930'],
    ['1e400', `1${'0'.repeat(400)}`],
    ['1e-400', `0.${'0'.repeat(399)}1`],
    ['1e401', undefined],
    ['-1e-401', undefined],
    ['1e99999999999999999999', undefined],
  ];
  for (const [text, expected] of cases) t.equal(writeOutExponent(text), expected, text);
});

t.test('what is written out is the same number', async (t) => {
  for (let exponent = -30; exponent <= 30; exponent++) {
    for (const digits of ['7', '0.25', '120', '-3.125', '10.50']) {
      const text = `${digits}e${exponent}`;
      const written = writeOutExponent(text) ?? '';
      t.equal(Number(written), Number(text), text);
      t.match(written, /^-?(0|[1-9]\d*)(\.\d+)?$/, text);
    }
  }
});
