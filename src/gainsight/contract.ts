/** Gainsight CS Bulk API: paths, shapes, job states, as its OpenAPI description names them. */
import type { Operation } from '../model.ts';

/** Paths below the base URL `https://HOST/v1`. */
export const paths = {
  jobs: '/bulk/jobs',
  job: (jobId: string) => `/bulk/jobs/${encodeURIComponent(jobId)}`,
  errors: (jobId: string) => `/bulk/jobs/${encodeURIComponent(jobId)}/errors`,
} as const;

/** The job states that the contract names; a tenant may send others (`INIT` is documented elsewhere). */
export type JobStatus = 'PENDING' | 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

/** A bulk job. Every field is optional in the contract. */
export interface BulkJob {
  jobId?: string;
  objectName?: string;
  operation?: Operation;
  /** A {@link JobStatus}, or a state that the contract does not know. */
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

/** What every answer is wrapped in. The error fields are Gainsight's usual ones; the contract leaves them open. */
export interface Envelope<T> {
  result?: boolean;
  data?: T;
  errorCode?: string | null;
  errorDesc?: string | null;
  requestId?: string | null;
  message?: string | null;
}

/** `data` of the list. */
export interface JobPage {
  records?: BulkJob[];
  totalCount?: number;
}

/** The most that a file may have, in bytes: 413 beyond (Data Load API FAQ). */
export const largestFile = 80_000_000;
