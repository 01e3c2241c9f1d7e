/** Submissions of one file whose answers are lost, and the job of one of them should it show after all. */

import type { LiveJob } from './job.ts';
import type { JobList } from './job_list.ts';

interface LostSend {
  readonly send: string;
  readonly fileName: string;
  /** On the monotonic clock. */
  readonly sentAt: number;
}

/** What sending again is given up for: the job that was looked for in vain has come into the list. */
export class ShowedLate extends Error {
  readonly job: LiveJob;

  constructor(job: LiveJob) {
    super();
    this.job = job;
  }
}

/** The submissions of one file that were looked up in vain. */
export class LostSends {
  readonly #sends: LostSend[] = [];

  get length(): number {
    return this.#sends.length;
  }

  add(send: LostSend): void {
    this.#sends.push(send);
  }

  /** To be called once the list was read again: the wait for quota may have been long. @throws {@link ShowedLate} */
  check(jobList: JobList): void {
    for (const { send, fileName, sentAt } of this.#sends) {
      const found = jobList.bySend(send);
      if (found) throw new ShowedLate({ jobId: found.jobId, fileName, created: sentAt });
    }
  }
}
