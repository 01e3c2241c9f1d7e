/** The wording of the log lines about rejected rows: what they show of a row is set by `log_detail`. */
import type { RejectedRows } from '../../config/types.ts';
import { formatCount, formatCounted } from '../../format.ts';
import type { Plan, Reject } from '../../model.ts';
import { truncate } from '../../names.ts';
import { target } from '../log_lines.ts';
import { loadCommand, nextStep } from './next_steps.ts';
import { type RejectGroup, reasonText } from './reject_groups.ts';
import type { ComesAgain, KeptFile } from './store.ts';

const longestKey = 1000;
const longestCell = 10_000;
const maxGroups = 20;

/** What rejected a row: a job, a call of the object API, or the connector itself. */
export type RejectedBy = Pick<Reject, 'jobId' | 'byCalls'>;

/** Whose rows are logged: those of the sync, or of earlier ones that were sent again, which are in no count of it. */
export type RowsOf = 'this sync' | 'an earlier sync';

/**
 * One rejected row.
 * @param reason filtered for the log
 */
export function rowLine(
  reject: Reject,
  reason: string,
  detail: RejectedRows['log_detail'],
  of: RowsOf = 'this sync',
): string {
  const { plan, cells } = reject;
  const reported = {
    ...originOf(plan, reject),
    row: reject.row ?? null,
    row_sure: reject.sure,
    key: Object.fromEntries(cells ? plan.keyFields.map((field, index) => [field, keyCell(reject, index)]) : []),
    field: reject.field ?? null,
    reason,
    ...(reject.records > 1 ? { records: reject.records } : {}),
    ...(detail === 'full_row' && cells ? { data: dataOf(plan, cells) } : {}),
  };
  return `${of === 'this sync' ? 'rejected row' : 'row rejected again'} ${JSON.stringify(reported)}`;
}

/**
 * Rows beyond those that are logged one by one: by their keys, without keys by their numbers, otherwise only counted.
 */
export function keysLine(plan: Plan, by: RejectedBy, rejects: readonly RejectKey[], of: RowsOf = 'this sync'): string {
  const rows = rejects.flatMap(({ row }) => row ?? []);
  const reported = {
    ...originOf(plan, by),
    count: rejects.length,
    ...(plan.keyFields.length > 0 ? { key_fields: plan.keyFields, keys: rejects.map(({ key }) => key) } : {}),
    ...(plan.keyFields.length === 0 && rows.length > 0 ? { rows } : {}),
  };
  return `${of === 'this sync' ? 'rejected rows' : 'rows rejected again'} ${JSON.stringify(reported)}`;
}

