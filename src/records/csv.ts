/** The CSV dialect: the options for writing it with csv-stringify, and a decoder for one row. */
import { stringify } from 'csv-stringify/sync';
import { unreadMark } from '../model.ts';
import { placeholder } from './unread.ts';

/** Options with which csv-stringify writes this dialect. */
export const dialect = {
  record_delimiter: '\n',
  eof: true,
  quoted_match: [/^$/, /^ | $/],
  quote_record_delimiter: true,
};

const [lineFeed, quote, comma] = [0x0a, 0x22, 0x2c];

/** The header line for these fields, with its line feed. */
export function headerLine(fields: readonly string[]): Buffer {
  return Buffer.from(`${fields.map(cellOf).join(',')}\n`);
}

/**
 * A row of these cells, with its line feed.
 * @param nullText stands for null, unquoted: quoted, it would be a value
 */
export function rowLine(cells: readonly (string | null)[], nullText: string): Buffer {
  const cast = { null: () => ({ value: nullText, quoted_match: [] }) };
  return Buffer.from(stringify([[...cells]], { ...dialect, cast } as Parameters<typeof stringify>[1]));
}

/** Whether the dialect requires quotes around this text. */
export function textNeedsQuotes(text: string): boolean {
  return /^$|^ | $|[",\r\n]/.test(text);
}

/** A text as a cell of the file. */
export function cellOf(text: string): string {
  return textNeedsQuotes(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Decodes the cells of one row, with or without its line feed. A value that the source did not read becomes the
 * placeholder of change data capture.
 * @param nullText the unquoted cell that stands for no value and becomes null
 */
export function decodeRow(row: Buffer, nullText: string): (string | null)[] {
  const cells: (string | null)[] = [];
  const stop = row[row.length - 1] === lineFeed ? row.length - 1 : row.length;
  for (let start = 0; start <= stop; ) {
    let end = start;
    if (row[start] === quote) {
      end = closingQuote(row, start + 1);
      while (row[end + 1] === quote && end + 1 < stop) end = closingQuote(row, end + 2);
      cells.push(row.toString('utf8', start + 1, end++).replaceAll('""', '"'));
    } else {
      end = row.indexOf(comma, start);
      if (end < 0) end = stop;
      const isUnread = end - start === 1 && row[start] === unreadMark;
      const text = isUnread ? placeholder : row.toString('utf8', start, end);
      cells.push(text === nullText ? null : text);
    }
    start = end + 1;
  }
  return cells;
}

/** The position of the next quote; the row's end if there is none, so that decoding ends on any input. */
function closingQuote(row: Buffer, from: number): number {
  const at = row.indexOf(quote, from);
  return at < 0 ? row.length : at;
}
