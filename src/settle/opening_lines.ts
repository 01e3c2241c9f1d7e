/** The first lines of a sync: what runs where, and what each stream becomes. */

import { formatCount, formatCounted } from '../format.ts';
import type { Plan } from '../model.ts';
import { target } from './log_lines.ts';

/** Which process of which sync this is. */
export interface Opening {
  /** Name and version of the program. */
  readonly program: string;
  readonly run: string;
  readonly attempt: number;
  readonly host: string;
}

/** How many streams have a line of their own: a database may have thousands. */
const mostStreams = 100;

/** The very first line. */
export function openingLine({ program, run, attempt, host }: Opening): string {
  return `${program} · run ${run}, attempt ${attempt} · ${host}, by bulk jobs`;
}

/** A line for each stream that is loaded. */
export function streamLines(plans: readonly Plan[]): string[] {
  const lines = plans.slice(0, mostStreams).map(streamLine);
  const more = plans.length - lines.length;
  return more > 0 ? [...lines, `and ${formatCounted(more, 'more stream')}`] : lines;
}

function streamLine(plan: Plan): string {
  const { operation, keyFields, columns, leftOut } = plan;
  const keys = keyFields.length > 0 ? `, key ${keyFields.join(' + ')}` : '';
  const others = leftOut?.size ? `, ${formatCount(leftOut.size)} not sent` : '';
  return `${target(plan)} by ${operation}${keys} · ${formatCounted(columns.length, 'column')}${others}`;
}
