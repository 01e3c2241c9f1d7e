/** A batch has its outcome: rejects are told and kept, counts judged, and only then its records count as proven. */
import { ConnectorError } from '../errors.ts';
import type { Batch, Outcome, Plan } from '../model.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Rejects } from './rejects/rejects.ts';
import { type Tallies, unsettled } from './tally.ts';

interface Options {
  readonly checkpoint: Checkpoint;
  readonly rejects: Rejects;
  readonly tallies: Tallies;
  /** `rejected_rows.fail_above_percent`. */
  readonly failAbovePercent: number;
}

/** Settles batches. */
export class Settlement {
  readonly #options: Options;
  /** Records that the connector refused itself, by plan, and those of them that lacked a key. */
  readonly #refused = new Map<Plan, { records: number; keyless: number }>();
  /** For each batch how many of them came before it was cut: later ones say nothing about its job. */
  readonly #refusedBefore = new Map<number, number>();
  /** Batches of several files of which not all are proven: how many are not, and the rejected records of the others. */
  readonly #partly = new Map<number, { readonly left: number; readonly counts: Float64Array | undefined }>();
  /** Batches that are not proven yet: how many records were rejected in each span. */
  readonly #unproven = new Map<number, Float64Array | undefined>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** The connector refused a record. @param lacksKey a key field had no value */
  refused(plan: Plan, lacksKey = false): void {
    this.#countRefused(plan, 1, Number(lacksKey));
    this.#options.tallies.of(plan.id).rejected += 1;
  }

  /** The plans of which the connector refused records. */
  get plansRefused(): Iterable<Plan> {
    return this.#refused.keys();
  }

  /** A batch is on its way. */
  closed({ id, plan }: Batch): void {
    this.#refusedBefore.set(id, this.#refusedOf(plan));
  }

  /** An earlier job holds the first rows of a batch: it became two. */
  split(first: Batch, rest: Batch): void {
    this.#refusedBefore.set(rest.id, this.#refusedBefore.get(first.id) ?? 0);
    this.#options.tallies.of(rest.plan.id).files += 1;
  }

  /** Whether so many records were rejected that the stream fails, whatever becomes of the rest. @param records received so far */
  judgeRefused(plan: Plan, records: number): ConnectorError | undefined {
    if (this.#refusedOf(plan) === 0) return undefined;
    const tally = this.#options.tallies.of(plan.id);
    const { accepted, rejected, skipped } = tally;
    // Rows that wait may yet be accepted.
    const waiting = unsettled(tally, records);
    const keyless = this.#refused.get(plan)?.keyless ?? 0;
    return this.#verdict(plan, { rows: records - skipped, rejected, accepted: accepted + waiting, keyless });
  }

  /**
   * Reports and judges an outcome; its records count as proven at once, or else with {@link prove}.
   * @throws ConnectorError of the stream: too many rejects, or some that nobody can name; its states are then withheld
   */
  async settle(batch: Batch, outcome: Outcome): Promise<void> {
    await this.#report(batch, outcome);
    this.#judge(batch);
    await batch.remove();
    if (!outcome.proven) await this.prove(batch);
  }

  /**
   * The same for a batch of which nothing is sent: no job says how the others of its stream fare.
   * @param records received of the stream so far
   */
  async settleUnsent(batch: Batch, outcome: Outcome, records: number): Promise<void> {
    await this.#report(batch, outcome);
    const error = this.judgeRefused(batch.plan, records);
    if (error) throw error;
    await batch.remove();
    await this.prove(batch);
  }

  /** Nothing can undo the batch any more: its records count as proven. */
  async prove({ id, partOf }: Batch): Promise<void> {
    const { checkpoint } = this.#options;
    const { batchId, files } = partOf ?? { batchId: id, files: 1 };
    const known = this.#partly.get(batchId) ?? { left: files, counts: undefined };
    const counts = added(known.counts, this.#unproven.get(id));
    this.#unproven.delete(id);
    if (known.left > 1) {
      this.#partly.set(batchId, { left: known.left - 1, counts });
      return;
    }
    this.#partly.delete(batchId);
    checkpoint.settle(batchId, counts);
    await checkpoint.release();
  }

  /** Reports rejects and counts all records of the batch, of which none is proven yet. */
  async #report(batch: Batch, outcome: Outcome): Promise<void> {
    const { rejects } = this.#options;
    const { plan } = batch;
    const { jobId, unidentified, fileName, requestId } = outcome;
    const rejected = outcome.rejected.length + unidentified;
    if (jobId !== undefined && unidentified > 0 && !rejects.keepsBatches) {
      const details = { job: jobId, object: plan.object, refused: rejected, unnamed: unidentified };
      throw new ConnectorError('rejects_unnamed', details, { stream: plan.stream, requestId }).ofFile(fileName);
    }
    await rejects.reportBatch(batch, outcome);
    const counts = rejected > 0 ? await this.#rejectedRecords(batch, outcome) : undefined;
    const records = sum(counts ?? []);
    this.#tally(batch, rejected, records);
    if (jobId === undefined && records > 0) this.#countRefused(plan, records, 0);
    this.#unproven.set(batch.id, counts);
  }

  #countRefused(plan: Plan, records: number, keyless: number): void {
    const known = this.#refused.get(plan) ?? { records: 0, keyless: 0 };
    known.records += records;
    known.keyless += keyless;
    this.#refused.set(plan, known);
  }

