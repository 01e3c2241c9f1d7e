/** What stands behind a backslash in JSON, `u` apart. */

/** Of each letter the character that it stands for; 0 where it is no escape. */
export const unescaped = new Uint8Array(256);
for (const [letter, text] of Object.entries({
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  '/': '/',
  '\\': '\\',
})) {
  unescaped[letter.charCodeAt(0)] = text.charCodeAt(0);
}
