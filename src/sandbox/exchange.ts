/** One call with its response as the sandbox saw them: tests check them against the contract. */
import type { IncomingHttpHeaders } from 'node:http';

/** The endpoints of the Bulk API, those of the metadata API as one, those of the object API, and the one for a token. */
export type CallKind = BulkCallKind | ObjectCallKind | 'metadata' | 'token';

/** The endpoints of the Bulk API. */
export type BulkCallKind = 'submit' | 'list' | 'status' | 'errors';

/** The endpoints of the object API. */
export type ObjectCallKind = 'insert' | 'update' | 'query';

/** A request and its answer. */
export interface Exchange {
  /** Undefined if the request is no call of the API. */
  readonly call: Call | undefined;
  readonly method: string;
  /** Below the base URL, without the query: `/bulk/jobs/J000001`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly requestHeaders: IncomingHttpHeaders;
  /** The form's fields; `file` contains the file's name. Undefined if no form was read. */
  readonly requestFields: Readonly<Record<string, string>> | undefined;
  /** The JSON of the request's body; undefined if none was read. */
  readonly requestJson?: unknown;
  readonly status: number;
  readonly contentType: string | undefined;
  /** The body as JSON, or as text if it is none. */
  readonly body: unknown;
  /**
   * The response deviates from the contract on purpose: because of a fault, or as a refusal that the contract does not
   * describe.
   */
  readonly breaksContract: boolean;
}

/** A call. Times in milliseconds. */
export interface Call {
  /** By the server's clock. */
  readonly at: number;
  /** By the monotonic clock. */
  readonly elapsed: number;
  readonly kind: CallKind;
  /** It used quota. */
  readonly counted: boolean;
  /** Made by another client: {@link ForeignJobs}. */
  readonly foreign: boolean;
  /** HTTP status of the response; 0 while there is none, and if the connection was dropped. */
  status: number;
  /** Set if the call created a job. */
  jobId?: string;
  /** The name of the submitted file; unset until it has been read to its end. */
  fileName?: string;
}
