/** Why an INSERT is not sent: an earlier job may hold its rows. */
import { ConnectorError } from '../../errors.ts';
import type { Batch } from '../../model.ts';
import type { OwnJob } from './adopt.ts';

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
