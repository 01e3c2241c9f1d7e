/** A job as the tests see it: its true state, whatever faults the API shows. */
import type { JobFault } from './faults.ts';
import type { Job, Submitted } from './job.ts';

/** One job at one moment. */
export interface JobReport extends Submitted {
  readonly id: string;
  /** Number among the accepted jobs of the client under test, from 1; 0 for a job of another client. */
  readonly number: number;
  readonly foreign: boolean;
  /** Milliseconds by the server's clock. */
  readonly acceptedAt: number;
  /** Milliseconds by the monotonic clock. */
  readonly acceptedElapsed: number;
  /** Milliseconds after its acceptance; undefined while it runs. */
  readonly endedAfter: number | undefined;
  readonly status: string;
  /** Rows processed so far. */
  readonly processed: number;
  /** Accepted rows among them; not yet in the store while the job runs. */
  readonly succeeded: number;
  /** Rejected rows among them, ascending: 0 is the first data row. */
  readonly refused: readonly number[];
  readonly faults: readonly JobFault[];
}

/** The state of a job at `elapsed`, by the monotonic clock. */
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
