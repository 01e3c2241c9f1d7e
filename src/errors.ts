/** Every way in which a command can fail: a table from codes to failure type, what happened and what to do next. */
import {
  asTracedError,
  type ErrorDetails,
  type ErrorEntry,
  Stopped,
  sharedErrors,
  type TraceContext,
  TracedError,
} from './airbyte/traced_error.ts';

export { asTracedError, Stopped, type TracedError };

const config = (what: string, next: string): ErrorEntry => ({ type: 'config_error', what, next });
const transient = (what: string, next: string): ErrorEntry => ({ type: 'transient_error', what, next });

const retried = 'Airbyte tries again by itself; nothing needs to be done unless it keeps happening.';
/** Replaces `retried` in `check`: Airbyte does not repeat it. */
const retriedByUser =
  'Test the connection again in a few minutes; if it keeps failing, check the network, then ask Gainsight support.';

const modesToChoose =
  'Choose "Append" or "Append + Deduped" for every stream of the connection; over Airbyte\'s API or in Terraform set its `sync_mode`, such as incremental_deduped_history or full_refresh_append.';

/** The same for the store of rejected rows. */
const storeRetried =
  'Airbyte tries again by itself. If it keeps happening, see whether the store is up, and whether the connector may reach this address.';
const storeRetriedByUser =
  'See whether the store is up, and whether the connector may reach this address, then test the connection again.';

/** What Airbyte, the source or the next sync do, and what a person does instead whose command none of them repeats. */
const toPersons: readonly (readonly [said: RegExp, toPerson: string])[] = [
  [
    /Airbyte tries again (?:after [^.]*\. Start the sync again|by itself(?:; nothing needs to be done unless it keeps happening)?)/g,
    'Run the command again',
  ],
  [
    /Save the destination again in Airbyte, or check the path given with --config/g,
    'Check the file given with --config',
  ],
  [/Correct it in the destination settings and test the connection/g, 'Correct the file given with --config'],
  [
    /Open the connection in Airbyte, refresh its schema and save it(?:, or check the path given with --catalog)?/g,
    'Check the file given with --catalog',
  ],
  [/The source sends again what was not proven/g, 'Run the command again: it sends what was not proven'],
  [/The next sync takes it over/g, 'The same command takes it over'],
  [/, then sync again\b/g, ', then run the command again'],
  [/(B|b)efore the next sync look/g, '$1efore you run the command again look'],
];

/** A message, or a line of the log, to a person who runs a command by hand. */
export function spokenToPerson(message: string): string {
  return toPersons.reduce((text, [said, toPerson]) => text.replace(said, toPerson), message);
}

/** The same to a person who loads a file, whose plan replaces the entries of "Streams". */
export function spokenToLoader(message: string): string {
  return spokenToPerson(message).replace(
    /Correct the entry of "Streams", or the connection where that maps the stream, by/g,
    'Correct the object and the fields in the plan of the file, and the header, by',
  );
}

/** Commands for a person, as README shows how to run them. */
const errorsOf = '`destination-gainsight errors {job} --config FILE`';
const listOfJobs = '`destination-gainsight jobs --config FILE`';

