/** The configuration as `spec.json` describes it, every default filled in. Generated: `npm run generate`. */

/**
 * By what the connector signs in to Gainsight.
 */
export type SignIn = AccessKey | OAuthClient;
/**
 * A bucket of S3, or of a store that speaks its protocol, in which every rejected row is kept as CSV with its reason, ready to be corrected and reloaded. It outlives the container of the sync; Rejected Rows: Folder does so only on a mounted volume, and only one of the two can be set.
 */
export type ObjectStorageConfiguration = None | S3;
/**
 * Rejected rows are kept as CSV, as they were sent.
 */
export type OutputFormat = CSV;
/**
 * Files are kept as they are, so that they can be opened and reloaded.
 */
export type Compression = NoCompression;

/**
 * Where and how warehouse tables are loaded into Gainsight CS objects through the Bulk API.
 */
export interface Configuration {
  /**
   * The address in the browser when Gainsight is open. A short name such as `acme` or `acme.us2` stands for `acme.gainsightcloud.com` or `acme.us2.gainsightcloud.com`; a custom host or an https URL without a path also works.
   */
  domain: string;
  /**
   * The access key of the Gainsight API, unless Sign-In is OAuth Client. A Gainsight administrator creates or copies it under Administration > Connectors > Gainsight API.
   */
  access_key?: string;
  sign_in?: SignIn;
  /**
   * An address that replaces `https://HOST/v1` as a whole, for tests against an emulator. Plain http is allowed for a loopback address only. Empty means that the address is derived from the domain.
   */
  api_base_url: string;
  /**
   * One entry for each stream of the connection: the Gainsight object that it is loaded into, and how.
   */
  streams: StreamEntry[];
  /**
   * Load a stream without an entry into the object with its name, by UPSERT on its primary key. Otherwise such a stream is not loaded, and the sync fails after it has loaded the others, unless the connection itself names its object (destinationObjectName in Airbyte's API).
   */
  load_unlisted_streams: boolean;
  /**
   * What happens to rows that change data capture marks as deleted with a value in `_ab_cdc_deleted_at`. The Bulk API cannot delete, and the other columns of such rows are often empty, so that sending them would blank a live record.
   */
  deleted_rows: 'skip' | 'send';
  values: Values;
  rejected_rows: RejectedRows;
  object_storage_config?: ObjectStorageConfiguration;
  quota: Quota;
  files: Files;
  polling: Polling;
  preflight: Preflight;
}
export interface AccessKey {
  /**
   * The access key above, which all integrations of the tenant share.
   */
  method: 'access_key';
}
export interface OAuthClient {
  /**
   * A client of Gainsight's machine-to-machine OAuth, which needs no allow list of addresses. The access key above is then never sent. No page of Gainsight says whether the Bulk API accepts such a client: test the connection.
   */
  method: 'oauth_client';
  /**
   * The ID that Gainsight shows for the client.
   */
  client_id: string;
  /**
   * The secret that belongs to the client ID.
   */
  client_secret: string;
}
/**
 * How one stream is loaded into one Gainsight object.
 */
