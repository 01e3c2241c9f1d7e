/** The command `errors`: why rows of one job were rejected, of this connector or of another client. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify/sync';
import { formatCount, formatCounted } from '../format.ts';
import type { BulkJob, BulkJobError } from '../gainsight/contract.ts';
import type { PlainWords } from '../gainsight/plain_words.ts';
import { isJobId } from '../gainsight/response.ts';
import type { RowErrors } from '../gainsight/row_errors.ts';
import type { Reads } from '../load/reads.ts';
import { escapeControls, nameList } from '../names.ts';
import { dialect } from '../records/csv.ts';
import type { Command, CommandContext } from './command.ts';
import {
  countText,
  createdText,
  errorsCommand,
  factsOf,
  factValues,
  type JobFacts,
  originTexts,
  ownerText,
  shellWord,
  tookText,
} from './job_facts.ts';
import { askTenant, openTenant, redactedOutput, retryMs, type TenantAccess, withReads } from './tenant_access.ts';
import { writeTable } from './text_table.ts';
import { writeJson } from './write_json.ts';

const noReason = 'no reason given';
/** For a message without a known code where only codes are shown. */
const noCode = 'no code given';
/** Groups shown as text; a document has all. */
const mostGroups = 100;
/** Ranges of row numbers shown of a group. */
const mostRanges = 8;
/** Whole messages shown of a group, where values may be shown. */
const mostExamples = 5;

export const errors: Command = {
  description:
    'Prints why rows of one job were rejected, of a sync or of another client: the errors by field and reason, the most ' +
    'frequent first, with their row numbers as Gainsight gives them. Values of rows are hidden (…) unless ' +
    'rejected_rows.log_detail of the configuration is full_row; with none only codes are shown. A job has its errors once ' +
    'it has ended.',
  arguments: [['<job_id>', 'The id of the job, as the log and the command jobs show it.']],
  options: [
    {
      term: '--config <file>',
      meaning:
        'The configuration, as JSON: of it domain, access_key and rejected_rows are read, and the names of fields. ' +
        'GAINSIGHT_ACCESS_KEY replaces the key.',
      isRequired: true,
    },
    { term: '--csv <file>', meaning: 'Also writes every error to this file: row, field, reason.' },
    { term: '--json', meaning: 'As one JSON document, with all row numbers.' },
  ],
  examples: [
    ['Why rows were rejected', 'destination-gainsight errors J000002 --config config.json'],
    [
      'Every error, for a spreadsheet',
      'destination-gainsight errors J000002 --config config.json --csv J000002-errors.csv',
    ],
    [
      'The rows rejected for one field, for a script',
      `destination-gainsight errors J000002 --config config.json --json | jq '.groups[] | select(.field == "Stage").rows[]'`,
    ],
  ],
  exitCodes: [
    ['0', 'Shown, or there are none.'],
    [
      '1',
      'There is no such job, it still runs, its errors are gone, or Gainsight could not be asked: standard error says which.',
    ],
    ['2', 'The command line is wrong.'],
  ],
  calls:
    'None. It reads the job and its errors, two calls, which count only where Gainsight counts all calls (the setting ' +
    'quota.counted_calls), and describes the object, which counts to the 100 other calls a minute.',
  async run({ arguments: [jobId = ''], options }, context) {
    if (!isJobId(jobId)) {
      context.stderr.write(`error: ${nameList([jobId])} cannot be the id of a job\n`);
      return 2;
    }
    const configPath = String(options['config']);
    const tenant = await openTenant(configPath, context, ['rejected_rows']);
    const read = await withReads(tenant, context, (reads) => readErrors(jobId, configPath, reads));
    if ('sentence' in read) {
      context.stderr.write(`${tenant.redacted(read.sentence)}\n`);
      return 1;
    }
    const { job, rowErrors } = read;
    await learnFields(job, tenant, context);
    const { words } = tenant.client;
    const groups = groupsOf(rowErrors, words, tenant.config.rejected_rows.log_detail === 'full_row');
    const csvPath = options['csv'];
    const written = typeof csvPath === 'string' ? await writeCsv(csvPath, rowErrors, tenant) : undefined;
    if (written === 'failed') {
      context.stderr.write(`The file ${nameList([String(csvPath)])} cannot be written.\n`);
      return 1;
    }
    const stdout = redactedOutput(context.stdout, tenant);
    if (options['json'] === true) writeJson(stdout, document(job, rowErrors, groups));
    else {
      stdout.write(`${headLine(jobId, factsOf(job))}\n`);
      const rows = groups.slice(0, mostGroups).map(rowOf);
      if (rows.length > 0) writeTable(stdout, headerOf(groups), rows, { below: ['Reason', 'Examples'] });
      for (const line of notesOf(job, rowErrors, groups, tenant)) stdout.write(`${line}\n`);
      if (written === 'written') stdout.write(`${formatCounted(rowErrors.length, 'error')} written to ${csvPath}.\n`);
    }
    return 0;
  },
};

