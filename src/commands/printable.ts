/** Texts in which a name of the tenant or of the source gives a terminal no order. */
import { escaped } from '../names.ts';
import type { TextOutput } from './command.ts';

/** What a terminal or a program may take for the end of a line or cell, or for an order. */
const controls = /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/gu;

/** One line, or one cell of a table. */
export function printable(line: string): string {
  return line.replace(controls, '\ufffd');
}

/** Writes a value as JSON, with every such character as an escape. */
export function writeJson(output: TextOutput, value: unknown): void {
  // Line feeds are between the members: within a text, JSON escapes them.
  const text = JSON.stringify(value, undefined, 2).replace(controls, (each) => (each === '\n' ? each : escaped(each)));
  output.write(`${text}\n`);
}
