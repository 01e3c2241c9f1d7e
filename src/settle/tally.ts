/** What became of each stream's records, in numbers. */

import { ConnectorError } from '../errors.ts';
import type { Plan } from '../model.ts';

/** One stream's numbers; records = accepted + superseded + skipped + rejected + unsettled. */
export interface Tally {
  /** Rows that Gainsight accepted. */
  accepted: number;
  /** Records that an accepted row of the same key replaced. */
  superseded: number;
  /** Left out by a rule of the user's. */
  skipped: number;
  /** Records that will not be in Gainsight: refused rows, and those that they replaced. */
  rejected: number;
  /** Files that were cut. */
  files: number;
  /** Files that were submitted by this process. */
  submitted: number;
  /** Files that an earlier attempt had submitted. */
  adopted: number;
}

/** Records whose fate nobody knows yet. @param records received */
export function unsettled({ accepted, superseded, skipped, rejected }: Tally, records: number): number {
  return records - accepted - superseded - skipped - rejected;
}

/** The tallies of a sync, by plan. */
export class Tallies {
  readonly #tallies = new Map<number, Tally>();

  of(planId: number): Tally {
    const known = this.#tallies.get(planId);
    if (known) return known;
    const tally = { accepted: 0, superseded: 0, skipped: 0, rejected: 0, files: 0, submitted: 0, adopted: 0 };
    this.#tallies.set(planId, tally);
    return tally;
  }
}

/**
 * Streams with records that have no proven fate, as errors: the last look of a sync that would end well, should a rule
 * of ours be broken elsewhere.
 */
export function unaccounted(
  streams: Iterable<{ readonly plan: Plan; readonly records: number }>,
  tallies: Tallies,
): ConnectorError[] {
  const errors: ConnectorError[] = [];
  for (const { plan, records } of streams) {
    const rest = unsettled(tallies.of(plan.id), records);
    const detail = `${rest} of ${records} records of ${plan.label} have no proven fate`;
    if (rest !== 0) errors.push(new ConnectorError('bug', { detail }, { stream: plan.stream }));
  }
  return errors;
}
