/** This run's earlier jobs and the batches at hand: adopt, wait, or submit. Decisions only. */

import { ConnectorError } from '../../errors.ts';
import type { BulkJob } from '../../gainsight/contract.ts';
import type { Batch } from '../../model.ts';
import type { JobFileName } from './file_name.ts';
import type { ListedJob } from './job_list.ts';

/** A listed job whose file name is ours. */
export interface OwnJob extends ListedJob {
  readonly name: JobFileName;
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
  /** Its digest's head. */
  readonly firstRow: string;
}

interface RunAt {
  /** This run: nobody has told the user yet of its jobs that are half done. */
  readonly run: string;
  /** A digest's head. */
  readonly firstRowPartOf: (digest: string) => string;
}

/** The jobs on one object that this connector made, oldest first. */
export function ownJobs(jobs: readonly ListedJob[], object: string): OwnJob[] {
  return jobs.filter((listed): listed is OwnJob => listed.name !== undefined && listed.job.objectName === object);
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
export function isUseless({ job, name }: OwnJob): boolean {
  if (isUnfinished(job)) return false;
  if (job.status !== 'COMPLETED') return true;
  const { successCount, failureCount } = job;
  if (successCount === undefined && failureCount === undefined) return false;
  return (successCount ?? 0) + (failureCount ?? 0) < name.rows;
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
export function adoptInOrder(jobs: readonly OwnJob[], digests: readonly string[], complete: boolean): AdoptDecision {
  let mayMatch = false;
  for (let first = 0; first < jobs.length; first++) {
    const tail = jobs.slice(first);
    const known = tail.slice(0, digests.length);
    if (!known.every((job, i) => job.name.digest === digests[i])) continue;
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
  prefixes: ReadonlyMap<number, string>,
  at: RunAt,
): AdoptDecision {
  const alike = jobs.filter((job) => at.firstRowPartOf(job.name.digest) === batch.firstRow);
  const twins = alike.filter(({ name }) => prefixes.get(name.rows) === name.digest);
  const twin = twins.find((job) => !isUseless(job));
  if (twin) {
    const { rows } = twin.name;
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

function isLarger(job: OwnJob, { rows, firstRow }: InsertRows, { firstRowPartOf, run }: RunAt): boolean {
  if (job.name.rows <= rows || firstRowPartOf(job.name.digest) !== firstRow) return false;
  return !isUseless(job) || (job.name.run === run && mayHaveLoaded(job));
}

/** A larger job begins with the same row: the source died on the way to its end, or files are smaller than they were. */
export function unclear(batch: Batch, job: OwnJob): ConnectorError {
  const { label, object, stream } = batch.plan;
  if (batch.reason === 'end')
    return new ConnectorError('source_ended_early', { stream: label, rows: batch.rows }, { stream });
  const words = `job ${job.jobId} begins with the same row and holds ${job.name.rows} rows, more than the ${batch.rows} at hand, as if "Files" had been made smaller since`;
  return new ConnectorError('insert_uncertain', { file: job.job.fileName ?? '', object, words }, { stream });
}

/** A job of this run held the very rows, and ended after some of them. */
export function halfDone(batch: Batch, job: OwnJob): ConnectorError {
  const { object, stream } = batch.plan;
  const words = `job ${job.jobId} of an earlier attempt ended before it had loaded all of its ${job.name.rows} rows`;
  return new ConnectorError('insert_uncertain', { file: job.job.fileName ?? '', object, words }, { stream });
}
