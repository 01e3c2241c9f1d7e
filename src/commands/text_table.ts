/** Writes a table as text: aligned on a terminal, with tabs between the cells for another program. */
import { styleText } from 'node:util';
import { escapeControls, truncate } from '../names.ts';
import type { TextOutput } from './command.ts';

/** Characters that a column keeps when it is narrowed: enough for a number or a status. */
const leastWidth = 10;

/** Columns, by their titles, that are not narrowed. */
interface WholeColumns {
  /** Half of what they hold says nothing, and it is short. */
  readonly whole?: readonly string[];
  /** People need all that they hold: where a line does not fit, it follows below in lines of its own. */
  readonly below?: readonly string[];
}

type Row = readonly string[];

/**
 * Writes the header and the rows. On a terminal the widest columns are narrowed until a line fits, and what still does
 * not fit is cut; elsewhere, and where a terminal does not know its width, all of it is written.
 */
export function writeTable(
  output: TextOutput,
  header: Row,
  rows: readonly Row[],
  { whole = [], below = [] }: WholeColumns = {},
): void {
  const cells = [header, ...rows].map((row) => row.map(escapeControls));
  const columns = output.columns || Number.POSITIVE_INFINITY;
  const lines = output.isTTY ? shown(cells, columns, { whole, below }) : cells.map((row) => row.join('\t'));
  const [first = '', ...others] = lines;
  // Plain if the output is not a terminal, and with NO_COLOR.
  output.write(`${[styleText('bold', first), ...others].join('\n')}\n`);
}

/** Each row as one line, or as several. */
function shown(rows: readonly Row[], columns: number, { whole, below }: Required<WholeColumns>): string[] {
  const [header = []] = rows;
  if (lineLength(naturalWidths(rows)) <= columns || below.length === 0) return aligned(rows, columns, whole);
  const isBelow = header.map((title) => below.includes(title));
  const beside = rows.map((row) => row.filter((_, at) => !isBelow[at]));
  const lines = aligned(beside, columns, whole);
  return rows.map((row, at) => {
    const cells = row.filter((cell, column) => isBelow[column] && cell !== '');
    return [lines[at], ...cells.flatMap((cell) => inLines(cell, columns - indent.length))].join(`\n${indent}`);
  });
}

const indent = '  ';

/** A text in lines of at most this width, between its words where that is possible. */
function inLines(text: string, width: number): string[] {
  const most = Math.max(width, leastWidth);
  const lines: string[] = [];
  let rest = text;
  while (rest.length > most) {
    const space = rest.lastIndexOf(' ', most);
    const end = space > 0 ? space : most;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

function naturalWidths(rows: readonly Row[]): number[] {
  const [header = []] = rows;
  return header.map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
}

function lineLength(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 2 * (widths.length - 1));
}

function aligned(rows: readonly Row[], columns: number, whole: readonly string[]): string[] {
  const [header = []] = rows;
  const natural = naturalWidths(rows);
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
  for (let over = lineLength(widths) - columns; over > 0; over--) {
    const most = Math.max(...widths.filter((width, at) => width > (least[at] ?? 0)));
    const widest = widths.findIndex((width, at) => width === most && width > (least[at] ?? 0));
    if (widest < 0) break;
    widths[widest] = most - 1;
  }
  return widths;
}
