/** Whether a finished job's counts prove every row of its file, and which rows it refused. */

import type { BulkJob, BulkJobError } from '../../gainsight/contract.ts';
import { RowErrors, type RowNumbering, rowsOf } from '../../gainsight/row_errors.ts';
import type { Batch, Outcome } from '../../model.ts';
import { decodeRow } from '../../records/csv.ts';

/** What the counts of a COMPLETED job say. */
export type Counts =
  /** `differingTotal`: the job's `totalRecords`, where that is another number. */
  | { readonly verdict: 'proven'; readonly failed: number; readonly differingTotal: number | undefined }
  /** They do not add up to the rows sent. */
  | { readonly verdict: 'wrong'; readonly accepted: number | undefined; readonly failed: number | undefined }
  /** The tenant gives none. */
  | { readonly verdict: 'missing' };

/**
 * COMPLETED proves the rows only if successes and failures add up to the rows sent. Where one of both is missing, no other
 * number of the job may contradict it: half of an answer must not pass for the whole.
 */
export function countsOf(job: BulkJob, rows: number): Counts {
  const { successCount, failureCount, totalRecords, processedRecords } = job;
  // A tenant may leave a count out, or give it as null.
  const areBoth = (successCount ?? undefined) !== undefined && (failureCount ?? undefined) !== undefined;
  const isContradicted = [totalRecords, processedRecords].some((count) => (count ?? rows) !== rows);
  const accepted = successCount ?? 0;
  const failed = failureCount ?? 0;
  if (!areBoth && isContradicted)
    return { verdict: 'wrong', accepted: successCount ?? undefined, failed: failureCount ?? undefined };
  if ((successCount ?? failureCount ?? undefined) === undefined) return { verdict: 'missing' };
  const isWhole = Number.isSafeInteger(accepted) && Number.isSafeInteger(failed) && accepted >= 0 && failed >= 0;
  if (!isWhole || accepted + failed !== rows) return { verdict: 'wrong', accepted, failed };
  return {
    verdict: 'proven',
    failed,
    differingTotal: areBoth && (totalRecords ?? rows) !== rows ? totalRecords : undefined,
  };
}

/**
 * Joins a job's errors to the rows of its file.
 * @param failed what the job counted; undefined: what its errors name, and each that names no row stands for one
 */
export async function outcomeOf(
  batch: Batch,
  jobId: string,
  failed: number | undefined,
  errors: RowErrors,
  numbering: RowNumbering,
): Promise<Outcome> {
  const { base, sure } = numbering.learn(errors.numbers, batch.rows);
  const rows = await rowsOf(errors.numbers, base, batch.rows, (lines) => batch.rowsAtLines(lines));
  const rejected = errors.byRow(rows, sure);
  const homeless = rows.reduce((count, row) => (row < 0 ? count + 1 : count), 0);
  const unidentified = failed === undefined ? homeless : Math.max(0, failed - rejected.length);
  return { jobId, rejected, unidentified: Math.min(unidentified, batch.rows - rejected.length) };
}

/** What takes the values of rows out of Gainsight's words about a batch, or about anything. */
export type Redact = (words: string, batch: Batch | undefined, cells: readonly (string | null)[]) => string;

/** Each error's row is read from disk, for its values. */
const mostErrorsRead = 1000;

/** A FAILED job's errors in words, grouped by field and message, the most frequent first. */
export async function failureWords(batch: Batch, errors: RowErrors, redact: Redact): Promise<string> {
  const groups = new Map<string, number>();
  const read = firstOf(errors, mostErrorsRead);
  const rows = await rowsMeant(batch, read);
  for (const [at, { fieldName, errorMessage }] of read.entries()) {
    const words = redact(errorMessage || 'no reason given', batch, await cellsOf(batch, rows[at] ?? []));
    const text = fieldName ? `${fieldName}: ${words}` : words;
    groups.set(text, (groups.get(text) ?? 0) + 1);
  }
  const sorted = [...groups].sort(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, 10).map(([text, count]) => (count > 1 ? `${text} (${count} times)` : text));
  const left = sorted.length - shown.length + errors.length - read.length;
  return [...shown, ...(left > 0 ? [`and ${left} more`] : [])].join('; ') || 'it names no error';
}

/** For each error every row that its number may mean: how rows are counted need not be known to keep values back. */
async function rowsMeant(batch: Batch, errors: readonly BulkJobError[]): Promise<number[][]> {
  const { numbers } = RowErrors.of(errors);
  const meant: number[][] = errors.map(() => []);
  for (const base of [0, 1, 2, 'physical'] as const) {
    const rows = await rowsOf(numbers, base, batch.rows, (lines) => batch.rowsAtLines(lines));
    for (const [at, row] of rows.entries()) if (row >= 0) meant[at]?.push(row);
  }
  return meant;
}

function firstOf(errors: Iterable<BulkJobError>, most: number): BulkJobError[] {
  const first: BulkJobError[] = [];
  for (const error of errors) {
    if (first.length === most) break;
    first.push(error);
  }
  return first;
}

async function cellsOf(batch: Batch, rows: readonly number[]): Promise<(string | null)[]> {
  const cells: (string | null)[] = [];
  for (const row of new Set(rows)) cells.push(...decodeRow(await batch.readRow(row), ''));
  return cells;
}
