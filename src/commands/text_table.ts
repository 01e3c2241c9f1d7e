/** Writes a table as text: aligned on a terminal, with tabs between the cells for another program. */
import { styleText } from 'node:util';
import { escapeControls, truncate } from '../names.ts';
import type { TextOutput } from './command.ts';

/** Characters that a column keeps when it is narrowed: enough for a number or a status. */
const leastWidth = 10;

/**
 * Writes the header and the rows. On a terminal the widest columns are narrowed until a line fits, and what still does
 * not fit is cut; elsewhere, and where a terminal does not know its width, all of it is written.
 * @param whole titles of columns that are not narrowed, as half of what they hold says nothing
 */
export function writeTable(
  output: TextOutput,
  header: readonly string[],
  rows: readonly (readonly string[])[],
  whole: readonly string[] = [],
): void {
  const cells = [header, ...rows].map((row) => row.map(escapeControls));
  const columns = output.columns || Number.POSITIVE_INFINITY;
  const lines = output.isTTY ? aligned(cells, columns, whole) : cells.map((row) => row.join('\t'));
  const [first = '', ...others] = lines;
  // Plain if the output is not a terminal, and with NO_COLOR.
  output.write(`${[styleText('bold', first), ...others].join('\n')}\n`);
}

function aligned(rows: readonly (readonly string[])[], columns: number, whole: readonly string[]): string[] {
  const header = rows[0] ?? [];
  const natural = header.map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  const least = header.map((title) => (whole.includes(title) ? Number.POSITIVE_INFINITY : leastWidth));
  const widths = narrowed(natural, least, columns);
  return rows.map((row) => {
    const line = row
      .map((cell, at) => truncate(cell, cell.length > (widths[at] ?? 0) ? (widths[at] ?? 1) - 1 : cell.length))
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
    return line.length <= columns ? line : truncate(line, columns - 1);
  });
}

/** The widths with which a line fits: the widest column above its least width loses a character, again and again. */
function narrowed(natural: readonly number[], least: readonly number[], columns: number): readonly number[] {
  const widths = [...natural];
  const lineLength = () => widths.reduce((sum, width) => sum + width, 2 * (widths.length - 1));
  for (let over = lineLength() - columns; over > 0; over--) {
    const most = Math.max(...widths.filter((width, at) => width > (least[at] ?? 0)));
    const widest = widths.findIndex((width, at) => width === most && width > (least[at] ?? 0));
    if (widest < 0) break;
    widths[widest] = most - 1;
  }
  return widths;
}
