/** The first lines of a sync: what runs where, and what each stream becomes. */

import { formatCount, formatCounted, formatOperation } from '../format.ts';
import type { Plan } from '../model.ts';
import { type CallsLeft, leftText, target } from './log_lines.ts';

/** Which process of which sync this is. */
export interface Opening {
  /** Name and version of the program. */
  readonly program: string;
  readonly run: string;
  readonly attempt: number;
  readonly host: string;
  /** Those of the streams; none if nothing is loaded. */
  readonly routes: readonly Plan['route'][];
}

/** How many streams have a line of their own: a database may have thousands. */
const mostStreams = 100;

/** The very first line. */
export function openingLine({ program, run, attempt, host, routes }: Opening): string {
  const ways = [
    ...(routes.some((route) => route !== 'object_api') ? ['bulk jobs'] : []),
    ...(routes.some((route) => route !== undefined) ? ['the object API'] : []),
  ];
  const by = ways.length > 0 ? `, by ${ways.join(' or ')}` : '';
  return `${program} · run ${run}, attempt ${attempt} · ${host}${by}`;
}

/**
 * A line for each stream that is loaded.
 * @param autoRows `quota.object_api.auto_rows`
 */
export function streamLines(plans: readonly Plan[], autoRows: number): string[] {
  const lines = plans.slice(0, mostStreams).map((plan) => streamLine(plan, autoRows));
  const more = plans.length - lines.length;
  return more > 0 ? [...lines, `and ${formatCounted(more, 'more stream')}`] : lines;
}

function streamLine(plan: Plan, autoRows: number): string {
  const { keyFields, columns, leftOut } = plan;
  const keys = keyFields.length > 0 ? `, key ${keyFields.join(' + ')}` : '';
  const others = leftOut?.size ? `, ${formatCount(leftOut.size)} not sent` : '';
  return `${target(plan)} by ${formatOperation(plan)}${keys} · ${formatCounted(columns.length, 'column')}${others}${routeText(plan, autoRows)}`;
}

/** How the rows go where not all of them are sent as files; empty if they are. */
export function routeText({ route, lookups = [] }: Pick<Plan, 'route' | 'lookups'>, autoRows: number): string {
  if (route === undefined) return '';
  if (route === 'auto') return ` · by the object API up to ${formatCounted(autoRows, 'row')}, otherwise as files`;
  const found = lookups.length > 0 ? `, ${formatCounted(lookups.length, 'lookup')}` : '';
  return ` · by the object API${found}`;
}

/** Gainsight has answered for the first time. */
export function callsLeftLine(left: readonly CallsLeft[]): string {
  return `Gainsight answers: ${leftText(left)}`;
}
