/** Checks whether a finished job's counts prove every row of its file, and finds the rejected rows. */

import type { BulkJob } from '../../gainsight/contract.ts';
import type { PlainWords } from '../../gainsight/plain_words.ts';
import { type Numbering, type RowErrors, type RowNumbering, rowsOf } from '../../gainsight/row_errors.ts';
import type { Batch, Outcome, RejectedRows } from '../../model.ts';
import { valueEvidence } from './numbering_by_values.ts';

/** What the counts of a job that went through its file mean. */
export type Counts =
  /** `differingTotal`: the job's `totalRecords`, if it is another number. */
  | { readonly verdict: 'proven'; readonly failed: number; readonly differingTotal: number | undefined }
  /** They do not add up to the rows sent. */
  | { readonly verdict: 'wrong'; readonly accepted: number | undefined; readonly failed: number | undefined }
  /** The tenant provides none. */
  | { readonly verdict: 'missing' };

/**
 * A job that went through its file proves the rows only if successes and failures add up to the rows sent. If one of the two is missing, no
 * other number of the job may contradict the result: half an answer must not count as a whole one.
 */
export function countsOf(job: BulkJob, rows: number): Counts {
  const { successCount, failureCount, totalRecords, processedRecords } = job;
  // A tenant may omit a count, or send it as null.
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
 * @param failed the job's count; undefined: the rows that its errors name, and one for each error that names no row
 */
export async function outcomeOf(
  batch: Batch,
  jobId: string,
  failed: number | undefined,
  errors: RowErrors,
  numbering: RowNumbering,
): Promise<Outcome> {
  const { rows, rejected } = await rejectedRows(batch, failed, errors, numbering);
  const homeless = rows.reduce((count, row) => (row < 0 ? count + 1 : count), 0);
  const unidentified = failed === undefined ? homeless : Math.max(0, failed - rejected.length);
  return { jobId, rejected, unidentified: Math.min(unidentified, batch.rows - rejected.length) };
}

async function rejectedRows(
  batch: Batch,
  failed: number | undefined,
  errors: RowErrors,
  numbering: RowNumbering,
): Promise<{ rows: Int32Array; rejected: RejectedRows }> {
  const taken = async ({ base, sure }: Numbering) => {
    const rows = await rowsOf(errors.numbers, base, batch.rows, (lines) => batch.rowsAtLines(lines));
    return { rows, rejected: errors.byRow(rows, sure) };
  };
  const evidence = numbering.isLearned ? await valueEvidence(batch, errors) : undefined;
  const judged = numbering.weigh(numbering.judge(errors.numbers, batch.rows), evidence);
  const found = await taken(judged);
  if (failed !== undefined && found.rejected.length > failed) return taken(numbering.doubt());
  if (judged.sure && judged.base === 2 && numbering.mayBeLines) {
    const { rows } = await taken({ base: 'physical', sure: false });
    if (rows.some((row, at) => row !== found.rows[at])) return taken({ base: 2, sure: false });
  }
  numbering.learn(judged);
  return found;
}

/** More are not read: ten groups are shown. */
const mostErrorsRead = 1000;

/** A FAILED job's errors as text, grouped by field and message, the most frequent first. */
export function failureWords(errors: RowErrors, words: PlainWords): string {
  const groups = new Map<string, number>();
  let read = 0;
  for (const { fieldName, errorMessage } of errors) {
    if (read === mostErrorsRead) break;
    read += 1;
    const reason = words.of(errorMessage || 'no reason given') || 'no code given';
    const text = fieldName ? `${words.field(fieldName)}: ${reason}` : reason;
    groups.set(text, (groups.get(text) ?? 0) + 1);
  }
  const sorted = [...groups].sort(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, 10).map(([text, count]) => (count > 1 ? `${text} (${count} times)` : text));
  const left = sorted.length - shown.length + errors.length - read;
  return [...shown, ...(left > 0 ? [`and ${left} more`] : [])].join('; ') || 'it names no error';
}
