/**
 * Rows that no longer wait, in little space: as ranges of their numbers in each job, however many they are.
 *
 * A range also covers numbers of rows that were never rejected. It may, as a process adds the rejected rows of a job in
 * their order, and every file has all rows that its process knows: who knows of a row of a job knows of all before it. So
 * between two ended rows of which none between them waits there is none that could still come.
 *
 * There are at most as many ranges as there are jobs that rejected rows in two weeks (a hundred a day by the quota) and
 * rows that wait (ten thousand), so that a file has at most a megabyte of them; as a rule it is one a job.
 */

/** Numbers of rows from the first to the last, and when the last of them ended, in milliseconds since 1970. */
export type EndedRange = readonly [first: number, last: number, at: number];

/** Ended rows by job: the group that a process has made of its rejected rows. */
export class EndedRows {
  /** Ascending. */
  readonly #ranges = new Map<string, EndedRange[]>();

  has(group: string, row: number): boolean {
    const ranges = this.#ranges.get(group) ?? [];
    const found = ranges[firstNotBefore(ranges, row)];
    return found !== undefined && found[0] <= row;
  }

  /** @param isWaiting whether a row of the group between two others still waits, so that no range may cover it */
  add(group: string, added: EndedRange, isWaiting: (between: number, and: number) => boolean): void {
    const ranges = this.#ranges.get(group) ?? [];
    this.#ranges.set(group, ranges);
    let [first, last, at] = added;
    const start = firstNotBefore(ranges, first);
    let stop = start;
    for (let next = ranges[stop]; next !== undefined && next[0] <= last; next = ranges[++stop]) {
      first = Math.min(first, next[0]);
      last = Math.max(last, next[1]);
      at = Math.max(at, next[2]);
    }
    ranges.splice(start, stop - start, [first, last, at]);
    this.#join(ranges, start, isWaiting);
    this.#join(ranges, start - 1, isWaiting);
  }

  /** The groups with ended rows. */
  groups(): Iterable<string> {
    return this.#ranges.keys();
  }

  /** The ranges of each group that are recent enough. */
  *recent(isRecent: (at: number) => boolean): Generator<[group: string, ranges: EndedRange[]]> {
    for (const [group, all] of this.#ranges) {
      const ranges = all.filter(([, , at]) => isRecent(at));
      if (ranges.length > 0) yield [group, ranges];
    }
  }

  /** Joins the range at a place with the one behind it, if no row between them waits. */
  #join(ranges: EndedRange[], place: number, isWaiting: (between: number, and: number) => boolean): void {
    const [one, other] = [ranges[place], ranges[place + 1]];
    if (!one || !other || isWaiting(one[1], other[0])) return;
    ranges.splice(place, 2, [one[0], other[1], Math.max(one[2], other[2])]);
  }
}

/** The place of the first range that does not end before a row. */
function firstNotBefore(ranges: readonly EndedRange[], row: number): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle] as EndedRange)[1] < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
