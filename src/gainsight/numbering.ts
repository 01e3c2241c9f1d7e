/** How a tenant numbers rows in its errors: unspecified, so it is proven from the numbers themselves. */

/** `first_row_number` of the configuration. */
export type FirstRowNumber = 'auto' | '0' | '1' | '2';

/** The number of the first data row, or physical lines, where a cell's line breaks count as well. */
export type RowBase = 0 | 1 | 2 | 'physical';

/** What is known so far; the proof holds for the whole sync. */
export class RowNumbering {
  #proven: RowBase | undefined;
  readonly #fixed: boolean;

  constructor(firstRowNumber: FirstRowNumber) {
    this.#fixed = firstRowNumber !== 'auto';
    if (this.#fixed) this.#proven = Number(firstRowNumber) as RowBase;
  }

  /**
   * Takes one job's row numbers into account.
   * @param numbers NaN where an error names no row
   * @param rows data rows of its file
   * @returns the base to take for this job, and whether it is proven
   */
  learn(numbers: Iterable<number>, rows: number): { base: RowBase; sure: boolean } {
    let smallest = Number.POSITIVE_INFINITY;
    let largest = Number.NEGATIVE_INFINITY;
    for (const number of numbers) {
      if (number < smallest) smallest = number;
      if (number > largest) largest = number;
    }
    if (!this.#fixed) {
      if (smallest === 0) this.#proven = 0;
      // Beyond the last row of a file whose header is row 1: only line breaks inside cells can account for it.
      else if (largest > rows + 1) this.#proven = 'physical';
      // Physical lines equal rows from 2 where no cell has a line break, so they stay proven.
      else if (largest === rows + 1 && this.#proven !== 'physical') this.#proven = 2;
    }
    if (this.#proven !== undefined) return { base: this.#proven, sure: true };
    return { base: smallest === 1 ? 1 : 2, sure: false };
  }
}

/**
 * The data rows that numbers mean, 0 the first.
 * @param rowsAtLines the rows that physical lines belong to, asked for ascending lines
 * @returns below 0 where a number lies outside the file, or is none
 */
export async function rowsOf(
  numbers: Float64Array,
  base: RowBase,
  rows: number,
  rowsAtLines: (lines: readonly number[]) => Promise<(number | undefined)[]>,
): Promise<Int32Array> {
  const found = new Int32Array(numbers.length).fill(-1);
  if (base !== 'physical') {
    for (let at = 0; at < numbers.length; at++) {
      const row = (numbers[at] as number) - base;
      if (row >= 0 && row < rows) found[at] = row;
    }
    return found;
  }
  const order = Uint32Array.from(numbers.keys())
    .filter((at) => !Number.isNaN(numbers[at]))
    .sort((a, b) => (numbers[a] as number) - (numbers[b] as number));
  const rowsAt = await rowsAtLines(Array.from(order, (at) => numbers[at] as number));
  for (const [place, at] of order.entries()) found[at] = rowsAt[place] ?? -1;
  return found;
}
