/** Writes numbers with an exponent exactly, without the exponent. */

/** Larger exponents, positive or negative, are taken for mistakes. */
export const largestExponent = 400;

/**
 * Writes a JSON number with an exponent as plain decimal digits: moves the point, fills the gap with zeros and keeps
 * every digit (`1.50e1` -> `15.0`, like Java's `BigDecimal.toPlainString`).
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
