/** Which states are held, and when each may be released: never before every record that came before it is proven. */

import type { StateText } from '../airbyte/protocol.ts';
import { SerialQueue } from '../async.ts';
import { ConnectorError } from '../errors.ts';
import type { BatchSize } from '../model.ts';
import type { Accounts } from './accounts.ts';
import type { TextStore } from './held_states.ts';
import { BatchSegments } from './segments.ts';
import { type OldestHeld, oldestHeldOf, StateQueue } from './state_queue.ts';

/** What a released state tells of the records since the one before it. */
export interface StateStats {
  /** Accepted, superseded by an accepted row, or skipped by rule. */
  readonly recordCount: number;
  readonly rejectedRecordCount: number;
}

/** A STATE as it came. */
export interface ArrivedState {
  readonly type: 'STREAM' | 'GLOBAL' | 'LEGACY';
  /** The plan of its stream; for `STREAM` alone. */
  readonly planId?: number | undefined;
  readonly text: StateText;
  /** Number of its line in the input. */
  readonly line: number;
  /** When it came, in milliseconds by the caller's clock. */
  readonly at: number;
}

/** Hands a state over. */
export type EmitState = (text: StateText, stats: StateStats) => Promise<void>;

interface Parts {
  /** Records that came to no batch are read from them. */
  readonly accounts: Accounts;
  /** Made durable before a state when something was settled since they were last. */
  readonly rejects: { flush(): Promise<void> };
  readonly emit: EmitState;
}

/**
 * Holds states. For one stream's states there is a queue each; GLOBAL and LEGACY states have one for the whole sync.
 * Every record is known to it exactly once: as one that came to no batch by its account, or as one of its batch's `records`.
 */
export class Checkpoint<Ref extends number = number> {
  readonly #texts: TextStore<Ref>;
  readonly #parts: Parts;
  #type: ArrivedState['type'] | undefined;
  /** One for each plan, until a state says that there is one for all. */
  readonly #queues = new Map<number, StateQueue<Ref>>();
  #shared: StateQueue<Ref> | undefined;
  readonly #batches = new Map<number, BatchSegments>();
  /** Queues whose head may go. */
  readonly #ready = new Set<StateQueue<Ref>>();
  /** No state of all streams that comes from now on is released. */
  #sharedWithheld = false;
  #settledSinceFlush = false;
  /** Records rejected before they came to a batch, as many as were made durable. */
  #rejectedFlushed = 0;
  readonly #releases = new SerialQueue();

  constructor(texts: TextStore<Ref>, parts: Parts) {
    this.#texts = texts;
    this.#parts = parts;
  }

  /**
   * Takes a state. It is releasable once all records so far (of its stream, or of all streams) are proven.
   * @param open every open batch that has grown since the last such state: of the plan for `STREAM`, else of all plans
   * @throws ConnectorError `input_broken` when the sync's states are of two types
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

  /** A batch is closed with so many records. Of an INSERT batch, the states strictly inside will not be released. */
  closed(batch: BatchSize): void {
    const segments = this.#segmentsOf(batch);
    this.#queueOf(batch.planId).attribute(segments, batch.records);
    segments.open = false;
  }

  /** Records of an open batch that came before its last state; 0: no state has come since its first record. */
  lastStateAt(batchId: number): number {
    return this.#batches.get(batchId)?.records ?? 0;
  }

  /**
   * Where to cut INSERT batches so that one state, the last one, lies at the end of all of them.
   * @returns the records that each keeps; a batch that began after that state is left out and stays open
   */
  commonEnd(batchIds: Iterable<number>): Map<number, number> {
    const ends = new Map<number, number>();
    for (const batchId of batchIds) {
      const records = this.lastStateAt(batchId);
      if (records > 0) ends.set(batchId, records);
    }
    return ends;
  }

  /** A batch, open or closed, keeps its first `records` records, and the later ones are another batch's. */
  split(batchId: number, restBatchId: number, records: number): void {
    const segments = this.#batches.get(batchId);
    if (segments === undefined) return;
    const rest = segments.split(records);
    this.#batches.set(restBatchId, rest);
    this.#queueOf(segments.planId).add(rest);
  }

  /** Record counts between which {@link settle} wants to know the rejects of a closed batch: 0, …, all. */
  bounds(batchId: number): Float64Array {
    return this.#closedSegments(batchId).bounds();
  }

  /**
   * Every record of a closed batch is proven.
   * @param rejected for each span between two bounds, how many were rejected; undefined: none was
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
   * The stream failed. States that wait for the batch (without one: all that come from now on) are never released;
   * with GLOBAL and LEGACY, of all streams. Earlier ones still are, once their records are proven.
   */
  withhold(planId: number, batchId?: number): void {
    const segments = batchId === undefined ? undefined : this.#batches.get(batchId);
    this.#queueOf(planId).withholdFrom(segments?.firstPlace ?? Number.POSITIVE_INFINITY);
  }

  /** Records were lost whose stream nobody knows: no GLOBAL or LEGACY state that comes from now on is released. */
  withholdShared(): void {
    this.#sharedWithheld = true;
    this.#shared?.withholdFrom(Number.POSITIVE_INFINITY);
  }

  /** Emits every state that may go, in order. @returns how many; calls wait for each other */
  release(): Promise<number> {
    return this.#releases.run(() => this.#releaseReady());
  }

  /** The oldest held state of each queue, the longest held first. Goes through all held queues and batches. */
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
        queue.removeOldest();
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
    // Before the call: what is settled while it runs needs the next one.
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

  /** Until the first state, each plan counts for itself; now all count together. */
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
