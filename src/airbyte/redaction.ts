/** How secrets are kept out of texts: every spelling in which one could come back from a library or from Gainsight. */

// A shorter text is no secret worth the name, and would turn every word that holds it into asterisks.
const shortest = 4;

/** Answers a function that replaces each spelling of each secret with `***`, whatever its letter case. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const patterns = [...new Set(secrets.flatMap(spellings))]
    // The longest first: one secret may be the beginning of another.
    .sort((one, other) => other.length - one.length)
    .map((spelling) => (spelling.length < shortest ? alone(spelling) : escapeRegExp(spelling)));
  if (patterns.length === 0) return (text) => text;
  const pattern = new RegExp(patterns.join('|'), 'gi');
  return (text) => text.replace(pattern, '***');
}

function spellings(secret: string): string[] {
  if (secret === '') return [];
  // A lone surrogate would make encodeURI throw.
  const wellFormed = Buffer.from(secret).toString();
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    json,
    json.replaceAll('/', '\\/'),
    // Java's Gson writes these five as escapes by default.
    json.replace(/[=&<>']/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`),
    encodeURI(wellFormed),
    encodeURIComponent(wellFormed),
    new URLSearchParams({ s: secret }).toString().slice(2),
  ];
}

/** Only where it is no part of a longer word. */
function alone(text: string): string {
  return `(?<![A-Za-z0-9])${escapeRegExp(text)}(?![A-Za-z0-9])`;
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
