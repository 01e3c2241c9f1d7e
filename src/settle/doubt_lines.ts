/** The wording of log lines about what may be a mistake: absent columns, values and keys that may not fit, odd numbers. */
import type { RejectedRows } from '../config/types.ts';
import { formatCount, formatCounted } from '../format.ts';
import type { Plan } from '../model.ts';
import { escapeControls } from '../names.ts';
import type { MisfitCount } from '../records/value_check.ts';
import type { Account } from './accounts.ts';
import { target } from './log_lines.ts';

const mostAbsent = 50;

/**
 * Columns of the schema that no record had when the stream's first file was closed.
 * @param records received until then
 */
export function absentLine(
  {
    plan,
    columns,
    isLeftOut,
  }: { readonly plan: Plan; readonly columns: readonly number[]; readonly isLeftOut: boolean },
  records: number,
): string {
  const names = columns.slice(0, mostAbsent).map((column) => {
    const { path = [], field = '' } = plan.columns[column] ?? {};
    return `${JSON.stringify(path.join('.'))} (field ${field})`;
  });
  if (columns.length > names.length) names.push(`${columns.length - names.length} more`);
  const what = `${plan.label}: ${formatCounted(columns.length, 'column')} in the schema or the mapping and in none of ${formatCounted(records, 'record')}: ${names.join(', ')}.`;
  if (isLeftOut) return `${what} Left out of the files until a record has them.`;
  const clears = plan.operation === 'INSERT' ? '' : ', which clears what the fields hold';
  const refresh = `Each is sent empty for all of them${clears}. If a column is gone or renamed, refresh the schema of the connection and correct "Fields"`;
  const leave =
    plan.operation === 'INSERT' || plan.absentColumns === 'leave_out' ? '' : ', or set "Absent Columns" to leave_out';
  return `${what} ${refresh}${leave}.`;
}

/** More fields of a stream are not named in one go. */
export const mostMisfits = 20;

/**
 * Values of one field that do not fit what metadata says of it.
 * @param isKnown it was logged before what to do
 */
export function misfitLine({ plan, received }: Account, misfit: MisfitCount, isKnown: boolean): string {
  const { field, count, reason, remedy, samples } = misfit;
  const what = `${target(plan)}: ${field} in ${formatCount(count)} of ${formatCounted(received, 'record')}: ${reason}`;
  if (isKnown) return `${what}.`;
  const shown = samples.length > 0 ? ` For example: ${samples.map((sample) => JSON.stringify(sample)).join(', ')}` : '';
  return `${what}. Sent as it is. ${remedy}.${shown}`;
}

/** @see mostMisfits */
export function moreMisfitsLine(plan: Plan, more: number): string {
  return `${target(plan)}: values of ${formatCounted(more, 'more field')} do not fit the tenant's metadata.`;
}

/** Keys with white space at an end: Gainsight may take a record for another one than that of the key without it. */
export function paddedKeysLine(
  { plan, received, paddedKeys }: Account,
  detail: RejectedRows['log_detail'],
): string | undefined {
  if (!paddedKeys) return undefined;
  const { records, first } = paddedKeys;
  const what = `${target(plan)}: ${formatCount(records)} of ${formatCounted(received, 'record')} with white space at an end of ${plan.keyFields.join(', ')}, which Gainsight may take for other keys than those without`;
  const shown = first.map((key) => key.map((cell) => escapeControls(JSON.stringify(cell))).join(' + '));
  const keys = detail === 'none' ? '' : ` For example: ${shown.join(', ')}`;
  return `${what}. Set "Values: Trim Texts", unless the keys in Gainsight have it too.${keys}`;
}

/** Warnings about numbers of a stream that may indicate a mistake. */
export function doubtLines({ plan, received, superseded, skipped }: Account): string[] {
  const lines: string[] = [];
  if (plan.unmatchedKey !== undefined && superseded > 0) {
    const key = plan.keyFields.join(', ');
    lines.push(
      `${target(plan)}: ${formatCounted(superseded, 'record')} superseded by a later one with the same ${key}, which is not the primary key of the stream (${plan.unmatchedKey}): if they are different records, choose key fields that distinguish them.`,
    );
  }
  if (received > 1 && skipped === received) {
    lines.push(
      `${target(plan)}: all ${formatCount(received)} records were skipped as deleted: any value but null in _ab_cdc_deleted_at says so, an empty text too.`,
    );
  }
  return lines;
}
