/** The types that all modules share, documented, without behaviour. */

import type { FieldChange } from './airbyte/messages.ts';
import type { StreamDescriptor } from './airbyte/protocol.ts';
import type { TracedError } from './airbyte/traced_error.ts';
import type { CheckedJob, StreamEntry } from './config/types.ts';

/** What a Gainsight bulk job does with its rows. */
export type Operation = StreamEntry['operation'];

/** How many rows of a job the user has found in Gainsight. */
export type LoadedAnswer = CheckedJob['loaded'];

/** The API by which a batch is loaded. */
export type RouteName = 'bulk_api' | 'object_api';

/** What the object API does with a value that names a record of another object. */
export interface Lookup {
  /** The field that gets the GSID of the record found; one of the plan's columns has the value to look for. */
  readonly field: string;
  /** The object whose record is looked for. */
  readonly object: string;
  /** The field of that object which has the value. */
  readonly matchField: string;
  /** No record has it: the row is rejected, or the field is emptied. */
  readonly onNone: 'reject' | 'empty';
  /** Several records have it: the row is rejected, or the first one is taken. */
  readonly onSeveral: 'reject' | 'first';
}

/** One column of the CSV file. */
export interface Column {
  /** Path of the value in a record's `data`: one exact column name, or a path into nested objects. */
  readonly path: readonly string[];
  /** The Gainsight field, which is also the CSV header. */
  readonly field: string;
  /** The catalog's schema declares `format: date-time`, so `values.datetime_format` applies. */
  readonly isDateTime: boolean;
}

/** In the spool: a cell with only this byte, which is never UTF-8, stands for a value that the source did not read. */
export const unreadMark = 0xff;

/** A column whose values order the records. */
export interface CursorColumn {
  /** As in {@link Column}. The column itself may be sent or not. */
  readonly path: readonly string[];
  readonly kind: 'number' | 'date-time';
}

/** How one stream becomes rows of one object. Fixed before the first row. */
export interface Plan {
  /** The stream's position in the configured catalog. */
  readonly id: number;
  readonly stream: StreamDescriptor;
  /** `namespace.name`, or the bare name: for messages. */
  readonly label: string;
  readonly object: string;
  readonly operation: Operation;
  /** Gainsight field names, each the field of one of `columns`. Empty for INSERT. */
  readonly keyFields: readonly string[];
  /** Positions of `keyFields` in `columns`, in the same order. */
  readonly keyColumns: readonly number[];
  /**
   * The stream's primary key, for messages, if `keyFields` do not contain it: different rows by that key may become one
   * row.
   */
  readonly unmatchedKey?: string | undefined;
  /** In the order of the CSV file. */
  readonly columns: readonly Column[];
  /**
   * Columns of the catalog's schema that the user does not send. A record's column that is in neither list is unknown.
   */
  readonly leftOut?: ReadonlySet<string>;
  /** The source resumes this stream from a state, even in the next Airbyte job. */
  readonly incremental: boolean;
  /**
   * The row of a key that stays in a file: the one with the greatest value of this column; absent: the last that came.
   */
  readonly latestBy?: CursorColumn | undefined;
  /** What happens to columns that no record has had when the first file is closed; absent: sent empty. */
  readonly absentColumns?: StreamEntry['absent_columns'] | undefined;
  /**
   * What happens to values that the source did not read: their rows are rejected, or sent in files without these
   * columns, or the values are sent as they came; absent: rejected. `separate_file` does not apply to keys and INSERT.
   */
  readonly unreadableValues?: StreamEntry['unreadable_values'] | undefined;
  /**
   * Grows when the stream is refreshed or cleared, so that its rows are sent again. Undefined if the platform does not
   * count generations.
   */
  readonly generation?: number | undefined;
  /** INSERT: send rows that are identical to a file of an earlier sync, even if they may be the same rows. */
  readonly sendsRepeated?: boolean;
  /** INSERT: per job, what the user found of its rows. */
  readonly checkedJobs?: ReadonlyMap<string, LoadedAnswer>;
  /**
   * The rows are spooled with the types of their values, for the object API; `auto`: batches of more rows than
   * `quota.object_api.auto_rows` are sent as CSV files all the same. Absent: all are.
   */
  readonly route?: 'object_api' | 'auto' | undefined;
  /**
   * INSERT by the object API, which is planned as an UPSERT: a record whose key Gainsight has stays as it is there, and
   * counts as loaded.
   */
  readonly addsOnly?: boolean;
  /** For the object API alone. */
  readonly lookups?: readonly Lookup[];
  /** `id`s of the plans whose jobs in this sync must end first (`load_after`). */
  readonly parents: readonly number[];
}

/** A parsed RECORD line; the kernel whose memory it is in knows its fields. Valid until the next line. */
export interface ScannedRecord {
  readonly stream: string;
  readonly namespace: string | undefined;
  /** Number of members of `data`, repeated keys included. */
  readonly fieldCount: number;
  /** `meta.changes`; empty for nearly every record. */
  readonly changes: readonly FieldChange[];
}

