/** This run's earlier jobs and the batches at hand: adopt, wait, or submit. Decisions only. */

import { ConnectorError } from '../../errors.ts';
import type { BulkJob } from '../../gainsight/contract.ts';
import type { Batch, SliceDigest } from '../../model.ts';
import { beginsWith, type GivenName, holds } from './file_name.ts';
import type { ListedJob } from './job_list.ts';

/** A listed job whose file name is ours. */
export interface OwnJob extends ListedJob {
  readonly name: GivenName;
}

/** What to do with a batch whose turn has come. */
export type AdoptDecision =
  | { readonly do: 'adopt'; readonly job: OwnJob }
  /** INSERT: the first `rows` rows are the job's file. */
  | { readonly do: 'adopt first rows'; readonly job: OwnJob; readonly rows: number }
  /** More batches must be cut, or the input end, before it can be known. */
  | { readonly do: 'wait' }
  | { readonly do: 'submit' }
  /** INSERT: an earlier job begins with the same row and holds more rows than are at hand. */
  | { readonly do: 'unclear'; readonly job: OwnJob }
  /** INSERT: an earlier job of this run held these very rows, and ended after some of them. */
  | { readonly do: 'half done'; readonly job: OwnJob };

/** The rows of an INSERT batch. */
interface InsertRows {
  readonly rows: number;
  /** The part of its digests over its first row. */
  readonly firstRow: SliceDigest;
}

interface RunAt {
  /** This run: nobody has told the user yet of its jobs that are half done. */
  readonly run: string;
}

/** The jobs that this connector made, oldest first. @param isOn whether a job is on the object that matters */
export function ownJobs(jobs: readonly ListedJob[], isOn: (listed: ListedJob) => boolean): OwnJob[] {
  return jobs.filter((listed): listed is OwnJob => listed.name !== undefined && isOn(listed));
}

/** Rows of a job's file; undefined where neither its name nor the tenant says. */
export function rowsOf({ name, job }: OwnJob): number | undefined {
  return name.rows ?? job.totalRecords;
}

/**
 * Not yet at its end, as far as the list shows. The states that the contract names mean what they say, whatever else the
 * job bears: a tenant may fill in a `completedDate` that it expects. In any other state a job is at its end if it has one.
 */
export function isUnfinished({ status, completedDate }: BulkJob): boolean {
  if (status === 'COMPLETED' || status === 'FAILED') return false;
  return status === 'PENDING' || status === 'IN_PROGRESS' || !completedDate;
}

/** FAILED, or finished with fewer rows than its file held: such a job is never adopted. */
export function isUseless(own: OwnJob): boolean {
  const { job } = own;
  if (isUnfinished(job)) return false;
  if (job.status !== 'COMPLETED') return true;
  const { successCount, failureCount } = job;
  if (successCount === undefined && failureCount === undefined) return false;
  return (successCount ?? 0) + (failureCount ?? 0) < (rowsOf(own) ?? 0);
}

/** A useless job that may have loaded rows all the same. */
function mayHaveLoaded({ job: { processedRecords, successCount } }: OwnJob): boolean {
  return processedRecords !== 0 || (successCount ?? 0) > 0;
}

/**
 * UPSERT and UPDATE: a batch takes over a job of this run only if that job and every later one of the run on the object
 * equal, in order, the batch and those that come after it. Else an older file could have landed on a newer one.
 * @param jobs this run's jobs on the object, oldest first, without those already claimed or passed by
 * @param digests the batch's, then those of the batches that follow it on the object, as far as they are cut
 * @param complete nothing more will be cut for the object
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
 * INSERT: a batch takes over any unclaimed job whose file is its first rows.
 * @param jobs unclaimed jobs on the object that may hold its rows, oldest first
 * @param prefixes the digest that the batch's first `rows` rows have, for the jobs of at most that many rows
 */
export function adoptFirstRows(
  jobs: readonly OwnJob[],
  batch: InsertRows,
  prefixes: ReadonlyMap<number, SliceDigest>,
  at: RunAt,
): AdoptDecision {
  const twins = jobs.filter((job) => {
    const prefix = prefixes.get(rowsOf(job) ?? 0);
    return prefix !== undefined && holds(job.name, prefix);
  });
  const twin = twins.find((job) => !isUseless(job));
  if (twin) {
    const rows = rowsOf(twin) ?? batch.rows;
    return rows === batch.rows ? { do: 'adopt', job: twin } : { do: 'adopt first rows', job: twin, rows };
  }
  const halfDone = twins.find((job) => job.name.run === at.run && mayHaveLoaded(job));
  if (halfDone) return { do: 'half done', job: halfDone };
  const larger = jobs.find((job) => isLarger(job, batch, at));
  return larger ? { do: 'unclear', job: larger } : { do: 'submit' };
}

/** Whether an INSERT batch that still fills may be the beginning of an earlier, larger job: then it is not cut early. */
export function mayGrowInto(jobs: readonly OwnJob[], batch: InsertRows, at: RunAt): boolean {
  return jobs.some((job) => isLarger(job, batch, at));
}

function isLarger(job: OwnJob, { rows, firstRow }: InsertRows, { run }: RunAt): boolean {
  if ((rowsOf(job) ?? Number.POSITIVE_INFINITY) <= rows || !beginsWith(job.name, firstRow)) return false;
  return !isUseless(job) || (job.name.run === run && mayHaveLoaded(job));
}

/** A larger job begins with the same row: the source died on the way to its end, or files are smaller than they were. */
export function unclear(batch: Batch, job: OwnJob): ConnectorError {
  const { label, object, stream } = batch.plan;
  if (batch.reason === 'end')
    return new ConnectorError('source_ended_early', { stream: label, rows: batch.rows }, { stream });
  const words = `job ${job.jobId} begins with the same row and holds ${rowsOf(job) ?? 'an unknown number of'} rows, more than the ${batch.rows} at hand, as if "Files" had been made smaller since`;
  return new ConnectorError('insert_uncertain', { file: job.job.fileName ?? '', object, words }, { stream });
}

/** A job of this run held the very rows, and ended after some of them. */
export function halfDone(batch: Batch, job: OwnJob): ConnectorError {
  const { object, stream } = batch.plan;
  const words = `job ${job.jobId} of an earlier attempt ended before it had loaded all of its ${rowsOf(job) ?? ''} rows`;
  return new ConnectorError('insert_uncertain', { file: job.job.fileName ?? '', object, words }, { stream });
}
