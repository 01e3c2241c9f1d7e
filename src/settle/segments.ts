/** Divides the records of a batch by the states after them: connects files, which are closed by size, with states. */
import { ConnectorError } from '../errors.ts';
import { PackedNumbers } from './packed_numbers.ts';

/** Records of one batch before the same state. */
export interface Segment {
  /** Position in its queue of the state that ends it. */
  readonly place: number;
  /** Records of the batch from its start to the end of this segment. */
  readonly upTo: number;
}

/** Counts of one batch's records before the same state. */
export interface SettledSegment {
  readonly place: number;
  readonly accepted: number;
  readonly rejected: number;
}

/** Of most batches, of which there may be thousands. */
const noNumbers = new PackedNumbers();

/** One batch's records, divided by states. A batch may span millions of states, so segments are not objects. */
export class BatchSegments {
  readonly planId: number;
  readonly insert: boolean;
  /** Rows may still be added. */
  open = true;
  /** For each segment but the last: the distance of its position from the previous one, and its number of records. */
  #packed: PackedNumbers | undefined;
  #first: number | undefined;
  #lastPlace = 0;
  #lastUpTo = 0;
  /** The segment before the last. */
  #beforePlace = 0;
  #beforeUpTo = 0;

  constructor(planId: number, insert: boolean) {
    this.planId = planId;
    this.insert = insert;
  }

  /** Records that are attributed to a state. In an open batch: those before its last state. */
  get records(): number {
    return this.#lastUpTo;
  }

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** Position of the first state after any of these records; it may not have come yet. */
  get firstPlace(): number {
    return this.#first ?? Number.POSITIVE_INFINITY;
  }

  /** Position of the first state after all of these records; it may not have come yet. */
  get lastPlace(): number {
    return this.#first === undefined ? Number.POSITIVE_INFINITY : this.#lastPlace;
  }

  /** Attributes the records from the last boundary up to `records` to the state at `place`. */
  attribute(place: number, records: number): void {
    if (records < this.records) throw wrongCount(`${records} records after ${this.records}`);
    if (records === this.records) return;
    if (this.#first === undefined) this.#first = place;
    else if (this.#lastPlace !== place) {
      this.#packed ??= new PackedNumbers();
      this.#packed.push(this.#lastPlace - this.#beforePlace);
      this.#packed.push(this.#lastUpTo - this.#beforeUpTo);
      this.#beforePlace = this.#lastPlace;
      this.#beforeUpTo = this.#lastUpTo;
    }
    this.#lastPlace = place;
    this.#lastUpTo = records;
  }

  /** Attributes all records to the state at `place`. */
  moveTo(place: number): void {
    const { records } = this;
    this.#clear();
    this.attribute(place, records);
  }

  /** Splits off the records after the first `records`, as the segments of another batch. */
  split(records: number): BatchSegments {
    const rest = new BatchSegments(this.planId, this.insert);
    rest.open = this.open;
    const kept = new BatchSegments(this.planId, this.insert);
    let from = 0;
    for (const { place, upTo } of this) {
      if (from < records) kept.attribute(place, Math.min(upTo, records));
      if (upTo > records) rest.attribute(place, upTo - records);
      from = upTo;
    }
    this.#take(kept);
    return rest;
  }

  *[Symbol.iterator](): Generator<Segment> {
    if (this.#first === undefined) return;
    const packed = this.#packed ?? noNumbers;
    const reader = packed.reader();
    let [place, upTo] = [0, 0];
    for (let at = 0; at < packed.length; at += 2) {
      place += reader.next();
      upTo += reader.next();
      yield { place, upTo };
    }
    yield { place: this.#lastPlace, upTo: this.#lastUpTo };
  }

  /** Number of segments. */
  get length(): number {
    return this.#first === undefined ? 0 : (this.#packed ?? noNumbers).length / 2 + 1;
  }

  /** The boundaries of the segments: 0, …, all attributed records. */
  bounds(): Float64Array {
    const bounds = new Float64Array(this.length + 1);
    let at = 0;
    for (const { upTo } of this) {
      at += 1;
      bounds[at] = upTo;
    }
    return bounds;
  }

  /**
   * Counts every record as accepted or rejected.
   * @param rejected one number per segment; undefined: none is rejected
   */
  *settled(rejected: ArrayLike<number> | undefined): Generator<SettledSegment> {
    this.#assertFits(rejected);
    let from = 0;
    let at = 0;
    for (const { place, upTo } of this) {
      const refused = rejected?.[at] ?? 0;
      yield { place, accepted: upTo - from - refused, rejected: refused };
      from = upTo;
      at += 1;
    }
  }

  #assertFits(rejected: ArrayLike<number> | undefined): void {
    if (rejected === undefined) return;
    if (rejected.length !== this.length) throw wrongCount(`${rejected.length} counts`);
    let from = 0;
    let at = 0;
    for (const { upTo } of this) {
      const refused = rejected[at] as number;
      if (!(refused >= 0 && refused <= upTo - from)) throw wrongCount(`${refused} of ${upTo - from} rejected`);
      from = upTo;
      at += 1;
    }
  }

  #clear(): void {
    this.#take(new BatchSegments(this.planId, this.insert));
  }

  #take(other: BatchSegments): void {
    this.#packed = other.#packed;
    this.#first = other.#first;
    this.#lastPlace = other.#lastPlace;
    this.#lastUpTo = other.#lastUpTo;
    this.#beforePlace = other.#beforePlace;
    this.#beforeUpTo = other.#beforeUpTo;
  }
}

function wrongCount(detail: string): ConnectorError {
  return new ConnectorError('bug', { detail: `the records of a batch do not add up: ${detail}` });
}
