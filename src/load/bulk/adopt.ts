/** Compares this run's earlier jobs with the batches at hand: adopt, wait, or submit. Decisions only. */

import type { BulkJob } from '../../gainsight/contract.ts';
import type { SliceDigest } from '../../model.ts';
import { type GivenName, holds } from './file_name.ts';
import type { ListedJob } from './job_list.ts';

/** A listed job whose file name is ours. */
export interface OwnJob extends ListedJob {
  readonly name: GivenName;
}

/** What to do with an UPSERT or UPDATE batch whose turn has come. */
export type AdoptDecision =
  | { readonly do: 'adopt'; readonly job: OwnJob }
  /** It is known only after more batches are closed, or the input has ended. */
  | { readonly do: 'wait' }
  | { readonly do: 'submit' };

/**
 * The jobs that this connector made, oldest first.
 * @param isOn whether a job is on the relevant object
 */
export function ownJobs(jobs: readonly ListedJob[], isOn: (listed: ListedJob) => boolean): OwnJob[] {
  return jobs.filter((listed): listed is OwnJob => listed.name !== undefined && isOn(listed));
}

/** Rows of a job's file; undefined if neither its name nor the tenant shows them. */
export function rowsOf({ name, job }: OwnJob): number | undefined {
  // While it runs, a tenant may not have counted them yet.
  return name.rows ?? (isUnfinished(job) ? undefined : job.totalRecords || undefined);
}

/**
 * Whether a job has not ended, as far as the list shows. The states of the contract count, whatever else the job has: a
 * tenant may fill in an expected `completedDate`. In any other state a job has ended if it has a date.
 */
export function isUnfinished({ status, completedDate }: BulkJob): boolean {
  if (status === 'COMPLETED' || status === 'FAILED') return false;
  return status === 'PENDING' || status === 'IN_PROGRESS' || !completedDate;
}

/**
 * Whether a finished job went through its whole file, so that its counts prove the rows. A loader of Gainsight ended as
 * PARTIAL_SUCCESS where it rejected rows; the contract has COMPLETED alone.
 */
export function isCompleted({ status }: BulkJob): boolean {
  return status === 'COMPLETED' || status === 'PARTIAL_SUCCESS';
}

/** FAILED, or finished with fewer rows than its file: such a job is never adopted. */
export function isUseless(own: OwnJob): boolean {
  const { job } = own;
  if (isUnfinished(job)) return false;
  if (!isCompleted(job)) return true;
  const { successCount, failureCount } = job;
  if (successCount === undefined && failureCount === undefined) return false;
  return (successCount ?? 0) + (failureCount ?? 0) < (rowsOf(own) ?? 0);
}

/** A useless job that may have loaded some rows. */
export function mayHaveLoaded({ job: { processedRecords, successCount } }: OwnJob): boolean {
  return processedRecords !== 0 || (successCount ?? 0) > 0;
}

/** The order of a run relative to ours, by their names; `unknown` if these are not numbers. */
export function orderOfRun(run: string, ours: string): 'earlier' | 'ours' | 'later' | 'unknown' {
  if (run === ours) return 'ours';
  if (![run, ours].every((name) => /^\d+$/.test(name))) return 'unknown';
  return BigInt(run) > BigInt(ours) ? 'later' : 'earlier';
}

/**
 * UPSERT and UPDATE: a batch takes over a job of this run only if that job and every later one of the run on the object
 * equal, in order, the batch and those that follow it. Otherwise an older file could have overwritten a newer one.
 * @param jobs this run's jobs on the object, oldest first, without claimed or outdated ones
 * @param digests the batch's, then those of the batches that follow it on the object, as far as they are closed
 * @param complete nothing more will be closed for the object
 */
export function adoptInOrder(
  jobs: readonly OwnJob[],
  digests: readonly SliceDigest[],
  complete: boolean,
): AdoptDecision {
  let mayMatch = false;
  for (let first = 0; first < jobs.length; first++) {
    const tail = jobs.slice(first);
    const known = tail.slice(0, digests.length);
    if (!known.every(({ name }, i) => holds(name, digests[i] as SliceDigest))) continue;
    if (tail.length > digests.length) {
      mayMatch ||= !complete;
      continue;
    }
    const job = tail[0];
    return job === undefined || isUseless(job) ? { do: 'submit' } : { do: 'adopt', job };
  }
  return mayMatch ? { do: 'wait' } : { do: 'submit' };
}

/**
 * What {@link adoptInOrder} takes over of files in their order, if nothing more is closed.
 * @returns the jobs of the first files
 */
export function heldInOrder(jobs: readonly OwnJob[], digests: readonly SliceDigest[]): OwnJob[] {
  const held: OwnJob[] = [];
  let left = jobs;
  for (const at of digests.keys()) {
    const decision = adoptInOrder(left, digests.slice(at), true);
    if (decision.do !== 'adopt') break;
    held.push(decision.job);
    left = left.slice(left.indexOf(decision.job) + 1);
  }
  return held;
}
