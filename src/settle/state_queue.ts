/** The states of one stream, or of the whole sync, in order of arrival. */
import type { StateText } from '../airbyte/protocol.ts';
import { type HeldState, HeldStates, type TextStore } from './held_states.ts';
import { PackedNumbers, type PackedReader } from './packed_numbers.ts';
import type { ComesAgain } from './rejects/store.ts';
import type { BatchSegments, SettledSegment } from './segments.ts';

/** Counts of the records between one state and the next of the same queue. */
export interface Counts {
  /** Accepted, superseded by an accepted row, or skipped by a rule. */
  accepted: number;
  rejected: number;
}

/** States at the positions `[from, upTo)`. */
interface Places {
  readonly from: number;
  upTo: number;
}

// Of most queues, of which there may be thousands.
const noCounts: Readonly<Counts> = { accepted: 0, rejected: 0 };
const noPlaces: readonly Places[] = [];

/** States are numbered by position: 0 is the first that came, even after it was released. */
export class StateQueue<Ref extends number = number> {
  /** Counts of the batches' records after the last state, as far as they are proven. */
  readonly current: Counts = { accepted: 0, rejected: 0 };
  /** No state that comes from now on is ever released. */
  withheld = false;
  readonly #texts: TextStore<Ref>;
  /** Counts of records so far that reached no batch. */
  readonly #unbatched: Readonly<Counts>;
  /** Those before the last state. */
  #takenAccepted = 0;
  #takenRejected = 0;
  readonly #held: HeldStates<Ref>;
  /** Position of the oldest held state. */
  #firstPlace = 0;
  #hasReleased = false;
  /** Counts all states, including withheld ones. */
  #nextPlace = 0;
  /** Batches with records before a state that are not settled. */
  readonly #unsettled = new Set<BatchSegments>();
  /** The first position of any of them. */
  #limit = Number.POSITIVE_INFINITY;
  /** Counts that settled batches add to held states; created with the first. */
  #settled: SettledCounts | undefined;
  /** States inside an INSERT file: not released, but covered by the next one; ascending, without overlap. */
  #inside: readonly Places[] = noPlaces;
  /** The counts of the oldest state, with those of the states that it covers; undefined until requested. */
  #oldestCounts: Counts | undefined;
  /** Counts of the states that the oldest one covers. */
  #carried: Readonly<Counts> = noCounts;

  /** @param unbatched counts of records so far that reached no batch; the caller updates them */
  constructor(texts: TextStore<Ref>, unbatched: Readonly<Counts>) {
    this.#texts = texts;
    this.#unbatched = unbatched;
    this.#held = new HeldStates(texts);
  }

  get length(): number {
    return this.#held.length;
  }

  /** One more than the position of the newest held state. */
  get endPlace(): number {
    return this.#firstPlace + this.#held.length;
  }

  /** Position of the next state to come. */
  get nextPlace(): number {
    return this.#nextPlace;
  }

  get oldest(): HeldState<Ref> | undefined {
    return this.#held.first;
  }

  /** Whether all records before the oldest state are proven. */
  get isReady(): boolean {
    return this.#held.length > 0 && this.#firstPlace < this.#limit;
  }