  /** For each span between two bounds, how many records were rejected. */
  async #rejectedRecords(batch: Batch, outcome: Outcome): Promise<Float64Array> {
    const bounds = this.#options.checkpoint.bounds(batch.partOf?.batchId ?? batch.id);
    const rows = Uint32Array.from(outcome.rejected, ({ row }) => row);
    const named = rows.length > 0 ? await batch.countRecords(rows, bounds) : new Float64Array(bounds.length - 1);
    if (outcome.unidentified === 0) return named;
    const sizes = bounds.subarray(1).map((bound, span) => bound - (bounds[span] as number));
    const all = Uint32Array.from({ length: batch.rows }, (_, row) => row);
    return spread(named, outcome.unidentified, batch.partOf ? await batch.countRecords(all, bounds) : sizes);
  }

  #tally(batch: Batch, rejectedRows: number, rejectedRecords: number): void {
    const tally = this.#options.tallies.of(batch.plan.id);
    tally.rejected += rejectedRecords;
    tally.accepted += batch.rows - rejectedRows;
    tally.superseded += batch.records - batch.deletions - batch.rows - (rejectedRecords - rejectedRows);
  }

  #judge({ id, plan }: Batch): void {
    const { accepted, superseded, rejected } = this.#options.tallies.of(plan.id);
    const later = this.#refusedOf(plan) - (this.#refusedBefore.get(id) ?? 0);
    this.#refusedBefore.delete(id);
    const known = accepted + superseded + rejected - later;
    const error = this.#verdict(plan, { rows: known, rejected: rejected - later, accepted, keyless: 0 });
    if (error) throw error;
  }

  #verdict(plan: Plan, share: Omit<RejectShare, 'failAbovePercent'>): ConnectorError | undefined {
    const { failAbovePercent } = this.#options;
    const fault = rejectsFault({ ...share, failAbovePercent });
    if (fault === undefined) return undefined;
    const { rejected, rows } = share;
    return new ConnectorError(
      'too_many_rejects',
      { rejected, rows, stream: plan.label, fault },
      { stream: plan.stream },
    );
  }

  #refusedOf(plan: Plan): number {
    return this.#refused.get(plan)?.records ?? 0;
  }
}

/** Adds up what was counted of two files of one batch. */
function added(one: Float64Array | undefined, other: Float64Array | undefined): Float64Array | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.map((count, span) => count + (other[span] as number));
}

/**
 * Rejected rows that nobody names lie anywhere in the file: they are counted where there is room, from its end.
 * @param sizes how many of the file's records lie in each span
 */
function spread(counts: Float64Array, unidentified: number, sizes: Float64Array): Float64Array {
  let left = unidentified;
  for (let span = counts.length - 1; left > 0 && span >= 0; span--) {
    const known = counts[span] ?? 0;
    const room = (sizes[span] ?? 0) - known;
    counts[span] = known + Math.min(left, room);
    left -= Math.min(left, room);
  }
  return counts;
}

function sum(counts: Iterable<number>): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}

/** What became of the records of one stream so far; those that a rule skipped count for nothing. */
export interface RejectShare {
  readonly rows: number;
  readonly rejected: number;
  /** Rows that Gainsight accepted, or may yet accept. */
  readonly accepted: number;
  /** Those of `rejected` that lacked a key. */
  readonly keyless: number;
  /** `rejected_rows.fail_above_percent`; 0: none may be rejected; 100: any share is allowed. */
  readonly failAbovePercent: number;
}

// A small sample proves no share.
const fewestForShare = 50;
const fewestWithoutAny = 5;
// One row without a key is a bad row; where there is no other, the mapping is bad.
const fewestKeyless = 2;

/** Why the stream fails; undefined: it does not. */
export function rejectsFault(share: RejectShare): string | undefined {
  const { rows, rejected, accepted, keyless, failAbovePercent } = share;
  if (keyless >= fewestKeyless && keyless >= rows) return 'every one lacks a value for a key field';
  if (rejected >= fewestWithoutAny && accepted === 0) return 'none was accepted';
  if (failAbovePercent === 0 && rejected > 0) return 'none may be';
  const isTooLarge = rejected >= fewestForShare && rejected * 100 > failAbovePercent * rows;
  return failAbovePercent < 100 && isTooLarge ? `the limit is ${failAbovePercent} %` : undefined;
}
