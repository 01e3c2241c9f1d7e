/** Reads the rows of a file of ours: CSV in the dialect of `csv.ts`. */
import { createReadStream } from 'node:fs';

const [lineFeed, quote] = [0x0a, 0x22];

/**
 * The rows of a CSV file, some at a time, each without its line feed; the header is the first.
 * @param bytes of the file that are read: a whole number of rows
 */
export async function* csvRows(path: string, bytes: number): AsyncGenerator<Buffer[]> {
  let isQuoted = false;
  /** The beginning of a row whose end is not read yet. */
  let begun: Buffer[] = [];
  for await (const piece of createReadStream(path, { end: bytes - 1 }) as AsyncIterable<Buffer>) {
    const rows: Buffer[] = [];
    let start = 0;
    for (let at = 0; at < piece.length; at++) {
      if (piece[at] === quote) isQuoted = !isQuoted;
      if (isQuoted || piece[at] !== lineFeed) continue;
      const end = piece.subarray(start, at);
      rows.push(begun.length === 0 ? end : Buffer.concat([...begun, end]));
      begun = [];
      start = at + 1;
    }
    if (start < piece.length) begun.push(piece.subarray(start));
    if (rows.length > 0) yield rows;
  }
}
