/** What became of each stream's records, in numbers. */

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