/** How many rows a {@link rowLine} or a {@link keysLine} shows; undefined: it is neither. */
export function rowsShownBy(line: string): number | undefined {
  const [, isOne, count] =
    /^(?:(rejected row|row rejected again) \{|(?:rejected rows|rows rejected again) \{.*?"count":(\d+))/.exec(line) ??
    [];
  if (isOne === undefined && count === undefined) return undefined;
  return Number(count ?? 1);
}

/** Identifies a rejected row of which nothing else is logged. */
export interface RejectKey {
  readonly row: number | undefined;
  readonly key: readonly (string | null)[];
}

/** @see keysLine */
export function keyOf(reject: Reject): RejectKey {
  return { row: reject.row, key: reject.plan.keyFields.map((_, index) => keyCell(reject, index)) };
}

/** To be logged once, before the first row of this kind. */
export const unsureLine =
  'Rejected rows with "row_sure":false: how Gainsight numbers rows is not proven yet, so that row, key and data may be those of the row before or after. Compare the key with Gainsight, or set "Rejected Rows: First Row Number" once you know.';

/**
 * The rejected rows of a job or of the calls of a batch, or those of a stream that the connector itself rejected: a line for each reason, with
 * what is known of its rows, and one for all further reasons.
 * @param groups the largest first
 */
export function groupLines(
  plan: Plan,
  by: RejectedBy,
  groups: readonly RejectGroup[],
  of: RowsOf = 'this sync',
): string[] {
  const rejected = of === 'this sync' ? `rejected ${byText(by)}` : `of earlier syncs rejected again ${byText(by)}`;
  const line = (rows: number, what: string) => `${target(plan)}: ${formatCounted(rows, 'row')} ${rejected}: ${what}`;
  const lines = groups.slice(0, maxGroups).map((group) => {
    const parts = [reasonText(group), ...samplesText(group), `to do: ${nextStep(group, plan)}`];
    return line(group.rows, parts.join(' · '));
  });
  const others = groups.slice(maxGroups);
  if (others.length === 0) return lines;
  const rows = others.reduce((sum, group) => sum + group.rows, 0);
  return [...lines, line(rows, formatCounted(others.length, 'more reason'))];
}

/** Where rejected rows are, and how they are loaded again. */
export function keptLine({ address, plan, rows }: KeptFile, comesAgain: ComesAgain): string {
  const kept = `${target(plan)}: ${formatCounted(rows, 'rejected row')} kept in ${address}.`;
  if (comesAgain === 'none') return `${kept} ${loadHint([address])}`;
  const ended = 'The stream was not loaded to its end:';
  const them = rows === 1 ? 'it' : 'them';
  if (comesAgain === 'all')
    return `${kept} ${ended} the source sends ${them} again with the next attempt, so do not load ${them}.`;
  return `${kept} ${ended} the source sends those again that no released state covers. Correct and load only others, with: ${loadCommand(address)}`;
}

/** How files of rejected rows are loaded again. */
export function loadHint(addresses: readonly string[]): string {
  const files = addresses.length === 1 ? 'that file, then load it' : 'these files, then load each';
  return `Correct ${files} again with: ${addresses.map(loadCommand).join('; ')}`;
}

/** @param rows rejected in the whole sync, for whose files no place is configured */
export function notKeptLine(rows: number): string {
  return `${formatCounted(rows, 'rejected row')} kept nowhere but in this log: set "Object Storage Configuration" or "Rejected Rows: Folder" so that the next ones can be corrected and loaded again.`;
}

/** `values "Gold" (12), "Lead" (1)`, `keys "A-1", "A-2", …`, `key "A-1"` */
function samplesText({ rows, values, rowsOfOtherValues, keys }: RejectGroup): string[] {
  const shown = [...values].map(([value, count]) => `${value} (${formatCount(count)})`);
  if (rowsOfOtherValues > 0) shown.push(`others (${formatCount(rowsOfOtherValues)})`);
  const named = [...keys, ...(rows > keys.size ? ['…'] : [])];
  return [
    ...(shown.length > 0 ? [`values ${shown.join(', ')}`] : []),
    ...(keys.size > 0 ? [`${rows === 1 ? 'key' : 'keys'} ${named.join(', ')}`] : []),
  ];
}

function byText({ jobId, byCalls }: RejectedBy): string {
  if (byCalls) return 'by the object API';
  return jobId === undefined ? 'before sending' : `by job ${jobId}`;
}

function originOf(plan: Plan, { jobId, byCalls }: RejectedBy) {
  return { stream: plan.label, object: plan.object, job: jobId ?? null, ...(byCalls && { route: 'object_api' }) };
}

function keyCell(reject: Reject, index: number): string | null {
  return shorten(reject.cells?.[reject.plan.keyColumns[index] ?? -1] ?? null, longestKey);
}

function dataOf(plan: Plan, cells: readonly (string | null)[]) {
  return Object.fromEntries(
    plan.columns.map(({ field }, index) => [field, shorten(cells[index] ?? null, longestCell)]),
  );
}

function shorten(text: string | null, maxLength: number): string | null {
  return text === null ? null : truncate(text, maxLength);
}
