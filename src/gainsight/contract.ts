/** Gainsight CS Bulk API: paths, data types and job states, as in its OpenAPI description. */
import type { Operation } from '../model.ts';

/** Paths below the base URL `https://HOST/v1`. */
export const paths = {
  jobs: '/bulk/jobs',
  job: (jobId: string) => `/bulk/jobs/${encodeURIComponent(jobId)}`,
  errors: (jobId: string) => `/bulk/jobs/${encodeURIComponent(jobId)}/errors`,
} as const;

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
