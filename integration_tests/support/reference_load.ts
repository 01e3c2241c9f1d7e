/** The reference's Gainsight: how a tenant loads the files row by row, and the outcome of every record. */

import { slug } from '../../src/names.ts';
import type { JobReport } from '../../src/sandbox/job_report.ts';
import type { FieldRule } from '../../src/sandbox/options.ts';
import type { StoredRow } from '../../src/sandbox/store.ts';
import { keyTextOf, type ReferenceStream } from './reference.ts';
import type { Cell } from './reference_cells.ts';

/** The outcome of a record. `unsettled`: it is in no file. */
export type RecordOutcome = 'accepted' | 'superseded' | 'skipped' | 'rejected' | 'unsettled';

/** One file, as far as the records show. */
export interface ReferenceFile {
  readonly stream: ReferenceStream;
  readonly job: JobReport;
  /** Records of the stream `[from, upTo)`: the file consists of those that are neither skipped nor rejected. */
  readonly from: number;
  readonly upTo: number;
  /** The records of the file's rows, in order. */
  readonly rows: readonly number[];
}

/** A rejected row, as it must be logged. */
export interface ExpectedReject {
  readonly stream: string;
  readonly object: string;
  readonly job: string | null;
  /** 1 is the first data row of the job's file. */
  readonly row: number | null;
  readonly key: Readonly<Record<string, Cell>>;
  readonly field: string | null;
  /** Each must be in the reason. */
  readonly reasons: readonly string[];
  readonly records: number;
}

/**
 * The next file of a stream. Older rows of a file's keys, and rows deleted while they waited, may have come after all
 * its rows: if they are not in the next file, they belonged to it.
 */
export function fileBehind(before: ReferenceFile, job: JobReport): ReferenceFile {
  for (let from = before.upTo; ; from += 1) {
    try {
      return fileOf(before.stream, job, from);
    } catch (error) {
      if (!isOutdated(before, from)) throw error;
    }
  }
}

/** Where a file ends, including older rows that came after its last one. */
export function endOf(file: ReferenceFile): number {
  let end = file.upTo;
  while (isOutdated(file, end)) end += 1;
  return end;
}

function isOutdated({ stream, rows }: ReferenceFile, at: number): boolean {
  const record = stream.records[at];
  if (!record || !mayMove(stream)) return false;
  if (record.result !== 'sent' || isDeletedLater(stream, at)) return true;
  const key = keyText(stream, at);
  return rows.some((row) => keyText(stream, row) === key && isOlder(stream, at, row));
}

/**
 * A row deleted while it waited is in no file, and needs nothing more.
 * @param isOpen the record belongs to a file with an unknown outcome
 */
export function settleDeleted(
  stream: ReferenceStream,
  outcomes: RecordOutcome[],
  isOpen: (at: number) => boolean = () => false,
): void {
  for (const [at, outcome] of outcomes.entries())
    if (outcome === 'unsettled' && isDeletedLater(stream, at) && !isOpen(at)) outcomes[at] = 'superseded';
}

/** Whether a later record deletes the row of this one. */
export function isDeletedLater(stream: ReferenceStream, at: number): boolean {
  const key = keyText(stream, at);
  return stream.records.slice(at).some(({ deletes }) => deletes === key);
}

/**
 * The stream whose file a job has.
 * @throws Error if no stream has sent it
 */
export function senderOf(streams: readonly ReferenceStream[], { fileName }: JobReport): ReferenceStream {
  const name = fileName.split('.').slice(7, -1).join('.');
  // A name of maximum length may have lost the end of its stream.
  const length = fileName.length < 120 ? 200 : name.length;
  const stream = streams.find(({ label }) => slug(label, length) === name);
  if (!stream) throw new Error(`no stream has sent ${fileName}`);
  return stream;
}

/** The outcomes of a stream's records before any is loaded. */
export function firstOutcomes({ records }: ReferenceStream): RecordOutcome[] {
  return records.map(({ result }) => (result === 'sent' ? 'unsettled' : result));
}

