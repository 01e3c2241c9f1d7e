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
 * The data rows that numbers mean, 0 the first.
 * @param rowsAtLines the rows that physical lines belong to, asked for ascending lines
 * @returns undefined where a number lies outside the file
 */
export async function rowsOf(
  numbers: readonly number[],
  base: RowBase,
  rows: number,
  rowsAtLines: (lines: readonly number[]) => Promise<(number | undefined)[]>,
): Promise<(number | undefined)[]> {
  if (base !== 'physical') {
    return numbers.map((number) => (number >= base && number - base < rows ? number - base : undefined));
  }
  const lines = [...new Set(numbers)].sort((a, b) => a - b);
  const found = await rowsAtLines(lines);
  const rowOfLine = new Map(lines.map((line, at) => [line, found[at]]));
  return numbers.map((number) => rowOfLine.get(number));
}
