/** The error for an INSERT with unknown rows: how it is reported, and how the user answers it. */
import { ConnectorError } from '../errors.ts';
import type { LoadedAnswer, Plan } from '../model.ts';

/** What is uncertain. */
export interface Doubt {
  readonly file: string;
  readonly words: string;
  /** The job that will stay listed; without one later syncs cannot know of it. */
  readonly jobId?: string | undefined;
  /** Gainsight's id of the uncertain answer. */
  readonly requestId?: string | undefined;
}

/** For a listed job the error contains the lines with which the user answers; until then it stays uncertain. */
export function insertUncertain(plan: Plan, { file, words, jobId, requestId }: Doubt): ConnectorError {
  const { object, stream } = plan;
  const answer = answerTo(plan, jobId);
  return new ConnectorError('insert_uncertain', { file, object, words, answer }, { stream, requestId });
}

function lineOf(job: string, loaded: LoadedAnswer): string {
  return `"checked_jobs": ${JSON.stringify([{ job, loaded }])}`;
}

function answerTo({ incremental, label }: Plan, jobId: string | undefined): string {
  if (jobId === undefined)
    return 'If none is there, start the sync again; if some are, first delete them in Gainsight or move the cursor of the connection past them';
  if (!incremental)
    return 'If the next sync begins the full refresh again, it adds all rows again: first delete those that are there. If it continues after these rows, as a source may that resumes a full refresh from its state, leave them there';
  return `Then add to the entry of ${label} in "Streams" what you saw: ${lineOf(jobId, 'all')} if all are there, or ${lineOf(jobId, 'none')} if none is; if some are, delete them first. Until then the stream stops whenever it comes to these rows`;
}