/** The rows of a stream that the connector itself rejects. */
export function ownRejects({ label, object, records, fields, keyFields }: ReferenceStream): ExpectedReject[] {
  return records.flatMap(({ cells, reject }) => {
    if (!reject) return [];
    const key = keyOf(keyFields, fields, cells);
    return [
      { stream: label, object, job: null, row: null, key, field: reject.field, reasons: [reject.reason], records: 1 },
    ];
  });
}

/**
 * Which records the file consists of: the shortest run whose rows are the file's.
 * @throws Error if it does not consist of the next records
 */
export function fileOf(stream: ReferenceStream, job: JobReport, from: number): ReferenceFile {
  const wanted = JSON.stringify(job.rows);
  const last = JSON.stringify(job.rows?.at(-1));
  const header = headerSent(stream, job);
  const isMoving = mayMove(stream);
  for (let upTo = from + job.rowCount; upTo <= stream.records.length; upTo++) {
    const record = stream.records[upTo - 1];
    // If deletions or older rows of the same key follow, a row may come before its file's end.
    const mayEndIt = isMoving || JSON.stringify(cellsOf(stream, [upTo - 1], header)[0]) === last;
    if (record?.result === 'rejected' || !mayEndIt) continue;
    const rows = liveRows(stream, from, upTo);
    if (rows.length > job.rowCount && !isMoving) break;
    const isIt = rows.length === job.rowCount && JSON.stringify(cellsOf(stream, rows, header)) === wanted;
    if (isIt) return { stream, job, from, upTo, rows };
  }
  const rows = cellsOf(stream, liveRows(stream, from, stream.records.length), header);
  const at = rows.findIndex((cells, row) => JSON.stringify(cells) !== JSON.stringify(job.rows?.[row]));
  const found = JSON.stringify(job.rows?.[at]).slice(0, 500);
  throw new Error(
    `${job.fileName}: row ${at} of ${job.rowCount} is ${found} instead of ${JSON.stringify(rows[at]).slice(0, 500)}`,
  );
}

/** Whether later records may remove rows from a file. */
function mayMove({ versions, records }: ReferenceStream): boolean {
  return versions !== undefined || records.some(({ deletes }) => deletes !== undefined);
}

/** The last record of each key, unless it was deleted since; all for INSERT. */
function liveRows(stream: ReferenceStream, from: number, upTo: number): number[] {
  const rows = new Map<string, number>();
  for (let at = from; at < upTo; at++) {
    const { result, deletes } = stream.records[at] ?? {};
    const deleted = deletes === undefined ? undefined : rows.get(deletes);
    if (deletes !== undefined && deleted !== undefined && !isOlder(stream, at, deleted)) rows.delete(deletes);
    if (result !== 'sent') continue;
    const key = keyText(stream, at);
    const before = rows.get(key);
    if (before !== undefined && isOlder(stream, at, before)) continue;
    rows.delete(key);
    rows.set(key, at);
  }
  return [...rows.values()].sort((one, other) => one - other);
}

/** Whether a record is older than one that came before it. */
function isOlder({ versions }: ReferenceStream, at: number, before: number): boolean {
  return (versions?.[at] ?? 0) < (versions?.[before] ?? 0);
}

function keyText(stream: ReferenceStream, at: number): string {
  return stream.operation === 'INSERT' ? String(at) : keyTextOf(stream, stream.records[at]?.cells ?? []);
}

function keyOf(keyFields: readonly string[], fields: readonly string[], cells: readonly Cell[]): Record<string, Cell> {
  return Object.fromEntries(keyFields.map((field) => [field, cells[fields.indexOf(field)] ?? null]));
}

/** The file's header; if the tenant could not read the file, its stream's. */
function headerSent({ fields }: ReferenceStream, { header }: JobReport): readonly string[] {
  return header.length > 0 ? header : fields;
}

/** The cells of these fields for each row. */
function cellsOf(
  { records, fields }: ReferenceStream,
  rows: readonly number[],
  header: readonly string[],
): (readonly Cell[])[] {
  const columns = header.map((field) => fields.indexOf(field));
  return rows.map((row) => columns.map((column) => records[row]?.cells[column] ?? null));
}

