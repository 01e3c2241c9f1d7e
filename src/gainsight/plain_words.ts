/** Filters Gainsight's messages for the log: only words of a vocabulary are printed, so that no value of a row is. */
import type { RejectedRows } from '../config/types.ts';
import { codeOf, codePattern, meaningOf } from './error_codes.ts';
import { vocabulary } from './vocabulary.ts';

/** What the log may show: `rejected_rows.log_detail`. */
export type Detail = RejectedRows['log_detail'];

const left = '(?<![\\p{L}\\p{N}])';
const right = '(?![\\p{L}\\p{N}])';
// An unclosed quotation was cut off and extends to the end. An apostrophe inside a word opens no quotation.
const quotation = [
  '"(?:\\\\.|[^"\\\\])*(?:"|\\\\?$)',
  '“[^”]*(?:”|$)',
  '«[^»]*(?:»|$)',
  '`[^`]*(?:`|$)',
  `${left}‘(?:[^’]|’(?=[\\p{L}\\p{N}]))*(?:’|$)`,
  `${left}'(?:[^']|'(?=[\\p{L}\\p{N}]))*(?:'${right}|$)`,
].join('|');
/**
 * Characters that may separate words. Anything else joins two words into one, which is printed or removed as a whole.
 */
const separators = '\\s,;:=()\\[\\]{}<>|"“”«»‘`…';
const word = `(?:\\(s\\)|[^${separators}])+`;
const leftOut = new RegExp(`…[${separators}]*…`, 'gu');
const punctuation = new Set(".!?'’-");
const plural = /\(s\)/g;
/** Punctuation that is neither word nor value. */
const sign = /^(?:[-–—/.!?&]|\.{3})$/;
const plainName = /^[\p{L}_][\p{L}\p{N}_.-]+$/u;
const twoLetters = /\p{L}.*\p{L}/u;

const htmlSigns: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/**
 * Filters a text of Gainsight's. Under `keys` a known code is followed by its meaning, of the rest only words of the
 * vocabulary and {@link learn names} are printed, and every other word, number and quotation becomes `…`; under `none`
 * only the codes are printed; under `full_row` everything is.
 */
export class PlainWords {
  readonly #detail: Detail;
  /** In lower case. */
  readonly #names = new Set<string>();
  /** Names that consist of several words. */
  #longNames = new Set<string>();
  #pattern = patternWith([]);

  constructor(detail: Detail = 'keys', names: Iterable<string> = []) {
    this.#detail = detail;
    this.learn(names);
  }

  /** Adds names of objects and fields that may be printed, as they come from the configuration or the catalog. */
  learn(names: Iterable<string>): void {
    for (const name of names) this.#names.add(name.toLowerCase());
    // Names of several words are searched for first.
    this.#longNames = new Set([...this.#names].filter((name) => !plainName.test(name) && twoLetters.test(name)));
    this.#pattern = patternWith(this.#longNames);
  }

  /** A text for the log. */
  of(text: string): string {
    return this.#detail === 'full_row' ? text : this.grouped(text);
  }

  /** A text by which errors are counted: always without values, so that similar errors are counted together. */
  grouped(text: string): string {
    return this.#detail === 'none' ? codesOf(text) : this.#plain(text);
  }

  /** A field that an error names, for the log: its name, or `…` if it is not a known field. */
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

  /** What is printed for a word or a quotation; undefined if nothing is. */
  #standing(found: string, cut: boolean): string | undefined {
    if (cut) return undefined;
    const code = codeOf(found);
    if (code !== undefined) return described(code);
    if (isQuotation(found)) return this.#isName(found.slice(1, -1)) ? found : undefined;
    if (this.#longNames.has(found.toLowerCase()) || sign.test(found)) return found;
    const core = withoutPunctuation(found).replace(plural, '');
    if (this.#isWord(core) || core.split(/[/.-]/).every((part) => this.#isWord(part))) return found;
    // Keeps the full stop at the end of a sentence, even after a removed value.
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

/**
 * Whether the word may continue beyond the place where the text was cut.
 * @param at further arguments of a `replace` callback: offset and text
 */
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

/** Decodes HTML escapes, which would hide where a word ends. */
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
