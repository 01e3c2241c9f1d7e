/** How often a thing is told that goes on for hours. */

/** Remembers when each thing was told last. */
export class Pace {
  readonly #interval: number;
  readonly #told = new Map<string, number>();

  /** @param interval milliseconds between two lines about one thing */
  constructor(interval: number) {
    this.#interval = interval;
  }

  /** Whether `thing` is to be told now, as it was not told for an interval or never; then it counts as told. @param now monotonic, in milliseconds */
  isDue(thing: string, now: number): boolean {
    const told = this.#told.get(thing);
    if (told !== undefined && now - told < this.#interval) return false;
    this.#told.set(thing, now);
    return true;
  }

  /** The thing is over: should it begin anew, it is told at once. */
  forget(thing: string): void {
    this.#told.delete(thing);
  }
}
