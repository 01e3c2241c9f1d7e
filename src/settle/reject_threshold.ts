/** How many rejected rows a stream may have. */

/** Rows of one stream that have their fate, and those of its latest job. */
export interface RejectShare {
  readonly rows: number;
  readonly rejected: number;
  readonly jobRows: number;
  readonly jobRejected: number;
  /** `rejected_rows.fail_above_percent`; 100: any share is allowed. */
  readonly failAbovePercent: number;
}

// A small sample proves no share.
const fewest = 50;

/** Whether the stream fails: too large a share of its rows was rejected, or every row of a job. */
export function tooManyRejects({ rows, rejected, jobRows, jobRejected, failAbovePercent }: RejectShare): boolean {
  if (failAbovePercent >= 100) return false;
  if (jobRows > 0 && jobRejected >= jobRows) return true;
  return rejected >= fewest && rejected * 100 > failAbovePercent * rows;
}
