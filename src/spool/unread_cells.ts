/** Cells whose values the source did not read: finds their rows, and fills them from earlier rows of the key. */
import { unreadMark } from '../model.ts';
import { ReadAhead } from './read_ahead.ts';
import type { RowFile } from './row_file.ts';
import type { SpoolFile } from './spool_file.ts';

const [lineFeed, quote, comma] = [0x0a, 0x22, 0x2c];

/**
 * The cells of a row as they are in the file, quotes included.
 * @param row with its line feed
 */
export function rawCells(row: Buffer): Buffer[] {
  const cells: Buffer[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < row.length; at += 1) {
    const byte = row[at];
    if (byte === quote) isQuoted = !isQuoted;
    if (isQuoted || (byte !== comma && byte !== lineFeed)) continue;
    cells.push(row.subarray(start, at));
    start = at + 1;
  }
  return cells;
}

/** Whether a cell stands for a value that the source did not read. */
export function isUnread(cell: Buffer | undefined): boolean {
  return cell?.length === 1 && cell[0] === unreadMark;
}

/**
 * The rows with such a cell, ascending.
 * @param starts of all rows, then the end of the file
 */
export async function unreadRows(file: RowFile, starts: Uint32Array): Promise<number[]> {
  const rows: number[] = [];
  let row = 0;
  const endOf = (row: number) => starts[row + 1] as number;
  await file.visitBytes(file.header.length, file.bytes, (piece, position) => {
    for (let at = piece.indexOf(unreadMark); at >= 0; ) {
      while (endOf(row) <= position + at) row += 1;
      // A row may cover several pieces.
      if (rows.at(-1) !== row) rows.push(row);
      at = endOf(row) < position + piece.length ? piece.indexOf(unreadMark, endOf(row) - position) : -1;
    }
  });
  return rows;
}

/**
 * Fills such cells of the rows that stay, each from the latest earlier row of its key that has a value and comes after
 * the last deletion of the key.
 * @param replacedBy for each row that does not stay, one plus the next row of its key; 0 for the others
 * @param target receives the filled rows in order
 * @returns for each row its length in `target`, 0 if it stays unchanged; undefined if all do
 */
export async function fillUnread(
  file: RowFile,
  starts: Uint32Array,
  replacedBy: Uint32Array,
  target: SpoolFile,
): Promise<Uint32Array | undefined> {
  const rows = (await unreadRows(file, starts)).filter((row) => replacedBy[row] === 0);
  if (rows.length === 0) return undefined;
  const before = new Uint32Array(file.rows);
  for (const [row, next] of replacedBy.entries()) if (next > 0) before[next - 1] = row + 1;
  const lengths = new Uint32Array(file.rows);
  let isAnyFilled = false;
  await file.csv.use(async (handle) => {
    const csv = new ReadAhead(handle, file.bytes);
    for (const row of rows.filter((row) => (before[row] as number) > 0)) {
      const cells = rawCells(await csv.read(starts[row] as number, starts[row + 1] as number));
      if (!fillFrom(file, starts, before, row, cells)) continue;
      const filled = joined(cells);
      target.append(filled, filled.length);
      lengths[row] = filled.length;
      isAnyFilled = true;
    }
  });
  return isAnyFilled ? lengths : undefined;
}

/** @returns whether any cell was filled */
function fillFrom(file: RowFile, starts: Uint32Array, before: Uint32Array, row: number, cells: Buffer[]): boolean {
  let left = cells.filter(isUnread).length;
  const atFirst = left;
  for (let next = before[row] as number; next > 0 && left > 0; next = before[next - 1] as number) {
    const [start, end] = [starts[next - 1] as number, starts[next] as number];
    // A deletion: earlier rows no longer count.
    if (start === end) break;
    for (const [column, cell] of rawCells(file.csv.readSync(start, end - start)).entries()) {
      if (!isUnread(cells[column]) || isUnread(cell)) continue;
      cells[column] = cell;
      left -= 1;
    }
  }
  return left < atFirst;
}

function joined(cells: readonly Buffer[]): Buffer {
  const separator = Buffer.of(comma);
  const parts = cells.flatMap((cell, column) => (column === 0 ? [cell] : [separator, cell]));
  return Buffer.concat([...parts, Buffer.of(lineFeed)]);
}
