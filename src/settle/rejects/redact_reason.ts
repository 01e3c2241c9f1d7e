/** Why rows are rejected: without the rows' values, and counted. */
import { truncate } from '../../names.ts';

const shortestValue = 3;
const longestReason = 2000;
const mostReasons = 100;
const left = '(?<![\\p{L}\\p{N}])';
const right = '(?![\\p{L}\\p{N}])';
// A quotation that is not closed was cut off and goes to the end. An apostrophe inside a word quotes nothing.
const quoted = new RegExp(
  [
    '"(?:\\\\.|[^"\\\\])*(?:"|$)',
    '“[^”]*(?:”|$)',
    '«[^»]*(?:»|$)',
    '`[^`]*(?:`|$)',
    `${left}‘(?:[^’]|’(?=[\\p{L}\\p{N}]))*(?:’|$)`,
    `${left}'(?:[^']|'(?=[\\p{L}\\p{N}]))*(?:'${right}|$)`,
  ].join('|'),
  'gsu',
);

/**
 * Gainsight's words with the row's own values (of three characters or more) and all that is quoted as `…`.
 * @param names what may stand in quotes, since the configuration says it: objects, fields
 */
export function redactReason(reason: string, cells: readonly (string | null)[], names: readonly string[] = []): string {
  const known = new Set(names.map((name) => name.toLowerCase()));
  const isName = (text: string) => known.has(text.slice(1, -1).toLowerCase());
  return shorten(reason.replace(valuesIn(reason, cells), '…').replace(quoted, (text) => (isName(text) ? text : '…')));
}

/** A reason at a length that a log line can hold. */
export function shorten(reason: string): string {
  return truncate(reason, longestReason);
}

function valuesIn(reason: string, cells: readonly (string | null)[]): RegExp {
  const text = reason.toLowerCase();
  const found = new Set<string>();
  for (const cell of cells) {
    const value = cell !== null && cell.length <= 2 * reason.length ? cell.trim() : '';
    if (value.length >= shortestValue && text.includes(value.toLowerCase())) found.add(value);
  }
  if (found.size === 0) return /(?!)/;
  // The longest first: one value may be part of another.
  const values = [...found].sort((one, other) => other.length - one.length);
  return new RegExp(values.map(patternOf).join('|'), 'giu');
}

/** A plain word or number must stand alone: that a row holds 100 is not told by `GSOBJ_1008`. */
function patternOf(value: string): string {
  if (/^\w+$/.test(value)) return `(?<!\\w)${value}(?!\\w)`;
  return value.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** Rejected rows by field and reason. */
export class ReasonCounts {
  readonly #counts = new Map<string, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** @param reason without values: there must not be as many reasons as rows */
  add(field: string | undefined, reason: string, rows = 1): void {
    const text = field === undefined ? reason : `${field}: ${reason}`;
    const isNew = !this.#counts.has(text);
    const key = isNew && this.#counts.size >= mostReasons ? 'other reasons' : text;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + rows);
    this.#total += rows;
  }

  /** The most frequent first. */
  sorted(): [reason: string, rows: number][] {
    return [...this.#counts].sort(([, one], [, other]) => other - one);
  }
}
