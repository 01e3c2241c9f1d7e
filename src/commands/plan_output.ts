/** What the command `plan` prints, for a person or as JSON. */
import type { ConfiguredCatalog } from '../airbyte/catalog.ts';
import { day, second } from '../clock.ts';
import { formatBytes, formatCount, formatCounted, formatDuration, formatOperation } from '../format.ts';
import type { TooLong } from '../load/simulation.ts';
import type { Plan } from '../model.ts';
import { escapeControls } from '../names.ts';
import { type Account, unsettled } from '../settle/accounts.ts';
import { boundsText } from '../settle/log_lines.ts';
import { reasonText } from '../settle/rejects/reject_groups.ts';
import type { SyncPlan } from '../sync_plan.ts';
import type { CommandContext } from './command.ts';
import { writeTable } from './text_table.ts';

/** The mapping, and what is wrong with it. */
export interface CheckedMapping {
  readonly catalog: ConfiguredCatalog;
  /** Of the streams whose mapping fits. */
  readonly plans: readonly Plan[];
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

/** What a sync would load, and how often. */
export interface Planned extends SyncPlan {
  /** How often a day such a sync fits the quota if nobody else uses it; Infinity if it makes no call. */
  readonly syncsPerDay: number;
}

/** Prints the faults, or what would be loaded. */
export function report(
  { faults, warnings, plans, catalog }: CheckedMapping,
  planned: Planned | undefined,
  jobMs: number,
  { stdout, stderr }: CommandContext,
): void {
  for (const warning of warnings) stderr.write(`warning: ${escapeControls(warning)}\n`);
  for (const [at, fault] of faults.entries())
    stdout.write(`${faults.length > 1 ? `${at + 1}. ` : ''}${escapeControls(fault)}\n`);
  if (faults.length > 0 && !planned) return;
  if (catalog.isClear)
    return void stdout.write('Every stream is set to overwrite: this is a Clear, which loads nothing.\n');
  if (!planned) {
    writeTable(stdout, ['Stream', 'Object', 'Operation', 'Key Fields', 'Fields'], plans.map(mappingRow));
    stdout.write('\nThe mapping fits the catalog. For files and calls, give the records on standard input.\n');
    return;
  }
  writeTable(
    stdout,
    header,
    planned.accounts.map((account) => streamRow(account, planned)),
  );
  stdout.write(`\n${[...reasonLines(planned), ...callsLines(planned), ...quotaLines(planned, jobMs)].join('\n')}\n`);
}

function mappingRow(plan: Plan): string[] {
  const { label, object, keyFields, columns } = plan;
  return [label, object, formatOperation(plan), keyFields.join(', ') || '-', formatCount(columns.length)];
}

const header = [
  'Stream',
  'Object',
  'Operation',
  'Records',
  'Superseded',
  'Skipped',
  'Rejected',
  'Rows',
  'Files',
  'Size',
];

/** What one stream would load. */
function streamOf(account: Account, { files, byCalls }: SyncPlan) {
  const { plan, received: records, superseded, skipped, rejected, reasons } = account;
  const { label: stream, object, keyFields: key_fields, route = 'bulk_api' } = plan;
  const operation = formatOperation(plan);
  const closed = { files: account.files, rows: account.rows, bytes: account.bytes };
  const ends = [...files, ...byCalls.times].flatMap(({ plan: of, endedMs }) => (of === plan ? [endedMs] : []));
  return {
    ...{ stream, object, operation, route, key_fields, fields: plan.columns.length },
    ...{ records, superseded, skipped, rejected, unproven: unsettled(account), ...closed },
    reasons: (reasons?.sorted() ?? []).map((group) => ({ reason: reasonText(group), rows: group.rows })),
    end_seconds: ends.length === 0 ? null : Math.max(...ends) / second,
  };
}

function streamRow(account: Account, planned: SyncPlan): string[] {
  const { stream, object, operation, records, superseded, skipped, rejected, rows, files, bytes } = streamOf(
    account,
    planned,
  );
  const counts = [records, superseded, skipped, rejected, rows, files].map(formatCount);
  return [stream, object, operation, ...counts, formatBytes(bytes)];
}

function reasonLines({ accounts }: SyncPlan): string[] {
  return accounts.flatMap(({ plan: { label }, reasons }) =>
    (reasons?.sorted() ?? []).map(
      (group) => `${label}: ${formatCounted(group.rows, 'row')} rejected: ${reasonText(group)}`,
    ),
  );
}

function scheduleLine(perDay: number): string {
  const often =
    perDay >= 1
      ? `${formatCounted(Math.floor(perDay), 'sync')} like this a day, one every ${formatDuration(day / Math.floor(perDay))}`
      : `one sync like this in ${formatCounted(Math.ceil(1 / perDay), 'day')}`;
  return `As a schedule: the quota suffices for ${often}, if nobody else uses it.`;
}

/** What goes by the object API; none if nothing does. */
function callsLines({ byCalls, tooLong, syncsPerDay, total }: Planned): string[] {
  const { batches, rows, least, most, times, endMs } = byCalls;
  if (batches === 0) return [];
  const calls = boundsText({ least, most });
  const all = `By the object API: ${formatCounted(batches, 'batch')}, ${formatCounted(rows, 'row')}: ${calls}`;
  const schedule = total.files === 0 ? [scheduleLine(syncsPerDay)] : [];
  if (tooLong?.api === 'object_api') {
    const done = `After ${formatCount(times.length)} of ${formatCounted(batches, 'batch')}`;
    return [`${all}. ${unfitText(done, tooLong)}`, ...schedule];
  }
  return [`${all}. Earliest end: ${formatDuration(endMs)} after the start.`, ...schedule];
}

function quotaLines({ total, files, byCalls, endMs, tooLong, syncsPerDay }: Planned, jobMs: number): string[] {
  if (total.files === 0 && byCalls.batches > 0) return [];
  const { files: count, rows, bytes, calls } = total;
  const all = `${formatCounted(count, 'file')}, ${formatCounted(rows, 'row')}, ${formatBytes(bytes)}: ${formatCounted(calls, 'call')}`;
  if (count === 0) return ['No file: nothing would be sent.'];
  if (tooLong?.api === 'bulk_api') {
    const sent = `After ${formatCount(files.length)} of ${formatCount(count)} files`;
    return [`${all}. ${unfitText(sent, tooLong)}`, scheduleLine(syncsPerDay)];
  }
  const each = `if Gainsight takes ${formatDuration(jobMs)} for a file and nobody else uses the quota`;
  return [`${all}. Earliest end: ${formatDuration(endMs)} after the start, ${each}.`, scheduleLine(syncsPerDay)];
}

function unfitText(done: string, { waitMs }: TooLong): string {
  return `It does not fit the quota: ${done} the next call is possible only after another ${formatDuration(waitMs)}, and "Quota: Longest Wait" is shorter.`;
}

/** The same as a JSON document. */
export function document(
  { faults, warnings, plans }: CheckedMapping,
  planned: Planned | undefined,
  jobMs: number,
): object {
  const mapping = plans.map((plan) => {
    const { label: stream, object, keyFields: key_fields, columns, route = 'bulk_api' } = plan;
    return { stream, object, operation: formatOperation(plan), route, key_fields, fields: columns.length };
  });
  if (!planned) return { faults, warnings, streams: mapping };
  const { accounts, byCalls, files, total, endMs, tooLong, syncsPerDay } = planned;
  return {
    ...{ faults, warnings, streams: accounts.map((account) => streamOf(account, planned)) },
    files: files.map(({ plan: { label: stream, object }, rows, bytes, submittedMs, endedMs }) => ({
      ...{ stream, object, rows, bytes, submitted_seconds: submittedMs / second, ended_seconds: endedMs / second },
    })),
    total,
    object_api: {
      ...{ batches: byCalls.batches, rows: byCalls.rows },
      ...{ least_calls: byCalls.least, most_calls: byCalls.most, end_seconds: byCalls.endMs / second },
    },
    ...{ job_seconds: jobMs / second, end_seconds: endMs / second, fits_quota: tooLong === undefined },
    // JSON has no Infinity.
    syncs_per_day: Number.isFinite(syncsPerDay) ? Math.floor(syncsPerDay * 100) / 100 : null,
  };
}
