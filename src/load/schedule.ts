/**
 * Decides which batch is next: one at a time per object, in order per stream, parents first, every stream once before
 * any twice.
 */

import { Condition, onAbort } from '../async.ts';
import { Stopped } from '../errors.ts';
import type { Batch, Plan } from '../model.ts';

interface Waiting {
  readonly batch: Batch;
  /** Position among all closed batches. */
  readonly order: number;
}

interface Stream {
  readonly plan: Plan;
  readonly queue: Waiting[];
  /** Number of jobs that were started. */
  started: number;
  running: Batch | undefined;
  /** No more batches will come. */
  ended: boolean;
  /** It ended with a state or COMPLETE after its last row. */
  proven: boolean;
  /** It failed, or a parent did: its batches are not sent. */
  stopped: boolean;
  /** Aborted when its batches may no longer be started; created with its first job, as there may be thousands of streams. */
  stop: AbortController | undefined;
}

/** The batches of all streams, from closing to outcome. Every change resolves {@link changed}: callers never have to notify. */
export class Schedule {
  /** By the ids of their plans, which are small: a map would take more memory. */
  readonly #streams: (Stream | undefined)[] = [];
  readonly #byObject = new Map<string, Stream[]>();
  readonly #children = new Map<number, number[]>();
  /** Streams with waiting batches. */
  readonly #waiting = new Set<Stream>();
  readonly #busy = new Set<string>();
  readonly #changes = new Condition();
  /** Aborted when no further batch may start. */
  readonly #halt = new AbortController();
  /** Ends everything at once. */
  readonly #signal: AbortSignal | undefined;
  #batches = 0;
  #lifted = false;
  #isFull = false;
  #isClosed = false;
  /** A stream was stopped: without that, each record need not ask for its own. */
  #hasStopped = false;
  /** Plans stopped since {@link takeStopped} was called. */
  #stopped: number[] = [];

