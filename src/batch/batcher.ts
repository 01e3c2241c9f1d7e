/** The open batches: adds rows, and closes batches as `close_policy.ts` decides. */
import type { EarlierJobs } from '../load/route.ts';
import type { Batch, BatchSize, CloseReason, Plan } from '../model.ts';
import type { OpenBatch } from '../spool/open_batch.ts';
import type { EncodedRows } from '../spool/row_file.ts';
import type { Spool } from '../spool/spool.ts';
import { beforeAppend, type Caps, capsOf, insertEndsAt } from './close_policy.ts';

/** Positions of states among the records, which decide where INSERT batches end. */
export interface StatePositions {
  lastStateAt(batchId: number): number;
  commonEnd(batchIds: Iterable<number>): Map<number, number>;
  split(batchId: number, restBatchId: number, records: number): void;
  closed(batch: BatchSize): void;
}

/** What identifies a row; valid until the next row is encoded. */
export interface RowKey {
  readonly keyDigest: Buffer;
  /** For plans with `latestBy`: four numbers, compared one after the other. */
  readonly version?: Uint32Array | undefined;
}

/** An encoded row; valid until the next one. */
export interface EncodedRow extends RowKey {
  readonly bytes: Buffer;
  /** Its line feed included. */
  readonly length: number;
}

/**
 * If a batch has more deletions than this, and more than a tenth of its entries, it is compacted: each takes some
 * memory.
 */
const mostDeletions = 65_536;

/** Receives each closed batch. */
export interface ClosedBatches {
  closed(batch: Batch): Promise<void>;
}

interface Parts {
  readonly spool: Spool;
  readonly caps: Caps;
  readonly states: StatePositions;
  readonly batches: ClosedBatches;
  /** Returns the plan with the columns of a file that is closed now. */
  readonly columns: { filePlan(plan: Plan): Plan };
  readonly earlierJobs: Pick<EarlierJobs, 'sentBefore'>;
}

/** One open batch per plan. */
export class Batcher {
  readonly #parts: Parts;
  readonly #open = new Map<number, OpenBatch>();
  /** Plans whose batch has grown since the last state of all streams. */
  readonly #grown = new Set<number>();
  /** States cover all streams: INSERT batches are then closed together. */
  #sharesStates = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Every open batch; none is empty. */
  get open(): Iterable<OpenBatch> {
    return this.#open.values();
  }

  /** The plan's open batch. */
  batchOf(planId: number): OpenBatch | undefined {
    return this.#open.get(planId);
  }

