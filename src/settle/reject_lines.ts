/** How rejected rows are worded in the log: one by one, by their keys alone, or counted. */
import type { Plan, Reject } from '../model.ts';
import { formatCount, formatCounted } from './format.ts';
import { target } from './log_lines.ts';
import type { ReasonCounts } from './rejects/redact_reason.ts';

/** `rejected_rows.log_detail`. */
export type LogDetail = 'keys' | 'full_row' | 'none';

const longestKey = 1000;
const longestCell = 10_000;
const maxReasons = 20;

/** One rejected row. @param reason as it may be told */
export function rowLine(reject: Reject, reason: string, detail: LogDetail): string {
  const { plan, cells } = reject;
  const reported = {
    ...originOf(plan, reject.jobId),
    row: reject.row ?? null,
    row_sure: reject.sure,
    key: Object.fromEntries(cells ? plan.keyFields.map((field, index) => [field, keyCell(reject, index)]) : []),
    field: reject.field ?? null,
    reason,
    ...(reject.records > 1 ? { records: reject.records } : {}),
    ...(detail === 'full_row' && cells ? { data: dataOf(plan, cells) } : {}),
  };
  return `rejected row ${JSON.stringify(reported)}`;
}

/** Rows beyond those that are told one by one: by their keys, without keys by their numbers, without either counted. */
export function keysLine(plan: Plan, jobId: string | undefined, rejects: readonly RejectKey[]): string {
  const rows = rejects.flatMap(({ row }) => row ?? []);
  const reported = {
    ...originOf(plan, jobId),
    count: rejects.length,
    ...(plan.keyFields.length > 0 ? { key_fields: plan.keyFields, keys: rejects.map(({ key }) => key) } : {}),
    ...(plan.keyFields.length === 0 && rows.length > 0 ? { rows } : {}),
  };
  return `rejected rows ${JSON.stringify(reported)}`;
}

/** What identifies a rejected row when nothing else of it is told. */
export interface RejectKey {
  readonly row: number | undefined;
  readonly key: readonly (string | null)[];
}

/** @see keysLine */
export function keyOf(reject: Reject): RejectKey {
  return { row: reject.row, key: reject.plan.keyFields.map((_, index) => keyCell(reject, index)) };
}

/** The rejected rows of a job, or those of a stream that the connector refused itself, by reason. */
export function countsLine(plan: Plan, jobId: string | undefined, counts: ReasonCounts): string {
  const reasons = counts.sorted();
  const reported = reasons.slice(0, maxReasons).map(([reason, rows]) => `${formatCount(rows)} × ${reason}`);
  if (reasons.length > reported.length) reported.push(formatCounted(reasons.length - reported.length, 'more reason'));
  const by = jobId === undefined ? 'refused before sending' : `rejected by job ${jobId}`;
  return `${target(plan)}: ${formatCounted(counts.total, 'row')} ${by}: ${reported.join(' · ')}`;
}

function originOf(plan: Plan, jobId: string | undefined) {
  return { stream: plan.label, object: plan.object, job: jobId ?? null };
}

function keyCell(reject: Reject, index: number): string | null {
  return cut(reject.cells?.[reject.plan.keyColumns[index] ?? -1] ?? null, longestKey);
}

function dataOf(plan: Plan, cells: readonly (string | null)[]) {
  return Object.fromEntries(plan.columns.map(({ field }, index) => [field, cut(cells[index] ?? null, longestCell)]));
}

function cut(text: string | null, longest: number): string | null {
  return text === null || text.length <= longest ? text : `${text.slice(0, longest)}…`;
}
