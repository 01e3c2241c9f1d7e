/** The CSV dialect: what csv-stringify is given to write it, and how a row of it is read back. */
import { stringify } from 'csv-stringify/sync';
import { unreadMark } from '../model.ts';
import { placeholder } from './unread.ts';

/** What csv-stringify is given to write the same dialect. */
export const dialect = {
  record_delimiter: '\n',
  eof: true,
  quoted_match: [/^$/, /^ | $/],
  quote_record_delimiter: true,
};

const [lineFeed, quote, comma] = [0x0a, 0x22, 0x2c];

/** The header line of these fields, with its line feed. */
export function headerLine(fields: readonly string[]): Buffer {
  return Buffer.from(stringify([[...fields]], dialect));
}

/** Whether the dialect quotes a cell of this text. */
export function textNeedsQuotes(text: string): boolean {
  return /^$|^ | $|[",\r\n]/.test(text);
}

/**
 * The cells of a row of this dialect, with or without its line feed; what the source did not read as a change feed has it.
 * @param nullText the unquoted cell that stands for no value, which becomes null
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

/** The next quote; the row's end where there is none, so that no row, whatever it holds, is read for ever. */
function closingQuote(row: Buffer, from: number): number {
  const at = row.indexOf(quote, from);
  return at < 0 ? row.length : at;
}
