/**
 * The fast path: the kernel reads and encodes lines that fit a template, many in one call. A template is learned from a
 * line that was read without one: `kernel/templates.ts`.
 */
import { type Kernel, notJson, rowFull } from './kernel/kernel.ts';
import {
  foundIsAlone,
  foundIsOther,
  foundNext,
  foundRows,
  rowDigest,
  rowEnd,
  rowNumbers,
  rowPlan,
} from './kernel/positions.ts';
import type { LineSplitter } from './line_splitter.ts';
import type { RecordScanner, Utf8Check } from './record_scanner.ts';
import type { RowEncoder } from './row_encoder.ts';

/** After this many records in a row that no template fits, a stream's records are seldom learned from. */
const patience = 4;
const seldom = 16;

/** Whether to learn from the records of one stream: lines that never come again are not worth it. */
export class Learning {
  #misses = 0;

  /** A record of the stream was read without a template. Returns whether to learn from it. */
  missed(): boolean {
    this.#misses += 1;
    return this.#misses <= patience || this.#misses % seldom === 0;
  }

  /** A template has fitted. */
  succeeded(): void {
    this.#misses = 0;
  }
}

/**
 * Rows of lines that fit templates. {@link read} lets the kernel encode some; then they are taken in order, each time
 * one or all of the next ones that are of one plan. They are valid until the next {@link read}.
 */
export class TemplateRows {
  /** The only row is not finished, or must be looked at: `RowEncoder.accept`. */
  isAlone = false;
  readonly #kernel: Kernel;
  readonly #splitter: LineSplitter;
  readonly #utf8: Utf8Check;
  /** The next row and those after it that are of the same plan; 0: all were taken. */
  count = 0;
  /** The id of their plan. */
  plan = 0;
  /** Where the first of them starts, and where the last of them ends. */
  start = 0;
  stop = 0;
  /** The next row, and the number of rows. */
  #next = 0;
  #all = 0;
  /** The next line fits no template. */
  #isOther = false;

  constructor(kernel: Kernel, splitter: LineSplitter, { utf8 }: RecordScanner) {
    this.#kernel = kernel;
    this.#splitter = splitter;
    this.#utf8 = utf8;
  }

  /**
   * Encodes the next lines as far as they fit templates.
   * @returns false: the next line does not, or there is none
   */
  read(): boolean {
    this.#splitter.fill();
    const { buffer, from, upTo } = this.#splitter;
    if (this.#isOther || from >= upTo || !this.#utf8.holds(buffer, from, upTo - 1)) {
      this.#isOther = false;
      return false;
    }
    this.#encode(from, upTo);
    const { found } = this.#kernel;
    this.#next = this.count = this.stop = 0;
    this.#all = found[foundRows] as number;
    if (this.#all === 0) return false;
    this.#isOther = found[foundIsOther] === 1;
    this.isAlone = found[foundIsAlone] === 1;
    this.#splitter.skip(this.#all, found[foundNext] as number);
    this.#select();
    return true;
  }

  #encode(from: number, upTo: number): void {
    try {
      this.#kernel.run.rows(from, upTo);
    } catch (error) {
      // Up to the line at fault everything is as it should be. That line is read once more, which says what to do.
      if (error !== notJson && error !== rowFull) throw error;
    }
  }

  /** The memory that they are in. */
  get bytes(): Buffer {
    return this.#kernel.row;
  }

  /** The position after the line feed of one of them. */
  endOf(row: number): number {
    return this.#kernel.rows[rowNumbers * (this.#next + row) + rowEnd] as number;
  }

  /** Writes the digest of the key of one of them, four numbers, to `target` from `at` on. */
  copyDigest(row: number, target: Uint32Array, at: number): void {
    const { rows } = this.#kernel;
    const from = rowNumbers * (this.#next + row) + rowDigest;
    for (let i = 0; i < 4; i++) target[at + i] = rows[from + i] as number;
  }

  /** Takes them all. */
  takeAll(): void {
    this.#next += this.count;
    this.#select();
  }

  /** Takes the first of them, to be added by itself. */
  takeOne(): TemplateRow {
    const digest = new Uint32Array(4);
    this.copyDigest(0, digest, 0);
    const bytes = this.bytes.subarray(this.start, this.endOf(0));
    this.#next += 1;
    this.start += bytes.length;
    this.count -= 1;
    if (this.count === 0) this.#select();
    return { bytes, length: bytes.length, keyDigest: Buffer.from(digest.buffer), lacksKey: false };
  }

  /** Finds the next rows that are of one plan. */
  #select(): void {
    const { rows } = this.#kernel;
    let next = this.#next;
    const plan = rows[rowNumbers * next + rowPlan] as number;
    while (next < this.#all && rows[rowNumbers * next + rowPlan] === plan) next += 1;
    this.count = next - this.#next;
    this.plan = plan;
    this.start = this.stop;
    if (this.count > 0) this.stop = this.endOf(this.count - 1);
  }
}

/** One row by itself. */
export interface TemplateRow {
  readonly bytes: Buffer;
  readonly length: number;
  readonly keyDigest: Buffer;
  readonly lacksKey: boolean;
}

/**
 * Learns a template from a record that was read without one and encoded as a row of a plan, unless its source changed
 * values of it.
 */
export function learnTemplate(scanner: RecordScanner, { place }: RowEncoder): void {
  const { changes, freeValue, kernel, lineEnd, lineStart } = scanner;
  if (changes.length > 0) return;
  const learn = () => kernel.run.learn(place, lineStart, freeValue, lineEnd);
  if (learn()) return;
  kernel.run.forget();
  learn();
}