type Read = { readonly job: BulkJob; readonly rowErrors: RowErrors } | { readonly sentence: string };

/** The job and its errors, or why there are none to show and what to do. */
async function readErrors(jobId: string, configPath: string, reads: Reads): Promise<Read> {
  const found = await reads.job(jobId, { retryMs });
  const name = nameList([jobId]);
  if ('absent' in found) {
    const list = `destination-gainsight jobs --config ${shellWord(configPath)}`;
    return { sentence: `The tenant has no job ${name}. The log of a sync names its jobs, and this lists all: ${list}` };
  }
  const job = { ...found.value, jobId };
  const { isUnfinished, rows } = factsOf(job);
  if (isUnfinished) {
    const state = job.status === undefined ? 'has not ended' : `is ${job.status}`;
    const done =
      job.processedRecords === undefined ? '' : ` (${countText(job.processedRecords)} of ${countText(rows)} rows)`;
    const again = errorsCommand(jobId, configPath);
    return { sentence: `Job ${name} ${state}${done}; it has its errors once it has ended. Then run again: ${again}` };
  }
  const read = await reads.errors(jobId, { retryMs });
  if ('absent' in read) {
    const request = read.requestId === undefined ? '' : ` (Gainsight request ${read.requestId})`;
    const why = `Gainsight has job ${name}, which ${job.status === undefined ? 'has ended' : `is ${job.status}`}, but not its errors${request}`;
    return {
      sentence: `${why}. The log of the sync has them, and "Rejected Rows: Folder" keeps the rows of later syncs.`,
    };
  }
  return { job, rowErrors: read.value };
}

/**
 * Learns the names of fields, which are no values: from the configuration, and from the object's description, without
 * which they are `…` unless the configuration lists them.
 */
async function learnFields({ objectName }: BulkJob, tenant: TenantAccess, context: CommandContext): Promise<void> {
  const { client, settings } = tenant;
  client.words.learn(configuredFields(settings['streams']));
  if (objectName === undefined) return;
  client.words.learn([objectName]);
  const answer = await askTenant(tenant, context, ({ metadata }) => metadata.describe([objectName]));
  const described = answer.kind === 'done' ? answer.value.described.get(objectName) : undefined;
  client.words.learn(described?.fields.map(({ name }) => name) ?? []);
}

/** The fields that entries name; an entry may be unfinished. */
function configuredFields(streams: unknown): string[] {
  const membersOf = (value: unknown, name: string): unknown[] => {
    const member = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
    return Array.isArray(member) ? member : [];
  };
  const named = membersOf({ streams }, 'streams').flatMap((entry) => [
    ...membersOf(entry, 'key_fields'),
    ...membersOf(entry, 'fields').map((pair) => (pair as { field?: unknown } | null)?.field),
  ]);
  return named.filter((field) => typeof field === 'string');
}

/** The errors of one field with one reason. */
interface Group {
  readonly field: string | undefined;
  readonly reason: string;
  errors: number;
  /** Without those of errors that name no row. */
  readonly rows: number[];
  /** Different messages with their values; empty where values are hidden. */
  readonly examples: Set<string>;
}

/** The most frequent first. */
function groupsOf(rowErrors: RowErrors, words: PlainWords, showsValues: boolean): Group[] {
  const groups = new Map<string, Group>();
  const reasons = new Map<string, string>();
  for (const { fieldName, errorMessage = noReason, rowNumber } of rowErrors) {
    // Gainsight repeats itself, and filtering takes time.
    const reason = reasons.get(errorMessage) ?? (words.grouped(errorMessage) || noCode);
    reasons.set(errorMessage, reason);
    const field = fieldName === undefined ? undefined : words.field(fieldName);
    const key = JSON.stringify([field, reason]);
    const group = groups.get(key) ?? { field, reason, errors: 0, rows: [], examples: new Set() };
    groups.set(key, group);
    group.errors += 1;
    if (rowNumber !== undefined) group.rows.push(rowNumber);
    if (showsValues && group.examples.size < mostExamples) group.examples.add(errorMessage);
  }
  return [...groups.values()].sort((a, b) => b.errors - a.errors);
}

/** Number of different rows that the errors name. */
function rowsNamed(rowErrors: RowErrors): number {
  return distinct(rowErrors.numbers.filter((number) => !Number.isNaN(number))).length;
}

/** Ascending, each once; in little memory, as there may be millions. */
function distinct(numbers: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(numbers).sort();
  return sorted.filter((number, at) => number !== sorted[at - 1]);
}

