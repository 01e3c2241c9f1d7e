/** Which batch goes next: one at a time an object, in order per stream, parents first, every stream once before any twice. */

import { Condition } from '../async.ts';
import type { Batch, Plan } from '../model.ts';

interface Waiting {
  readonly batch: Batch;
  /** Counts cuts over all streams. */
  readonly order: number;
}

interface Stream {
  readonly plan: Plan;
  readonly queue: Waiting[];
  /** Jobs that were begun. */
  started: number;
  running: Batch | undefined;
  /** No more batches will come. */
  ended: boolean;
  /** It ended with a state or COMPLETE behind its last row. */
  proven: boolean;
  /** It failed, or a parent did: its batches are not sent. */
  stopped: boolean;
}

/** The waiting batches of all streams. Nothing waits here for time; the caller asks again when something changed. */
export class Schedule {
  readonly #streams: Map<number, Stream>;
  readonly #byObject = new Map<string, Stream[]>();
  readonly #children = new Map<number, number[]>();
  /** Streams with waiting batches. */
  readonly #waiting = new Set<Stream>();
  readonly #busy = new Set<string>();
  readonly #changes = new Condition();
  #batches = 0;
  #lifted = false;
  #isFull = false;

  constructor(plans: readonly Plan[]) {
    this.#streams = new Map(
      plans.map((plan) => [
        plan.id,
        { plan, queue: [], started: 0, running: undefined, ended: false, proven: false, stopped: false },
      ]),
    );
    for (const plan of plans) {
      this.#byObject.set(plan.object, [...(this.#byObject.get(plan.object) ?? []), this.#of(plan.id)]);
      for (const parent of plan.parents) this.#children.set(parent, [...(this.#children.get(parent) ?? []), plan.id]);
    }
  }

  /** Something changed: a batch came or went, the input ended. Whoever waits for that looks again. */
  notify(): void {
    this.#changes.notify();
  }

  /** Resolves at the next change. */
  changed(signal?: AbortSignal): Promise<void> {
    return this.#changes.wait(signal);
  }

  /** A batch was cut. */
  add(batch: Batch): void {
    const stream = this.#of(batch.plan.id);
    stream.queue.push({ batch, order: this.#batches++ });
    this.#waiting.add(stream);
  }

  /** The rest of a batch whose first rows an earlier job holds: it goes before all others of its stream. */
  addFirst(batch: Batch): void {
    const stream = this.#of(batch.plan.id);
    stream.queue.unshift({ batch, order: -1 });
    this.#waiting.add(stream);
  }

  /** The next batch whose lane is free and whose parents are done; its lane is busy from now on. */
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
    this.#busy.add(stream.plan.object);
    return batch;
  }

  /** The batch has its outcome, or failed: the lane is free. */
  done(batch: Batch): void {
    this.#of(batch.plan.id).running = undefined;
    this.#busy.delete(batch.plan.object);
  }

  /** The stream gets no more batches. @param isProven a state or COMPLETE stands behind its last row */
  end(planId: number, isProven = true): void {
    const stream = this.#of(planId);
    stream.ended = true;
    stream.proven = isProven;
  }

  /** Whether more batches of the stream may come, and if not, whether the source vouches for its last row. */
  endOf(planId: number): 'open' | 'proven' | 'unproven' {
    const { ended, proven } = this.#of(planId);
    if (!ended) return 'open';
    return proven ? 'proven' : 'unproven';
  }

  /** There is no room for more rows, and nothing else would make any: whoever waits for more batches waits in vain. */
  fill(): void {
    this.#isFull = true;
    this.notify();
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** The stream failed: it and all that load after it send no more. @returns the plans stopped by this, itself first, and their batches */
  stop(planId: number): { plans: Plan[]; batches: Batch[] } {
    const plans: Plan[] = [];
    const batches: Batch[] = [];
    const left = [planId];
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const stream = this.#of(id);
      if (stream.stopped) continue;
      stream.stopped = true;
      plans.push(stream.plan);
      batches.push(...stream.queue.splice(0).map(({ batch }) => batch));
      this.#waiting.delete(stream);
      left.push(...(this.#children.get(id) ?? []));
    }
    return { plans, batches };
  }

  /** From now on no stream waits for its parents: there is no room for its rows. */
  lift(): void {
    this.#lifted = true;
  }

  /** Jobs of the stream that were begun: for fairness between streams. */
  started(planId: number): number {
    return this.#of(planId).started;
  }

  /** No job runs on the object. */
  isFree(object: string): boolean {
    return !this.#busy.has(object);
  }

  /** All that the stream loads after is loaded. */
  parentsDone(planId: number): boolean {
    return this.unfinishedParents(planId).length === 0;
  }

  /** Every row of the stream has its outcome, and no more come. */
  isDone(planId: number): boolean {
    const { ended, running, queue } = this.#of(planId);
    return ended && running === undefined && queue.length === 0;
  }

  /** Whether the stream was stopped. */
  isStopped(planId: number): boolean {
    return this.#of(planId).stopped;
  }

  /** Files that wait, those running left out. */
  get waiting(): number {
    return [...this.#waiting].reduce((sum, { queue }) => sum + queue.length, 0);
  }

  /** Files that are on their way or need nothing but their lane and quota, and those that wait for a parent. */
  get moving(): { onTheWay: number; awaitingParents: number } {
    const blocked = [...this.#waiting].filter(({ plan }) => !this.parentsDone(plan.id));
    const awaitingParents = blocked.reduce((sum, { queue }) => sum + queue.length, 0);
    return { onTheWay: this.waiting - awaitingParents + this.#busy.size, awaitingParents };
  }

  /** Plans with a file that waits. */
  get waitingPlans(): number[] {
    return [...this.#waiting].map(({ plan }) => plan.id);
  }

  /** `load_after` was lifted. */
  get isLifted(): boolean {
    return this.#lifted;
  }

  /** The parents of a stream that are not done. */
  unfinishedParents(planId: number): number[] {
    return this.#lifted ? [] : this.#of(planId).plan.parents.filter((parent) => !this.isDone(parent));
  }

  /** The waiting batches of one object in the order in which they would go, and whether that is all there will be. */
  following(object: string): { batches: Batch[]; complete: boolean } {
    const all = this.#byObject.get(object) ?? [];
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

  /** Whether the parents are done once those on the same object have sent what they have. */
  #parentsGone({ parents }: Plan, onObject: readonly Stream[]): boolean {
    if (this.#lifted) return true;
    return parents.every((id) => {
      const parent = onObject.find(({ plan }) => plan.id === id);
      return parent ? parent.ended && parent.queue.length === 0 : this.isDone(id);
    });
  }

  #of(planId: number): Stream {
    const stream = this.#streams.get(planId);
    if (!stream) throw new Error(`no plan ${planId}`);
    return stream;
  }
}

/** Every stream with rows gets one job before any gets a second; then the batch that was cut first. */
function best(streams: readonly Stream[]): Stream | undefined {
  const order = (stream: Stream) => stream.queue[0]?.order ?? 0;
  return streams
    .filter(({ queue }) => queue.length > 0)
    .reduce<Stream | undefined>((first, stream) => {
      const difference = first && (stream.started - first.started || order(stream) - order(first));
      return difference === undefined || difference < 0 ? stream : first;
    }, undefined);
}
