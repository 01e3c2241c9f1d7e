/** The configuration as `spec.json` describes it, every default filled in. Generated: `npm run generate`. */

/**
 * Where and how warehouse tables are loaded into Gainsight CS objects through the Bulk API.
 */
export interface Configuration {
  /**
   * The address in the browser when Gainsight is open. A short name such as `acme` or `acme.us2` stands for `acme.gainsightcloud.com` or `acme.us2.gainsightcloud.com`; a custom host or an https URL without a path also works.
   */
  domain: string;
  /**
   * The access key of the Gainsight API. A Gainsight administrator creates or copies it under Administration > Connectors > Gainsight API.
   */
  access_key: string;
  /**
   * An address that replaces `https://HOST/v1` as a whole, for tests against an emulator. Plain http is allowed for a loopback address only. Empty means that the address follows from the domain.
   */
  api_base_url: string;
  /**
   * One entry for each stream of the connection: the Gainsight object that it is loaded into, and how.
   */
  streams: StreamEntry[];
  /**
   * Whether a stream without an entry is loaded into the object of its own name, by UPSERT on its primary key. Otherwise such a stream stops the sync before anything is sent.
   */
  load_unlisted_streams: boolean;
  /**
   * What happens to rows that a change feed marks as deleted, by a value in `_ab_cdc_deleted_at`. Gainsight cannot delete by bulk, and such rows often come with every other column empty, so that sending them would blank a live record.
   */
  deleted_rows: 'skip' | 'send';
  values: Values;
  rejected_rows: RejectedRows;
  quota: Quota;
  files: Files;
  polling: Polling;
}
/**
 * How one stream is loaded into one Gainsight object.
 */
export interface StreamEntry {
  /**
   * The name of the stream as the connection shows it. It may be given together with its namespace, as in public.accounts.
   */
  stream: string;
  /**
   * The namespace of the stream, needed only if the connection selects several streams of this name. Empty means the stream without a namespace, or where there is none, any namespace.
   */
  namespace: string;
  /**
   * The API name of the Gainsight object. Custom objects end in `__gc`.
   */
  object: string;
  /**
   * What Gainsight does with the rows. UPSERT updates the row of the same key or adds one, UPDATE changes existing rows only, and INSERT always adds a row and needs no key. The sync mode of the connection does not choose the operation.
   */
  operation: 'UPSERT' | 'UPDATE' | 'INSERT';
  /**
   * The Gainsight fields by which UPSERT and UPDATE find the row. Empty means the primary key of the stream, under the names that its columns have in Gainsight. INSERT uses none.
   */
  key_fields: string[];
  /**
   * Which column goes to which Gainsight field. Empty means that every column is sent under its own name; columns that start with _ab_ or _airbyte_ are sent only if they are named here.
   */
  fields: FieldMapping[];
  /**
   * Whether columns that are named nowhere in the fields are sent too, under their own names. A column that only a path leads into counts as named. It matters only if fields are listed.
   */
  send_other_columns: boolean;
  /**
   * Streams whose rows must be in Gainsight first, so that a lookup from this object finds its parent. Name each as the connection shows it, with its namespace and a dot before it if the name alone is not unique.
   */
  load_after: string[];
  /**
   * Which row of a key is sent where one file has several: the one that came last, or the one with the greatest value in the cursor column of the connection, which must hold numbers or date-times. Rows that are in Gainsight already are replaced by any later row.
   */
  latest_by: 'arrival' | 'cursor';
  /**
   * What happens to a column of the schema that no record has by the time the first file is full, for example because it was dropped at the source: it is sent empty, which clears its field in every row, or it is left out of the files until a record has it. Key fields are never left out, and nothing is for INSERT.
   */
  absent_columns: 'blank' | 'leave_out';
  /**
   * What happens to a row with a value that the source did not read: the placeholder of a change feed for an unchanged large value (`__debezium_unavailable_value`, also in base64 or hexadecimal digits), or what Java prints for an object. The row is rejected; or the text is sent as it is; or, by separate_file, the value is taken from the row before it of the same key in the file, and where none has it, the row is sent in a separate file without that column, so that its field stays as it is. A file has up to three of these beside it, each of which is a call, and not for INSERT. A key of this kind is always rejected.
   */
  unreadable_values: 'reject' | 'separate_file' | 'send';
  /**
   * What happens to rows of an incremental INSERT that equal a file which an earlier sync of the last seven days has loaded, while the state of the source does not show whether they are the same rows sent again or new ones. Stop asks you to look; send loads them, so that rows may be there twice.
   */
  repeated_rows: 'stop' | 'send';
  /**
   * What you found in Gainsight of jobs of this stream that an error asked you to look at: an INSERT that may have been loaded is neither sent again nor left out before. Remove an answer when the sync after it has ended.
   */
  checked_jobs: CheckedJob[];
}
/**
 * The column that one Gainsight field is loaded from.
 */
