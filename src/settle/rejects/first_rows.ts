/** The rejected rows of a batch whose file has rows of earlier syncs at its end. */
import type { RejectedRow, RejectedRows } from '../../model.ts';

/** The rows of a batch among those of a file that has others at its end. */
export class FirstRows implements RejectedRows {
  readonly length: number;
  readonly #all: RejectedRows;
  readonly #rows: number;

  constructor(all: RejectedRows, rows: number) {
    let length = 0;
    for (const { row } of all) if (row < rows) length += 1;
    this.length = length;
    this.#all = all;
    this.#rows = rows;
  }

  *[Symbol.iterator](): Generator<RejectedRow> {
    for (const rejected of this.#all) if (rejected.row < this.#rows) yield rejected;
  }
}