function headLine(jobId: string, facts: JobFacts): string {
  const { job, rows, accepted, rejected } = facts;
  const [run, attempt, stream] = originTexts(facts);
  const by = { connector: `run ${run}, attempt ${attempt}, stream ${stream}`, other: 'of another client' };
  const parts = [
    `Job ${jobId} on ${job.objectName ?? '?'}: ${job.status ?? '?'} after ${tookText(facts)}, created ${createdText(job)}`,
    by[ownerText(facts) as keyof typeof by] ?? 'its file has no name',
    `${countText(rows)} rows: ${countText(accepted)} accepted, ${countText(rejected)} rejected${notProcessed(facts)}`,
    ...(job.fileName === undefined ? [] : [`file ${job.fileName}`]),
  ];
  return escapeControls(parts.join(' · '));
}

/** A FAILED job may have left rows: neither accepted nor rejected. */
function notProcessed({ job: { processedRecords }, rows }: JobFacts): string {
  if (rows === undefined || processedRecords === undefined || processedRecords >= rows) return '';
  return `, ${formatCount(rows - processedRecords)} not processed`;
}

function headerOf(groups: readonly Group[]): string[] {
  return [
    'Errors',
    'Field',
    'Reason',
    'Rows',
    ...(groups.some(({ examples }) => examples.size > 0) ? ['Examples'] : []),
  ];
}

function rowOf(group: Group): string[] {
  const { field = '-', reason, errors: count, rows, examples } = group;
  return [
    formatCount(count),
    field,
    reason,
    rangesText(distinct(rows)),
    ...(examples.size > 0 ? [[...examples].join(' | ')] : []),
  ];
}

/** `2-5, 9, 14 and 180 more` */
function rangesText(rows: Float64Array): string {
  const ranges: { from: number; to: number }[] = [];
  for (const row of rows) {
    const last = ranges.at(-1);
    if (last && row === last.to + 1) last.to = row;
    else ranges.push({ from: row, to: row });
  }
  const shown = ranges.slice(0, mostRanges);
  const text = shown.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(', ') || '-';
  const left = rows.length - shown.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  return left > 0 ? `${text} and ${formatCount(left)} more` : text;
}

/** What to know about the errors, and what to do. */
function notesOf(job: BulkJob, rowErrors: RowErrors, groups: readonly Group[], { config }: TenantAccess): string[] {
  const { rejected } = factsOf(job);
  const named = rowsNamed(rowErrors);
  if (rowErrors.length === 0 && rejected === 0 && job.status !== 'FAILED') return ['No row was rejected.'];
  const notes: string[] = [];
  if (groups.length > mostGroups)
    notes.push(`${groups.length - mostGroups} more reasons: --json has all, --csv every error.`);
  if (rowErrors.length === 0)
    notes.push('Gainsight names no error of this job. Ask its support, with the id of the job.');
  else if (rejected !== undefined && rejected > named && job.status !== 'FAILED')
    notes.push(`Gainsight counts ${formatCounted(rejected, 'rejected row')} and names ${formatCount(named)}.`);
  if (named > 0) notes.push('Row numbers are those of Gainsight: usually the header of the file is row 1.');
  if (rowErrors.length > 0 && config.rejected_rows.log_detail !== 'full_row')
    notes.push('Values are hidden: "log_detail": "full_row" under "rejected_rows" of the configuration shows them.');
  return notes;
}

function document(job: BulkJob, rowErrors: RowErrors, groups: readonly Group[]): object {
  return {
    job: factValues(factsOf(job)),
    errors: rowErrors.length,
    rows: rowsNamed(rowErrors),
    groups: groups.map((group) => ({
      ...{ field: group.field ?? null, reason: group.reason, errors: group.errors, rows: [...distinct(group.rows)] },
      ...(group.examples.size > 0 && { examples: [...group.examples] }),
    })),
  };
}

/** Lines of a file that are made together. */
const chunkRows = 1000;

/** Writes every error, piece by piece. */
async function writeCsv(path: string, rowErrors: RowErrors, tenant: TenantAccess): Promise<'written' | 'failed'> {
  try {
    await pipeline(Readable.from(csvOf(rowErrors, tenant)), createWriteStream(path));
    return 'written';
  } catch {
    return 'failed';
  }
}

function* csvOf(rowErrors: Iterable<BulkJobError>, { client: { words }, redacted }: TenantAccess): Generator<string> {
  const reasons = new Map<string, string>();
  let rows: (string | number)[][] = [['row', 'field', 'reason']];
  for (const { rowNumber = '', fieldName, errorMessage = noReason } of rowErrors) {
    const reason = reasons.get(errorMessage) ?? redacted(words.of(errorMessage) || noCode);
    reasons.set(errorMessage, reason);
    rows.push([rowNumber, fieldName === undefined ? '' : redacted(words.field(fieldName)), reason]);
    if (rows.length < chunkRows) continue;
    yield stringify(rows, dialect);
    rows = [];
  }
  if (rows.length > 0) yield stringify(rows, dialect);
}
