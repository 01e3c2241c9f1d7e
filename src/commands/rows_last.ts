/** Shows a person at a terminal why rows were rejected and where they are kept, before the rows themselves. */
import { formatCount } from '../format.ts';
import { rowsShownBy } from '../settle/rejects/rejected_row_lines.ts';
import type { TextOutput } from './command.ts';

/** The most rows that are shown: the file that keeps them has all. */
const mostSamples = 5;

/** Passes a log on, but for its lines about rejected rows, of which the first follow at the end. */
export class RowsLast implements TextOutput {
  readonly #log: TextOutput;
  readonly #samples: string[] = [];
  #rows = 0;

  constructor(log: TextOutput) {
    this.#log = log;
  }

  write(text: string): void {
    const rows = rowsShownBy(text.replace(/^WARN /, ''));
    if (rows === undefined) this.#log.write(text);
    else if (rows === 1 && this.#samples.length < mostSamples) this.#samples.push(text);
    this.#rows += rows ?? 0;
  }

  /** Nothing more comes: writes the first rows. */
  end(): void {
    const { length } = this.#samples;
    if (length === 0) return;
    const which =
      this.#rows > length ? `The first ${length} of ${formatCount(this.#rows)} rejected rows` : 'The rejected rows';
    for (const text of [`${which}:\n`, ...this.#samples]) this.#log.write(text);
  }
}
