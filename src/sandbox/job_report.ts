/** A job as the tests see it: the truth, whatever the API was made to tell. */
import type { JobFault } from './faults.ts';
import type { Job, Submitted } from './job.ts';

/** One job at one moment. */
export interface JobReport extends Submitted {
  readonly id: string;
  /** 1 is the first job that was accepted from the client; 0 for a job of another client. */
  readonly number: number;
  readonly foreign: boolean;
  /** Milliseconds by the server's clock. */
  readonly acceptedAt: number;
  /** Milliseconds by the monotonic clock. */
  readonly acceptedElapsed: number;
  /** Milliseconds after its acceptance; undefined while it runs. */
  readonly endedAfter: number | undefined;
  readonly status: string;
  /** Rows done so far. */
  readonly processed: number;
  /** Rows of them that went in; not yet in the store while the job runs. */
  readonly succeeded: number;
  /** Rows of them that were refused: 0 is the first data row, ascending. */
  readonly refused: readonly number[];
  readonly faults: readonly JobFault[];
}

/** How the job is at `elapsed`, by the monotonic clock. */
export function report(job: Job, elapsed: number): JobReport {
  const { status, processed, ended } = job.moment(elapsed);
  const refused = [...job.refusedRows(processed)].sort((a, b) => a - b);
  return {
    ...job.submitted,
    id: job.id,
    number: job.number,
    foreign: job.number === 0,
    acceptedAt: job.accepted.at,
    acceptedElapsed: job.accepted.elapsed,
    endedAfter: ended ? job.endsAt - job.accepted.elapsed : undefined,
    status,
    processed,
    succeeded: processed - refused.length,
    refused,
    problems: job.problems,
    faults: job.faults,
  };
}
