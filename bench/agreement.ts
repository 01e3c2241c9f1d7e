/**
 * Compares the content of two CSV files. What formats leave open does not count: numbers are compared by value, and an
 * empty cell equals an empty text, since jq and Miller do not distinguish them. All else must be equal.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { parse } from 'csv-parse';
import type { BenchColumn, Kind } from './data/data_set.ts';

/** The result of comparing two files. */
export interface Agreement {
  /** Number of data rows. */
  readonly rows: number;
  /** Number of different cells; a row that only one file has counts as one. */
  readonly differing: number;
  /** Place and content of the first difference. */
  readonly first?: string;
}

/** Whether two cells of a column of this kind have the same value. */
export function sameCell(kind: Kind, one: string, other: string): boolean {
  return one === other || (kind === 'number' && one !== '' && other !== '' && Number(one) === Number(other));
}

/**
 * Compares two files cell by cell, in one pass over both.
 * @param nullText the other file's text for null, if any
 */
export async function compareFiles(
  one: string,
  other: string,
  columns: readonly BenchColumn[],
  nullText = '',
): Promise<Agreement> {
  const [ones, others] = [readRecords(one), readRecords(other)];
  const comparison = new Comparison(columns);
  for (let row = 0; ; row++) {
    const [here, there] = await Promise.all([ones.next(), others.next()]);
    if (here.done && there.done) break;
    const said = (there.value as string[] | undefined)?.map((cell) => (cell === nullText ? '' : cell));
    comparison.compare(`row ${row}`, here.value, said);
  }
  return comparison.result();
}

/** Compares the rows of two files key by key, in any order. A key that comes twice in a file differs. */
export async function compareByKey(
  one: string,
  other: string,
  columns: readonly BenchColumn[],
  keys: readonly string[],
): Promise<Agreement> {
  const [ones, others] = [readRecords(one), readRecords(other)];
  const comparison = new Comparison(columns);
  comparison.compare('row 0', (await ones.next()).value, (await others.next()).value);
  const places = keys.map((key) => columns.findIndex(({ name }) => name === key));
  const nameOf = (cells: readonly string[]) => `key ${places.map((place) => cells[place]).join()}`;
  const unmatched = new Map<string, string[]>();
  for await (const cells of { [Symbol.asyncIterator]: () => ones }) {
    const twice = unmatched.get(nameOf(cells));
    if (twice) comparison.compare(nameOf(cells), twice, undefined);
    unmatched.set(nameOf(cells), cells);
  }
  for await (const cells of { [Symbol.asyncIterator]: () => others }) {
    comparison.compare(nameOf(cells), unmatched.get(nameOf(cells)), cells);
    unmatched.delete(nameOf(cells));
  }
  for (const [name, cells] of unmatched) comparison.compare(name, cells, undefined);
  return comparison.result();
}

/** Counts the cells in which rows differ. */
class Comparison {
  readonly #columns: readonly BenchColumn[];
  // The header comes first.
  #rows = -1;
  #differing = 0;
  #first: string | undefined;

  constructor(columns: readonly BenchColumn[]) {
    this.#columns = columns;
  }

  /** @param row how the first difference names it; undefined cells: the file has no such row */
  compare(row: string, one: readonly string[] | undefined, other: readonly string[] | undefined): void {
    this.#rows++;
    // The header must be equal unchanged.
    const kindOf = (column: number): Kind => (this.#rows === 0 ? 'text' : (this.#columns[column]?.kind ?? 'text'));
    const differences = differencesOf(one ?? [], other ?? [], kindOf);
    this.#differing += differences.length;
    const [column] = differences;
    if (column === undefined) return;
    const shown = (cells: readonly string[] | undefined) =>
      cells ? JSON.stringify(cells[column]?.slice(0, 60)) : 'no row';
    this.#first ??= `${row}, ${this.#columns[column]?.name}: ${shown(one)} and ${shown(other)}`;
  }

  result(): Agreement {
    return {
      ...{ rows: this.#rows, differing: this.#differing },
      ...(this.#first !== undefined && { first: this.#first }),
    };
  }
}

/** The columns in which two rows differ; the first one if a row is missing. */
function differencesOf(one: readonly string[], other: readonly string[], kindOf: (column: number) => Kind): number[] {
  if (one.length === 0 || other.length === 0) return [0];
  const most = Math.max(one.length, other.length);
  return Array.from({ length: most }, (_, column) => column).filter(
    (column) => !sameCell(kindOf(column), one[column] ?? 'no cell', other[column] ?? 'no cell'),
  );
}

function readRecords(path: string): AsyncIterator<string[]> {
  const records = createReadStream(path).pipe(parse({ relax_column_count: true }));
  return records[Symbol.asyncIterator]() as AsyncIterator<string[]>;
}

/** Whether two files have the same bytes, so that no cells need comparing. */
export async function sameBytes(one: string, other: string): Promise<boolean> {
  await using first = await open(one);
  await using second = await open(other);
  if ((await first.stat()).size !== (await second.stat()).size) return false;
  const [here, there] = [Buffer.alloc(1 << 20), Buffer.alloc(1 << 20)];
  for (let position = 0; ; position += here.length) {
    const [{ bytesRead }] = await Promise.all([
      first.read(here, 0, here.length, position),
      second.read(there, 0, there.length, position),
    ]);
    if (!here.subarray(0, bytesRead).equals(there.subarray(0, bytesRead))) return false;
    if (bytesRead < here.length) return true;
  }
}