/** Why a batch was closed. `complete`: the input ended, and the source had reported the stream as complete. */
export type CloseReason = 'bytes' | 'rows' | 'age' | 'end' | 'complete' | 'spool' | 'companion' | 'adopted';

/** Identifies a slice of a stream's rows. */
export interface SliceDigest {
  /** As in file names: 20 characters of base32, the first five over the header and the first row alone. */
  readonly current: string;
  /** As in file names of version 0.1.0, in lower case: 16 characters, the first five as above. */
  readonly former: string;
}

/** A closed batch: rows of one plan in one CSV file, ready to be submitted. */
export interface Batch {
  /** Unique in this process. */
  readonly id: number;
  readonly plan: Plan;
  /** The plan with the columns of the file: all of them, or without some that no record had. */
  readonly filePlan: Plan;
  /** The CSV file: header, then `rows` rows. */
  readonly path: string;
  /** The file's size, header included. */
  readonly bytes: number;
  /** Data rows in the file. */
  readonly rows: number;
  /** Those of them that belong to the batch, if others follow at the end of the file. */
  readonly ownRows?: number | undefined;
  /** Records that the file stands for: `rows`, the rows they superseded, deletions and the rows these removed. */
  readonly records: number;
  /** Deletions among `records`: they are in no row, and were counted as skipped when they came. */
  readonly deletions: number;
  /**
   * How it is to be loaded; absent: as a CSV file. For `object_api` each row has one more cell, the types of the others:
   * `typed_row.ts`.
   */
  readonly route?: RouteName | undefined;
  /** Set if one batch became several files: all of them must be proven before any of its records is. */
  readonly partOf?: PartOf | undefined;
  /** Set if there is nothing to send: the outcome of its rows without a job. */
  readonly unsent?: Outcome | undefined;
  /** Covers stream, object, operation, keys, generation and the bytes with all columns. */
  readonly digest: SliceDigest;
  /** What the file's bytes are checked against when it is sent. */
  readonly proof: ContentProof;
  readonly reason: CloseReason;
  /** The CSV bytes of one row of the file, without its line feed. Row 0 is the first data row. */
  readRow(row: number): Promise<Buffer>;
  /**
   * The rows that physical lines of the file belong to; line breaks inside cells count as well.
   * @param lines ascending; the header's first line is 1
   * @returns undefined for a line of the header or beyond the file
   */
  rowsAtLines(lines: readonly number[]): Promise<(number | undefined)[]>;
  /** Number of records that a row of the file stands for: 1 and the earlier ones that it superseded. */
  recordsOf(row: number): Promise<number>;
  /**
   * How many of the records in arrival order share the outcome of one of `rows`.
   * @param rows rows of the file, ascending
   * @param bounds ascending record counts; the result has one number for each span between two of them
   */
  countRecords(rows: Uint32Array, bounds: Float64Array): Promise<Float64Array>;
  /** The digests that files of the first `rows` rows would have; INSERT only. */
  prefixDigests(rows: readonly number[]): Promise<SliceDigest[]>;
  /** The digest of the source's own state directly after the first `rows` rows; INSERT only. */
  stateAt(rows: number): string | undefined;
  /** Splits an INSERT batch after its first `rows` rows: this one keeps them, the returned one has the rest. */
  splitOff(rows: number): Promise<Batch>;
  /** Deletes the file and everything that belongs to it. Safe to call twice. */
  remove(): Promise<void>;
}

/** The batch to which a file belongs. */
export interface PartOf {
  /** The batch in which its records were counted, by the `id` of the first of its files. */
  readonly batchId: number;
  /** Number of its files. Each record belongs to one of them. */
  readonly files: number;
  /** Fields whose values were not read in the rows of this file, which lacks them. */
  readonly unread: readonly string[];
}

/** Verifies that a file is the one that was closed: the hash of `prefix` and its bytes. */
export interface ContentProof {
  readonly prefix: string;
  /** SHA-256 in base64url. */
  readonly hash: string;
}

/** A batch and its current number of records. */
export interface BatchSize {
  readonly planId: number;
  readonly batchId: number;
  readonly records: number;
  readonly insert: boolean;
}

/** A row of a file that Gainsight rejected; several errors of one row count as one. */
export interface RejectedRow {
  /** 0 is the first data row of the batch's file. */
  readonly row: number;
  /** False while the tenant's row numbering is unproven, and if it names more rows than it rejected. */
  readonly sure: boolean;
  readonly errors: readonly { readonly field: string | undefined; readonly message: string }[];
}

/** Ascending by row. Created on demand, as there may be a million. */
export interface RejectedRows extends Iterable<RejectedRow> {
  readonly length: number;
}

/** Identifies a job or an answer in Gainsight, also for Gainsight's support. */
export interface Reference {
  /** The job's file: our name for it, or for one of an earlier attempt the name that the tenant shows. */
  readonly fileName?: string | undefined;
  /** Gainsight's id of the request that was answered. */
  readonly requestId?: string | undefined;
}

/** How a tenant numbers rows: the number of the first data row; or `physical`: lines, including line breaks inside cells. */
export type RowBase = 0 | 1 | 2 | 'physical';

