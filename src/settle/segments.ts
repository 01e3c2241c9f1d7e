/** Which records of a batch lie between which states: the tie between files, which are cut by size, and states. */
import { ConnectorError } from '../errors.ts';

/** The records between one state and the next of the same queue. */
export interface Interval {
  /** Accepted, superseded by an accepted row, or skipped by rule. */
  accepted: number;
  rejected: number;
  /** Segments whose fate is not known yet. */
  unsettled: number;
  /** Place in its queue of the state that ends it; undefined until that state has come. */
  endedBy: number | undefined;
}

/** An interval that nothing has been counted in. */
export function emptyInterval(): Interval {
  return { accepted: 0, rejected: 0, unsettled: 0, endedBy: undefined };
}

interface Segment {
  interval: Interval;
  /** Records of the batch from its start to the end of this segment. */
  upTo: number;
}

/** One batch's records, divided by states. */
export class BatchSegments {
  readonly planId: number;
  readonly insert: boolean;
  /** Rows may still be added. */
  open = true;
  #segments: Segment[] = [];

  constructor(planId: number, insert: boolean) {
    this.planId = planId;
    this.insert = insert;
  }

  /** Records that are attributed to an interval. In an open batch: those before its last state. */
  get records(): number {
    return this.#segments.at(-1)?.upTo ?? 0;
  }

  /** Place of the first state that any of these records lies before; undefined: it has not come. */
  get firstState(): number | undefined {
    return this.#segments[0]?.interval.endedBy;
  }

  /** Place of the first state that all of these records lie before; undefined: it has not come. */
  get lastState(): number | undefined {
    return this.#segments.at(-1)?.interval.endedBy;
  }

  /** Attributes the records from the last boundary up to `records` to `interval`. */
  attribute(interval: Interval, records: number): void {
    if (records < this.records) throw wrongCount(`${records} records after ${this.records}`);
    if (records === this.records) return;
    const last = this.#segments.at(-1);
    if (last?.interval === interval) {
      last.upTo = records;
      return;
    }
    interval.unsettled += 1;
    this.#segments.push({ interval, upTo: records });
  }

  /** Moves all records to `interval`. */
  moveTo(interval: Interval): void {
    const records = this.records;
    for (const segment of this.#segments) segment.interval.unsettled -= 1;
    this.#segments = [];
    this.attribute(interval, records);
  }

  /** Takes away what lies after the first `records` records, as the segments of a batch of its own. */
  split(records: number): BatchSegments {
    const rest = new BatchSegments(this.planId, this.insert);
    rest.open = this.open;
    const kept: Segment[] = [];
    let from = 0;
    for (const { interval, upTo } of this.#segments) {
      if (from < records) kept.push({ interval, upTo: Math.min(upTo, records) });
      else interval.unsettled -= 1;
      if (upTo > records) rest.attribute(interval, upTo - records);
      from = upTo;
    }
    this.#segments = kept;
    return rest;
  }

  /** Where the segments begin and end: 0, …, all attributed records. */
  bounds(): number[] {
    return [0, ...this.#segments.map((segment) => segment.upTo)];
  }

  /** Counts every record as accepted or rejected. @param rejected one number for each segment */
  settle(rejected: readonly number[]): void {
    if (rejected.length !== this.#segments.length) throw wrongCount(`${rejected.length} counts`);
    let from = 0;
    for (const [index, { upTo }] of this.#segments.entries()) {
      const refused = rejected[index] as number;
      if (!(refused >= 0 && refused <= upTo - from)) throw wrongCount(`${refused} of ${upTo - from} rejected`);
      from = upTo;
    }
    from = 0;
    for (const [index, { interval, upTo }] of this.#segments.entries()) {
      const refused = rejected[index] as number;
      interval.accepted += upTo - from - refused;
      interval.rejected += refused;
      interval.unsettled -= 1;
      from = upTo;
    }
  }
}

function wrongCount(detail: string): ConnectorError {
  return new ConnectorError('bug', { detail: `the records of a batch do not add up: ${detail}` });
}