export interface StreamEntry {
  /**
   * The name of the stream as the connection sends it, with its Stream Prefix if it has one. It may include the namespace, as in public.accounts.
   */
  stream: string;
  /**
   * The namespace of the stream, needed only if the connection selects several streams of this name. Airbyte sends the schemas of the source as namespaces only if Destination Namespace of the connection is set to Source-defined, which is not its default. Empty means the stream without a namespace or, if there is none, any namespace.
   */
  namespace: string;
  /**
   * The API name of the Gainsight object. Custom objects end in `__gc`.
   */
  object: string;
  /**
   * What Gainsight does with the rows. UPSERT updates the row with the same key or adds one, UPDATE changes existing rows only, and INSERT always adds a row and needs no key. The sync mode of the connection does not decide this.
   */
  operation: 'UPSERT' | 'UPDATE' | 'INSERT';
  /**
   * The Gainsight fields by which UPSERT and UPDATE find the row. Empty means the primary key of the stream, under the Gainsight names of its columns. INSERT uses none.
   */
  key_fields: string[];
  /**
   * Which column goes to which Gainsight field. If neither this nor Fields as Text names any, every column is sent, to the field that Naming gives it. Columns that start with _ab_ or _airbyte_ are sent only if they are named.
   */
  fields: FieldMapping[];
  /**
   * The same as Fields, beside it or instead of it, as a text to paste: one line for each field, `column = Field`, or two columns copied from a sheet. Empty lines and lines that begin with # are ignored.
   */
  fields_text: string;
  /**
   * To which field a column goes that neither Fields nor Fields as Text lists: to the one of its own name, or, with gainsight_custom, to the custom field of that name in Gainsight's usual spelling (`annual_revenue` to `Annual_Revenue__gc`). Then every column is sent, and those of standard fields such as `Name` must be listed.
   */
  naming: 'as_is' | 'gainsight_custom';
  /**
   * Also send the columns that Fields and Fields as Text do not list, to the fields that Naming gives them, as is done anyway if nothing is listed or Naming is gainsight_custom. A column used only through a dotted path counts as listed.
   */
  send_other_columns: boolean;
  /**
   * Streams whose rows must be in Gainsight first, so that a lookup from this object finds its parent. Name each as the connection shows it, with its namespace and a dot before it if the name alone is not unique.
   */
  load_after: string[];
  /**
   * Which row is sent if a file has several with the same key: the one that came last, or the one with the greatest value in the cursor column of the connection, which must contain numbers or date-times. Rows already in Gainsight are replaced by any later row.
   */
  latest_by: 'arrival' | 'cursor';
  /**
   * What happens to a column of the schema that no record has had when the first file is closed, for example because it was dropped at the source: it is sent empty, which clears its field in every row, or it is left out of the files until a record has it. Key fields are never left out, nor is any column for INSERT.
   */
  absent_columns: 'blank' | 'leave_out';
  /**
   * What happens to a row with a value that the source did not read: the placeholder of change data capture for an unchanged large value (`__debezium_unavailable_value`, also in base64 or hexadecimal), or what Java prints for an object. The row is rejected; or the text is sent unchanged; or, with separate_file, the value is taken from an earlier row of the same key in the file, and if none has it, the row is sent in a separate file without that column, so that its field keeps its value. There are up to three separate files per file, each of which costs a call; not available for INSERT. A row with such a value in a key is always rejected.
   */
  unreadable_values: 'reject' | 'separate_file' | 'send';
  /**
   * What happens to rows of an incremental INSERT that are identical to a file loaded by an earlier sync in the last seven days, if the state of the source does not show whether they are the same rows sent again or new ones. Stop ends the sync so that you can check; send loads them, which may create duplicates.
   */
  repeated_rows: 'stop' | 'send';
  /**
   * Your findings about jobs of this stream that an error asked you to check in Gainsight: until you answer, an INSERT that may have been loaded is neither sent again nor skipped. Remove an answer after the next sync has ended.
   */
  checked_jobs: CheckedJob[];
  /**
   * By which API of Gainsight the rows are loaded. bulk_api sends files of the Bulk API. object_api sends calls of up to 50 records to the object API that Gainsight documents for Company, Relationship and custom objects of low volume; it has a quota of its own, needs key fields, at most three, and a field that a record does not have stays as it is. auto, for UPSERT and UPDATE, sends small batches by the object API and large ones as files, see Quota: Object API: Most Rows for Auto.
   */
  route: 'bulk_api' | 'object_api' | 'auto';
  /**
   * Fields that refer to a record of another object, if the column has a value of that record instead of its GSID. For Route object_api only.
   */
  lookups: Lookup[];
}
/**
 * The column from which one Gainsight field is loaded.
 */
export interface FieldMapping {
  /**
   * The name of a column, or a path of names separated by dots into nested data, which may also be JSON in a text. An element of a list is named by its number, from 0; a dot within a name is written as \. (backslash, dot). An exact column name takes precedence over a path; if there is none, case and surrounding spaces do not matter.
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
   * Whether all rows of the job are in Gainsight, so that they are skipped, or none, so that they are sent.
   */
  loaded: 'all' | 'none';
}
/**
 * How Gainsight finds the record to which one field refers.
 */
export interface Lookup {
  /**
   * The API name of the field that gets the GSID of the record found. The column that is mapped to it has the value to look for.
   */
  field: string;
  /**
   * The API name of the object whose record is looked for.
   */
  object: string;
  /**
   * The API name of the field of that object which has the value.
   */
  match_field: string;
  /**
   * Whether the row is rejected or its field is emptied if no record has the value.
   */
  on_none: 'reject' | 'empty';
  /**
   * Whether the row is rejected or the first record that Gainsight finds is taken if several have the value.
   */
  on_several: 'reject' | 'first';
}
/**
 * How values are written to the files for Gainsight.
 */