  /**
   * Adds a row to its plan's batch.
   * @returns undefined if the row was simply added; otherwise a promise, as a batch must be compacted or closed first:
   * `rejected` if no file can hold the row
   */
  append(plan: Plan, row: EncodedRow, header: Buffer): undefined | Promise<'appended' | 'rejected'> {
    const batch = this.#open.get(plan.id);
    if (!batch || beforeAppend(batch, row.length, capsOf(plan, this.#parts.caps)).do !== 'append')
      return this.#appendAfter(plan, row, header);
    this.#add(batch, row);
    return undefined;
  }

  /**
   * Adds rows to their plan's batch, if no limit is reached.
   * @returns false: nothing was added, and {@link append} has to decide row by row
   */
  appendRows(plan: Plan, rows: EncodedRows): boolean {
    const caps = capsOf(plan, this.#parts.caps);
    const batch = this.#open.get(plan.id);
    const bytes = rows.stop - rows.start;
    if (!batch || batch.bytes + bytes > caps.maxBytes || batch.rows + rows.count > caps.maxRows) return false;
    batch.appendRows(rows);
    this.#grown.add(plan.id);
    return true;
  }

  /**
   * Adds a deletion: rows of its key leave the plan's open batch, and the deletion is one of the batch's records.
   * @returns false: no rows of the plan are waiting
   */
  delete(plan: Plan, { keyDigest, version }: RowKey): boolean {
    const batch = this.#open.get(plan.id);
    if (!batch?.hasKeys) return false;
    batch.delete(keyDigest, version);
    this.#grown.add(plan.id);
    return true;
  }

  /**
   * Removes deletions from the plan's batch if there are many.
   * @returns undefined: there are few
   */
  compactDeletions(planId: number): undefined | Promise<void> {
    const batch = this.#open.get(planId);
    const deletions = batch?.waitingDeletions ?? 0;
    if (deletions < mostDeletions || deletions * 10 < (batch?.rows ?? 0)) return undefined;
    return batch?.compact();
  }

  /**
   * A state has come, of the plan or, without one, of all streams.
   * @param digest of the state, called only if needed
   * @returns the sizes of the batches that it comes after: the plan's, or those that have grown since the last one
   */
  stateCame(plan: Plan | undefined, digest: () => string | undefined): BatchSize[] {
    this.#sharesStates = plan === undefined;
    const open = [...(plan ? [plan.id] : this.#grown)].flatMap((planId) => this.#open.get(planId) ?? []);
    if (!plan) this.#grown.clear();
    const inserts = open.filter(isInsert);
    const found = inserts.length > 0 ? digest() : undefined;
    if (found !== undefined) for (const batch of inserts) batch.markState(found);
    return open.map(sizeOf);
  }

  /** Closes a plan's batch; an INSERT batch at its last state and, with shared states, together with the others. */
  async close(planId: number, reason: CloseReason): Promise<void> {
    const batch = this.#open.get(planId);
    if (!batch) return;
    if (!isInsert(batch)) return this.#closeAt(batch, batch.records, reason);
    const { states } = this.#parts;
    const lastStateAt = states.lastStateAt(batch.id);
    if (!this.#sharesStates || lastStateAt === 0)
      return this.#closeInsert(batch, insertEndsAt(batch.records, lastStateAt), reason);
    const inserts = [...this.#open.values()].filter(isInsert);
    const ends = states.commonEnd(inserts.map(({ id }) => id));
    for (const each of inserts) {
      const records = ends.get(each.id);
      if (records !== undefined) await this.#closeInsert(each, records, each === batch ? reason : 'companion');
    }
  }

  /**
   * Drops the records of a batch after its last state; if rows have keys, only if none of them has superseded an
   * earlier one.
   * @returns number of records dropped
   */
  async dropTail(planId: number): Promise<number> {
    const batch = this.#open.get(planId);
    if (!batch) return 0;
    const { states } = this.#parts;
    const at = states.lastStateAt(batch.id);
    const rows = batch.records - at;
    if (at === 0) {
      this.#open.delete(planId);
      await batch.remove();
    } else if (batch.hasKeys) {
      return batch.cutAt(at);
    } else if (rows > 0) {
      const rest = await batch.splitAt(at);
      states.split(batch.id, rest.id, at);
      await rest.remove();
    }
    return rows;
  }

  /** Discards a plan's open batch: its stream failed. */
  async drop(planId: number): Promise<void> {
    const batch = this.#open.get(planId);
    this.#open.delete(planId);
    await batch?.remove();
  }

  async #appendAfter(plan: Plan, row: EncodedRow, header: Buffer): Promise<'appended' | 'rejected'> {
    const { spool } = this.#parts;
    const caps = capsOf(plan, this.#parts.caps);
    for (;;) {
      const batch = this.#open.get(plan.id) ?? spool.openBatch(plan, header);
      const decision = beforeAppend(batch, row.length, caps);
      if (decision.do === 'reject') {
        if (batch.records === 0) await batch.remove();
        return 'rejected';
      }
      this.#open.set(plan.id, batch);
      if (decision.do === 'append') {
        this.#add(batch, row);
        return 'appended';
      }
      if (decision.do === 'compact') await batch.compact();
      else await this.close(plan.id, decision.reason);
    }
  }

  #add(batch: OpenBatch, row: EncodedRow): void {
    batch.append(row.bytes, row.length, batch.hasKeys ? row.keyDigest : undefined, row.version);
    this.#grown.add(batch.plan.id);
  }

  /** If rows were sent before, a batch ends where that file ended, even if states now come after other rows. */
  async #closeInsert(batch: OpenBatch, records: number, reason: CloseReason): Promise<void> {
    const isRest = (reason === 'end' || reason === 'complete') && records === batch.records;
    const sentBefore = isRest ? 0 : await this.#parts.earlierJobs.sentBefore(batch);
    // The batch need not end here, and the file that was sent may end later.
    if (reason === 'companion' && sentBefore === Number.POSITIVE_INFINITY) return;
    if (sentBefore > 0 && sentBefore <= batch.records) return this.#closeAt(batch, sentBefore, 'adopted');
    return this.#closeAt(batch, records, reason);
  }

  async #closeAt(batch: OpenBatch, records: number, reason: CloseReason): Promise<void> {
    const { batches, columns, states } = this.#parts;
    this.#open.delete(batch.plan.id);
    if (records < batch.records) {
      const rest = await batch.splitAt(records);
      states.split(batch.id, rest.id, records);
      this.#open.set(batch.plan.id, rest);
    }
    states.closed(sizeOf(batch));
    for (const file of await batch.closeFiles(reason, (plan) => columns.filePlan(plan))) await batches.closed(file);
  }
}

function isInsert(batch: OpenBatch): boolean {
  return batch.plan.operation === 'INSERT';
}

function sizeOf(batch: OpenBatch): BatchSize {
  return { planId: batch.plan.id, batchId: batch.id, records: batch.records, insert: isInsert(batch) };
}
