/** Parses a CSV file while it is received: its rows, digest and size, without holding it as a whole. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type Parser, parse } from 'csv-parse';
import { parse as parseNow } from 'csv-parse/sync';

/** A row's cells: null for an empty cell without quotes, '' for one with quotes. */
export type Cells = readonly (string | null)[];

/** Receives the rows. */
export interface RowReader {
  header(fields: readonly string[]): void;
  /** @param line the line of the file on which the row starts, the first is 1 */
  row(cells: Cells, line: number): void;
}

/** What is known of a file after it was read. */
export interface FileFacts {
  readonly sha256: string;
  readonly bytes: number;
  /** Data rows that could be read. */
  readonly rows: number;
  /** Why the rest could not be read. */
  readonly problem: string | undefined;
}

/** Matches every row with a quoted empty cell, and a few others. */
const quotedEmpty = /(^|[,\n])""([,\r\n]|$)/;

const dialect = { record_delimiter: ['\r\n', '\n'], skip_empty_lines: true };

/** Reads a file to its end even if it cannot be parsed: the request has more parts. */
export async function readCsv(file: Readable, reader: RowReader): Promise<FileFacts> {
  const hash = createHash('sha256');
  const text = new TextDecoder('utf-8', { fatal: true });
  const rows = new RowCounter(reader);
  const parser = parse({ ...dialect, raw: true }).on('data', (record: RawRecord) => rows.take(record));
  let bytes = 0;
  let problem: string | undefined;
  const attempt = async (step: () => unknown) => {
    try {
      if (problem === undefined) await step();
    } catch (error) {
      problem = `The file cannot be read: ${(error as Error).message}`;
    }
  };
  parser.on('error', () => {
    // The failure surfaces with the next write or at the end.
  });
  for await (const chunk of file as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    hash.update(chunk);
    await attempt(() => text.decode(chunk, { stream: true }));
    await attempt(() => write(parser, chunk));
  }
  await attempt(() => text.decode());
  await attempt(() => finished(parser.end()));
  parser.destroy();
  return { sha256: hash.digest('hex'), bytes, rows: Math.max(0, rows.count), problem };
}

async function write(parser: Parser, chunk: Buffer): Promise<void> {
  if (parser.errored) throw parser.errored;
  if (!parser.write(chunk)) await once(parser, 'drain');
}

/** What csv-parse returns with `raw`: the cells, and the text they came from. */
interface RawRecord {
  readonly record: string[];
  readonly raw: string;
}

class RowCounter {
  readonly #reader: RowReader;
  #line = 1;
  /** Data rows so far; -1 before the header. */
  count = -1;

  constructor(reader: RowReader) {
    this.#reader = reader;
  }

  take({ record, raw }: RawRecord): void {
    if (this.count < 0) this.#reader.header(record);
    else this.#reader.row(cellsOf(record, raw), this.#line);
    this.count += 1;
    for (let at = raw.indexOf('\n'); at >= 0; at = raw.indexOf('\n', at + 1)) this.#line += 1;
  }
}

/**
 * csv-parse distinguishes quoted from bare cells only with `cast`, which makes it ten times slower: few rows need it.
 */
function cellsOf(record: string[], raw: string): Cells {
  if (!record.includes('')) return record;
  if (!quotedEmpty.test(raw)) return record.map((cell) => (cell === '' ? null : cell));
  const cast = (cell: string, { quoting }: { quoting: boolean }) => (cell === '' && !quoting ? null : cell);
  return (parseNow(raw, { ...dialect, cast }) as (string | null)[][])[0] as Cells;
}
