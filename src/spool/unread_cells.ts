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
 * the last deletion of the key. With versions, earlier rows are those with smaller ones.
 * @param replacedBy for each row that does not stay, one plus the number of its successor; 0 for the others
 * @param target receives the filled rows in order
 * @param hasTypes the last cell of a row has the types of the others, a byte for each: they are filled too
 * @returns for each row its length in `target`, 0 if it stays unchanged; undefined if all do
 */
export async function fillUnread(
  file: RowFile,
  starts: Uint32Array,
  replacedBy: Uint32Array,
  target: SpoolFile,
  hasTypes: boolean,
): Promise<Uint32Array | undefined> {
  const rows = (await unreadRows(file, starts)).filter((row) => replacedBy[row] === 0);
  if (rows.length === 0) return undefined;
  const before = rowsOfKeys(replacedBy);
  const earlierRows = file.hasVersions ? olderRows : rowsSinceDeletion;
  const lengths = new Uint32Array(file.rows);
  let isAnyFilled = false;
  await file.csv.use(async (handle) => {
    const csv = new ReadAhead(handle, file.bytes);
    for (const row of rows.filter((row) => (before[row] as number) > 0)) {
      const cells = rawCells(await csv.read(starts[row] as number, starts[row + 1] as number));
      if (!fillFrom(file, starts, earlierRows(file, starts, before, row), cells, hasTypes)) continue;
      const filled = joined(cells);
      target.append(filled, filled.length);
      lengths[row] = filled.length;
      isAnyFilled = true;
    }
  });
  return isAnyFilled ? lengths : undefined;
}

/**
 * For each row that stays, one plus the number of the last of all other rows of its key; for each of these, one plus
 * that of the one before it; 0: there is none.
 */
function rowsOfKeys(replacedBy: Uint32Array): Uint32Array {
  // First, one plus the number of the row that stays. Backwards: most rows are replaced by a later one.
  const before = new Uint32Array(replacedBy.length);
  for (let row = replacedBy.length - 1; row >= 0; row -= 1) {
    let stays = row + 1;
    while (before[stays - 1] === 0 && (replacedBy[stays - 1] as number) > 0) stays = replacedBy[stays - 1] as number;
    before[row] = before[stays - 1] || stays;
  }
  for (const [row, next] of replacedBy.entries()) if (next === 0) before[row] = 0;
  for (const [row, next] of replacedBy.entries()) {
    if (next === 0) continue;
    const stays = (before[row] as number) - 1;
    before[row] = before[stays] as number;
    before[stays] = row + 1;
  }
  return before;
}

/** The other rows of a row's key, the latest first, up to a deletion. */
function* rowsSinceDeletion(_: RowFile, starts: Uint32Array, before: Uint32Array, row: number): Generator<number> {
  for (let next = before[row] as number; next > 0; next = before[next - 1] as number) {
    if (starts[next - 1] === starts[next]) return;
    yield next - 1;
  }
}

/** The same of rows with versions, the greatest first. A deletion ends those before it whose version is not greater. */
function olderRows(file: RowFile, starts: Uint32Array, before: Uint32Array, row: number): number[] {
  const rows: { readonly row: number; readonly version: Uint32Array }[] = [];
  let deleted: Uint32Array | undefined;
  for (let next = before[row] as number; next > 0; next = before[next - 1] as number) {
    const version = file.versionOf(next - 1);
    const isDeleted = deleted !== undefined && compare(version, deleted) <= 0;
    if (starts[next - 1] !== starts[next]) {
      if (!isDeleted) rows.push({ row: next - 1, version });
    } else if (!isDeleted) deleted = version;
  }
  // Of equal versions the latest stays first.
  return rows.sort((one, other) => compare(other.version, one.version)).map(({ row }) => row);
}

function compare(one: Uint32Array, other: Uint32Array): number {
  const at = one.findIndex((word, at) => word !== other[at]);
  return at < 0 ? 0 : (one[at] as number) - (other[at] as number);
}

/** @returns whether any cell was filled */
function fillFrom(
  file: RowFile,
  starts: Uint32Array,
  rows: Iterable<number>,
  cells: Buffer[],
  hasTypes: boolean,
): boolean {
  let left = cells.filter(isUnread).length;
  const atFirst = left;
  for (const row of rows) {
    if (left === 0) break;
    const start = starts[row] as number;
    const earlier = rawCells(file.csv.readSync(start, (starts[row + 1] as number) - start));
    for (const [column, cell] of earlier.entries()) {
      if (!isUnread(cells[column]) || isUnread(cell)) continue;
      cells[column] = cell;
      if (hasTypes) (cells.at(-1) as Buffer)[column] = (earlier.at(-1) as Buffer)[column] as number;
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
