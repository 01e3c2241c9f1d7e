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
   * The name of the stream, exactly as the connection shows it.
   */
  stream: string;
  /**
   * The namespace of the stream, needed only if the connection selects several streams of this name. Empty means any namespace.
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
   * The name of a column, or a path of names with dots between them into nested data. A column of exactly this name comes first.
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
   * What is written for null and for a missing value. Empty means an empty cell.
   */
  null_text: string;
  /**
   * Whether booleans are written as true and false or as 1 and 0.
   */
  boolean_format: 'true_false' | '1_0';
  /**
   * How columns that the source declares as date and time are written: as they come, as UTC with milliseconds, or as milliseconds since 1970.
   */
  datetime_format: 'as_is' | 'iso_utc_milliseconds' | 'epoch_milliseconds';
  /**
   * What stands between the elements of a list in one cell, as for a multi-select field.
   */
  list_separator: string;
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
   * The share of the rows of a stream, in percent, above which its rejected rows stop it, once 50 rows are rejected. At 100 they never do.
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