/**
 * The header that a file must have: without fields that no record had until its stream's first file was closed, nor
 * since.
 */
export function headerOf(stream: ReferenceStream, files: readonly ReferenceFile[], file: ReferenceFile): string[] {
  const { fields, keyFields, records, leavesOut } = stream;
  if (!leavesOut) return [...fields];
  const first = files.find((each) => each.stream === stream) ?? file;
  const isAbsent = (field: string, upTo: number) => records.slice(0, upTo).every(({ has }) => !has.has(field));
  // A full file was closed by the record after it.
  const until = ({ upTo, rows }: ReferenceFile) => upTo + Number(rows.length === stream.maxRows);
  const header = fields.filter(
    (field) => keyFields.includes(field) || !isAbsent(field, until(first)) || !isAbsent(field, until(file)),
  );
  return header.length > keyFields.length ? header : [...fields];
}

type Rules = Readonly<Record<string, FieldRule>>;

/**
 * Applies the first `done` rows of a job's file, and settles their records.
 * @returns the rows that it rejects
 */
export function applyFile(
  file: ReferenceFile,
  stored: StoredRow[],
  rules: Rules,
  outcomes: RecordOutcome[],
  done = file.rows.length,
): ExpectedReject[] {
  const { stream, job, from, upTo, rows } = file;
  const { label, object, operation, fields, keyFields, records } = stream;
  const rejects: ExpectedReject[] = [];
  for (const [index, row] of rows.slice(0, done).entries()) {
    const cells = records[row]?.cells ?? [];
    const key = keyOf(keyFields, fields, cells);
    const same = stored.filter(
      (each) => operation !== 'INSERT' && keyFields.every((field) => each[field] === key[field]),
    );
    const problems = problemsOf(fields, cells, rules);
    if (problems.length === 0 && operation === 'UPDATE' && same.length === 0)
      problems.push({ field: keyFields.join(), reason: 'GSOBJ_1011' });
    const ownKey = keyText(stream, row);
    const deletedAt = records.slice(0, row).findLastIndex(({ deletes }) => deletes === ownKey);
    const all = range(Math.max(from, deletedAt + 1), upTo).filter(
      (at) => records[at]?.result === 'sent' && keyText(stream, at) === ownKey,
    );
    for (const at of all) outcomes[at] = problems.length > 0 ? 'rejected' : 'superseded';
    if (problems.length > 0) {
      const field = [...new Set(problems.map((problem) => problem.field))].join(', ');
      const reasons = problems.map(({ reason }) => reason);
      rejects.push({ stream: label, object, job: job.id, row: index + 1, key, field, reasons, records: all.length });
      continue;
    }
    outcomes[row] = 'accepted';
    const header = headerSent(stream, job);
    const values = Object.fromEntries(header.map((field) => [field, cells[fields.indexOf(field)] ?? null]));
    if (same.length === 0) stored.push(values);
    for (const each of same) Object.assign(each, values);
  }
  return rejects;
}

function range(from: number, upTo: number): number[] {
  return Array.from({ length: upTo - from }, (_, at) => from + at);
}

function problemsOf(fields: readonly string[], cells: readonly Cell[], rules: Rules) {
  const problems: { field: string; reason: string }[] = [];
  for (const [column, field] of fields.entries()) {
    const rule = rules[field] ?? {};
    const cell = cells[column] ?? '';
    if (cell === '') {
      if (rule.required) problems.push({ field, reason: 'GSOBJ_1007' });
    } else if (rule.maxLength !== undefined && [...cell].length > rule.maxLength) {
      problems.push({ field, reason: 'GSOBJ_1001' });
    } else if (rule.picklist && !rule.picklist.includes(cell)) {
      problems.push({ field, reason: 'GSOBJ_1008' });
    } else if (rule.type === 'number' && !/^-?\d+(\.\d+)?$/.test(cell)) {
      problems.push({ field, reason: 'GSOBJ_1002' });
    }
  }
  return problems;
}
