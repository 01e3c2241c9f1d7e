/**
 * Settles a batch, from its closing to its proof: rejects are logged and stored, limits checked, and only then its
 * records count as proven.
 */
import type { Config } from '../config/config.ts';
import { ConnectorError } from '../errors.ts';
import type { Schedule } from '../load/schedule.ts';
import type { Batch, Outcome, Plan, Reject } from '../model.ts';
import { type Account, type Accounts, isSent, unsettled } from './accounts.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Failures } from './failures.ts';
import type { Rejects } from './rejects/rejects.ts';
import type { Retries } from './rejects/retries.ts';
import type { Reporter } from './reporter.ts';

interface Parts {
  readonly accounts: Accounts;
  readonly checkpoint: Checkpoint;
  readonly failures: Failures;
  readonly rejects: Rejects;
  readonly reporter: Reporter;
  /** Undefined if no row is sent again. */
  readonly retries?: Pick<Retries, 'passed' | 'passedUnknown' | 'closed'> | undefined;
  readonly schedule: Schedule;
}

type Settings = Pick<Config['rejected_rows'], 'fail_above_percent'>;

/** Settles batches. */
export class Settlement {
  readonly #parts: Parts;
  readonly #settings: Settings;
  /** Batches of several files of which not all are proven: how many are not, and the rejected records of the others. */
  readonly #partly = new Map<number, { readonly left: number; readonly counts: Float64Array | undefined }>();
  /** Batches that are not proven yet: the number of rejected records in each span. */
  readonly #unproven = new Map<number, Float64Array | undefined>();

  constructor(parts: Parts, settings: Settings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  /**
   * The connector rejects a record.
   * @throws ConnectorError `rejects_unwritable`
   */
  async refuse(reject: Reject): Promise<void> {
    await this.#parts.rejects.refuse(reject);
    const { retries } = this.#parts;
    if (reject.cells) retries?.passed(reject.plan, reject.cells);
    else if (!reject.lacksKey) retries?.passedUnknown(reject.plan);
    this.#parts.accounts.refused(reject.plan, reject.lacksKey === true);
  }

  /**
   * A batch was closed and waits for its turn. One with nothing to send settles at once; one of a stopped stream is
   * removed.
   */
  async closed(batch: Batch): Promise<void> {
    const { accounts, reporter, retries, schedule } = this.#parts;
    if (schedule.isStopped(batch.plan.id)) return batch.remove();
    await retries?.closed(batch);
    if (batch.unsent) return this.#settleUnsent(batch, batch.unsent);
    accounts.closed(batch);
    reporter.closed(batch);
    schedule.add(batch);
  }

  /** An earlier job holds the first rows of a batch, which became two. */
  split(first: Batch, rest: Batch): void {
    const { accounts, checkpoint, schedule } = this.#parts;
    checkpoint.split(first.id, rest.id, first.rows);
    accounts.split(first, rest);
    schedule.addFirst(rest);
  }

  /**
   * No job reports rows we rejected ourselves, so check the reject limit before each state: too many stop their stream,
   * whatever happens to the others.
   * @param plan absent: every plan with such rows
   */
  judgeRefused(plan?: Plan): void {
    const { accounts, failures, schedule } = this.#parts;
    for (const account of plan ? [accounts.of(plan)] : accounts.withRefused) {
      const error = schedule.isStopped(account.plan.id) ? undefined : this.#refusedFault(account);
      if (error) failures.stop(account.plan, error);
    }
  }

  /**
   * Reports and checks an outcome; its records count as proven at once, or later with {@link prove}.
   * @throws ConnectorError of the stream: too many rejects, or some without a name; its states are then withheld
   */
  async settle(batch: Batch, outcome: Outcome): Promise<void> {
    this.#parts.reporter.settled(batch, outcome);
    const refusedLater = await this.#report(batch, outcome);
    this.#judge(batch.plan, refusedLater);
    await batch.remove();
    if (!outcome.proven) await this.prove(batch);
  }

  /** Nothing can undo the batch any more: its records count as proven. */
  async prove({ id, partOf }: Batch): Promise<void> {
    const { checkpoint } = this.#parts;
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

  /** There is no job that could fail, so the stream is checked here. */
  async #settleUnsent(batch: Batch, outcome: Outcome): Promise<void> {
    const { accounts, failures } = this.#parts;
    await this.#report(batch, outcome);
    const error = this.#refusedFault(accounts.of(batch.plan));
    if (error) return failures.stop(batch.plan, error);
    await batch.remove();
    await this.prove(batch);
  }

  /**
   * Reports rejects and counts all records of the batch, none of which is proven yet.
   * @returns number of records of the stream that the connector rejected since the batch was closed
   */
  async #report(batch: Batch, outcome: Outcome): Promise<number> {
    const { accounts, rejects } = this.#parts;
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
    const refusedLater = accounts.settled(batch, { rows: rejected, records });
    accounts.of(plan).doubtful += outcome.doubtful ?? 0;
    if (!isSent(outcome)) accounts.refusedInBatch(batch, records);
    accounts.called(batch, outcome.calls ?? 0);
    this.#unproven.set(batch.id, counts);
    return refusedLater;
  }

