/** JSON for a program or a terminal. */
import { escapeControls } from '../names.ts';
import type { TextOutput } from './command.ts';

/** Writes a value as JSON, with control characters as escapes: a name of the tenant must give a terminal no order. */
export function writeJson(output: TextOutput, value: unknown): void {
  // Line feeds are between the members: within a text, JSON escapes them.
  output.write(`${JSON.stringify(value, undefined, 2).split('\n').map(escapeControls).join('\n')}\n`);
}
