/**
 * INSERT: decides whether earlier jobs hold a batch's rows, whether they are new, or whether this is unknown. Decisions
 * only.
 */
import type { CloseReason, LoadedAnswer, SliceDigest } from '../../model.ts';
import { isUseless, mayHaveLoaded, type OwnJob, rowsOf } from './adopt.ts';
import { beginsWith, holds, noState } from './file_name.ts';

/** The rows of an INSERT batch. */
export interface InsertSlice {
  readonly rows: number;
  /** The first-row part of its digests. */
  readonly firstRow: SliceDigest;
  /** The digests of its first `rows` rows, for jobs with at most that many. */
  readonly prefixes: ReadonlyMap<number, SliceDigest>;
  /** The digests of the source's own states directly after this many rows, for the same numbers and for the end. */
  readonly states: ReadonlyMap<number, string>;
  /** Why it was closed; undefined while it is open. */
  readonly reason: CloseReason | undefined;
}

/** The settings of the stream. */
export interface InsertRules {
  readonly run: string;
  readonly attempt: number;
  /** The source resumes from a state, even in the next Airbyte job. */
  readonly incremental: boolean;
  /** Send rows that are identical to a file of an earlier sync, even if they may be the same rows. */
  readonly sendsRepeated: boolean;
  /** Per job, what the user found of its rows. */
  readonly checked: ReadonlyMap<string, LoadedAnswer>;
  /** On the monotonic clock: jobs that an earlier run loaded before this say nothing about current rows. */
  readonly oldest: number;
}

/** A job and how many of a batch's first rows it holds. */
interface Twin {
  readonly job: OwnJob;
  readonly rows: number;
}

/** Why it is unknown whether rows are in Gainsight. */
export type InsertDoubt = 'repeated' | 'half done' | 'larger';

/** What to do with an INSERT batch. `waived`: jobs of which the user says that they have loaded nothing. */
export type InsertDecision = { readonly waived: readonly OwnJob[] } & (
  | ({ readonly do: 'adopt' } & Twin)
  /** `repeats`: a job of an earlier sync with the same rows, which are sent again as configured. */
  | { readonly do: 'submit'; readonly repeats: OwnJob | undefined }
  /** The user says that the job has loaded all of them. */
  | ({ readonly do: 'leave out' } & Twin)
  | ({ readonly do: 'uncertain'; readonly why: InsertDoubt } & Twin)
  /** They may be the beginning of the job's file, and the source did not report that it has sent all. */
  | { readonly do: 'ended early'; readonly job: OwnJob }
);

/**
 * Within a run rows alone identify a slice, so a batch takes over any unclaimed job whose file has its first rows.
 * Across runs the same rows with the same state are the same slice; with another state they may be repeated or new.
 * @param jobs unclaimed INSERT jobs on the object, oldest first
 */
export function decideInsert(jobs: readonly OwnJob[], slice: InsertSlice, rules: InsertRules): InsertDecision {
  const candidates = candidatesOf(jobs, rules);
  const twins = candidates.flatMap((job) => twinOf(job, slice));
  const known = twins.find((twin) => !isUseless(twin.job) && isSame(twin, slice, rules) && !isWaived(twin.job, rules));
  if (known) return { do: 'adopt', ...known, waived: [] };
  const waived: OwnJob[] = [];
  let repeats: OwnJob | undefined;
  for (const twin of twins) {
    const { job } = twin;
    const answer = rules.checked.get(job.jobId);
    if (answer === 'none') waived.push(job);
    else if (answer === 'all') return { do: 'leave out', ...twin, waived };
    else if (isUseless(job)) return { do: 'uncertain', why: 'half done', ...twin, waived };
    else if (rules.sendsRepeated && isAnothers(job, rules)) repeats ??= job;
    else return { do: 'uncertain', why: 'repeated', ...twin, waived };
  }
  return decideLarger(candidates, slice, rules, waived) ?? { do: 'submit', repeats, waived };
}

/** Whether an open INSERT batch may be the beginning of an earlier, larger job: then it is not closed early. */
export function mayGrowInto(
  jobs: readonly OwnJob[],
  slice: Pick<InsertSlice, 'rows' | 'firstRow'>,
  rules: InsertRules,
): boolean {
  return candidatesOf(jobs, rules).some((job) => isLarger(job, slice) && !isWaived(job, rules));
}