  /** Attributes a batch's records up to `records` to the next state to come. */
  attribute(segments: BatchSegments, records: number): void {
    segments.attribute(this.#nextPlace, records);
    this.add(segments);
  }

  /** Adds a batch of which some records are attributed already. */
  add(segments: BatchSegments): void {
    if (segments.isEmpty) return;
    this.#unsettled.add(segments);
    this.#limit = Math.min(this.#limit, segments.firstPlace);
  }

  /** Ends the records after the last state with a new state. */
  end(text: StateText, at: number): void {
    const accepted = this.current.accepted + this.#unbatched.accepted - this.#takenAccepted;
    const rejected = this.current.rejected + this.#unbatched.rejected - this.#takenRejected;
    this.#takenAccepted = this.#unbatched.accepted;
    this.#takenRejected = this.#unbatched.rejected;
    if (!this.withheld) {
      if (this.#held.length === 0) this.#firstPlace = this.#nextPlace;
      this.#held.push({ text: this.#texts.put(text), at, accepted, rejected });
    }
    this.#nextPlace += 1;
    this.current.accepted = 0;
    this.current.rejected = 0;
  }

  /** Every record of the batch is accepted or rejected. */
  settle(segments: BatchSegments, rejected: ArrayLike<number> | undefined): void {
    this.#addCounts(segments.settled(rejected));
    this.#unsettled.delete(segments);
    if (segments.firstPlace === this.#limit) {
      this.#limit = Number.POSITIVE_INFINITY;
      for (const { firstPlace } of this.#unsettled) this.#limit = Math.min(this.#limit, firstPlace);
    }
    if (segments.insert) this.#markInside(segments.firstPlace, segments.lastPlace);
  }

  /** Position of the oldest held state that is not inside a file; `endPlace` if there is none. */
  firstOutside(): number {
    let place = this.#firstPlace;
    for (const { from, upTo } of this.#inside) if (from <= place && place < upTo) place = upTo;
    return Math.min(place, this.endPlace);
  }

  /** Drops the states from `place`, unreleased, and all that will come. */
  withholdFrom(place: number): void {
    this.withheld = true;
    this.#held.truncate(Math.max(0, place - this.#firstPlace));
  }

  /**
   * The oldest state with its counts, if all records before it are proven. States inside a file are merged into the
   * next one.
   */
  releasable(): (Counts & { readonly text: Ref }) | undefined {
    for (let oldest = this.oldest; oldest && this.isReady; oldest = this.oldest) {
      this.#oldestCounts ??= this.#countsOf(oldest);
      const counts = this.#oldestCounts;
      if (!this.#isInside(this.#firstPlace)) return { text: oldest.text, ...counts };
      if (this.#held.length === 1) return undefined;
      this.#removeOldest();
      this.#carried = counts;
    }
    return undefined;
  }

  /** The oldest state was released. */
  released(): void {
    this.#hasReleased = true;
    this.#removeOldest();
  }

  /** What the source sends again of the records that are proven, if it continues at the last released state. */
  get comesAgain(): ComesAgain {
    if (!this.#hasReleased) return 'all';
    const after = this.current.accepted + this.current.rejected;
    const { accepted, rejected } = this.#unbatched;
    const isCovered = after === 0 && accepted === this.#takenAccepted && rejected === this.#takenRejected;
    return isCovered && !this.withheld && this.#held.length === 0 ? 'none' : 'some';
  }

  #removeOldest(): void {
    this.#held.shift();
    this.#firstPlace += 1;
    this.#oldestCounts = undefined;
    this.#carried = noCounts;
    while (this.#inside[0] && this.#inside[0].upTo <= this.#firstPlace) this.#inside = this.#inside.slice(1);
  }

  #countsOf({ accepted, rejected }: HeldState<Ref>): Counts {
    const later = this.#settled?.take(this.#firstPlace) ?? noCounts;
    return {
      accepted: this.#carried.accepted + accepted + later.accepted,
      rejected: this.#carried.rejected + rejected + later.rejected,
    };
  }

  /** Counts for a state that has come are kept until it is the oldest; counts for a withheld one are dropped. */
  #addCounts(segments: Iterable<SettledSegment>): void {
    const endPlace = this.endPlace;
    this.#settled ??= new SettledCounts();
    const held = this.#settled.writer();
    for (const segment of segments) {
      if (segment.place < endPlace) held.add(segment);
      else if (segment.place >= this.#nextPlace) {
        this.current.accepted += segment.accepted;
        this.current.rejected += segment.rejected;
      }
    }
    held.end();
  }

  #isInside(place: number): boolean {
    return this.#inside.some(({ from, upTo }) => from <= place && place < upTo);
  }

  /** Marks the states at the positions `[from, upTo)` as inside a file. */
  #markInside(from: number, upTo: number): void {
    if (!(from < upTo)) return;
    const merged: Places[] = [];
    for (const places of [...this.#inside, { from, upTo }].sort((one, other) => one.from - other.from)) {
      const last = merged.at(-1);
      if (last && places.from <= last.upTo) last.upTo = Math.max(last.upTo, places.upTo);
      else merged.push({ ...places });
    }
    this.#inside = merged;
  }
}

/** The counts of one settled batch, in order of positions. */
interface Waiting {
  readonly reader: PackedReader;
  left: number;
  place: number;
}

/** Counts that settled batches add to states that have come: read as the states become the oldest. */
class SettledCounts {
  /** By the position at which each has its next counts. */
  readonly #waiting = new Map<number, Waiting[]>();

  /** Adds one batch's counts. */
  writer(): { add(segment: SettledSegment): void; end(): void } {
    const numbers = new PackedNumbers();
    let place = 0;
    return {
      add: (segment) => {
        numbers.push(segment.place - place);
        numbers.push(segment.accepted);
        numbers.push(segment.rejected);
        place = segment.place;
      },
      end: () => this.#wait({ reader: numbers.reader(), left: numbers.length / 3, place: 0 }),
    };
  }

  /** The counts for the state at `place`; to be called for ascending positions. */
  take(place: number): Counts {
    const counts = { accepted: 0, rejected: 0 };
    for (const waiting of this.#waiting.get(place) ?? []) {
      counts.accepted += waiting.reader.next();
      counts.rejected += waiting.reader.next();
      waiting.left -= 1;
      this.#wait(waiting);
    }
    this.#waiting.delete(place);
    return counts;
  }

  #wait(waiting: Waiting): void {
    if (waiting.left === 0) return;
    waiting.place += waiting.reader.next();
    const known = this.#waiting.get(waiting.place);
    if (known) known.push(waiting);
    else this.#waiting.set(waiting.place, [waiting]);
  }
}

/** The oldest state of a stream (or of the sync) and what it waits for. */
export interface OldestHeld {
  /** Undefined for GLOBAL and LEGACY. */
  readonly planId: number | undefined;
  /** Number of held states, including this one. */
  readonly states: number;
  /** When it came, as passed to `hold`. */
  readonly since: number;
  /**
   * Plans whose open batch must be closed to release a state: completely, or at its last state if it is an INSERT.
   * Empty if closing would not help.
   */
  readonly needs: readonly number[];
  /** Ids of the batches that are closed already and must settle. */
  readonly closed: readonly number[];
}

/**
 * The oldest state of one queue.
 * @param batches the unsettled batches of its plans, by id
 */
export function oldestHeldOf(
  planId: number | undefined,
  queue: StateQueue,
  batches: readonly (readonly [number, BatchSegments])[],
): OldestHeld | undefined {
  if (queue.oldest === undefined) return undefined;
  const come = batches.filter(([, { firstPlace }]) => firstPlace < queue.nextPlace);
  const target = firstThatCanGo(queue, come);
  const waitedFor = come.filter(([, { firstPlace }]) => firstPlace <= target);
  const helps = target < queue.endPlace;
  return {
    planId,
    states: queue.length,
    since: queue.oldest.at,
    needs: helps ? waitedFor.filter(([, { open }]) => open).map(([, batch]) => batch.planId) : [],
    closed: waitedFor.filter(([, { open }]) => !open).map(([batchId]) => batchId),
  };
}

/**
 * A state inside an INSERT batch is released only with the one at the batch's end, which may be inside another batch.
 */
function firstThatCanGo(queue: StateQueue, batches: readonly (readonly [number, BatchSegments])[]): number {
  let target = queue.firstOutside();
  for (let before = -1; before !== target; ) {
    before = target;
    for (const [, { insert, firstPlace, lastPlace }] of batches) {
      const end = lastPlace < queue.nextPlace ? lastPlace : Number.POSITIVE_INFINITY;
      if (insert && firstPlace <= target && target < end) target = end;
    }
  }
  return target;
}
