/** Records like the one before but for their values, which most are: found and encoded by one call into the kernel. */
import { fieldsFull, type Kernel, notJson, rowFull } from '../kernel/kernel.ts';
import type { RecordScanner } from './record.ts';
import { Utf8Check } from './utf8.ts';

export class UsualRecords {
  readonly #kernel: Kernel;
  readonly #utf8 = new Utf8Check();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /**
   * From now on lines like the one scanned last are usual, if it is one that can be.
   * @param start of the line
   * @param plan where the kernel keeps the plan that its fields are encoded by
   */
  expect({ wholeHead, shape }: RecordScanner, start: number, plan: number): boolean {
    if (wholeHead === undefined || shape === 0 || wholeHead.progress.metaOffset >= 0) return false;
    const { length, beyondAscii, progress } = wholeHead;
    this.#kernel.run.expect(start, length, beyondAscii, progress.shape.place, plan);
    return true;
  }

  /** Encodes a line, behind which a line feed lies: the row's bytes; 0: it is not usual, and is to be scanned. */
  encode(buffer: Buffer, start: number, stop: number): number {
    const length = this.#encode(start, stop);
    if (length >= 0) return length;
    return this.#utf8.holds(buffer, start, stop) ? -length : 0;
  }

  #encode(start: number, stop: number): number {
    try {
      return this.#kernel.run.usual(start, stop);
    } catch (error) {
      // Whoever scans the line meets the same, and knows what to do.
      if (error === notJson || error === fieldsFull || error === rowFull) return 0;
      throw error;
    }
  }
}