export interface Values {
  /**
   * The text for null and for missing values, which many sources do not distinguish. Empty means an empty cell.
   */
  null_text: string;
  /**
   * Whether booleans are written as true and false or as 1 and 0.
   */
  boolean_format: 'true_false' | '1_0';
  /**
   * How columns that the source declares as date and time are written: unchanged, as UTC with milliseconds, or as milliseconds since 1970. In the last two, a text without a time zone is read as UTC, one without a time as midnight, and an empty text becomes an empty cell. Lists of date-times stay unchanged.
   */
  datetime_format: 'as_is' | 'iso_utc_milliseconds' | 'epoch_milliseconds';
  /**
   * The text between the elements of a list in one cell, as for a multi-select field.
   */
  list_separator: string;
  /**
   * Remove white space at the beginning and the end of texts, including keys. Elements of lists and texts in nested data stay unchanged.
   */
  trim: boolean;
}
/**
 * How rows rejected by Gainsight or the connector are logged and kept.
 */
export interface RejectedRows {
  /**
   * How much of a rejected row the log shows: its key, the full row, or no value at all. Showing none requires a folder or a bucket.
   */
  log_detail: 'keys' | 'full_row' | 'none';
  /**
   * How many rejected rows of one job are logged one by one. Of further ones only the keys and the count of each reason are logged.
   */
  max_logged: number;
  /**
   * A folder in which every rejected row is kept as CSV with its reason, ready to be corrected and reloaded. If Airbyte runs in containers, it must be a mounted volume, otherwise it is lost with the container. Empty means none.
   */
  folder: string;
  /**
   * Fail the stream if more than this percentage of its rows is rejected and at least 50 rows are. 0 = no row may be rejected; 100 = any share may. Whatever the setting, a stream fails if five or more of its rows were rejected and none was accepted, or if every record lacks a value for a key field.
   */
  fail_above_percent: number;
  /**
   * How Gainsight numbers the first data row in its row errors. Auto detects it and marks row numbers as unconfirmed until it is certain.
   */
  first_row_number: 'auto' | '0' | '1' | '2';
  /**
   * After how many days files of rejected rows and reports of syncs are removed: at the start of a sync, and only files with names as the connector gives them. 0 = never.
   */
  keep_days: number;
  /**
   * Whether rows that Gainsight rejected are sent again: at the end of a file of the next sync, which takes no further call, up to five times within seven days, unless a newer record replaces them. For UPSERT and UPDATE of incremental streams. It requires a bucket or a folder.
   */
  retry: 'off' | 'next_sync';
}
export interface None {
  /**
   * No bucket: rejected rows are logged, and kept only in Rejected Rows: Folder.
   */
  storage_type: 'None';
}
export interface S3 {
  /**
   * A bucket in AWS, or at the S3 Endpoint.
   */
  storage_type: 'S3';
  /**
   * The access key ID that may list the bucket, and read, write and delete what begins with the prefix path.
   */
  access_key_id: string;
  /**
   * The secret that belongs to the access key ID.
   */
  secret_access_key: string;
  /**
   * Known to Airbyte's own connectors on Airbyte Cloud. It cannot be used here: a role needs a token service.
   */
  role_arn: string;
  /**
   * The name of the bucket, which must exist.
   */
  s3_bucket_name: string;
  /**
   * The region of the bucket. Empty means that the store is asked; with an S3 Endpoint outside AWS leave it empty.
   */
  s3_bucket_region:
    | ''
    | 'af-south-1'
    | 'ap-east-1'
    | 'ap-northeast-1'
    | 'ap-northeast-2'
    | 'ap-northeast-3'
    | 'ap-south-1'
    | 'ap-south-2'
    | 'ap-southeast-1'
    | 'ap-southeast-2'
    | 'ap-southeast-3'
    | 'ap-southeast-4'
    | 'ca-central-1'
    | 'ca-west-1'
    | 'cn-north-1'
    | 'cn-northwest-1'
    | 'eu-central-1'
    | 'eu-central-2'
    | 'eu-north-1'
    | 'eu-south-1'
    | 'eu-south-2'
    | 'eu-west-1'
    | 'eu-west-2'
    | 'eu-west-3'
    | 'il-central-1'
    | 'me-central-1'
    | 'me-south-1'
    | 'sa-east-1'
    | 'us-east-1'
    | 'us-east-2'
    | 'us-gov-east-1'
    | 'us-gov-west-1'
    | 'us-west-1'
    | 'us-west-2';
  /**
   * The address of a store other than AWS, without the bucket. Empty means AWS.
   */
  s3_endpoint: string;
  /**
   * The names of all files in the bucket begin with this path. Files of rejected rows follow in a folder for each Airbyte job.
   */
  bucket_path: string;
  format?: OutputFormat;
  compression?: Compression;
  /**
   * The folder of the files below the prefix path: always the number of the Airbyte job.
   */
  path_format: string;
  /**
   * File names cannot be chosen: they are those that a folder of rejected rows has.
   */
  file_name_format: string;
}
export interface CSV {
  /**
   * Comma-separated values, without compression.
   */
  format_type: 'CSV';
  /**
   * Rows have the columns of the file that was sent.
   */
  flattening: 'No flattening';
}
export interface NoCompression {
  /**
   * Files are kept as they are.
   */
  compression_type: 'No Compression';
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
   * Calls per day kept free for other users of the Bulk API.
   */
  reserved_per_day: number;
  /**
   * Which calls Gainsight counts against the quota: only those that submit a file, or all of them. Choose all if Gainsight answers with 429 although few files were sent.
   */
  counted_calls: 'job_submissions' | 'all_calls';
  /**
   * How many minutes the connector waits for quota at a time before it ends the sync, which Airbyte then retries.
   */
  max_wait_minutes: number;
  object_api: QuotaObjectAPI;
}
/**
 * How many calls of the object API Gainsight allows the tenant, and how they are shared, for streams whose Route is object_api or auto. They are counted apart from those of the Bulk API.
 */
