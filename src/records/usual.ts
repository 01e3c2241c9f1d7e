/** Records like the one before but for their values, which most are: found and encoded by one call into the kernel. */
import { notJson, rowFull } from './kernel/kernel.ts';
import type { RecordScanner } from './record_scanner.ts';

/** After so many scanned records in a row only every sixteenth is expected to come again: it would cost a try each. */
const patience = 4;

export class UsualRecords {
  readonly #scanner: RecordScanner;
  /** Records scanned since the latest usual one. */
  #misses = 0;

  /** @param scanner of all lines that are not usual */
  constructor(scanner: RecordScanner) {
    this.#scanner = scanner;
  }

  /**
   * From now on lines like the one scanned last are usual, if it is one that can be.
   * @param start of that line
   * @param plan where the kernel keeps the plan that its fields were encoded by
   * @returns false if it is none, or is not worth a try; then what was usual before still is
   */
  expect(start: number, plan: number): boolean {
    const { wholeHead, shape, kernel } = this.#scanner;
    if (wholeHead === undefined || shape === 0 || wholeHead.progress.metaOffset >= 0) return false;
    this.#misses += 1;
    if (this.#misses > patience && this.#misses % 16 !== 0) return false;
    kernel.run.expect(start, wholeHead.length, wholeHead.progress.shape.place, plan);
    return true;
  }

  /** Encodes a line, behind which a line feed lies: the row's bytes; 0: it is not usual, and is to be scanned. */
  encode(buffer: Buffer, start: number, stop: number): number {
    const length = this.#encode(start, stop);
    if (length === 0 || (length < 0 && !this.#scanner.utf8.holds(buffer, start, stop))) return 0;
    this.#misses = 0;
    return Math.abs(length);
  }

  #encode(start: number, stop: number): number {
    try {
      return this.#scanner.kernel.run.usual(start, stop);
    } catch (error) {
      // Scanner or encoder meet the same in this line, and know what to do.
      if (error === notJson || error === rowFull) return 0;
      throw error;
    }
  }
}
