/** Reads a CSV file that another program may have saved: line ends, separator, and which cells are quoted. */
import { isUtf8 } from 'node:buffer';

/** A row of a CSV file. */
export interface CsvRow {
  /** The line in which it begins; the first is 1. */
  readonly line: number;
  /** Null for the unquoted text that stands for no value. */
  readonly cells: readonly (string | null)[];
  /** Present if it could be read in two ways: it has no cells then, and the next row begins in the line after its first. */
  readonly fault?: CsvFault;
}

/** How a file is read. */
export interface CsvForm {
  /** The byte between two cells. */
  readonly separator: number;
  /** The unquoted cell that stands for no value and becomes null. */
  readonly nullText: string;
}

/** Where and why a row could be read in two ways. */
export interface CsvFault {
  /** The line of the place. */
  readonly line: number;
  /** What the row has, without any of its content. */
  readonly what: string;
  /** The line in which the row begins, if that is an earlier one. */
  readonly since?: number;
}

/** Ends the reading of one row. */
class Unclear extends Error {
  readonly line: number;
  readonly what: string;

  constructor(line: number, what: string) {
    super(what);
    [this.line, this.what] = [line, what];
  }
}

const quoteInside =
  'a quote in a cell that does not begin with one (such a cell must be in quotes, and its own quotes doubled)';
const [tab, lineFeed, carriageReturn, quote, comma, semicolon] = [0x09, 0x0a, 0x0d, 0x22, 0x2c, 0x3b];

/** The separators that spreadsheets write. */
export const separators: readonly number[] = [comma, semicolon, tab];

/** Without a byte order mark. */
export function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** The rows of a file without a byte order mark, the header first. A line without any text is a row with one empty cell. */
export function* readCsv(bytes: Buffer, form: CsvForm): Generator<CsvRow, void, void> {
  let line = 1;
  for (let at = 0; at < bytes.length; ) {
    const { row, end, next } = readRow(bytes, at, form, line);
    yield row;
    [at, line] = [end, next];
  }
}

/** @returns the row, the position after it, and the number of the line there */
function readRow(bytes: Buffer, start: number, form: CsvForm, first: number) {
  const cells: (string | null)[] = [];
  try {
    let line = first;
    for (let at = start; ; at += 1) {
      const { text, end, lineFeeds } = readCell(bytes, at, form, line);
      cells.push(text);
      line += lineFeeds;
      if (bytes[end] !== form.separator)
        return { row: { line: first, cells }, end: afterLine(bytes, end, line), next: line + 1 };
      at = end;
    }
  } catch (error) {
    if (!(error instanceof Unclear)) throw error;
    const { line, what } = error;
    const fault = { line, what, ...(line > first && { since: first }) };
    const end = bytes.indexOf(lineFeed, start);
    return { row: { line: first, cells: [], fault }, end: end < 0 ? bytes.length : end + 1, next: first + 1 };
  }
}

function readCell(bytes: Buffer, start: number, { separator, nullText }: CsvForm, line: number) {
  if (bytes[start] === quote) {
    const end = endOfQuoted(bytes, start, line);
    const text = bytes.toString('utf8', start + 1, end - 1).replaceAll('""', '"');
    return { text, end, lineFeeds: countLineFeeds(bytes, start, end) };
  }
  const end = endOfPlain(bytes, start, separator, line);
  const text = bytes.toString('utf8', start, end);
  return { text: text === nullText ? null : text, end, lineFeeds: 0 };
}

/** The numbers of the lines that are not UTF-8; the first line is 1. */
export function linesOutsideUtf8(bytes: Buffer): number[] {
  const lines: number[] = [];
  if (isUtf8(bytes)) return lines;
  for (let at = 0, line = 1; at < bytes.length; line += 1) {
    const end = bytes.indexOf(lineFeed, at);
    const stop = end < 0 ? bytes.length : end;
    if (!isUtf8(bytes.subarray(at, stop))) lines.push(line);
    at = stop + 1;
  }
  return lines;
}

/** The position after the quote that closes a cell. */
function endOfQuoted(bytes: Buffer, start: number, line: number): number {
  for (let at = bytes.indexOf(quote, start + 1); at >= 0; at = bytes.indexOf(quote, at + 2)) {
    if (bytes[at + 1] !== quote) return at + 1;
  }
  throw new Unclear(line, 'a quote that is never closed');
}

function endOfPlain(bytes: Buffer, start: number, separator: number, line: number): number {
  let at = start;
  for (; at < bytes.length && bytes[at] !== separator && bytes[at] !== lineFeed; at += 1) {
    if (bytes[at] === quote) throw new Unclear(line, quoteInside);
    if (bytes[at] !== carriageReturn) continue;
    if (isLineEnd(bytes, at)) return at;
    throw new Unclear(line, 'a carriage return without a line feed outside of quotes');
  }
  return at;
}

function isLineEnd(bytes: Buffer, at: number): boolean {
  return bytes[at + 1] === lineFeed || at + 1 === bytes.length;
}

/** The position after the end of a line, which must be here. */
function afterLine(bytes: Buffer, at: number, line: number): number {
  if (at >= bytes.length || bytes[at] === lineFeed) return at + 1;
  if (bytes[at] === carriageReturn && isLineEnd(bytes, at)) return at + 2;
  throw new Unclear(line, 'text after the quote that closes a cell');
}

function countLineFeeds(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed, start); at >= 0 && at < end; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
}
