/** Reads a CSV file that another program may have saved: line ends, separator, and which cells are quoted. */
import { isUtf8 } from 'node:buffer';

/** A row of a CSV file. */
export interface CsvRow {
  /** The line in which it begins; the first is 1. */
  readonly line: number;
  /** Null for the unquoted text that stands for no value. */
  readonly cells: readonly (string | null)[];
}

/** How a file is read. */
export interface CsvForm {
  /** The byte between two cells. */
  readonly separator: number;
  /** The unquoted cell that stands for no value and becomes null. */
  readonly nullText: string;
}

/** The file is not CSV as {@link readCsv} understands it. */
export class CsvFault extends Error {
  /** @param problem what is wrong with the line, without any of its content */
  constructor(line: number, problem: string) {
    super(`line ${line}: ${problem}`);
    this.name = 'CsvFault';
  }
}

const [tab, lineFeed, carriageReturn, quote, comma, semicolon] = [0x09, 0x0a, 0x0d, 0x22, 0x2c, 0x3b];

/** The separators that spreadsheets write. */
export const separators: readonly number[] = [comma, semicolon, tab];

/** Whether a spreadsheet has probably saved the file: it has line ends or a mark that we do not write. */
export function isFromSpreadsheet(bytes: Buffer): boolean {
  return withoutMark(bytes) !== bytes || bytes.includes('\r\n');
}

/** Without a byte order mark. */
export function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/**
 * The rows of a file without a byte order mark, the header first. A line without any text is a row with one empty cell.
 * @throws CsvFault at the first place that could be read in two ways
 */
export function* readCsv(bytes: Buffer, form: CsvForm): Generator<CsvRow, void, void> {
  let line = 1;
  for (let at = 0; at < bytes.length; ) {
    const cells: (string | null)[] = [];
    const first = line;
    for (let isLast = false; !isLast; ) {
      const { text, end, lineFeeds } = readCell(bytes, at, form, line);
      cells.push(text);
      line += lineFeeds;
      isLast = bytes[end] !== form.separator;
      at = isLast ? afterLine(bytes, end, line) : end + 1;
    }
    line += 1;
    yield { line: first, cells };
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

/**
 * The first line that is not UTF-8; undefined: all are.
 * @returns its number, the first is 1
 */
export function lineOutsideUtf8(bytes: Buffer): number | undefined {
  if (isUtf8(bytes)) return undefined;
  let line = 1;
  for (let at = 0; at < bytes.length; line += 1) {
    const end = bytes.indexOf(lineFeed, at);
    const stop = end < 0 ? bytes.length : end;
    if (!isUtf8(bytes.subarray(at, stop))) return line;
    at = stop + 1;
  }
  return line;
}

/** The position after the quote that closes a cell. */
function endOfQuoted(bytes: Buffer, start: number, line: number): number {
  for (let at = bytes.indexOf(quote, start + 1); at >= 0; at = bytes.indexOf(quote, at + 2)) {
    if (bytes[at + 1] !== quote) return at + 1;
  }
  throw new CsvFault(line, 'a cell begins with a quote that is never closed');
}

function endOfPlain(bytes: Buffer, start: number, separator: number, line: number): number {
  let at = start;
  for (; at < bytes.length && bytes[at] !== separator && bytes[at] !== lineFeed; at += 1) {
    if (bytes[at] === quote) throw new CsvFault(line, 'a quote stands in a cell that does not begin with one');
    if (bytes[at] !== carriageReturn) continue;
    if (isLineEnd(bytes, at)) return at;
    throw new CsvFault(line, 'a line ends with a carriage return alone');
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
  throw new CsvFault(line, 'text follows the quote that closes a cell');
}

function countLineFeeds(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed, start); at >= 0 && at < end; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
}