export interface QuotaObjectAPI {
  /**
   * How many calls Gainsight allows in a minute.
   */
  per_minute: number;
  /**
   * How many calls Gainsight allows in a day.
   */
  per_day: number;
  /**
   * The percentage of the calls, of each minute and of each day, that is kept free for other users of the tenant's APIs. No list shows their calls.
   */
  reserved: number;
  /**
   * Up to so many rows a batch of a stream whose Route is auto is sent by the object API, and with more rows as a file of the Bulk API.
   */
  auto_rows: number;
}
/**
 * How large the files for Gainsight become. Each file costs one call, so large files save calls.
 */
export interface Files {
  /**
   * Maximum file size, in megabytes of 1,000,000 bytes. Gainsight accepts up to 80.
   */
  max_megabytes: number;
  /**
   * Maximum rows per file.
   */
  max_rows: number;
  /**
   * How many minutes a state of the source may wait before its rows are sent in files that are not full, if enough calls are left. 0 = never because of its age.
   */
  max_age_minutes: number;
  /**
   * Maximum disk space for rows that wait for Gainsight. While it is full, the connector does not read on.
   */
  max_spool_megabytes: number;
}
/**
 * How the connector waits for the end of a Gainsight job.
 */
export interface Polling {
  /**
   * Maximum seconds between two status checks of a running job.
   */
  max_interval_seconds: number;
  /**
   * How many minutes the connector waits for a job to end. The next sync takes it over.
   */
  job_timeout_minutes: number;
  /**
   * How many seconds after its submission a job may first appear in the list of jobs.
   */
  list_lag_seconds: number;
  /**
   * How many minutes the connector waits for the answer to a submission after its last byte, and how long it assumes that a submission of a killed attempt may still become a job.
   */
  submission_answer_minutes: number;
}
/**
 * What the connector compares with the tenant's metadata before it sends anything. Reading metadata uses no call of the Bulk API; if it cannot be read, one line says so and the sync goes on.
 */
export interface Preflight {
  /**
   * Objects, fields and key fields that the tenant does not have or does not let be written: fail stops a stream with such a mapping before anything of it is sent, unless the list of jobs shows one that has loaded the stream into this object; warn only logs what was found; off compares no mapping.
   */
  mapping: 'fail' | 'warn' | 'off';
  /**
   * Values that are longer than their field, no item of its picklist, or no number, boolean or date for a field of that type: count sends them and warns of each kind of them with its number; reject rejects their rows before they are sent, for UPSERT and UPDATE only; off does not look at values. Metadata does not show all that Gainsight accepts: see what is counted before you choose reject.
   */
  values: 'count' | 'reject' | 'off';
}