/**
 * Jobs that may have loaded rows of a full refresh and that no batch begins with: the source may send these rows later,
 * or in another order.
 * @param jobs unclaimed jobs of this run for the stream
 * @param batches for each the digests of its first rows, by their number
 */
export function unmatchedJobs(jobs: readonly OwnJob[], batches: readonly ReadonlyMap<number, SliceDigest>[]): OwnJob[] {
  const left = jobs.filter((job) => !isUseless(job) || mayHaveLoaded(job));
  for (const prefixes of batches) {
    const at = left.findIndex((job) => {
      const prefix = prefixes.get(rowsOf(job) ?? 0);
      return prefix !== undefined && holds(job.name, prefix);
    });
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}

/** Jobs that may hold rows of this run, or of an earlier one that the source may send again. */
function candidatesOf(jobs: readonly OwnJob[], { run, attempt, incremental, oldest }: InsertRules): OwnJob[] {
  return jobs.filter((job) => {
    const hasDoubt = isUseless(job);
    if (hasDoubt && !mayHaveLoaded(job)) return false;
    if (job.name.run === run) return true;
    if (incremental) return hasDoubt || job.created >= oldest;
    // Without its run it may be this run's; the first attempt has no earlier jobs of its run.
    return job.name.run === undefined && attempt > 0;
  });
}

function decideLarger(
  candidates: readonly OwnJob[],
  slice: InsertSlice,
  rules: InsertRules,
  waived: OwnJob[],
): InsertDecision | undefined {
  const { rows, reason } = slice;
  for (const job of candidates.filter((each) => isLarger(each, slice))) {
    const verdict = judgeLarger(job, slice, rules);
    if (verdict === 'new') continue;
    const answer = rules.checked.get(job.jobId);
    if (answer === 'none') waived.push(job);
    // Rows after those at hand would count as new ones, so it must be certain that there are none.
    else if (answer === 'all' && reason === 'end') return { do: 'leave out', job, rows, waived };
    else if (verdict === 'ended early') return { do: 'ended early', job, waived };
    else return { do: 'uncertain', why: 'larger', job, rows, waived };
  }
  return undefined;
}

/** What the rows are if they begin like the file of a larger job. */
function judgeLarger(
  job: OwnJob,
  { rows, reason, states }: InsertSlice,
  rules: InsertRules,
): 'new' | 'uncertain' | 'ended early' {
  const hasEnded = reason === 'end' || reason === 'complete';
  // While a batch is open, more rows may come.
  if (reason === undefined) return 'uncertain';
  if (!isAnothers(job, rules)) return hasEnded ? 'ended early' : 'uncertain';
  if (reason === 'complete' || rules.sendsRepeated) return 'new';
  if (reason !== 'end') return 'uncertain';
  // A source that failed leaves a state, too: a retry cannot know more.
  return states.has(rows) && rules.attempt > 0 ? 'uncertain' : 'ended early';
}

/** The job holds the first rows of the slice. If its number of rows was cut off, these may be all of them. */
function twinOf(job: OwnJob, { rows: all, prefixes }: InsertSlice): Twin[] {
  const rows = rowsOf(job) ?? all;
  const prefix = prefixes.get(rows);
  return prefix !== undefined && holds(job.name, prefix) ? [{ job, rows }] : [];
}

function isSame({ job, rows }: Twin, { states }: InsertSlice, rules: InsertRules): boolean {
  const { run, state } = job.name;
  if (run === rules.run) return true;
  return rules.incremental && state !== undefined && state !== noState && states.get(rows) === state;
}

/** Belongs to an earlier run, or may: only an incremental stream continues from one run to the next. */
function isAnothers({ name }: OwnJob, { run, incremental }: InsertRules): boolean {
  return incremental && name.run !== run;
}

function isWaived({ jobId }: OwnJob, { checked }: InsertRules): boolean {
  return checked.get(jobId) === 'none';
}

function isLarger(job: OwnJob, { rows, firstRow }: Pick<InsertSlice, 'rows' | 'firstRow'>): boolean {
  return (rowsOf(job) ?? Number.POSITIVE_INFINITY) > rows && beginsWith(job.name, firstRow);
}
