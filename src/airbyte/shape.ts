/** The keys of a stream's records in their latest order: predicts the next record's, so that they are compared, not read. */
import type { Kernel } from '../kernel/kernel.ts';

/** After so many records in a row that were not as predicted, only one in sixteen is learned from. */
const patience = 4;

/** Which keys the kernel keeps for a stream, and whether to learn others. */
export class KeyShape {
  /** Where the kernel keeps them; 0: nowhere. */
  place = 0;
  #misses = 0;

  /** Whether to learn from a record; `matched`: its keys were as predicted. */
  isWorthLearning(matched: boolean): boolean {
    this.#misses = matched ? 0 : this.#misses + 1;
    return !matched && (this.#misses <= patience || this.#misses % 16 === 0);
  }

  /**
   * Keeps the keys of the latest `count` fields, the first led to from `start` on.
   * @returns false if the kernel has no memory for them, so that it is time to forget others
   */
  learn(kernel: Kernel, start: number, count: number): boolean {
    this.place = kernel.run.learnShape(this.place, start, count);
    return this.place !== 0;
  }
}
