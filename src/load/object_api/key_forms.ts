/** Keys of records: as they are sent, as a query shows them, and in the form in which a tenant may take two for one. */

/** One value of a key. */
export interface KeyValue {
  readonly kind: 'text' | 'number' | 'boolean';
  /** Of a number its digits. */
  readonly text: string;
}

/** The key of a record. */
export interface Key {
  readonly values: readonly KeyValue[];
  /** The same for keys that are equal without regard to case, accents, outer white space, the form of a number, and types. */
  readonly normal: string;
}

/** @param values none is empty */
export function keyOf(values: readonly KeyValue[]): Key {
  return { values, normal: JSON.stringify(values.map(({ text }) => normalForm(text))) };
}

/** The key of a record as a query shows it; undefined if a value is missing, or is none that a key can have. */
export function foundKey(values: readonly unknown[]): Key | undefined {
  const known = values.map(foundValue);
  return known.every((value) => value !== undefined && value.text.trim() !== '')
    ? keyOf(known as KeyValue[])
    : undefined;
}

function foundValue(value: unknown): KeyValue | undefined {
  if (typeof value === 'string') return { kind: 'text', text: value };
  if (typeof value === 'number') return { kind: 'number', text: String(value) };
  return typeof value === 'boolean' ? { kind: 'boolean', text: String(value) } : undefined;
}

/**
 * Whether two keys are certainly one: the same texts, or the same numbers to the last digit. A number and a text are
 * the same if the text has exactly its digits.
 */
export function isSameKey(one: Key, other: Key): boolean {
  return one.values.every((value, at) => isSameValue(value, other.values[at]));
}

function isSameValue(one: KeyValue, other: KeyValue | undefined): boolean {
  if (!other) return false;
  if (one.kind === 'number' && other.kind === 'number') return decimal(one.text) === decimal(other.text);
  return one.text === other.text;
}

const numeric = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,4}))?$/i;

/** Accents, and characters that nobody sees. Not the marks of other scripts: those are vowels, which make other words. */
const marks = /[\u0300-\u036f\p{Default_Ignorable_Code_Point}]/gu;

/** The same for texts that are equal without regard to case, accents, outer white space, and the form of a number. */
export function normalForm(text: string): string {
  // In upper case first: ß is SS there, as some databases have it.
  const plain = text.normalize('NFKD').replace(marks, '').trim().toUpperCase().toLowerCase();
  // As doubles: a query may show no more digits of a number.
  return numeric.test(plain) && /\d/.test(plain) ? String(Number(plain) + 0) : plain;
}

/** The digits of a number without leading and trailing zeros, and its exponent: equal numbers have the same. */
function decimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = numeric.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return '0';
  const power = Number(exponent) - fraction.length + (digits.length - kept.length);
  return `${sign === '-' ? '-' : ''}${kept}e${power}`;
}