export interface FieldMapping {
  /**
   * The name of a column, or a path of names with dots between them into nested data, which may also be JSON in a text. An element of a list is named by its number, from 0; a dot that belongs to a name is written as \. (backslash, dot). An exact column name takes precedence over a path; where there is none, case and spaces around the name do not matter.
   */
  column: string;
  /**
   * The API name of the Gainsight field.
   */
  field: string;
}
/**
 * How many rows of one job are in Gainsight.
 */
export interface CheckedJob {
  /**
   * The id of the job, as the error names it.
   */
  job: string;
  /**
   * Whether all rows of the job are there, so that they are left out, or none, so that they are sent.
   */
  loaded: 'all' | 'none';
}
/**
 * How values are written into the files for Gainsight.
 */
export interface Values {
  /**
   * What is written for null and for a missing value, which many sources use for one another. Empty means an empty cell.
   */
  null_text: string;
  /**
   * Whether booleans are written as true and false or as 1 and 0.
   */
  boolean_format: 'true_false' | '1_0';
  /**
   * How columns that the source declares as date and time are written: as they come, as UTC with milliseconds, or as milliseconds since 1970. In the two latter a text without a time zone is taken as UTC, one without a time as midnight, and an empty text becomes an empty cell. Lists of date-times stay as they come.
   */
  datetime_format: 'as_is' | 'iso_utc_milliseconds' | 'epoch_milliseconds';
  /**
   * What stands between the elements of a list in one cell, as for a multi-select field.
   */
  list_separator: string;
  /**
   * Whether white space at the beginning and the end of a text is removed, also from keys. The elements of lists and texts inside nested data stay as they are.
   */
  trim: boolean;
}
/**
 * How rows that Gainsight or the connector refuses are told and kept.
 */
export interface RejectedRows {
  /**
   * How much of a rejected row the log shows: its key, the full row, or no value at all. Showing none requires a folder.
   */
  log_detail: 'keys' | 'full_row' | 'none';
  /**
   * How many rejected rows of one job are logged one by one. Beyond that only their keys and the number of each reason are logged.
   */
  max_logged: number;
  /**
   * A folder in which every rejected row is kept as CSV with its reason, ready to be mended and loaded again. It must be a mounted volume where Airbyte runs in containers, or it is lost with them. Empty means none.
   */
  folder: string;
  /**
   * Fail the stream if more than this percentage of its rows is rejected, once 50 rows are. At 0 no row may be rejected; at 100 any share may. Whatever the setting, a stream fails of which five or more rows were rejected and none was accepted, or whose every record lacks a value for a key field.
   */
  fail_above_percent: number;
  /**
   * The number that Gainsight gives to the first row below the header in its row errors. The automatic choice finds out by itself and marks a row as unsure until it has proof.
   */
  first_row_number: 'auto' | '0' | '1' | '2';
}
/**
 * How many Bulk API calls Gainsight allows the tenant, and how they are shared.
 */
export interface Quota {
  /**
   * How many calls Gainsight allows in an hour.
   */
  calls_per_hour: number;
  /**
   * How many calls Gainsight allows in a day.
   */
  calls_per_day: number;
  /**
   * How many of the calls of a day the connector leaves to other users of the Bulk API.
   */
  reserved_per_day: number;
  /**
   * Which calls Gainsight counts against the quota: only those that submit a file, or all of them. Choose all if Gainsight answers with 429 although few files were sent.
   */
  counted_calls: 'job_submissions' | 'all_calls';
  /**
   * How many minutes the connector waits for quota at one time, before it ends the sync for Airbyte to try again.
   */
  max_wait_minutes: number;
}
/**
 * How large the files for Gainsight become. Each file costs one call, so large files are the thrifty choice.
 */
export interface Files {
  /**
   * The size that no file passes, in megabytes of 1,000,000 bytes. Gainsight accepts 80 at most.
   */
  max_megabytes: number;
  /**
   * The number of rows that no file passes.
   */
  max_rows: number;
  /**
   * After how many minutes a waiting state of the source may have its rows sent in files that are not full, if enough calls are left. With 0 age never cuts a file.
   */
  max_age_minutes: number;
  /**
   * How many megabytes of disk the rows that wait for Gainsight may take. The connector reads on only while there is room.
   */
  max_spool_megabytes: number;
}
/**
 * How the end of a Gainsight job is awaited.
 */
export interface Polling {
  /**
   * How many seconds at most lie between two questions for the state of a running job.
   */
  max_interval_seconds: number;
  /**
   * After how many minutes a job that has not ended is left alone. The next sync takes it over.
   */
  job_timeout_minutes: number;
  /**
   * How many seconds after its submission a job may first show in the list of jobs.
   */
  list_lag_seconds: number;
  /**
   * For how many minutes the connector waits for the answer to a submission after its last byte, and so how long a submission of an attempt that was killed may still become a job.
   */
  submission_answer_minutes: number;
}
