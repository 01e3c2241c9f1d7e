/** The nouns that the rooms share: documented types, no behaviour. */

import type { FieldChange } from './airbyte/messages.ts';
import type { StreamDescriptor } from './airbyte/protocol.ts';
import type { TracedError } from './airbyte/traced_error.ts';

/** What a Gainsight bulk job does with its rows. */
export type Operation = 'INSERT' | 'UPDATE' | 'UPSERT';

/** How many rows of a job the user has found in Gainsight. */
export type LoadedAnswer = 'all' | 'none';

/** One column of the CSV file. */
export interface Column {
  /** Where the value lies in a record's `data`: one exact column name, or a path into nested objects. */
  readonly path: readonly string[];
  /** The Gainsight field, and so the CSV header. */
  readonly field: string;
  /** The catalog's schema says `format: date-time`, so `values.datetime_format` applies. */
  readonly isDateTime: boolean;
}

/** In the spool: a cell of this byte, which UTF-8 never has, stands for a value that the source did not read. */
export const unreadMark = 0xff;

/** A column by whose values records are ordered. */
export interface CursorColumn {
  /** As in {@link Column}. It may be sent or not. */
  readonly path: readonly string[];
  readonly kind: 'number' | 'date-time';
}

/** How one stream becomes one object's rows. Fixed before the first row. */
export interface Plan {
  /** The stream's position in the configured catalog. */
  readonly id: number;
  readonly stream: StreamDescriptor;
  /** `namespace.name`, or the bare name: for people. */
  readonly label: string;
  readonly object: string;
  readonly operation: Operation;
  /** Gainsight field names; each is the field of one of `columns`. Empty for INSERT. */
  readonly keyFields: readonly string[];
  /** Positions of `keyFields` in `columns`, in their order. */
  readonly keyColumns: readonly number[];
  /** The stream's primary key, for people, where `keyFields` do not hold it: rows that it tells apart may be one row here. */
  readonly unmatchedKey?: string | undefined;
  /** In the order in which the CSV file has them. */
  readonly columns: readonly Column[];
  /** Columns of the catalog's schema that are not sent, as the user chose; any other that a record has is unknown. */
  readonly leftOut?: ReadonlySet<string>;
  /** The source resumes this stream from a state, also in the next Airbyte job. */
  readonly incremental: boolean;
  /** Which of the rows of a key stays in a file: that with the greatest value of this column; absent: the last that came. */
  readonly latestBy?: CursorColumn | undefined;
  /** Columns that no record has had when the first file is closed: sent empty, or left out; absent: sent empty. */
  readonly absentColumns?: 'blank' | 'leave_out' | undefined;
  /**
   * Values that the source did not read: their rows are rejected, or sent in files without their columns, or they are sent
   * as they came; absent: rejected. Keys and INSERT know no `separate_file`.
   */
  readonly unreadableValues?: 'reject' | 'separate_file' | 'send' | undefined;
  /** Grows when the stream is refreshed or cleared: its rows are then sent anew. Undefined where the platform counts none. */
  readonly generation?: number | undefined;
  /** INSERT: rows that an earlier sync loaded, and that nothing shows to be the same, are sent. */
  readonly sendsRepeated?: boolean;
  /** INSERT: by job, what the user saw of its rows. */
  readonly checkedJobs?: ReadonlyMap<string, LoadedAnswer>;
  /** `id`s of the plans whose jobs of this sync must be done first (`load_after`). */
  readonly parents: readonly number[];
}

/** A RECORD line taken apart; the kernel, by whose memory it was read, knows where its fields lie. Valid until the next. */
export interface ScannedRecord {
  readonly stream: string;
  readonly namespace: string | undefined;
  /** How many members `data` has, repeated keys included. */
  readonly fieldCount: number;
  /** Must be called before the keys are read: most often they are known by {@link shape}, and nobody has to. */
  locateKeys(): void;
  /** Records of the same number other than 0 have the same keys in the same order. */
  readonly shape: number;
  /** `meta.changes`; empty for nearly every record. */
  readonly changes: readonly FieldChange[];
}

/** Why a batch was closed. `complete`: the input ended, and the source had said that it sent all of the stream. */
export type CloseReason = 'bytes' | 'rows' | 'age' | 'end' | 'complete' | 'spool' | 'companion' | 'adopted';

/** What tells one slice of a stream's rows from any other. */
export interface SliceDigest {
  /** As file names bear it: 20 characters of base32, the first five over the header and the first row alone. */
  readonly current: string;
  /** As file names of version 0.1.0 bear it, in small letters: 16 characters, the first five as above. */
  readonly former: string;
}