/** The table. `docs/errors.md` lists it; a test compares both. */
export const errorTable = {
  ...sharedErrors,
  check_failed: config('There are {count} faults: {detail}.', 'Correct them, then test the connection again.'),
  overwrite_mixed: config(
    'The sync mode of {streams} overwrites, and the Bulk API of Gainsight deletes nothing. Airbyte sets a stream to overwrite also where its API or Terraform is given no `sync_mode`.',
    modesToChoose,
  ),
  clear_with_records: config(
    'Every stream of the connection is set to overwrite, as in a Clear, but a record of {stream} came, and a Clear carries none. So the sync mode of the connection overwrites, as Airbyte sets it also where its API or Terraform is given no `sync_mode`; the Bulk API of Gainsight deletes nothing.',
    modesToChoose,
  ),
  mapping_broken: config(
    'The mapping does not fit the schema of the connection: {detail}.',
    'Correct the entries of "Streams", or the connection, and sync again; until then these streams are not loaded.',
  ),
  stream_unlisted: config(
    'The connection selects the stream {stream}, and no entry of "Streams" names it{hint}.',
    'Add an entry for it, deselect it in the connection, or switch on "Load Unlisted Streams".',
  ),
  stream_ambiguous: config(
    '{detail}.',
    'Give the entry of "Streams" a namespace, or remove the surplus entry, so that each stream has one entry and each entry one stream.',
  ),
  stream_unknown: config(
    'Records came of the stream {stream}, which is not in the catalog; it has {listed}. They were not loaded, and no state that may cover them was released.',
    'Refresh the schema of the connection and save it. If the two names then still differ, report it to the maintainers of the source connector.',
  ),
  object_unusable: config(
    'Object of the stream {stream}: {fault}.',
    'Correct it where the connection maps the stream (destinationObjectName in Airbyte\'s API), or add an entry for the stream to "Streams" and name the object there.',
  ),
  keys_missing: config(
    'The stream {stream} is to be loaded by {operation}, which needs key fields, and neither its entry nor its catalog names any.',
    'Name "Key Fields" in its entry of "Streams", choose a primary key in the connection, or use the operation INSERT.',
  ),
  key_not_sent: config(
    'Key field {field} of the stream {stream} is not among the fields sent: {fields}{hint}.',
    'Under "Key Fields" name Gainsight fields that a column is mapped to, spelled exactly the same, or map the missing column in "Fields".',
  ),
  field_twice: config(
    'Two columns of the stream {stream}, {columns}, are mapped to the same field {field}.',
    'In "Fields" of its entry map only one column to each field; with "Send Other Columns" other columns are sent to the fields of their own names.',
  ),
  column_unknown: config(
    'Column {column} of the stream {stream} is not in its schema{why}. It has: {columns}.',
    'Correct the column in "Fields", or refresh the schema of the connection.',
  ),
  mapping_unfit: config(
    'The mapping of {streams} does not fit this tenant: {faults}.',
    'Correct the entry of "Streams", or the connection where that maps the stream, by the API names that Gainsight shows under Administration > Data Management. If the metadata of the tenant is wrong, set "Preflight: Mapping" to warn.',
  ),
  latest_by_unusable: config(
    'The stream {stream} should keep the latest row of a key by its cursor, but {detail}.',
    'Set "Latest By" of its entry to arrival, or in the connection choose a cursor column that holds numbers or date-times.',
  ),
  no_columns: config(
    'The stream {stream} has no column to send.',
    'Select columns in the connection, or map them in "Fields".',
  ),
  load_after_cycle: config('"Load After" forms a cycle: {cycle}.', 'Remove one of these names from "Load After".'),
  host_unknown: config(
    'The host {host} does not exist.',
    'Correct "Gainsight Domain": it is the address in the browser when Gainsight is open.',
  ),
  proxy_unusable: config(
    'The proxy that HTTPS_PROXY names cannot be used: {detail}.',
    'Set it to http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, special characters of the password percent-encoded (%40 for @), or unset it to let the connector reach Gainsight directly.',
  ),
  proxy_refused: config(
    'The proxy does not let the connector through to {host}: {words}.',
    'After a 407 put the user name and password of the proxy into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT. Otherwise have the proxy allow this host, or name it in NO_PROXY if it can be reached directly.',
  ),
  certificate_untrusted: config(
    'The certificate of {host} is not signed by an authority that the connector trusts ({words}).',
    'If your proxy or firewall presents its own certificate, put the certificate of its authority as a PEM file where the connector can read it, and set the environment variable NODE_EXTRA_CA_CERTS to its path. Otherwise check "Gainsight Domain".',
  ),
  certificate_invalid: config(
    'The certificate of {host} is not valid ({words}).',
    'Check "Gainsight Domain" and the date of the machine. If your proxy or firewall presents this certificate, have it renewed for the right name: NODE_EXTRA_CA_CERTS only adds authorities.',
  ),
  redirect_refused: config(
    '{host} answers with a redirect to {target}, and the access key is not sent to another host.',
    'As "Gainsight Domain" enter the address that the browser shows when Gainsight is open.',
  ),
  access_refused: config(
    'Gainsight refuses the access key: {words}.',
    'Create or copy the key under Administration > Connectors > Gainsight API and enter it as "Access Key".',
  ),
  client_refused: config(
    'Gainsight refuses the OAuth client: {words}.',
    'Check "Client ID" and "Client Secret" under "Sign-In". If they are right, this tenant may not accept an OAuth client for this API: choose "Access Key" there.',
  ),
  address_not_listed: config(
    'Gainsight does not accept calls from the address of this connector: {words}.',
    'Have the address from which the connector calls added to the allow list of the access key in Gainsight. Keep the key: it is accepted, and a new one would lock out every other integration that uses it.',
  ),
  bulk_api_missing: config(
    '{host} has no Bulk API at {path}: {words}.',
    'Check "Gainsight Domain". If it is right, load the streams by the object API, which Gainsight documents: set Route of their entries to object_api. docs/first-hour.md shows how to make sure.',
  ),
  object_api_missing: config(
    '{host} has no object API that answers {call}: {words}.',
    'Check "Gainsight Domain". If it is right, load this stream through the Bulk API.',
  ),
  keys_unanswered: config(
    'An UPSERT into {object} by the object API must know which keys exist, and this tenant does not answer it: {detail}. Records could be added twice, so nothing more of the stream was added.',
    'Set the operation of the stream to UPDATE, or load it through the Bulk API.',
  ),
  records_lost: transient(
    'Records for {object} were sent {times} times, and Gainsight neither answered nor shows them: {words}.',
    retried,
  ),
  call_refused: config(
    'Gainsight refuses the call {call}: {words}.',
    'Check the object, the key fields and the field names in the entry of "Streams" against Gainsight.',
  ),
  read_refused: config(
    'Gainsight refuses to answer GET {path}: {words}.',
    'Check that the access key may use the Bulk API; if it may, ask Gainsight support, with this message and the request id.',
  ),
  metadata_unreadable: config(
    '{host} does not show its objects and fields: {words}.',
    'Ask your Gainsight administrator whether this access key may read metadata; Gainsight itself lists the names under Administration > Data Management.',
  ),
  insert_without_list: config(
    'The tenant {list}, so an INSERT of {stream} could be sent twice unnoticed.',
    'Load {object} by UPSERT with key fields.',
  ),
  insert_unrecognised: config(
    'The tenant does not return file names in a recognisable form ({names}), so an INSERT of {stream} could be sent twice unnoticed.',
    'Load {object} by UPSERT with key fields.',
  ),
  submission_refused: config(
    'Gainsight refuses the file for {object}: {words}.',
    'Check the object, the operation, the key fields and the field names in the entry of "Streams" against Gainsight.',
  ),
  file_too_large: config(
    'Gainsight refuses the file for {object} as too large ({megabytes} MB): {words}.',
    'Lower "Files: Largest File in MB" below that.',
  ),
  job_failed: config(
    'Gainsight ended job {job} on {object} as FAILED: {words}.',
    `Correct what it names, then sync again. All its errors: ${errorsOf}.`,
  ),
  job_failed_by_gainsight: transient(
    'Gainsight ended job {job} on {object} as FAILED because of a failure of its own: {words}.',
    retried,
  ),
  counts_wrong: config(
    'Job {job} on {object} was sent {rows} rows, and Gainsight reports {accepted} as loaded and {refused} as refused.',
    `It is not known which rows were loaded: before the next sync look at what Gainsight reports of the job (${errorsOf}), and at the object.`,
  ),
  rejects_unnamed: config(
    'Job {job} on {object} refused {refused} rows, and {unnamed} of them are not named in its errors.',
    `Set "Object Storage Configuration" or "Rejected Rows: Folder", so that the whole file can be kept. The rows that are named: ${errorsOf}.`,
  ),
  insert_uncertain: config(
    'It is not known which rows of the file {file} are in {object}: {words}.',
    `Before the next sync look in {object} for the rows of that file, and whether ${listOfJobs} shows a job of it; INSERT is never sent twice. {answer}.`,
  ),
  too_many_rejects: config(
    '{rejected} of {rows} rows of {stream} were rejected; {fault}.',
    'Correct the reasons listed in the log. If a limit is named, it can be raised in "Rejected Rows: Fail Above This Share".',
  ),
  rejects_unwritable: config(
    'Rejected rows cannot be written to {folder}: {detail}.',
    'Set "Rejected Rows: Folder" to a folder that exists and that the connector may write to.',
  ),
  storage_inconsistent: config(
    'A test file that was written to {place} came back missing or changed.',
    'Keep rejected rows in a folder or bucket that returns what was written to it, as those of Amazon S3 do.',
  ),
  bucket_unusable: config('The bucket {bucket} for rejected rows cannot be used: {words}.', '{next}.'),
  bucket_unavailable: transient('The bucket {bucket} for rejected rows cannot be reached: {words}.', storeRetried),
  quota_spent: transient(
    'The next Gainsight call is possible at {until}: {why}. That is later than "Quota: Longest Wait" allows ({longest}); {waiting}.',
    'Airbyte tries again after 10 seconds, later after up to 30 minutes, and gives up after five attempts without progress, usually before that time; each attempt reads a full refresh again. Start the sync again after that time, sync less often, give the connector more calls, or raise "Quota: Longest Wait".',
  ),
  rate_limited: transient('Gainsight answers that too many calls were made: {words}.', retried),
  gainsight_unavailable: transient('Gainsight cannot be reached: {words}.', retried),
  submission_lost: transient(
    'The file for {object} was sent {times} times and Gainsight neither answered nor lists a job for it: {words}.',
    retried,
  ),
  job_deadline: transient(
    'Job {job} on {object} is not finished {duration} after it was submitted; the connector stopped waiting for it.',
    `The next sync takes it over. Whether it has ended: ${listOfJobs}. If jobs of this size take longer, raise "Polling: Job Timeout".`,
  ),
  job_gone: transient(
    'Gainsight no longer knows job {job} on {object}, so it is not known whether its rows arrived.',
    retried,
  ),
  attempt_replaced: transient(
    'A later attempt of this sync, or a later sync of this connection, is running, so this one stopped without submitting.',
    'Nothing needs to be done.',
  ),
  job_came_late: transient(
    'Job {job} of an earlier attempt appeared on {object} only after this attempt had sent rows there, so older rows may have overwritten newer ones.',
    'Airbyte tries again by itself, and the next attempt sends these rows again.',
  ),
  source_ended_early: transient(
    'The input of {stream} ended between two states: {rows} rows after the last one were not submitted, because the source sends them again.',
    retried,
  ),
  spool_full: transient(
    'The {megabytes} MB for waiting rows were full for {duration}.',
    'Raise "Files: Largest Spool in MB", give the container more disk, or load less at a time.',
  ),
  open_files_limit: config(
    'The connector may not open as many files as it needs: {detail}.',
    'Raise the limit of open files (`ulimit -n`, or `nofile` of the container) to 256 or more.',
  ),
  spool_folder_unusable: config(
    'The folder for waiting rows cannot be used: {detail}.',
    'Set the environment variable TMPDIR to a folder that exists and that the connector may write to, or give it a volume at /dest.',
  ),
  spool_changed: transient(
    'A file of waiting rows for {object} was changed by another program before it was sent, so it was not sent.',
    'Give the connector a folder for temporary files that no other program touches; Airbyte tries again by itself.',
  ),
  disk_failed: transient(
    'A file for waiting rows cannot be written: {detail}.',
    'Give the container more disk space; Airbyte tries again by itself.',
  ),
} as const satisfies Record<string, ErrorEntry>;

