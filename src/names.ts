/** Limits names and texts to lengths and characters that files, logs and requests allow. */

const base32Digits = 'abcdefghijklmnopqrstuvwxyz234567';

/** The first bits of `bytes`, five per character, in letters and digits that do not depend on case. */
export function base32(bytes: Uint8Array, length: number): string {
  const digits = Array.from({ length }, (_, at) => {
    const [byte, bit] = [Math.floor((at * 5) / 8), (at * 5) % 8];
    const pair = ((bytes[byte] ?? 0) << 8) | (bytes[byte + 1] ?? 0);
    return base32Digits[(pair >> (11 - bit)) & 31];
  });
  // Added one by one, each would take the memory of an object.
  return digits.join('');
}

/** Characters of a slice's digest that cover its first row alone. */
export const firstRowLength = 5;

/** The part of a slice's digests shared by all files of its stream that begin with the same row. */
export function firstRowOf({ current, former }: Readonly<Record<'current' | 'former', string>>) {
  return { current: current.slice(0, firstRowLength), former: former.slice(0, firstRowLength) };
}

/**
 * `text` with every run of characters outside `[A-Za-z0-9._-]` replaced by one `_`, cut to `max` characters. Different
 * texts may give the same slug: for people only, not an identity.
 */
export function slug(text: string, max: number): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, Math.max(0, max));
}

/**
 * `text`, or its first `maxLength` characters and `…`. The mark shows redaction that the text before it may be the
 * beginning of a secret.
 */
export function truncate(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`;
}

/** White space and invisible characters at the ends, as they come along when a name is pasted. */
const surrounding = /^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu;

/** Without white space and invisible characters at its ends. */
export function trimmed(name: string): string {
  return name.replace(surrounding, '');
}

/** What a terminal or a program may take for the end of a line or a cell, or for an order. */
const controls = /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/gu;

/** `text` with control and format characters escaped as in JSON: names of other clients may contain any. */
export function escapeControls(text: string): string {
  return text.replace(controls, escaped);
}

/** Invisible characters, and combining forms of accented letters. */
const invisible = /[\u0300-\u036f]|(?! )[\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}]/gu;

/** The escape of a character in JSON: two of them for one outside the basic plane. */
export function escaped(character: string): string {
  const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
  return units.map((unit) => `\\u${unit}`).join('');
}

/** Invisible characters are escaped, so that names that look alike are distinguished. */
function quoted(name: string): string {
  return JSON.stringify(name).replace(invisible, escaped);
}

/**
 * Names in quotes, which make spaces at their ends visible. A message lists at most `most`: a table may have thousands
 * of columns.
 */
export function nameList(names: readonly string[], most = 50): string {
  if (names.length === 0) return 'none';
  const listed = names.slice(0, most).map((name) => quoted(truncate(name, 200)));
  return names.length > most ? `${listed.join(', ')} and ${names.length - most} more` : listed.join(', ');
}
