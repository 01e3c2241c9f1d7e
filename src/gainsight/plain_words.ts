/** Gainsight's free words as they may be printed: through a vocabulary, so that no value of a row stands in them. */
import type { RejectedRows } from '../config/types.ts';
import { codeOf, codePattern, meaningOf } from './error_codes.ts';
import { vocabulary } from './vocabulary.ts';

/** What the log may show: `rejected_rows.log_detail`. */
export type Detail = RejectedRows['log_detail'];

const left = '(?<![\\p{L}\\p{N}])';
const right = '(?![\\p{L}\\p{N}])';
// A quotation that is not closed was cut off and goes to the end. An apostrophe inside a word quotes nothing.
const quotation = [
  '"(?:\\\\.|[^"\\\\])*(?:"|\\\\?$)',
  '“[^”]*(?:”|$)',
  '«[^»]*(?:»|$)',
  '`[^`]*(?:`|$)',
  `${left}‘(?:[^’]|’(?=[\\p{L}\\p{N}]))*(?:’|$)`,
  `${left}'(?:[^']|'(?=[\\p{L}\\p{N}]))*(?:'${right}|$)`,
].join('|');
/** What may lie between two words. What is joined otherwise is one word, which stands or goes as a whole. */
const separators = '\\s,;:=()\\[\\]{}<>|"“”«»‘`…';
const word = `(?:\\(s\\)|[^${separators}])+`;
const leftOut = new RegExp(`…[${separators}]*…`, 'gu');
const punctuation = new Set(".!?'’-");
const plural = /\(s\)/g;
/** Signs of a sentence that are no word and no value. */
const sign = /^(?:[-–—/.!?&]|\.{3})$/;
const plainName = /^[\p{L}_][\p{L}\p{N}_.-]+$/u;
const twoLetters = /\p{L}.*\p{L}/u;

const htmlSigns: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/**
 * What becomes of a text of Gainsight's. Under `keys` a known code is followed by what it means, of the rest only words
 * of the vocabulary and {@link learn names} stand, and every other word, number and quoted text is `…`; under `none` the
 * codes alone stand; under `full_row` all does.
 */
export class PlainWords {
  readonly #detail: Detail;
  /** In lower case. */
  readonly #names = new Set<string>();
  /** Those of several words. */
  #longNames = new Set<string>();
  #pattern = patternWith([]);

  constructor(detail: Detail = 'keys', names: Iterable<string> = []) {
    this.#detail = detail;
    this.learn(names);
  }

  /** From now on these may stand as well, since the configuration or the catalog says them: objects, fields. */
  learn(names: Iterable<string>): void {
    for (const name of names) this.#names.add(name.toLowerCase());
    // A name of several words is looked for before the words are.
    this.#longNames = new Set([...this.#names].filter((name) => !plainName.test(name) && twoLetters.test(name)));
    this.#pattern = patternWith(this.#longNames);
  }

  /** A text for the log. */
  of(text: string): string {
    return this.#detail === 'full_row' ? text : this.grouped(text);
  }

  /** A text by which errors are counted: without values whatever the log may show, so that like goes with like. */
  grouped(text: string): string {
    return this.#detail === 'none' ? codesOf(text) : this.#plain(text);
  }

  /** A field that an error names, for the log: its name, or `…` where it is none. */
  field(name: string): string {
    return this.#detail === 'full_row' || this.#isName(name) ? name : '…';
  }

  #plain(text: string): string {
    const plain = decoded(text).replace(
      this.#pattern,
      (found, ...at) => this.#standing(found, isCut(found, at)) ?? '…',
    );
    return plain.replace(leftOut, '…');
  }

  /** What stands of a word or a quotation; undefined where nothing does. */
  #standing(found: string, cut: boolean): string | undefined {
    if (cut) return undefined;
    const code = codeOf(found);
    if (code !== undefined) return described(code);
    if (isQuotation(found)) return this.#isName(found.slice(1, -1)) ? found : undefined;
    if (this.#longNames.has(found.toLowerCase()) || sign.test(found)) return found;
    const core = withoutPunctuation(found).replace(plural, '');
    if (this.#isWord(core) || core.split(/[/.-]/).every((part) => this.#isWord(part))) return found;
    // The end of a sentence, also where a value stood before it.
    return /[\p{L}\p{N}][.!?]$/u.test(found) ? `…${found.at(-1)}` : undefined;
  }

  #isWord(text: string): boolean {
    return vocabulary.has(text) || (plainName.test(text) && this.#isName(text));
  }

  #isName(text: string): boolean {
    return text !== '' && this.#names.has(text.toLowerCase());
  }
}

function patternWith(longNames: Iterable<string>): RegExp {
  const sorted = [...longNames].sort((one, other) => other.length - one.length).map(escapeRegExp);
  const names = sorted.length > 0 ? [`${left}(?:${sorted.join('|')})${right}`] : [];
  return new RegExp([codePattern.source, quotation, ...names, word].join('|'), 'giu');
}

/** What was cut may be the beginning of a longer word. @param at what `replace` gives beside the match, that is its place and the text */
function isCut(found: string, at: readonly unknown[]): boolean {
  const [place, text] = at.slice(-2) as [number, string];
  return text[place + found.length] === '…' || /[^.]\.{3}$/.test(found);
}

function isQuotation(text: string): boolean {
  return /^["“«`‘']/.test(text);
}

function withoutPunctuation(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && punctuation.has(text.charAt(start))) start += 1;
  while (end > start && punctuation.has(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function described(code: string): string {
  const meaning = meaningOf(code);
  return meaning === undefined ? code : `${code} (${meaning})`;
}

function codesOf(text: string): string {
  const codes = text.match(new RegExp(codePattern, 'g')) ?? [];
  return [...new Set(codes)].join(', ');
}

/** A text without the escapes of HTML, which would hide where a word ends. */
function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hexadecimal, name) => {
    if (name !== undefined) return htmlSigns[String(name).toLowerCase()] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal);
    return point > 0 && point <= 0x10_ff_ff ? String.fromCodePoint(point) : whole;
  });
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
