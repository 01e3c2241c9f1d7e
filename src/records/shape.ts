/** Remembers the keys of a stream's latest record to predict the next one's, so that keys are compared, not parsed. */
import type { Kernel } from './kernel/kernel.ts';

/** After this many wrong predictions in a row, only every sixteenth record is learned from. */
const patience = 4;
/** Limits against input with endless names. */
const [maxNames, maxNameLength] = [4096, 256];

/** The kernel's shape of one stream, and whether to learn another. */
export class KeyShape {
  /** Position in the kernel's memory; 0: none. */
  place = 0;
  #misses = 0;

  /** Whether to learn from a record; `matched`: its keys were as predicted. */
  isWorthLearning(matched: boolean): boolean {
    this.#misses = matched ? 0 : this.#misses + 1;
    return !matched && (this.#misses <= patience || this.#misses % 16 === 0);
  }

  /**
   * Learns the keys of the latest `count` fields, the first of them from `start`.
   * @returns false if the kernel has no memory left, so that old shapes must be removed
   */
  learn(kernel: Kernel, start: number, count: number): boolean {
    this.place = kernel.run.learnShape(this.place, start, count);
    return this.place !== 0;
  }
}

/** The shapes of all streams. */
export class KeyShapes {
  /** For records whose stream is unknown or has no shape of its own. */
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

  /** Removes all shapes and frees the kernel's memory for them. */
  forget(kernel: Kernel): void {
    kernel.run.forgetShapes();
    this.#shapes.clear();
    this.shared.place = 0;
  }
}
