/** Whether lines are valid UTF-8, found out for many of them with one call. */
import { isUtf8 } from 'node:buffer';

const lineFeed = 0x0a;

/** Remembers which part of the latest buffer it has checked. */
export class Utf8Check {
  #buffer: Buffer | undefined;
  #start = 0;
  #stop = 0;

  /**
   * Whether the line `[start, stop)` is valid UTF-8. There is a line feed behind it, and bytes once checked do not
   * change in the same Buffer object.
   */
  holds(buffer: Buffer, start: number, stop: number): boolean {
    if (buffer === this.#buffer && start >= this.#start && stop <= this.#stop) return true;
    // Lines lie one behind the other, so all that are whole are checked together, and nearly always they are valid.
    const end = buffer.lastIndexOf(lineFeed);
    if (!isUtf8(buffer.subarray(start, end))) return isUtf8(buffer.subarray(start, stop));
    this.#buffer = buffer;
    this.#start = start;
    this.#stop = end;
    return true;
  }
}