/**
 * The proven end of a batch: every row of the file accepted or rejected. The request is the one that showed the end.
 */
export interface Outcome extends Reference {
  /** The job that loaded the file; absent if there is none. */
  readonly jobId?: string | undefined;
  /** Calls of the object API that loaded the rows; absent with a job, and if nothing of the batch is sent. */
  readonly calls?: number | undefined;
  readonly rejected: RejectedRows;
  /** Rejected rows that Gainsight counted but did not name. */
  readonly unidentified: number;
  /** Those of `unidentified` that may as well be rows of earlier syncs at the end of the file: no limit counts them. */
  readonly doubtful?: number | undefined;
  /**
   * Set if a late job may still affect these rows: resolves when that is ruled out, rejects if one came, in which case
   * nothing is proven.
   */
  readonly proven?: Promise<void> | undefined;
  /** Set if the rows are proven but the stream must stop. */
  readonly fault?: TracedError | undefined;
}

/** A way to load batches into Gainsight. */
export interface Route {
  /**
   * Loads a batch and returns its outcome. An INSERT batch may become shorter: the rest is a batch of its own.
   * @param signal withdraws it as long as nothing of it has been sent
   * @throws ConnectorError; it fails its `stream` if it has one, otherwise the whole sync
   */
  load(batch: Batch, signal: AbortSignal): Promise<Outcome>;
}

/** A row that will not be in Gainsight, with its reason. */
export interface Reject {
  readonly plan: Plan;
  /** The job that rejected the row. */
  readonly jobId?: string | undefined;
  /** A call of the object API did. Without either the connector itself rejected the row. */
  readonly byCalls?: boolean | undefined;
  /** Data row of the job's file, 1 the first; absent without a job. */
  readonly row?: number | undefined;
  readonly sure: boolean;
  readonly field?: string | undefined;
  readonly reason: string;
  /**
   * The cells as sent, in the order of `plan.columns`; null for the unquoted `null_text`. Undefined if the row was too
   * large to be held.
   */
  readonly cells?: readonly (string | null)[] | undefined;
  /** A key field has no value; set if the connector rejected the row. */
  readonly lacksKey?: boolean | undefined;
  /** Number of records with this outcome: 1 and the earlier ones that the row superseded. */
  readonly records: number;
}

/** An object of the tenant as its metadata lists it. What the tenant leaves out is undefined, here and below. */
export interface ObjectSummary {
  /** The API name, often in lower case: names of objects are compared regardless of case. */
  readonly name: string;
  readonly label?: string | undefined;
  /** `STANDARD`, `CUSTOM`, `SYSTEM`, or another. */
  readonly type?: string | undefined;
  readonly readable?: boolean | undefined;
  readonly createable?: boolean | undefined;
}

/** An object of the tenant with its fields. */
export interface ObjectDescription extends ObjectSummary {
  /** Empty if the access key may see none. */
  readonly fields: readonly FieldDescription[];
  /** Amounts have a currency, in the field `CurrencyIsoCode`. */
  readonly multiCurrency?: boolean | undefined;
}

/** A field of an object. */
export interface FieldDescription {
  /** The API name; its case counts. */
  readonly name: string;
  readonly label?: string | undefined;
  /** `STRING`, `NUMBER`, `PICKLIST` …: a tenant may have others than those documented. */
  readonly dataType?: string | undefined;
  /** In characters; of a `STRING` only. */
  readonly length?: number | undefined;
  readonly decimals?: number | undefined;
  /** A new record must have a value. */
  readonly required?: boolean | undefined;
  /** Gainsight fills in a value if there is none. */
  readonly hasDefault?: boolean | undefined;
  readonly createable?: boolean | undefined;
  readonly updateable?: boolean | undefined;
  readonly readOnly?: boolean | undefined;
  /** Texts have markup. */
  readonly richText?: boolean | undefined;
  /** Computed by Gainsight. */
  readonly formula?: boolean | undefined;
  readonly hidden?: boolean | undefined;
  readonly indexed?: boolean | undefined;
  readonly nameField?: boolean | undefined;
  /** The items of a picklist; a tenant may leave them out although there are some. */
  readonly options: readonly PicklistOption[];
  /** Names the items of a picklist whose `options` are empty. */
  readonly picklistCategory?: string | undefined;
  /** API names of the objects that a lookup refers to. */
  readonly lookupObjects: readonly string[];
}

/** An item of a picklist. */
export interface PicklistOption {
  /** Its GSID. */
  readonly id?: string | undefined;
  readonly label: string;
  readonly systemName?: string | undefined;
  readonly active: boolean;
}

/** What the tenant's metadata says about some objects. */
export interface ObjectDescriptions {
  /** By the name asked for. An object that is neither here nor in {@link absent} is not described to this key. */
  readonly described: ReadonlyMap<string, ObjectDescription>;
  /** Names asked for of which the tenant certainly has no object. */
  readonly absent: ReadonlySet<string>;
  /** Every object of the tenant; empty if all objects asked for were described at once. */
  readonly objects: readonly ObjectSummary[];
}