/** A code of the table. */
export type ErrorCode = keyof typeof errorTable;

/** Further data of a {@link ConnectorError}, besides the details of its text. */
export interface ErrorContext extends TraceContext {
  /** Gainsight's own id of the failed call: `requestId` or `x-gs-request-id`. */
  readonly requestId?: string | undefined;
}

const request = (id: string | undefined): string => (id === undefined ? '' : ` (Gainsight request ${id})`);

/** A failure reported to the user. Its `message` says what happened and what to do next. */
export class ConnectorError extends TracedError {
  declare readonly code: ErrorCode;
  readonly requestId: string | undefined;

  /** @param details values of the `{name}`s in the table's text */
  constructor(code: ErrorCode, details: ErrorDetails = {}, context: ErrorContext = {}) {
    super(code, errorTable[code], details, context, request(context.requestId));
    this.name = 'ConnectorError';
    this.requestId = context.requestId;
  }

  /** Says in the message that the user tries again, as a test of the connection is not repeated. */
  ofCheck(): this {
    this.message = this.message.replace(retried, retriedByUser).replace(storeRetried, storeRetriedByUser);
    return this;
  }

  /** Adds the name of the file to the message. */
  ofFile(fileName: string | undefined): this {
    if (fileName && !this.message.includes(fileName)) this.message += ` (file ${fileName})`;
    return this;
  }
}

/** Adds the file's name to an error thrown while the file was processed. */
export function thrownOver(thrown: unknown, fileName: string | undefined): unknown {
  return thrown instanceof ConnectorError ? thrown.ofFile(fileName) : thrown;
}
