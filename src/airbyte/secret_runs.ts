/**
 * Finds parts of a secret in a text: any run of eight of its characters, also without its separators, broken over
 * lines, in base64 or in hexadecimal. Half of an access key would narrow the search for the rest.
 */

/** This many equal characters in a row are no coincidence. */
const runLength = 8;
/** A run of letters alone may be ordinary words: across separators only a run with a digit counts. */
const digit = /\d/;
const letterOrDigit = /[a-z\d\u0080-\uffff]/;

/** Returns a function that replaces each run of each secret with `***`. */
export function runRedactor(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= runLength)
    .flatMap(formsOf)
    .map(lowered);
  if (forms.length === 0) return (text) => text;
  const asTheyAre = new Runs(forms);
  const joined = new Runs(
    forms.map((form) => lettersOf(form).text),
    digit,
  );
  return (text) => {
    const lower = lowered(text);
    const hits = new Uint8Array(text.length);
    asTheyAre.mark(lower, (at) => hits.fill(1, at, at + runLength));
    const { text: letters, places } = lettersOf(lower);
    joined.mark(letters, (at) => hits.fill(1, places[at], (places[at + runLength - 1] as number) + 1));
    return replaced(text, hits);
  };
}

/** All runs of some texts. */
class Runs {
  readonly #runs = new Set<string>();
  /** Their hashes, compared first: a text is long, and hits are rare. */
  readonly #hashes = new Set<number>();

  constructor(texts: readonly string[], only = /^/) {
    for (const text of texts) {
      for (let at = 0; at + runLength <= text.length; at++) {
        const run = text.slice(at, at + runLength);
        if (!only.test(run)) continue;
        this.#runs.add(run);
        this.#hashes.add(hashOf(run));
      }
    }
  }

  /** Calls `found` with the position of each run in the text. */
  mark(text: string, found: (at: number) => void): void {
    if (this.#runs.size === 0 || text.length < runLength) return;
    let hash = hashOf(text.slice(0, runLength - 1));
    for (let at = 0; at + runLength <= text.length; at++) {
      hash = next(hash, text.charCodeAt(at + runLength - 1));
      if (this.#hashes.has(hash) && this.#runs.has(text.slice(at, at + runLength))) found(at);
    }
  }
}

/** Shifted out of 32 bits after eight characters, so that a hash covers the last eight. */
function next(hash: number, code: number): number {
  return ((hash << 4) ^ code) & 0x7f_ff_ff_ff;
}

function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = next(hash, text.charCodeAt(at));
  return hash;
}

function replaced(text: string, hits: Uint8Array): string {
  let result = '';
  let kept = 0;
  for (let at = hits.indexOf(1); at >= 0; at = hits.indexOf(1, kept)) {
    result += `${text.slice(kept, at)}***`;
    const end = hits.indexOf(0, at);
    kept = end < 0 ? text.length : end;
  }
  return kept === 0 ? text : result + text.slice(kept);
}

/** The letters and digits of a text with their positions; a line break may be written as an escape. */
function lettersOf(text: string): { text: string; places: Uint32Array } {
  const places = new Uint32Array(text.length);
  let letters = '';
  for (let at = 0; at < text.length; at++) {
    const sign = text.charAt(at);
    if (sign === '\\' && 'nrt'.includes(text.charAt(at + 1))) at += 1;
    else if (letterOrDigit.test(sign)) {
      places[letters.length] = at;
      letters += sign;
    }
  }
  return { text: letters, places };
}

/** One letter for one, so that positions stay. */
function lowered(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const encoded = [0, 1, 2].map((before) => base64Inside(bytes, before));
  const forUrls = encoded.map((text) => text.replace(/\+/g, '-').replace(/\//g, '_'));
  return [...new Set([secret, ...encoded, ...forUrls, bytes.toString('hex')])];
}

/** The characters of a base64 text that depend on these bytes only, with `before` bytes of another text before them. */
function base64Inside(bytes: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}
