/** What a person reads about one job of the tenant: only what the tenant or the name of its file shows. */

import { formatCount, formatDuration, formatTime } from '../format.ts';
import type { BulkJob } from '../gainsight/contract.ts';
import { isUnfinished } from '../load/bulk/adopt.ts';
import { type GivenName, parseFileName } from '../load/bulk/file_name.ts';
import { readJobDate } from '../load/bulk/job_dates.ts';
import type { ListedJob } from '../report/jobs_page.ts';

/** The facts about one job. Undefined is what nobody shows; nothing is inferred from other numbers. */
export interface JobFacts {
  readonly job: BulkJob;
  /** The parts of the file's name, if it is one of this connector. */
  readonly name: GivenName | undefined;
  /** Whether this connector submitted it; undefined if the tenant returns no name. */
  readonly isOwn: boolean | undefined;
  readonly isUnfinished: boolean;
  /** Rows of its file. */
  readonly rows: number | undefined;
  readonly accepted: number | undefined;
  readonly rejected: number | undefined;
  /** Milliseconds from its creation to its end; undefined while it runs. */
  readonly tookMs: number | undefined;
}

/** Collects the facts about a job. */
export function factsOf(job: BulkJob): JobFacts {
  const name = parseFileName(job.fileName);
  const runs = isUnfinished(job);
  return {
    job,
    name,
    isOwn: job.fileName === undefined ? undefined : name !== undefined,
    isUnfinished: runs,
    // While it runs, a tenant may not have counted them yet.
    rows: name?.rows ?? (runs ? job.totalRecords || undefined : job.totalRecords),
    accepted: countOf(job.successCount),
    rejected: countOf(job.failureCount),
    tookMs: runs ? undefined : tookMs(job),
  };
}

/** Undefined for what is no count. */
function countOf(value: number | undefined): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? value : undefined;
}

function tookMs({ createdDate, completedDate }: BulkJob): number | undefined {
  const [from, to] = [readJobDate(createdDate), readJobDate(completedDate)];
  if (from.kind === 'none' || to.kind !== from.kind || to.at < from.at) return undefined;
  return to.at - from.at;
}

/** Stands for what is not known. */
export const unknown = '?';
/** Stands for what there cannot be, such as the run of a job of another client. */
const none = '-';

/** A number, or the sign for an unknown one. */
export function countText(count: number | undefined): string {
  return count === undefined ? unknown : formatCount(count);
}

/** When a job was created: in UTC, or as the tenant writes it if its time zone is not known. */
export function createdText({ createdDate }: BulkJob): string {
  const date = readJobDate(createdDate);
  if (date.kind === 'moment') return formatTime(date.at);
  return createdDate ?? unknown;
}

/** `12 s`, or a sign for a job that runs or whose dates do not show it. */
export function tookText({ isUnfinished, tookMs }: JobFacts): string {
  if (isUnfinished) return none;
  return tookMs === undefined ? unknown : formatDuration(tookMs);
}

/** Whose job it is. */
export function ownerText({ isOwn }: JobFacts): string {
  if (isOwn === undefined) return unknown;
  return isOwn ? 'connector' : 'other';
}

/** Run, attempt and stream as the file's name shows them. */
export function originTexts({ name, isOwn }: JobFacts): readonly [run: string, attempt: string, stream: string] {
  if (!name) return isOwn === undefined ? [unknown, unknown, unknown] : [none, none, none];
  const attempt = name.attempt === undefined ? unknown : `${name.attempt}`;
  return [name.run ?? unknown, attempt, name.stream ?? unknown];
}

/** The facts as members of a JSON document; null for what is not known. */
export function factValues({ job, name, isOwn, rows, accepted, rejected, tookMs }: JobFacts): ListedJob {
  const { jobId = null, objectName = null, status = null, processedRecords = null, fileName = null } = job;
  const date = readJobDate(job.createdDate);
  return {
    ...{ job: jobId, own: isOwn ?? null, run: name?.run ?? null, attempt: name?.attempt ?? null },
    ...{ connection: name?.token ?? null, stream: name?.stream ?? null, object: objectName, status },
    ...{ rows: rows ?? null, processed: processedRecords, accepted: accepted ?? null, rejected: rejected ?? null },
    created: date.kind === 'moment' ? new Date(date.at).toISOString() : null,
    created_as_written: job.createdDate ?? null,
    ...{ seconds: tookMs === undefined ? null : tookMs / 1000, file: fileName },
  };
}

/** The command that shows why rows of a job were rejected, to be pasted into a shell. */
export function errorsCommand(jobId: string, configPath: string): string {
  return `destination-gainsight errors ${shellWord(jobId)} --config ${shellWord(configPath)}`;
}

/** A word of a shell's command line: job ids and paths may contain anything. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,][\w./:@%+=,-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
