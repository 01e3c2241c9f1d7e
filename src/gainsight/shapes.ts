/** What of the tenant's JSON is taken for a job or a list: each field only if it is what the contract says, and of a sane length. */
import type { BulkJob, JobPage } from './contract.ts';

const longestText = 500;
const longestId = 200;

/** A job out of an answer; undefined where it is no object. What a tenant gives as null is left out. */
export function jobOf(value: unknown): BulkJob | undefined {
  if (!isObject(value)) return undefined;
  const { objectName, status, fileName, createdDate, completedDate, processedRecords } = value;
  const isProgress = Number.isSafeInteger(processedRecords) && (processedRecords as number) >= 0;
  return {
    ...textField('jobId', idOf(value['jobId'])),
    ...textField('objectName', objectName),
    ...textField('status', status),
    ...textField('fileName', fileName),
    ...textField('createdDate', createdDate),
    ...textField('completedDate', completedDate),
    ...(isProgress && { processedRecords: processedRecords as number }),
    ...countField('successCount', value['successCount']),
    ...countField('failureCount', value['failureCount']),
  };
}

/** A page of the list out of an answer; undefined where it is none. What is no job keeps its place. */
export function jobPageOf(value: unknown): JobPage | undefined {
  if (!isObject(value)) return undefined;
  const { records, totalCount } = value;
  if (!Array.isArray(records ?? [])) return undefined;
  const isTotal = Number.isSafeInteger(totalCount) && (totalCount as number) >= 0;
  return {
    records: ((records ?? []) as unknown[]).map((record) => jobOf(record) ?? {}),
    ...(isTotal && { totalCount: totalCount as number }),
  };
}

/**
 * A job's id where it can stand in a path and in the log: `..` would lead elsewhere even when escaped, and a lone
 * surrogate cannot be escaped at all.
 */
function idOf(value: unknown): string | undefined {
  const id = Number.isSafeInteger(value) ? String(value) : value;
  const isUsable = typeof id === 'string' && id.length <= longestId && /^\P{C}+$/u.test(id) && !/^\.{1,2}$/.test(id);
  return isUsable ? id : undefined;
}

function textField<Name extends string>(name: Name, value: unknown): { [_ in Name]?: string } {
  const isText = typeof value === 'string' && value !== '' && value.length <= longestText;
  return (isText ? { [name]: value } : {}) as { [_ in Name]?: string };
}

/** A count that is there but is no number must not pass for one that the tenant does not give: it is NaN. */
function countField<Name extends string>(name: Name, value: unknown): { [_ in Name]?: number } {
  if (value === undefined || value === null) return {};
  return { [name]: typeof value === 'number' ? value : Number.NaN } as { [_ in Name]?: number };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
