/** Holds states and decides when each may be released: never before every earlier record is proven. */

import type { StateText } from '../airbyte/protocol.ts';
import { SerialQueue } from '../async.ts';
import { ConnectorError } from '../errors.ts';
import type { BatchSize } from '../model.ts';
import type { Accounts } from './accounts.ts';
import type { TextStore } from './held_states.ts';
import type { ComesAgain } from './rejects/store.ts';
import { BatchSegments } from './segments.ts';
import { type OldestHeld, oldestHeldOf, StateQueue } from './state_queue.ts';

/** The counts of a released state: records since the previous one. */
export interface StateStats {
  /** Accepted, superseded by an accepted row, or skipped by a rule. */
  readonly recordCount: number;
  readonly rejectedRecordCount: number;
}

/** A STATE as it came. */
export interface ArrivedState {
  readonly type: 'STREAM' | 'GLOBAL' | 'LEGACY';
  /** The plan of its stream; only for `STREAM`. */
  readonly planId?: number | undefined;
  readonly text: StateText;
  /** Number of its line in the input. */
  readonly line: number;
  /** When it came, in milliseconds by the caller's clock. */
  readonly at: number;
}

/** Emits a state. */
export type EmitState = (text: StateText, stats: StateStats) => Promise<void>;

interface Parts {
  /** Provide the counts of records that reached no batch. */
  readonly accounts: Accounts;
  /** Made durable before a state if something was settled since the last time. */
  readonly rejects: { flush(): Promise<void> };
  readonly emit: EmitState;
}

/**
 * Holds states: one queue per stream, or one for the whole sync with GLOBAL and LEGACY states. Every record is counted
 * exactly once: in its account if it reached no batch, or as one of its batch's `records`.
 */
export class Checkpoint<Ref extends number = number> {
  readonly #texts: TextStore<Ref>;
  readonly #parts: Parts;
  #type: ArrivedState['type'] | undefined;
  /** One per plan, until a state of all streams comes. */
  readonly #queues = new Map<number, StateQueue<Ref>>();
  #shared: StateQueue<Ref> | undefined;
  readonly #batches = new Map<number, BatchSegments>();
  /** Queues whose oldest state may be released. */
  readonly #ready = new Set<StateQueue<Ref>>();
  /** No state of all streams that comes from now on is released. */
  #sharedWithheld = false;
  #settledSinceFlush = false;
  /** Number of durable rejects of records that reached no batch. */
  #rejectedFlushed = 0;
  readonly #releases = new SerialQueue();

  constructor(texts: TextStore<Ref>, parts: Parts) {
    this.#texts = texts;
    this.#parts = parts;
  }