/** A closed batch: rows of one plan in one CSV file, ready to be submitted. */
export interface Batch {
  /** Unique in this process. */
  readonly id: number;
  readonly plan: Plan;
  /** The plan with the columns that the file has: all of them, or without some that no record had. */
  readonly filePlan: Plan;
  /** The CSV file: header, then `rows` rows. */
  readonly path: string;
  /** The file's size, header included. */
  readonly bytes: number;
  /** Data rows in the file. */
  readonly rows: number;
  /** Records that the file stands for: `rows`, those they superseded, deletions and what these removed. */
  readonly records: number;
  /** Those of `records` that are deletions: they are in no row, and were counted as skipped when they came. */
  readonly deletions: number;
  /** Set where one batch became several files, of which all must be proven before any of its records is. */
  readonly partOf?: PartOf | undefined;
  /** Set where there is nothing to send: what became of its rows, without a job. */
  readonly unsent?: Outcome | undefined;
  /** Over stream, object, operation, keys, generation and the bytes with all columns. */
  readonly digest: SliceDigest;
  /** What the file's bytes are held against as it is sent. */
  readonly proof: ContentProof;
  readonly reason: CloseReason;
  /** The CSV bytes of one row of the file, without its line feed. Row 0 is the first data row. */
  readRow(row: number): Promise<Buffer>;
  /**
   * The rows that physical lines of the file belong to, where line breaks inside cells count as well.
   * @param lines ascending; the header's first line is 1
   * @returns undefined for a line of the header or outside of the file
   */
  rowsAtLines(lines: readonly number[]): Promise<(number | undefined)[]>;
  /** How many records a row of the file stands for: 1 and the earlier ones that it superseded. */
  recordsOf(row: number): Promise<number>;
  /**
   * Of the records `[from, upTo)` in arrival order, how many have their fate bound to one of `rows`.
   * @param rows rows of the file, ascending
   * @param bounds ascending record counts; the answer has one number for each span between two of them
   */
  countRecords(rows: Uint32Array, bounds: Float64Array): Promise<Float64Array>;
  /** The digests that files of the first `rows` rows would have; INSERT only. */
  prefixDigests(rows: readonly number[]): Promise<SliceDigest[]>;
  /** The digest of the source's own state that came right behind the first `rows` rows; INSERT only. */
  stateAt(rows: number): string | undefined;
  /** Splits an INSERT batch after its first `rows` rows: this one keeps them, the answer holds the rest. */
  splitOff(rows: number): Promise<Batch>;
  /** Deletes the file and all that lies beside it. Safe to call twice. */
  remove(): Promise<void>;
}

/** What a file is a part of. */
export interface PartOf {
  /** The batch as its records were counted, by the `id` of the first of its files. */
  readonly batchId: number;
  /** How many there are. Each record is bound to one of them. */
  readonly files: number;
  /** Fields whose values were not read in the rows of this file, and which it lacks. */
  readonly unread: readonly string[];
}

/** By which a file is known to be the one that was closed: the hash of `prefix` and its bytes. */
export interface ContentProof {
  readonly prefix: string;
  /** SHA-256 in base64url. */
  readonly hash: string;
}

/** A batch and how many records it holds by now. */
export interface BatchSize {
  readonly planId: number;
  readonly batchId: number;
  readonly records: number;
  readonly insert: boolean;
}

/** A row of a file that Gainsight refused; several errors of one row are one. */
export interface RejectedRow {
  /** 0 is the first data row of the batch's file. */
  readonly row: number;
  /** False while the tenant's row numbering is unproven, and where it names more rows than it refused. */
  readonly sure: boolean;
  readonly errors: readonly { readonly field: string | undefined; readonly message: string }[];
}

/** Ascending by row; each is made when it is asked for, as there may be a million. */
export interface RejectedRows extends Iterable<RejectedRow> {
  readonly length: number;
}

/** By what a job or an answer is found again in Gainsight, and by its support. */
export interface Reference {
  /** The job's file: our name for it, or for one of an earlier attempt what the tenant shows of that. */
  readonly fileName?: string | undefined;
  /** Gainsight's own number of the request whose answer is meant. */
  readonly requestId?: string | undefined;
}

/** The proven end of a batch: every row of the file accepted or refused. The request is the one that showed the end. */
export interface Outcome extends Reference {
  /** Of the job that took the file in; absent where none was needed, as nothing of the batch is sent. */
  readonly jobId?: string | undefined;
  readonly rejected: RejectedRows;
  /** Refused rows that Gainsight counted but did not name. */
  readonly unidentified: number;
  /** Set where something else may still be on its way to these rows: rejects where it came, and nothing is proven then. */
  readonly proven?: Promise<void> | undefined;
  /** Set where the rows are proven and the stream must stop all the same. */
  readonly fault?: TracedError | undefined;
}

/** A way for batches into Gainsight. */
export interface Route {
  /**
   * Takes a batch to its outcome. An INSERT batch may come out shorter: what it was split from is a batch of its own.
   * @param signal withdraws it as long as nothing of it has left
   * @throws ConnectorError; with a `stream` the fault is that stream's, without one it is the whole sync's
   */
  load(batch: Batch, signal: AbortSignal): Promise<Outcome>;
}

/** A row that will not be in Gainsight, with its reason. */
export interface Reject {
  readonly plan: Plan;
  /** Absent where the connector itself refused the row. */
  readonly jobId?: string | undefined;
  /** Data row of the job's file, 1 the first; absent where the connector refused it. */
  readonly row?: number | undefined;
  readonly sure: boolean;
  readonly field?: string | undefined;
  readonly reason: string;
  /** The cells as sent, in the order of `plan.columns`; null where the cell is the unquoted `null_text`. Undefined when the row was too large to be held. */
  readonly cells?: readonly (string | null)[] | undefined;
  /** A key field has no value; where the connector refused the row. */
  readonly lacksKey?: boolean | undefined;
  /** Records that share this fate: 1 and the earlier ones that the row superseded. */
  readonly records: number;
}
