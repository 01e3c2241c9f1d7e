/** One call as the sandbox saw and answered it: what the tests hold against the contract. */
import type { IncomingHttpHeaders } from 'node:http';

/** The endpoints. */
export type CallKind = 'submit' | 'list' | 'status' | 'errors';

/** A request and its answer. */
export interface Exchange {
  /** Undefined for a request that is no call of the API. */
  readonly call: Call | undefined;
  readonly method: string;
  /** Below the base URL, without the query: `/bulk/jobs/J000001`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly requestHeaders: IncomingHttpHeaders;
  /** The form's fields; `file` holds the file's name. Undefined where no form was read. */
  readonly requestFields: Readonly<Record<string, string>> | undefined;
  readonly status: number;
  readonly contentType: string | undefined;
  /** The body as JSON, or as text where it is none. */
  readonly body: unknown;
  /** The answer departs from the contract on purpose: a fault's doing, or a refusal that the contract does not name. */
  readonly breaksContract: boolean;
}

/** A call, in the order of arrival. Milliseconds. */
export interface Call {
  /** By the server's clock. */
  readonly at: number;
  /** By the monotonic clock. */
  readonly elapsed: number;
  readonly kind: CallKind;
  /** It used up quota. */
  readonly counted: boolean;
  /** Made by another client: {@link ForeignJob}. */
  readonly foreign: boolean;
  /** The answer's HTTP status; 0 while there is none, and where the connection was dropped. */
  status: number;
  /** Set where the call made a job. */
  jobId?: string;
  /** The name of the file that a submission brought; unset while it is not read to its end. */
  fileName?: string;
}