  /** @param signal aborted: no further batch starts, and running ones are withdrawn */
  constructor(plans: readonly Plan[], signal?: AbortSignal) {
    this.#signal = signal;
    onAbort(signal, () => {
      this.#withdrawAll(signal?.reason);
      this.#changes.notify();
    });
    for (const plan of plans) {
      this.#streams[plan.id] = {
        ...{ plan, queue: [], started: 0, running: undefined },
        ...{ ended: false, proven: false, stopped: false, stop: undefined },
      };
      const object = sameObject(plan.object);
      this.#byObject.set(object, [...(this.#byObject.get(object) ?? []), this.#of(plan.id)]);
      for (const parent of plan.parents) this.#children.set(parent, [...(this.#children.get(parent) ?? []), plan.id]);
    }
  }

  /** Resolves at the next change: a batch came, started or ended, a stream ended or was stopped, the input ended. */
  changed(signal?: AbortSignal): Promise<void> {
    return this.#changes.wait(signal);
  }

  /**
   * Yields each batch when its turn comes; its object is busy until {@link done}. Ends when nothing runs and nothing
   * more can start: after {@link close}, {@link halt} or the end of all.
   */
  async *turns(): AsyncGenerator<Batch> {
    for (;;) {
      for (let batch = this.#nextAllowed(); batch; batch = this.#nextAllowed()) yield batch;
      if (this.#busy.size === 0 && (this.#isClosed || this.#isOver)) return;
      await this.#changes.wait();
    }
  }

  /** A batch was closed: it waits for its turn. */
  add(batch: Batch): void {
    const stream = this.#of(batch.plan.id);
    stream.queue.push({ batch, order: this.#batches++ });
    this.#waiting.add(stream);
    this.#changes.notify();
  }

  /** The rest of a batch whose first rows an earlier job holds: it comes before all others of its stream. */
  addFirst(batch: Batch): void {
    const stream = this.#of(batch.plan.id);
    stream.queue.unshift({ batch, order: -1 });
    this.#waiting.add(stream);
    this.#changes.notify();
  }

  /** The next batch whose object is free and whose parents have ended; the object is busy from now on. */
  next(): Batch | undefined {
    const free = [...this.#waiting].filter(
      (stream) => this.isFree(stream.plan.object) && this.parentsDone(stream.plan.id),
    );
    const stream = best(free);
    const batch = stream?.queue.shift()?.batch;
    if (!stream || !batch) return undefined;
    if (stream.queue.length === 0) this.#waiting.delete(stream);
    stream.started += 1;
    stream.running = batch;
    this.#busy.add(sameObject(stream.plan.object));
    return batch;
  }

  /** The batch has its outcome, or failed: its object is free. No effect for a batch that no longer runs. */
  done(batch: Batch): void {
    const stream = this.#of(batch.plan.id);
    if (stream.running !== batch) return;
    stream.running = undefined;
    this.#busy.delete(sameObject(batch.plan.object));
    this.#changes.notify();
  }

  /**
   * The stream gets no more batches.
   * @param isProven a state or COMPLETE follows its last row
   */
  end(planId: number, isProven = true): void {
    const stream = this.#of(planId);
    stream.ended = true;
    stream.proven = isProven;
    this.#changes.notify();
  }

  /** No stream gets more batches: {@link turns} ends with the existing ones. */
  close(): void {
    this.#isClosed = true;
    this.#changes.notify();
  }

  /** No further batch starts, and those of which nothing was sent are withdrawn; running jobs continue. */
  halt(): void {
    this.#halt.abort(new Stopped());
    this.#withdrawAll(new Stopped());
    this.#changes.notify();
  }

  /** Aborted by {@link halt}. */
  get halted(): AbortSignal {
    return this.#halt.signal;
  }

  /** Aborted when a batch of the plan may no longer be started. */
  withdrawn(planId: number): AbortSignal {
    const stream = this.#of(planId);
    // Not AbortSignal.any: with thousands of streams its tables would take more memory than their files.
    stream.stop ??= new AbortController();
    if (stream.stopped || this.#halt.signal.aborted) stream.stop.abort(new Stopped());
    else if (this.#signal?.aborted) stream.stop.abort(this.#signal.reason);
    return stream.stop.signal;
  }

  #withdrawAll(reason: unknown): void {
    for (const stream of this.#streams) stream?.stop?.abort(reason);
  }

  /** Whether more batches of the stream may come, and if not, whether a state or COMPLETE follows its last row. */
  endOf(planId: number): 'open' | 'proven' | 'unproven' {
    const { ended, proven } = this.#of(planId);
    if (!ended) return 'open';
    return proven ? 'proven' : 'unproven';
  }

  /** There is no room for more rows, and nothing else would make any: waiting for more batches would be in vain. */
  fill(): void {
    this.#isFull = true;
    this.#changes.notify();
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /**
   * The stream failed: it and all that load after it send nothing more, and their waiting files are removed.
   * @returns the plans stopped by this, the stream's first
   */
  stop(planId: number): Plan[] {
    const plans: Plan[] = [];
    const left = [planId];
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const stream = this.#of(id);
      if (stream.stopped) continue;
      stream.stopped = this.#hasStopped = true;
      stream.stop?.abort(new Stopped());
      plans.push(stream.plan);
      // A file that cannot be removed now is removed with the spool.
      for (const { batch } of stream.queue.splice(0)) void batch.remove().catch(() => undefined);
      this.#waiting.delete(stream);
      left.push(...(this.#children.get(id) ?? []));
    }
    this.#stopped.push(...plans.map(({ id }) => id));
    this.#changes.notify();
    return plans;
  }

  /** The plans stopped since the last call. */
  takeStopped(): number[] {
    if (this.#stopped.length === 0) return this.#stopped;
    const stopped = this.#stopped;
    this.#stopped = [];
    return stopped;
  }

  /** All that load after these, directly or indirectly; one of these too if it loads after another of them. */
  childrenOf(planIds: Iterable<number>): Plan[] {
    const found = new Set<number>();
    const add = (id: number) => {
      for (const child of this.#children.get(id) ?? []) found.add(child);
    };
    for (const id of planIds) add(id);
    // A set's iterator also visits what is added on the way.
    for (const id of found) add(id);
    return [...found].map((id) => this.#of(id).plan);
  }

  /** From now on no stream waits for its parents: there is no room for its rows. */
  lift(): void {
    this.#lifted = true;
    this.#changes.notify();
  }

  /** Number of jobs of the stream that were started: for fairness between streams. */
  started(planId: number): number {
    return this.#of(planId).started;
  }

  /** No job runs on the object. */
  isFree(object: string): boolean {
    return !this.#busy.has(sameObject(object));
  }

  /** All that the stream loads after is loaded. */
  parentsDone(planId: number): boolean {
    return this.unfinishedParents(planId).length === 0;
  }

  /** Every row of the stream has its outcome, and no more will come. */
  isDone(planId: number): boolean {
    const { ended, running, queue } = this.#of(planId);
    return ended && running === undefined && queue.length === 0;
  }

  /** Whether the stream was stopped. */
  isStopped(planId: number): boolean {
    return this.#hasStopped && this.#of(planId).stopped;
  }

  /** Number of waiting files, without running ones. */
  get waiting(): number {
    return [...this.#waiting].reduce((sum, { queue }) => sum + queue.length, 0);
  }

  /** Files that run or need only their object and quota, and files that wait for a parent. */
  get moving(): { onTheWay: number; awaitingParents: number } {
    const blocked = [...this.#waiting].filter(({ plan }) => !this.parentsDone(plan.id));
    const awaitingParents = blocked.reduce((sum, { queue }) => sum + queue.length, 0);
    return { onTheWay: this.waiting - awaitingParents + this.#busy.size, awaitingParents };
  }

  /** Plans with a waiting file. */
  get waitingPlans(): number[] {
    return [...this.#waiting].map(({ plan }) => plan.id);
  }

  /** `load_after` was lifted. */
  get isLifted(): boolean {
    return this.#lifted;
  }

  /** The parents of a stream that have not ended. */
  unfinishedParents(planId: number): number[] {
    return this.#lifted ? [] : this.#of(planId).plan.parents.filter((parent) => !this.isDone(parent));
  }

  /** The waiting batches of one object in the order in which they would be started, and whether no more will come. */
  following(object: string): { batches: Batch[]; complete: boolean } {
    const all = this.#byObject.get(sameObject(object)) ?? [];
    const complete = all.every(({ ended, stopped }) => ended || stopped);
    const copies = all.filter(({ stopped }) => !stopped).map((stream) => ({ ...stream, queue: [...stream.queue] }));
    const batches: Batch[] = [];
    for (;;) {
      const stream = best(copies.filter(({ plan }) => this.#parentsGone(plan, copies))) ?? (complete && best(copies));
      const next = stream ? stream.queue.shift() : undefined;
      if (!stream || !next) return { batches, complete };
      stream.started += 1;
      batches.push(next.batch);
    }
  }

  #nextAllowed(): Batch | undefined {
    return this.#isOver ? undefined : this.next();
  }

  get #isOver(): boolean {
    return this.#halt.signal.aborted || this.#signal?.aborted === true;
  }

  /** Whether the parents have ended once those on the same object have sent what they have. */
  #parentsGone({ parents }: Plan, onObject: readonly Stream[]): boolean {
    if (this.#lifted) return true;
    return parents.every((id) => {
      const parent = onObject.find(({ plan }) => plan.id === id);
      return parent ? parent.ended && parent.queue.length === 0 : this.isDone(id);
    });
  }

  #of(planId: number): Stream {
    const stream = this.#streams[planId];
    if (!stream) throw new Error(`no plan ${planId}`);
    return stream;
  }
}

/** Every stream with rows gets one job before any gets a second; then the batch that was closed first. */
function best(streams: readonly Stream[]): Stream | undefined {
  const order = (stream: Stream) => stream.queue[0]?.order ?? 0;
  return streams
    .filter(({ queue }) => queue.length > 0)
    .reduce<Stream | undefined>((first, stream) => {
      const difference = first && (stream.started - first.started || order(stream) - order(first));
      return difference === undefined || difference < 0 ? stream : first;
    }, undefined);
}

/** The same for names that differ only by case: Gainsight takes them for one object. */
function sameObject(object: string): string {
  return object.toLowerCase();
}
