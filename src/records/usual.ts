/**
 * The fast path for records that differ from the previous one only in their values, as most do: one call into the
 * kernel.
 */
import { notJson, rowFull } from './kernel/kernel.ts';
import type { RecordScanner } from './record_scanner.ts';

/** After this many misses in a row only every sixteenth record is expected to repeat, as each try costs time. */
const patience = 4;

export class UsualRecords {
  readonly #scanner: RecordScanner;
  /** Records scanned since the fast path last succeeded. */
  #misses = 0;

  /** @param scanner scans all other lines */
  constructor(scanner: RecordScanner) {
    this.#scanner = scanner;
  }

  /**
   * From now on lines like the one scanned last take the fast path, if possible.
   * @param start of that line
   * @param plan position in the kernel of the plan that encoded it
   * @returns false if that line does not qualify or is not worth a try; the previous expectation then stays
   */
  expect(start: number, plan: number): boolean {
    const { wholeHead, shape, kernel } = this.#scanner;
    if (wholeHead === undefined || shape === 0 || wholeHead.progress.metaOffset >= 0) return false;
    this.#misses += 1;
    if (this.#misses > patience && this.#misses % 16 !== 0) return false;
    kernel.run.expect(start, wholeHead.length, wholeHead.progress.shape.place, plan);
    return true;
  }

  /**
   * Encodes a line that a line feed follows. Returns the row's length; 0: the line is not as expected and must be
   * scanned.
   */
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
      // The general path meets the same error and knows what to do.
      if (error === notJson || error === rowFull) return 0;
      throw error;
    }
  }
}
