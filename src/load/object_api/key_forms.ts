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
  /** The same for keys that are equal without regard to case, accents, outer white space, the form of a number or a date, and types. */
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
 * the same if the text has exactly its digits, or is a date at so many milliseconds since 1970, as which a query shows it.
 */
export function isSameKey(one: Key, other: Key): boolean {
  return one.values.every((value, at) => isSameValue(value, other.values[at]));
}

function isSameValue(one: KeyValue, other: KeyValue | undefined): boolean {
  if (!other) return false;
  if (one.kind === 'number' && other.kind === 'number') return decimal(one.text) === decimal(other.text);
  return one.text === other.text || isDateAt(one, other) || isDateAt(other, one);
}

function isDateAt(date: KeyValue, shown: KeyValue): boolean {
  return date.kind === 'text' && shown.kind === 'number' && instantOf(date.text) === Number(shown.text);
}

const isoDate = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2}))?$/i;
/** Of `2026-11-30`. */
const dayLength = 10;

/** Milliseconds since 1970 of a date, or of a date-time with its zone; undefined for any other text. */
function instantOf(text: string): number | undefined {
  const instant = isoDate.test(text) ? Date.parse(text.toUpperCase()) : Number.NaN;
  return Number.isNaN(instant) ? undefined : instant;
}

/** The same key with its dates as another has them: a filter may not take the milliseconds as which a query shows them. */
export function inFormOf(key: Key, example: Key): Key {
  const values = key.values.map((value, at) => {
    const { kind, text = '' } = example.values[at] ?? {};
    if (kind !== 'text' || value.kind !== 'number' || instantOf(text) === undefined) return value;
    const date = new Date(Number(value.text));
    if (Number.isNaN(date.getTime())) return value;
    const iso = date.toISOString();
    return { kind, text: text.length === dayLength ? iso.slice(0, dayLength) : iso };
  });
  return { ...key, values };
}

const numeric = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,4}))?$/i;

/** Accents, and characters that nobody sees. Not the marks of other scripts: those are vowels, which make other words. */
const marks = /[\u0300-\u036f\p{Default_Ignorable_Code_Point}]/gu;

/** The same for texts that are equal without regard to case, accents, outer white space, and the form of a number or a date. */
export function normalForm(text: string): string {
  // In upper case first: ß is SS there, as some databases have it.
  const plain = text.normalize('NFKD').replace(marks, '').trim().toUpperCase().toLowerCase();
  // As doubles: a query may show no more digits of a number.
  if (numeric.test(plain) && /\d/.test(plain)) return String(Number(plain) + 0);
  return String(instantOf(plain) ?? plain);
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
