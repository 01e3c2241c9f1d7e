/** The open batches: takes rows in, and carries out the cuts that `batching.ts` decides. */
import type { Batch, BatchSize, CloseReason, Plan } from '../model.ts';
import type { OpenBatch } from '../spool/open_batch.ts';
import type { Spool } from '../spool/spool.ts';
import { beforeAppend, type Caps, insertEndsAt } from './close_policy.ts';

/** Where the states lie among the records: what decides where INSERT batches end. */
export interface StatePositions {
  lastStateAt(batchId: number): number;
  commonEnd(batchIds: Iterable<number>): Map<number, number>;
  split(batchId: number, restBatchId: number, records: number): void;
  closed(batch: BatchSize): void;
}

/** What tells a row apart from others; valid until the next row is encoded. */
export interface RowKey {
  readonly keyDigest: Buffer;
  /** Of plans with `latestBy`: four numbers that are compared one after the other. */
  readonly version?: Uint32Array | undefined;
}

/** A row, encoded; valid until the next one is. */
export interface EncodedRow extends RowKey {
  readonly bytes: Buffer;
  /** Its line feed included. */
  readonly length: number;
}

/** Beyond so many deletions, and a tenth of the entries of a batch, they are taken out of it: each takes a little room. */
const mostDeletions = 65_536;

interface Options {
  readonly spool: Spool;
  readonly caps: Caps;
  readonly states: StatePositions;
  /** Takes each closed batch. */
  readonly send: (batch: Batch) => Promise<void>;
  /** The plan with the columns that a file has which is closed now; absent: all. */
  readonly filePlan?: (plan: Plan) => Plan;
  /** How many of an INSERT batch's first rows an earlier job holds: 0 none, Infinity perhaps more than there are yet. */
  readonly sentBefore: (batch: OpenBatch) => Promise<number>;
}

/** One open batch a plan. */
export class Batcher {
  readonly #options: Options;
  readonly #open = new Map<number, OpenBatch>();
  /** Plans whose batch has grown since the last state of all streams. */
  readonly #grown = new Set<number>();
  /** States are one for all streams: then INSERT batches are cut together. */
  sharedStates = false;

  constructor(options: Options) {
    this.#options = options;
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
   * @returns undefined when that was all; else a promise, as a cut must come first: `rejected` if no file can hold the row
   */
  append(plan: Plan, row: EncodedRow, header: Buffer): undefined | Promise<'appended' | 'rejected'> {
    const batch = this.#open.get(plan.id);
    if (!batch || beforeAppend(batch, row.length, this.#options.caps).do !== 'append')
      return this.#appendAfter(plan, row, header);
    this.#add(batch, row);
    return undefined;
  }

  /**
   * A deletion: rows of its key leave the plan's open batch, and the deletion is one of the batch's records.
   * @returns false: no rows of the plan are waiting
   */
  delete(plan: Plan, { keyDigest, version }: RowKey): boolean {
    const batch = this.#open.get(plan.id);
    if (!batch?.hasKeys) return false;
    batch.delete(keyDigest, version);
    this.#grown.add(plan.id);
    return true;
  }

  /** Takes deletions out of the plan's batch where there are many. @returns undefined: there are not */
  compactDeletions(planId: number): undefined | Promise<void> {
    const batch = this.#open.get(planId);
    const deletions = batch?.waitingDeletions ?? 0;
    if (deletions < mostDeletions || deletions * 10 < (batch?.rows ?? 0)) return undefined;
    return batch?.compact();
  }

  /** The sizes of the batches that a state of all streams comes behind: those that have grown since the last one. */
  takeGrown(): BatchSize[] {
    const sizes = [...this.#grown].flatMap((planId) => this.sizeOf(planId) ?? []);
    this.#grown.clear();
    return sizes;
  }

  /** The size of the plan's open batch. */
  sizeOf(planId: number): BatchSize | undefined {
    const batch = this.#open.get(planId);
    return batch && sizeOf(batch);
  }

  /** Cuts a plan's batch; an INSERT batch at the last state that it holds, and where states are shared, with its companions. */
  async close(planId: number, reason: CloseReason): Promise<void> {
    const batch = this.#open.get(planId);
    if (!batch) return;
    if (!isInsert(batch)) return this.#closeAt(batch, batch.records, reason);
    const { states } = this.#options;
    const lastStateAt = states.lastStateAt(batch.id);
    if (!this.sharedStates || lastStateAt === 0)
      return this.#closeInsert(batch, insertEndsAt(batch.records, lastStateAt), reason);
    const inserts = [...this.#open.values()].filter(isInsert);
    const ends = states.commonEnd(inserts.map(({ id }) => id));
    for (const each of inserts) {
      const records = ends.get(each.id);
      if (records !== undefined) await this.#closeInsert(each, records, each === batch ? reason : 'companion');
    }
  }

  /**
   * Takes out of a batch what came after its last state; where rows have keys, as far as none of them has superseded an
   * earlier one. @returns how many records that were
   */
  async dropTail(planId: number): Promise<number> {
    const batch = this.#open.get(planId);
    if (!batch) return 0;
    const { states } = this.#options;
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

  /** A state has come behind these batches. @param digest of it, asked for only where it matters */
  markState(open: readonly BatchSize[], digest: () => string | undefined): void {
    const inserts = open.filter(({ insert }) => insert);
    const found = inserts.length > 0 ? digest() : undefined;
    if (found === undefined) return;
    for (const { planId } of inserts) this.#open.get(planId)?.markState(found);
  }

  /** Throws a plan's open batch away: its stream failed. */
  async drop(planId: number): Promise<void> {
    const batch = this.#open.get(planId);
    this.#open.delete(planId);
    await batch?.remove();
  }

  async #appendAfter(plan: Plan, row: EncodedRow, header: Buffer): Promise<'appended' | 'rejected'> {
    const { spool, caps } = this.#options;
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

  /** Where rows were sent before, a batch ends where that file does, though states may come behind other rows now. */
  async #closeInsert(batch: OpenBatch, records: number, reason: CloseReason): Promise<void> {
    const isRest = (reason === 'end' || reason === 'complete') && records === batch.records;
    const sentBefore = isRest ? 0 : await this.#options.sentBefore(batch);
    // It need not end here, and the file that was sent may end further on.
    if (reason === 'companion' && sentBefore === Number.POSITIVE_INFINITY) return;
    if (sentBefore > 0 && sentBefore <= batch.records) return this.#closeAt(batch, sentBefore, 'adopted');
    return this.#closeAt(batch, records, reason);
  }

  async #closeAt(batch: OpenBatch, records: number, reason: CloseReason): Promise<void> {
    const { states, send, filePlan } = this.#options;
    this.#open.delete(batch.plan.id);
    if (records < batch.records) {
      const rest = await batch.splitAt(records);
      states.split(batch.id, rest.id, records);
      this.#open.set(batch.plan.id, rest);
    }
    states.closed(sizeOf(batch));
    for (const file of await batch.closeFiles(reason, filePlan)) await send(file);
  }
}

function isInsert(batch: OpenBatch): boolean {
  return batch.plan.operation === 'INSERT';
}

function sizeOf(batch: OpenBatch): BatchSize {
  return { planId: batch.plan.id, batchId: batch.id, records: batch.records, insert: isInsert(batch) };
}
