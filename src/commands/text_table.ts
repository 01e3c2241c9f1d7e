/** Writes a table as text: aligned on a terminal, with tabs between the cells for another program. */
import { styleText } from 'node:util';
import { escapeControls, truncate } from '../names.ts';
import type { TextOutput } from './command.ts';

/** Writes the header and the rows. On a terminal a line that does not fit is cut; elsewhere all of it is written. */
export function writeTable(output: TextOutput, header: readonly string[], rows: readonly (readonly string[])[]): void {
  const cells = [header, ...rows].map((row) => row.map(escapeControls));
  // A terminal may not know its width.
  const lines = output.isTTY ? aligned(cells, output.columns || 80) : cells.map((row) => row.join('\t'));
  const [first = '', ...others] = lines;
  // Plain if the output is not a terminal, and with NO_COLOR.
  output.write(`${[styleText('bold', first), ...others].join('\n')}\n`);
}

function aligned(rows: readonly (readonly string[])[], columns: number): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  return rows.map((row) => {
    const line = row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
    return line.length <= columns ? line : truncate(line, columns - 1);
  });
}
