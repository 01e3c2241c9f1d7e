/** The keys of a stream's records in their latest order: predicts the next record's, so that they are compared, not read. */
import type { Kernel } from './kernel/kernel.ts';

/** After so many records in a row that were not as predicted, only one in sixteen is learned from. */
const patience = 4;
/** Bounds, against input with endless names. */
const [maxNames, maxNameLength] = [4096, 256];

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

/** The shapes of all streams. */
export class KeyShapes {
  /** Of records whose stream is not known, or has no shape of its own. */
  readonly shared = new KeyShape();
  readonly #shapes = new Map<string, KeyShape>();

  of(stream: string | undefined): KeyShape {
    if (stream === undefined || stream.length > maxNameLength) return this.shared;
    let shape = this.#shapes.get(stream);
    if (shape === undefined) {
      if (this.#shapes.size === maxNames) return this.shared;
      shape = new KeyShape();
      this.#shapes.set(stream, shape);
    }
    return shape;
  }

  /** Gives up what all of them know, and with it the kernel's memory for that. */
  forget(kernel: Kernel): void {
    kernel.run.forgetShapes();
    this.#shapes.clear();
    this.shared.place = 0;
  }
}
