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
   * @param rows data rows of its file
   * @returns the base to take for this job, and whether it is proven
   */
  learn(numbers: readonly number[], rows: number): { base: RowBase; sure: boolean } {
    const { smallest, largest } = numbers.reduce(
      (span, number) => ({ smallest: Math.min(span.smallest, number), largest: Math.max(span.largest, number) }),
      { smallest: Number.POSITIVE_INFINITY, largest: Number.NEGATIVE_INFINITY },
    );
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
 * The data row that a number means, 0 the first.
 * @param physicalLine line feeds in the file before a row, the header's own included
 * @returns undefined where the number lies outside the file
 */
export async function rowOf(
  number: number,
  base: RowBase,
  rows: number,
  physicalLine: (row: number) => Promise<number>,
): Promise<number | undefined> {
  if (!Number.isSafeInteger(number)) return undefined;
  if (base !== 'physical') return number >= base && number - base < rows ? number - base : undefined;
  // A row begins one line after the line feeds before it; the last row that begins no later than the number is meant.
  let low = 0;
  let high = rows - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((await physicalLine(middle)) + 1 <= number) low = middle;
    else high = middle - 1;
  }
  return rows > 0 && (await physicalLine(low)) + 1 <= number ? low : undefined;
}
