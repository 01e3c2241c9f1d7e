/** The reference's Gainsight: what a tenant makes of the files, row by row, and what became of every record. */

import { slug } from '../../src/names.ts';
import type { JobReport } from '../../src/sandbox/job_report.ts';
import type { FieldRule, ObjectRules } from '../../src/sandbox/options.ts';
import type { StoredRow } from '../../src/sandbox/store.ts';
import type { Reference, ReferenceStream } from './reference.ts';
import type { Cell } from './reference_cells.ts';

/** What became of a record. `unsettled`: it is in no file. */
export type RecordResult = 'accepted' | 'superseded' | 'skipped' | 'rejected' | 'unsettled';

/** One file, as far as the records tell. */
export interface ReferenceFile {
  readonly stream: ReferenceStream;
  readonly job: JobReport;
  /** Records of the stream `[from, upTo)`: those that are neither skipped nor rejected are what the file is made of. */
  readonly from: number;
  readonly upTo: number;
  /** The records that the file's rows are, in their order. */
  readonly rows: readonly number[];
}

/** A rejected row, as it must be told. */
export interface ExpectedReject {
  readonly stream: string;
  readonly object: string;
  readonly job: string | null;
  /** 1 is the first data row of the job's file. */
  readonly row: number | null;
  readonly key: Readonly<Record<string, Cell>>;
  readonly field: string | null;
  /** Each is in the reason. */
  readonly reasons: readonly string[];
  readonly records: number;
}

export interface Loaded {
  readonly files: readonly ReferenceFile[];
  readonly objects: ReadonlyMap<string, readonly StoredRow[]>;
  /** By stream, one for each of its records. */
  readonly results: ReadonlyMap<string, readonly RecordResult[]>;
  readonly rejects: readonly ExpectedReject[];
}

/**
 * Loads what the jobs say that they were sent.
 * @throws Error where a file is not made of the records that come next in its stream
 */
export function load(
  { streams }: Reference,
  jobs: readonly JobReport[],
  rules: Readonly<Record<string, ObjectRules>> = {},
): Loaded {
  const results = new Map(streams.map((stream) => [stream.label, firstResults(stream)]));
  const objects = new Map<string, StoredRow[]>(streams.map(({ object }) => [object, []]));
  const rejects = streams.flatMap(ownRejects);
  const files: ReferenceFile[] = [];
  for (const job of jobs) {
    const stream = senderOf(streams, job);
    const from = files.filter((file) => file.stream === stream).at(-1)?.upTo ?? 0;
    const file = fileOf(stream, job, from);
    files.push(file);
    // Nothing is known of the rows of a job that failed.
    if (job.status === 'FAILED') continue;
    const of = results.get(stream.label) as RecordResult[];
    rejects.push(...applyFile(file, objects.get(stream.object) as StoredRow[], rules[stream.object]?.fields ?? {}, of));
  }
  return { files, objects, results, rejects };
}

/** The stream whose file a job holds. @throws Error where none has sent it */
export function senderOf(streams: readonly ReferenceStream[], { fileName }: JobReport): ReferenceStream {
  const name = fileName.split('.').slice(7, -1).join('.');
  // A name of full length may have lost the end of its stream.
  const length = fileName.length < 120 ? 200 : name.length;
  const stream = streams.find(({ label }) => slug(label, length) === name);
  if (!stream) throw new Error(`no stream has sent ${fileName}`);
  return stream;
}

/** The fates of a stream's records before any is loaded. */
export function firstResults({ records }: ReferenceStream): RecordResult[] {
  return records.map(({ result }) => (result === 'sent' ? 'unsettled' : result));
}

function ownRejects({ label, object, records, fields, keyFields }: ReferenceStream): ExpectedReject[] {
  return records.flatMap(({ cells, reject }) => {
    if (!reject) return [];
    const key = keyOf(keyFields, fields, cells);
    return [
      { stream: label, object, job: null, row: null, key, field: reject.field, reasons: [reject.reason], records: 1 },
    ];
  });
}

/**
 * Which records the file is made of: the shortest run whose rows are the file's.
 * @throws Error where it is not made of the records that come next
 */
export function fileOf(stream: ReferenceStream, job: JobReport, from: number): ReferenceFile {
  const wanted = JSON.stringify(job.rows);
  const last = JSON.stringify(job.rows?.at(-1));
  for (let upTo = from + job.rowCount; upTo <= stream.records.length; upTo++) {
    const record = stream.records[upTo - 1];
    if (record?.result !== 'sent' || JSON.stringify(record.cells) !== last) continue;
    const rows = liveRows(stream, from, upTo);
    if (rows.length > job.rowCount) break;
    const isIt = rows.length === job.rowCount && JSON.stringify(cellsOf(stream, rows)) === wanted;
    if (isIt) return { stream, job, from, upTo, rows };
  }
  const rows = cellsOf(stream, liveRows(stream, from, stream.records.length));
  const at = rows.findIndex((cells, row) => JSON.stringify(cells) !== JSON.stringify(job.rows?.[row]));
  const found = JSON.stringify(job.rows?.[at]).slice(0, 500);
  throw new Error(
    `${job.fileName}: row ${at} of ${job.rowCount} is ${found} instead of ${JSON.stringify(rows[at]).slice(0, 500)}`,
  );
}

/** The last record of each key; of INSERT all. */
function liveRows(stream: ReferenceStream, from: number, upTo: number): number[] {
  const rows = new Map<string, number>();
  for (let at = from; at < upTo; at++) {
    if (stream.records[at]?.result !== 'sent') continue;
    const key = keyText(stream, at);
    rows.delete(key);
    rows.set(key, at);
  }
  return [...rows.values()];
}

function keyText({ operation, keyFields, fields, records }: ReferenceStream, at: number): string {
  if (operation === 'INSERT') return String(at);
  return JSON.stringify(keyOf(keyFields, fields, records[at]?.cells ?? []));
}

function keyOf(keyFields: readonly string[], fields: readonly string[], cells: readonly Cell[]): Record<string, Cell> {
  return Object.fromEntries(keyFields.map((field) => [field, cells[fields.indexOf(field)] ?? null]));
}

function cellsOf({ records }: ReferenceStream, rows: readonly number[]): (readonly Cell[])[] {
  return rows.map((row) => records[row]?.cells ?? []);
}

type Rules = Readonly<Record<string, FieldRule>>;

/** Does what a job does with its first `done` rows, and settles their records. @returns the rows that it refuses */
export function applyFile(
  file: ReferenceFile,
  stored: StoredRow[],
  rules: Rules,
  results: RecordResult[],
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
    const all = range(from, upTo).filter(
      (at) => records[at]?.result === 'sent' && keyText(stream, at) === keyText(stream, row),
    );
    for (const at of all) results[at] = problems.length > 0 ? 'rejected' : 'superseded';
    if (problems.length > 0) {
      const field = [...new Set(problems.map((problem) => problem.field))].join(', ');
      const reasons = problems.map(({ reason }) => reason);
      rejects.push({ stream: label, object, job: job.id, row: index + 1, key, field, reasons, records: all.length });
      continue;
    }
    results[row] = 'accepted';
    const values = Object.fromEntries(fields.map((field, column) => [field, cells[column] ?? null]));
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
