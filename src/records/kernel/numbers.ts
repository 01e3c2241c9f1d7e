/** Numbers with an exponent, written out exactly. */

/** Exponents beyond this, either way, are no numbers that anyone meant. */
export const largestExponent = 400;

/**
 * A JSON number with an exponent as plain decimal digits: the point is moved, zeros fill the gap, and no digit that
 * was written is dropped (`1.50e1` -> `15.0`, as Java's `BigDecimal.toPlainString`).
 * @returns undefined if the exponent is beyond ±{@link largestExponent}
 */
export function writeOutExponent(text: string): string | undefined {
  const [, sign = '', whole = '', fraction = '', exponentText = ''] =
    /^(-?)(\d+)(?:\.(\d+))?[eE](.+)$/.exec(text) ?? [];
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > largestExponent) return undefined;
  const point = whole.length + exponent;
  const digits = '0'.repeat(Math.max(0, 1 - point)) + whole + fraction;
  const position = Math.max(1, point);
  const integer = digits
    .slice(0, position)
    .padEnd(position, '0')
    .replace(/^0+(?=\d)/, '');
  const decimals = digits.slice(position);
  return decimals === '' ? sign + integer : `${sign}${integer}.${decimals}`;
}
