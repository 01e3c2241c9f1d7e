/**
 * Gainsight CS Bulk API: paths, data types and job states, as in its OpenAPI description; and the paths of the metadata
 * API, which that description lacks.
 */
import type { Operation } from '../model.ts';

/** Paths below the base URL `https://HOST/v1`. */
export const paths = {
  jobs: '/bulk/jobs',
  job: (jobId: string) => `/bulk/jobs/${encodeURIComponent(jobId)}`,
  errors: (jobId: string) => `/bulk/jobs/${encodeURIComponent(jobId)}/errors`,
} as const;

/** Paths of the metadata API below the same base URL. Its calls use nothing of the bulk quota. */
export const metadataPaths = {
  /** GET: every object, without its fields. */
  objects: '/meta/services/objects/list?po=company&em=false',
  /** POST: the objects named in the body, with their fields. */
  describe: '/meta/services/objects/describe',
  /** GET: one object with its fields. */
  describeOne: (object: string) =>
    `/meta/services/objects/${encodeURIComponent(object)}/describe?ic=false&cl=0&idd=false&ihc=false&piec=false`,
  /** GET: the items of a picklist. */
  dropdown: (categoryId: string) => `/meta/services/dropdowns/${encodeURIComponent(categoryId)}`,
} as const;

/** POST: records of an object. A call of the object API uses nothing of the bulk quota. */
export const queryPath = (object: string) => `/data/objects/query/${encodeURIComponent(object)}`;

/** POST: makes records, 50 with a call. */
export const insertPath = (object: string) => `/data/objects/${encodeURIComponent(object)}`;

/** PUT: changes records that have the values of these fields, 50 with a call. */
export const updatePath = (object: string, keys: readonly string[]) =>
  `/data/objects/${encodeURIComponent(object)}?keys=${keys.map(encodeURIComponent).join(',')}`;

/** The most records of a call that writes. */
export const mostRecords = 50;

/** The most key fields of an update. */
export const mostKeys = 3;

/** The most records of a page of a query. */
export const longestPage = 5000;

/** POST: a token for an OAuth client. */
export const tokenPath = '/users/m2m/oauth/token';

/** The most objects in one POST describe. */
export const mostDescribed = 25;

/** The job states in the contract; a tenant may send others (`INIT` is documented elsewhere). */
export type JobStatus = 'PENDING' | 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

/** A bulk job. Every field is optional in the contract. */
export interface BulkJob {
  jobId?: string;
  objectName?: string;
  operation?: Operation;
  /** A {@link JobStatus}, or a state that is not in the contract. */
  status?: string;
  totalRecords?: number;
  processedRecords?: number;
  successCount?: number;
  failureCount?: number;
  fileName?: string;
  createdDate?: string;
  completedDate?: string;
}

/** One row's error. */
export interface BulkJobError {
  rowNumber?: number;
  errorMessage?: string;
  fieldName?: string;
}

/** The envelope of every response. The error fields are Gainsight's usual ones; the contract leaves them open. */
export interface Envelope<T> {
  result?: boolean;
  data?: T;
  errorCode?: string | null;
  errorDesc?: string | null;
  requestId?: string | null;
  message?: string | null;
}

/** `data` of a page of the list. */
export interface JobPage {
  records?: BulkJob[];
  totalCount?: number;
}

/** Maximum size of a file in bytes; Gainsight answers 413 beyond (Data Load API FAQ). */
export const largestFile = 80_000_000;