  /**
   * Adds a state, to be released once all records so far (of its stream, or of all streams) are proven.
   * @param open every open batch that has grown since the last such state: of the plan for `STREAM`, otherwise of all
   * plans
   * @throws ConnectorError `input_broken` if the sync's states have two types
   */
  hold(state: ArrivedState, open: readonly BatchSize[]): void {
    this.#settleType(state);
    const queue = this.#shared ?? this.#queueOf(state.planId ?? -1);
    for (const batch of open) {
      if (this.#queueOf(batch.planId) === queue) queue.attribute(this.#segmentsOf(batch), batch.records);
    }
    queue.end(state.text, state.at);
    this.#noteReady(queue);
  }

  /** A batch is closed with this number of records. States strictly inside an INSERT batch will not be released. */
  closed(batch: BatchSize): void {
    const segments = this.#segmentsOf(batch);
    this.#queueOf(batch.planId).attribute(segments, batch.records);
    segments.open = false;
  }

  /** Records of an open batch before its last state; 0: no state has come since its first record. */
  lastStateAt(batchId: number): number {
    return this.#batches.get(batchId)?.records ?? 0;
  }

  /**
   * Where to close INSERT batches so that one state, the last one, is at the end of all of them.
   * @returns the number of records that each keeps; a batch that began after that state is left out and stays open
   */
  commonEnd(batchIds: Iterable<number>): Map<number, number> {
    const ends = new Map<number, number>();
    for (const batchId of batchIds) {
      const records = this.lastStateAt(batchId);
      if (records > 0) ends.set(batchId, records);
    }
    return ends;
  }

  /** A batch, open or closed, keeps its first `records` records; the later ones become another batch's. */
  split(batchId: number, restBatchId: number, records: number): void {
    const segments = this.#batches.get(batchId);
    if (segments === undefined) return;
    const rest = segments.split(records);
    this.#batches.set(restBatchId, rest);
    this.#queueOf(segments.planId).add(rest);
  }

  /** The record counts between which {@link settle} needs the rejects of a closed batch: 0, …, all. */
  bounds(batchId: number): Float64Array {
    return this.#closedSegments(batchId).bounds();
  }

  /**
   * Every record of a closed batch is proven.
   * @param rejected for each span between two bounds, the number of rejected records; undefined: none
   */
  settle(batchId: number, rejected?: ArrayLike<number>): void {
    const segments = this.#closedSegments(batchId);
    const queue = this.#queueOf(segments.planId);
    queue.settle(segments, rejected);
    this.#batches.delete(batchId);
    this.#settledSinceFlush = true;
    this.#noteReady(queue);
  }

  /**
   * The stream failed. States that wait for the batch (without one: all that come from now on) are never released; with
   * GLOBAL and LEGACY, those of all streams. Earlier ones still are, once their records are proven.
   */
  withhold(planId: number, batchId?: number): void {
    const segments = batchId === undefined ? undefined : this.#batches.get(batchId);
    this.#queueOf(planId).withholdFrom(segments?.firstPlace ?? Number.POSITIVE_INFINITY);
  }

  /** Records of an unknown stream were lost: no GLOBAL or LEGACY state that comes from now on is released. */
  withholdShared(): void {
    this.#sharedWithheld = true;
    this.#shared?.withholdFrom(Number.POSITIVE_INFINITY);
  }

  /**
   * Emits every state that may be released, in order.
   * @returns their number; calls wait for each other
   */
  release(): Promise<number> {
    return this.#releases.run(() => this.#releaseReady());
  }

  /** What the source sends again of a stream's proven records if the sync ends now and is repeated. */
  comesAgain(planId: number): ComesAgain {
    return this.#queueOf(planId).comesAgain;
  }

  /** The oldest held state of each queue, the longest held first. Visits all held queues and batches. */
  oldestHeld(): OldestHeld[] {
    const batches = new Map<StateQueue<Ref>, [number, BatchSegments][]>();
    for (const entry of this.#batches) {
      const queue = this.#queueOf(entry[1].planId);
      const known = batches.get(queue);
      if (known) known.push(entry);
      else batches.set(queue, [entry]);
    }
    const queues = this.#shared ? [[undefined, this.#shared] as const] : this.#queues;
    const held: OldestHeld[] = [];
    for (const [planId, queue] of queues) {
      const oldest = oldestHeldOf(planId, queue, batches.get(queue) ?? []);
      if (oldest) held.push(oldest);
    }
    return held.sort((one, other) => one.since - other.since);
  }

  async #releaseReady(): Promise<number> {
    let released = 0;
    for (const queue of this.#ready) {
      for (let oldest = queue.releasable(); oldest; oldest = queue.releasable()) {
        if (this.#isFlushDue) await this.#flush();
        const { text, accepted, rejected } = oldest;
        await this.#parts.emit(this.#texts.get(text), { recordCount: accepted, rejectedRecordCount: rejected });
        queue.released();
        released += 1;
      }
      this.#ready.delete(queue);
    }
    return released;
  }

  get #isFlushDue(): boolean {
    return this.#settledSinceFlush || this.#parts.accounts.unbatched.rejected > this.#rejectedFlushed;
  }

  async #flush(): Promise<void> {
    // Before the call: what is settled while it runs needs another one.
    this.#settledSinceFlush = false;
    this.#rejectedFlushed = this.#parts.accounts.unbatched.rejected;
    try {
      await this.#parts.rejects.flush();
    } catch (error) {
      this.#settledSinceFlush = true;
      throw error;
    }
  }

  #noteReady(queue: StateQueue<Ref>): void {
    if (queue.isReady) this.#ready.add(queue);
  }

  #settleType(state: ArrivedState): void {
    if (this.#type !== undefined && this.#type !== state.type) {
      const detail = `a state of type ${state.type} after states of type ${this.#type}`;
      throw new ConnectorError('input_broken', { line: state.line, detail });
    }
    if (this.#type === undefined && state.type !== 'STREAM') this.#shareQueue();
    this.#type = state.type;
  }

  /** Until the first state each plan has its own queue; from now on all share one. */
  #shareQueue(): void {
    const shared = new StateQueue(this.#texts, this.#parts.accounts.unbatched);
    shared.withheld = this.#sharedWithheld;
    for (const { current, withheld } of this.#queues.values()) {
      shared.current.accepted += current.accepted;
      shared.current.rejected += current.rejected;
      if (withheld) shared.withheld = true;
    }
    for (const segments of this.#batches.values()) {
      segments.moveTo(shared.nextPlace);
      shared.add(segments);
    }
    this.#queues.clear();
    this.#shared = shared;
  }

  #queueOf(planId: number): StateQueue<Ref> {
    if (this.#shared) return this.#shared;
    const known = this.#queues.get(planId);
    if (known) return known;
    const queue = new StateQueue(this.#texts, this.#parts.accounts.of({ id: planId }).unbatched);
    this.#queues.set(planId, queue);
    return queue;
  }

  #segmentsOf(batch: BatchSize): BatchSegments {
    const known = this.#batches.get(batch.batchId);
    if (known) return known;
    const segments = new BatchSegments(batch.planId, batch.insert);
    this.#batches.set(batch.batchId, segments);
    return segments;
  }

  #closedSegments(batchId: number): BatchSegments {
    const segments = this.#batches.get(batchId);
    if (segments === undefined || segments.open) {
      throw new ConnectorError('bug', { detail: `batch ${batchId} is settled and was never cut` });
    }
    return segments;
  }
}