  /** For each span between two bounds, the number of rejected records. */
  async #rejectedRecords(batch: Batch, outcome: Outcome): Promise<Float64Array> {
    const bounds = this.#parts.checkpoint.bounds(batch.partOf?.batchId ?? batch.id);
    const rows = Uint32Array.from(outcome.rejected, ({ row }) => row);
    const named = rows.length > 0 ? await batch.countRecords(rows, bounds) : new Float64Array(bounds.length - 1);
    if (outcome.unidentified === 0) return named;
    const sizes = bounds.subarray(1).map((bound, span) => bound - (bounds[span] as number));
    const all = Uint32Array.from({ length: batch.rows }, (_, row) => row);
    return spread(named, outcome.unidentified, batch.partOf ? await batch.countRecords(all, bounds) : sizes);
  }

  /**
   * @param refusedLater records that the connector rejected since the batch was closed: they are unrelated to its job
   */
  #judge(plan: Plan, refusedLater: number): void {
    const { accepted, doubtful, superseded, rejected } = this.#parts.accounts.of(plan);
    const known = accepted + superseded + rejected - refusedLater;
    const certain = { rejected: rejected - refusedLater - doubtful, accepted: accepted + doubtful };
    const error = this.#verdict(plan, { rows: known, ...certain, keyless: 0 });
    if (error) throw error;
  }

  #refusedFault(account: Account): ConnectorError | undefined {
    const { plan, received, accepted, doubtful, rejected, skipped, refused, keyless } = account;
    if (refused === 0) return undefined;
    // Waiting rows may still be accepted.
    const waiting = unsettled(account);
    const certain = { rejected: rejected - doubtful, accepted: accepted + doubtful + waiting };
    return this.#verdict(plan, { rows: received - skipped, ...certain, keyless });
  }

  #verdict(plan: Plan, share: Omit<RejectShare, 'failAbovePercent'>): ConnectorError | undefined {
    const fault = rejectsFault({ ...share, failAbovePercent: this.#settings.fail_above_percent });
    if (fault === undefined) return undefined;
    const { rejected, rows } = share;
    return new ConnectorError(
      'too_many_rejects',
      { rejected, rows, stream: plan.label, fault },
      { stream: plan.stream },
    );
  }
}

/** Adds up the counts of two files of one batch. */
function added(one: Float64Array | undefined, other: Float64Array | undefined): Float64Array | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.map((count, span) => count + (other[span] as number));
}

/**
 * Rejected rows without a name may be anywhere in the file: they are counted where there is room, from its end.
 * @param sizes number of the file's records in each span
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

/** The outcomes of one stream's records so far, without those skipped by a rule. */
export interface RejectShare {
  readonly rows: number;
  readonly rejected: number;
  /** Rows that Gainsight accepted, or may still accept. */
  readonly accepted: number;
  /** Those of `rejected` that lacked a key. */
  readonly keyless: number;
  /** `rejected_rows.fail_above_percent`; 0: none may be rejected; 100: any share is allowed. */
  readonly failAbovePercent: number;
}

// A small sample proves no share.
const fewestForShare = 50;
const fewestWithoutAny = 5;
// One row without a key is a bad row; if there is no other row, the mapping is wrong.
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
