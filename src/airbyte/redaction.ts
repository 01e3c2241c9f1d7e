/** Redacts secrets in texts: every spelling in which one could come back from a library or from the target. */
import { runRedactor } from './secret_runs.ts';

// Shorter texts would redact ordinary words.
const shortest = 4;

/** Returns a function that replaces each spelling and each long part of each secret with `***`, regardless of case. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const lower = spellingsOf(secrets).map((spelling) => spelling.toLowerCase());
  const whole = wholeRedactor(secrets);
  const withoutRuns = runRedactor(secrets);
  return (text) => withoutRuns(withoutBeginnings(whole(text), lower));
}

/**
 * {@link redactor} for texts that are loaded again, such as the cells of rejected rows: only whole secrets are
 * redacted.
 */
export function wholeRedactor(secrets: readonly string[]): (text: string) => string {
  const all = spellingsOf(secrets);
  const patterns = all.map((spelling) => (spelling.length < shortest ? alone(spelling) : escapeRegExp(spelling)));
  if (patterns.length === 0) return (text) => text;
  const pattern = new RegExp(patterns.join('|'), 'gi');
  return (text) => text.replace(pattern, '***');
}

/** The longest first: one secret may be the beginning of another. */
function spellingsOf(secrets: readonly string[]): string[] {
  return [...new Set(secrets.flatMap(spellings))].sort((one, other) => other.length - one.length);
}

/** Truncated texts end with `…`: the text before it may be the beginning of a secret, of four characters or more. */
function withoutBeginnings(text: string, secrets: readonly string[]): string {
  const parts = text.split('…');
  const last = parts.pop() ?? '';
  return [...parts.map((part) => withoutBeginning(part, secrets)), last].join('…');
}

function withoutBeginning(part: string, secrets: readonly string[]): string {
  const end = part.slice(-(secrets[0]?.length ?? 0)).toLowerCase();
  for (const secret of secrets) {
    for (let length = Math.min(secret.length - 1, end.length); length >= shortest; length--) {
      if (end.endsWith(secret.slice(0, length))) return `${part.slice(0, part.length - length)}***`;
    }
  }
  return part;
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
    // Java's Gson escapes these five by default.
    json.replace(/[=&<>']/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`),
    // With white space collapsed, as in a sentence.
    secret.replace(/\s+/g, ' '),
    secret.replace(/[&<>"']/g, (sign) => htmlNames[sign] ?? sign),
    secret.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`),
    encodeURI(wellFormed),
    encodeURIComponent(wellFormed),
    new URLSearchParams({ s: secret }).toString().slice(2),
  ];
}

const htmlNames: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Only as a separate word. */
function alone(text: string): string {
  return `(?<![A-Za-z0-9])${escapeRegExp(text)}(?![A-Za-z0-9])`;
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
