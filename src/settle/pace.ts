/** How often a thing is told that goes on for hours. */

/** Remembers when each thing was told last. */
export class Throttle {
  readonly #reported = new Map<string, number>();

  /**
   * Whether `thing` is to be told now, as it was not told for an interval or never; then it counts as told.
   * @param now monotonic, in milliseconds
   * @param interval milliseconds since it was told last
   */
  isDue(thing: string, now: number, interval = 0): boolean {
    const reported = this.#reported.get(thing);
    if (reported !== undefined && now - reported < interval) return false;
    this.#reported.set(thing, now);
    return true;
  }

  /** The thing is over: should it begin anew, it is told at once. */
  forget(thing: string): void {
    this.#reported.delete(thing);
  }
}
