/** A batch has its outcome: rejects are told and kept, counts judged, and only then its records count as proven. */
import { ConnectorError } from '../errors.ts';
import type { Batch, Outcome } from '../model.ts';
import type { Checkpoint } from './checkpoint.ts';
import { tooManyRejects } from './reject_threshold.ts';
import type { Rejects } from './rejects.ts';
import type { Tallies } from './tally.ts';

interface Options {
  readonly checkpoint: Checkpoint<unknown>;
  readonly rejects: Rejects;
  readonly tallies: Tallies;
  /** `rejected_rows.fail_above_percent`. */
  readonly failAbovePercent: number;
}

/** Settles batches. */
export class Settlement {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** @throws ConnectorError of the stream: too many rejects, or some that nobody can name; its states are then withheld */
  async settle(batch: Batch, outcome: Outcome): Promise<void> {
    const { checkpoint, rejects } = this.#options;
    const { plan } = batch;
    const rejected = outcome.rejected.length + outcome.unidentified;
    if (outcome.unidentified > 0 && !rejects.keepsBatches) {
      const details = { job: outcome.jobId, object: plan.object, refused: rejected, unnamed: outcome.unidentified };
      throw new ConnectorError('rejects_unnamed', details, { stream: plan.stream });
    }
    await rejects.tellJob(batch, outcome);
    const bounds = checkpoint.bounds(batch.id);
    const rows = Uint32Array.from(outcome.rejected, ({ row }) => row);
    const named = rows.length > 0 ? await batch.countRecords(rows, bounds) : bounds.slice(1).map(() => 0);
    const counts = spread(named, outcome.unidentified, bounds);
    this.#tally(batch, rejected, sum(counts));
    this.#judge(batch, rejected);
    checkpoint.settle(batch.id, counts);
    await batch.remove();
    await checkpoint.release();
  }

  #tally(batch: Batch, rejectedRows: number, rejectedRecords: number): void {
    const tally = this.#options.tallies.of(batch.plan.id);
    tally.rejected += rejectedRecords;
    tally.accepted += batch.rows - rejectedRows;
    tally.superseded += batch.records - batch.rows - (rejectedRecords - rejectedRows);
  }

  #judge({ plan, rows }: Batch, jobRejected: number): void {
    const { failAbovePercent, tallies } = this.#options;
    const { accepted, superseded, rejected } = tallies.of(plan.id);
    const all = accepted + superseded + rejected;
    if (!tooManyRejects({ rows: all, rejected, jobRows: rows, jobRejected, failAbovePercent })) return;
    const details = { rejected, rows: all, stream: plan.label, percent: failAbovePercent };
    throw new ConnectorError('too_many_rejects', details, { stream: plan.stream });
  }
}

/** Rejected rows that nobody names lie anywhere in the file: they are counted where there is room, from its end. */
function spread(named: readonly number[], unidentified: number, bounds: readonly number[]): number[] {
  const counts = [...named];
  let left = unidentified;
  for (let span = counts.length - 1; span >= 0; span--) {
    const known = counts[span] ?? 0;
    const room = (bounds[span + 1] ?? 0) - (bounds[span] ?? 0) - known;
    counts[span] = known + Math.min(left, room);
    left -= Math.min(left, room);
  }
  return counts;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
