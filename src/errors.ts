/** Every way in which a command can fail: one table, code to failure type, what happened and what to do next. */
import {
  type ErrorDetails,
  type ErrorEntry,
  sharedErrors,
  type TraceContext,
  TracedError,
} from './airbyte/traced_error.ts';

export type { TracedError };

const config = (what: string, next: string): ErrorEntry => ({ type: 'config_error', what, next });
const transient = (what: string, next: string): ErrorEntry => ({ type: 'transient_error', what, next });

const retried = 'Airbyte tries again by itself; nothing needs to be done unless it keeps happening.';

/** The table. README lists it; a test holds both in step. */
export const errorTable = {
  ...sharedErrors,
  overwrite_mixed: config(
    'The sync mode of {streams} overwrites. Gainsight has no delete in its Bulk API, so nothing can be overwritten.',
    'Choose "Append" or "Append + Deduped" for every stream of the connection.',
  ),
  clear_with_records: config(
    'Airbyte started a Clear, which must carry no records, but a record of {stream} came.',
    'Choose "Append" or "Append + Deduped" for every stream of the connection; the connector never deletes anything from Gainsight.',
  ),
  stream_unlisted: config(
    'The connection selects the stream {stream}, and no entry of "Streams" names it.',
    'Add an entry for it, deselect it in the connection, or switch on "Load Unlisted Streams".',
  ),
  stream_ambiguous: config(
    '{detail}.',
    'Give the entry of "Streams" a namespace, or remove the entry that is too many, so that each stream has one entry and each entry one stream.',
  ),
  stream_unknown: config(
    'Records of the stream {stream} came, and the catalog has no such stream; it has {listed}. They were not loaded, and no state that may stand for them was released.',
    'Refresh the schema of the connection and save it. If the two names then still differ, report it to the makers of the source connector.',
  ),
  keys_missing: config(
    'The stream {stream} is to be loaded by {operation}, which needs key fields, and neither its entry nor its catalog names any.',
    'Name "Key Fields" in its entry of "Streams", choose a primary key in the connection, or use the operation INSERT.',
  ),
  key_not_sent: config(
    'Key field {field} of the stream {stream} is no field that is sent. Sent are: {fields}.',
    'Under "Key Fields" name Gainsight fields that a column is mapped to, spelled exactly alike, or map the missing column in "Fields".',
  ),
  field_twice: config(
    'Two columns of the stream {stream}, {columns}, go to the one field {field}.',
    'Map one column only to each field in "Fields" of its entry; with "Send Other Columns" a column may go to a field of its own name as well.',
  ),
  column_unknown: config(
    'Column {column} of the stream {stream} is not in its schema{why}. It has: {columns}.',
    'Correct the column in "Fields", or refresh the schema of the connection.',
  ),
  latest_by_unusable: config(
    'The stream {stream} is to keep the latest row of a key by its cursor, and {detail}.',
    'Set "Latest By" of its entry to arrival, or in the connection choose a cursor column that holds numbers or date-times.',
  ),
  no_columns: config(
    'The stream {stream} has no column to send.',
    'Select columns in the connection, or map them in "Fields".',
  ),
  load_after_cycle: config('"Load After" goes in a circle: {cycle}.', 'Take one of these names out of "Load After".'),
  host_unknown: config(
    'The host {host} does not exist.',
    'Correct "Gainsight Domain": it is the address in the browser when Gainsight is open.',
  ),
  proxy_unusable: config(
    'The proxy that HTTPS_PROXY names cannot be used: {detail}.',
    'Set it to http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, special characters of the password percent-encoded (%40 for @), or take it away and let the connector reach Gainsight directly.',
  ),
  proxy_refused: config(
    'The proxy does not let the connector through to {host}: {words}.',
    'After a 407 put the user name and password of the proxy into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT. Else have the proxy allow this host, or name it in NO_PROXY if it can be reached directly.',
  ),
  certificate_untrusted: config(
    'The certificate of {host} is signed by nobody that the connector trusts ({words}).',
    'If a proxy or firewall of your own shows its certificate there, put the certificate of its authority as a PEM file where the connector can read it, and set the environment variable NODE_EXTRA_CA_CERTS to its path. Else check "Gainsight Domain".',
  ),
  certificate_invalid: config(
    'The certificate of {host} is not valid ({words}).',
    'Check "Gainsight Domain" and the date of the machine. If a proxy or firewall of your own shows this certificate, have it renewed for the right name: NODE_EXTRA_CA_CERTS can only make its authority known.',
  ),
  redirect_refused: config(
    '{host} answers with a redirect to {target}, and the access key is not sent to another host.',
    'As "Gainsight Domain" enter the address that the browser shows when Gainsight is open.',
  ),
  access_refused: config(
    'Gainsight refuses the access key: {words}.',
    'Create or copy the key under Administration > Connectors > Gainsight API and enter it as "Access Key".',
  ),
  address_not_listed: config(
    'Gainsight does not accept calls from the address of this connector: {words}.',
    'Have the address from which the connector calls added to the allow list of the access key in Gainsight. Keep the key: it is accepted, and a new one would lock out every other integration that uses it.',
  ),
  bulk_api_missing: config(
    '{host} has no Bulk API at {path}: {words}.',
    'Check "Gainsight Domain"; if it is right, ask Gainsight support whether the Bulk API is switched on for this tenant.',
  ),
  read_refused: config(
    'Gainsight refuses to answer GET {path}: {words}.',
    'Check that the access key may use the Bulk API; if it may, ask Gainsight support, with these words and the number of the request.',
  ),
  insert_without_list: config(
    'The tenant {list}, so an INSERT of {stream} could be sent twice unnoticed.',
    'Load {object} by UPSERT with key fields, or ask Gainsight support for GET /bulk/jobs.',
  ),
  insert_unrecognised: config(
    'The tenant gives the names of files back so that they are not known again ({names}), so an INSERT of {stream} could be sent twice unnoticed.',
    'Load {object} by UPSERT with key fields, or ask Gainsight support why GET /bulk/jobs does not show the name of a file as it was sent.',
  ),
  submission_refused: config(
    'Gainsight refuses the file for {object}: {words}.',
    'Check the object, the operation, the key fields and the field names in the entry of "Streams" against Gainsight.',
  ),
  file_too_large: config(
    'Gainsight refuses the file for {object} as too large ({megabytes} MB): {words}.',
    'Lower "Largest File in MB" below that.',
  ),
  job_failed: config(
    'Gainsight ended job {job} on {object} as FAILED: {words}.',
    'Correct what it names, then sync again; look the job up in Gainsight if it names nothing.',
  ),
  job_failed_by_gainsight: transient(
    'Gainsight ended job {job} on {object} as FAILED through a fault of its own: {words}.',
    retried,
  ),
  counts_wrong: config(
    'Job {job} on {object} was sent {rows} rows, and Gainsight reports {accepted} as loaded and {refused} as refused.',
    'Look the job up in Gainsight before the next sync: it is not known which rows are there.',
  ),
  rejects_unnamed: config(
    'Job {job} on {object} refused {refused} rows, and {unnamed} of them are not named in its errors.',
    'Set a "Folder" for rejected rows, so that the whole file can be kept, or look the job up in Gainsight.',
  ),
  insert_uncertain: config(
    'It is not known which rows of the file {file} are in {object}: {words}.',
    'Look in {object} for the rows of that file before the next sync; INSERT is never sent twice. {answer}.',
  ),
  too_many_rejects: config(
    '{rejected} of {rows} rows of {stream} were rejected; {fault}.',
    'Correct the reasons listed in the log. If a limit is named, it can be raised in "Fail Above This Share of Rejected Rows".',
  ),
  rejects_unwritable: config(
    'Rejected rows cannot be written to {folder}: {detail}.',
    'As "Folder" of "Rejected Rows" give one that exists and that the connector may write to.',
  ),
  quota_spent: transient(
    'The next Gainsight call is possible at {until}: {why}. That is later than "Longest Wait" allows ({minutes} min); files that wait: {waiting}.',
    'Airbyte tries again by itself. If it happens often, sync less often, give the connector more calls, or raise "Longest Wait".',
  ),
  rate_limited: transient('Gainsight answers that too many calls were made: {words}.', retried),
  gainsight_unavailable: transient('Gainsight cannot be reached: {words}.', retried),
  submission_lost: transient(
    'The file for {object} was sent {times} times and Gainsight neither answered nor lists a job for it: {words}.',
    retried,
  ),
  job_deadline: transient(
    'Job {job} on {object} is not finished {minutes} minutes after it was submitted; it was left alone.',
    'The next sync takes it over. Look the job up in Gainsight if it never ends, or raise "Job Timeout".',
  ),
  job_gone: transient(
    'Gainsight no longer knows job {job} on {object}, so it is not known whether its rows arrived.',
    retried,
  ),
  attempt_replaced: transient(
    'A later attempt of this sync, or a later sync of this connection, is at work, so this one stopped without submitting.',
    'Nothing needs to be done.',
  ),
  job_came_late: transient(
    'Job {job} of an earlier attempt came to {object} only after this attempt had sent rows there, so that older rows may lie on newer ones.',
    'Airbyte tries again by itself, and the next attempt sends these rows again.',
  ),
  source_ended_early: transient(
    'The input of {stream} ended between two states: {rows} rows after the last one were not submitted, because the source sends them again.',
    retried,
  ),
  spool_full: transient(
    'The {megabytes} MB for waiting rows were full for {minutes} minutes.',
    'Raise "Largest Spool in MB", give the container more disk, or load less at a time.',
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

/** What a {@link ConnectorError} may carry beside the details of its text. */
export interface ErrorContext extends TraceContext {
  /** Gainsight's own id of the failed call: `requestId` or `x-gs-request-id`. */
  readonly requestId?: string | undefined;
}

const request = (id: string | undefined): string => (id === undefined ? '' : ` (Gainsight request ${id})`);

/** A failure that the user is told of. Its `message` is for the user and says what to do next. */
export class ConnectorError extends TracedError {
  declare readonly code: ErrorCode;
  readonly requestId: string | undefined;

  /** @param details what the `{name}`s in the table's text stand for */
  constructor(code: ErrorCode, details: ErrorDetails = {}, context: ErrorContext = {}) {
    super(code, errorTable[code], details, context, request(context.requestId));
    this.name = 'ConnectorError';
    this.requestId = context.requestId;
  }

  /** The same failure, with the file that it is about in its message. */
  ofFile(fileName: string | undefined): this {
    if (fileName && !this.message.includes(fileName)) this.message += ` (file ${fileName})`;
    return this;
  }
}

/** Anything thrown while one file was at work: a failure that the user sees names it. */
export function thrownOver(thrown: unknown, fileName: string | undefined): unknown {
  return thrown instanceof ConnectorError ? thrown.ofFile(fileName) : thrown;
}

/** Not a failure: what was under way was told to stop. */
export class Stopped extends Error {}

/** Anything thrown, as an error that can be traced: what is none is a bug. */
export function asTracedError(thrown: unknown): TracedError {
  if (thrown instanceof TracedError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  return new ConnectorError('bug', { detail: text }, { internal: stack, cause: thrown });
}
