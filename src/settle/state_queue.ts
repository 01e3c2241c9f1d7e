/** The states of one stream, or of the whole sync, in their order of arrival. */
import type { StateText } from '../airbyte/protocol.ts';
import { type BatchSegments, emptyInterval, type Interval } from './segments.ts';

/** Keeps texts out of memory. */
export interface TextStore<Ref> {
  put(text: StateText): Ref;
  get(ref: Ref): StateText;
  /** Frees the text; called once for each. */
  drop(ref: Ref): void;
}

/** A state that has come and has not been released. */
export interface HeldState<Ref> {
  readonly text: Ref;
  /** When it came, by the caller's clock. */
  readonly at: number;
  /** What lies between the state before it and itself. */
  readonly interval: Interval;
  /** It lies inside an INSERT file, so it is not released but stood for by the next. */
  inside: boolean;
}

/** States are numbered by place: 0 is the first that came, also after it was released. */
export class StateQueue<Ref> {
  /** What lies after the last state. */
  current: Interval = emptyInterval();
  /** No state that comes from now on is ever released. */
  withheld = false;
  readonly #texts: TextStore<Ref>;
  #held: HeldState<Ref>[] = [];
  /** Position in `#held` of the first that is still held. */
  #start = 0;
  /** Place of the first of `#held`. */
  #firstPlace = 0;
  /** Counts all states, also those that were withheld. */
  #nextPlace = 0;

  constructor(texts: TextStore<Ref>) {
    this.#texts = texts;
  }

  get length(): number {
    return this.#held.length - this.#start;
  }

  /** One more than the place of the youngest held state. */
  get endPlace(): number {
    return this.#firstPlace + this.#held.length;
  }

  get oldest(): HeldState<Ref> | undefined {
    return this.#held[this.#start];
  }

  /** Ends the current interval with a state. */
  end(text: StateText, at: number): void {
    const interval = this.current;
    interval.endedBy = this.#nextPlace;
    this.#nextPlace += 1;
    this.current = emptyInterval();
    if (!this.withheld) this.#held.push({ text: this.#texts.put(text), at, interval, inside: false });
  }

  /** Place of the oldest held state that is not inside a file; `endPlace` if there is none. */
  firstOutside(): number {
    const found = this.#held.findIndex((state, index) => index >= this.#start && !state.inside);
    return found < 0 ? this.endPlace : this.#firstPlace + found;
  }

  /** Marks the states of the places `[from, upTo)` as inside a file. */
  markInside(from: number, upTo: number): void {
    const start = Math.max(this.#start, from - this.#firstPlace);
    const end = Math.min(this.#held.length, upTo - this.#firstPlace);
    for (let index = start; index < end; index++) (this.#held[index] as HeldState<Ref>).inside = true;
  }

  /** Lets the states from `place` on go, unreleased, and all that will come. */
  withholdFrom(place: number): void {
    this.withheld = true;
    const gone = this.#held.splice(Math.max(this.#start, place - this.#firstPlace));
    for (const { text } of gone) this.#texts.drop(text);
  }

  /** The oldest state, if all records before it are proven. States inside a file are folded into the next on the way. */
  releasable(): HeldState<Ref> | undefined {
    for (let oldest = this.oldest; oldest?.interval.unsettled === 0; oldest = this.oldest) {
      if (!oldest.inside) return oldest;
      const next = this.#held[this.#start + 1];
      if (next === undefined) return undefined;
      next.interval.accepted += oldest.interval.accepted;
      next.interval.rejected += oldest.interval.rejected;
      this.removeOldest();
    }
    return undefined;
  }

  /** Forgets the oldest state. */
  removeOldest(): void {
    const oldest = this.oldest;
    if (oldest === undefined) return;
    this.#texts.drop(oldest.text);
    this.#start += 1;
    // Not at each step: shift() moves all that follow.
    if (this.#start < 1000 && this.#start < this.#held.length) return;
    this.#held = this.#held.slice(this.#start);
    this.#firstPlace += this.#start;
    this.#start = 0;
  }
}

/** The oldest state of a stream (or of the sync) and what it waits for. */
export interface OldestHeld {
  /** Undefined for GLOBAL and LEGACY. */
  readonly planId: number | undefined;
  /** How many states are held, this one included. */
  readonly states: number;
  /** When it came, as it was told to `hold`. */
  readonly since: number;
  /**
   * Plans whose open batch must be cut to let a state go: whole, or at its last state if it is an INSERT. Empty where
   * no cut would help.
   */
  readonly needs: readonly number[];
  /** Ids of the batches that are cut already and must settle. */
  readonly closed: readonly number[];
}

/** The head of one queue. @param batches the unsettled batches of its plans, by id */
export function oldestHeldOf(
  planId: number | undefined,
  queue: StateQueue<unknown>,
  batches: readonly (readonly [number, BatchSegments])[],
): OldestHeld | undefined {
  if (queue.oldest === undefined) return undefined;
  const target = firstThatCanGo(queue.firstOutside(), batches);
  const waitedFor = batches.filter(([, { firstState }]) => firstState !== undefined && firstState <= target);
  const helps = target < queue.endPlace;
  return {
    planId,
    states: queue.length,
    since: queue.oldest.at,
    needs: helps ? waitedFor.filter(([, { open }]) => open).map(([, batch]) => batch.planId) : [],
    closed: waitedFor.filter(([, { open }]) => !open).map(([batchId]) => batchId),
  };
}

/** A state inside an INSERT batch goes only with the one at the batch's end, which may lie inside another one. */
function firstThatCanGo(place: number, batches: readonly (readonly [number, BatchSegments])[]): number {
  let target = place;
  for (let before = -1; before !== target; ) {
    before = target;
    for (const [, { insert, firstState, lastState }] of batches) {
      const end = lastState ?? Number.POSITIVE_INFINITY;
      if (insert && firstState !== undefined && firstState <= target && target < end) target = end;
    }
  }
  return target;
}
