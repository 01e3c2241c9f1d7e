/** The row errors of one job, up to a million in little memory: numbers in typed arrays, and each text once. */

import type { RejectedRows as RejectionSettings } from '../config/types.ts';
import type { RejectedRow, RejectedRows, RowBase } from '../model.ts';
import { truncate } from '../names.ts';
import type { BulkJobError } from './contract.ts';

/** Maximum number of errors kept, four per row of a large file; later ones are counted without their rows. */
const mostErrors = 2 ** 22;
/** Maximum number of different texts; Gainsight repeats itself unless it quotes values. */
const mostKnown = 10_000;
/**
 * Beyond this many characters, quoted values are removed from texts, which makes most of them equal. Beyond twice as
 * many, new texts are not kept.
 */
const mostCharacters = 12_000_000;
/** Memory per text besides its characters, in characters. */
const textOverhead = 40;
/** Longer texts are truncated: they are not readable, and filtering them takes time. */
const longestText = 10_000;
const noReason = 'no reason given';
const notKept = 'one of too many reasons to keep them all';
const notKeptId = 1;

/** Errors in the order received. */
export class RowErrors implements Iterable<BulkJobError> {
  #length = 0;
  /** NaN if an error names no row. */
  #numbers = new Float64Array(64);
  #fields = new Uint32Array(64);
  #messages = new Uint32Array(64);
  /** 0 stands for no text. */
  readonly #texts: (string | undefined)[] = [undefined, notKept];
  readonly #known = new Map<string, number>();
  #characters = 0;

  static of(errors: Iterable<BulkJobError>): RowErrors {
    const all = new RowErrors();
    for (const error of errors) all.add(error);
    return all;
  }

  get length(): number {
    return this.#length;
  }

  /** @param error as the tenant sent it: may contain anything */
  add(error: unknown): void {
    if (this.#length === mostErrors) return;
    if (this.#length === this.#numbers.length) this.#grow();
    const { rowNumber, fieldName, errorMessage } = (error ?? {}) as BulkJobError;
    this.#numbers[this.#length] = Number.isSafeInteger(rowNumber) ? (rowNumber as number) : Number.NaN;
    const message = shortened(errorMessage);
    this.#fields[this.#length] = this.#idOf(shortened(fieldName), 0);
    this.#messages[this.#length] = this.#idOf(this.#isFull ? withoutQuoted(message) : message, notKeptId);
    this.#length += 1;
  }

  /** The row number of each error, NaN if it names none. */
  get numbers(): Float64Array {
    return this.#numbers.subarray(0, this.#length);
  }

  *[Symbol.iterator](): Iterator<BulkJobError> {
    for (let at = 0; at < this.#length; at++) yield this.#errorAt(at);
  }

  /**
   * Rows with all their errors, ascending by row.
   * @param rowOf the row of each error; below 0 for none
   */
  byRow(rowOf: Int32Array, sure: boolean): RejectedRows {
    const order = new Uint32Array(rowOf.length);
    let placed = 0;
    let length = 0;
    for (let at = 0; at < rowOf.length; at++) if ((rowOf[at] as number) >= 0) order[placed++] = at;
    const sorted = order.subarray(0, placed).sort((a, b) => (rowOf[a] as number) - (rowOf[b] as number) || a - b);
    for (let at = 0; at < placed; at++) {
      if (at === 0 || rowOf[sorted[at] as number] !== rowOf[sorted[at - 1] as number]) length += 1;
    }
    return { length, [Symbol.iterator]: () => this.#rows(sorted, rowOf, sure) };
  }

  *#rows(sorted: Uint32Array, rowOf: Int32Array, sure: boolean): Iterator<RejectedRow> {
    for (let at = 0; at < sorted.length; ) {
      const row = rowOf[sorted[at] as number] as number;
      const errors: { field: string | undefined; message: string }[] = [];
      for (; at < sorted.length && rowOf[sorted[at] as number] === row; at++) {
        const { fieldName: field, errorMessage: message = noReason } = this.#errorAt(sorted[at] as number);
        errors.push({ field, message });
      }
      yield { row, sure, errors };
    }
  }

  #errorAt(at: number): BulkJobError {
    const number = this.#numbers[at] as number;
    const field = this.#texts[this.#fields[at] as number];
    const message = this.#texts[this.#messages[at] as number];
    return {
      ...(!Number.isNaN(number) && { rowNumber: number }),
      ...(field !== undefined && { fieldName: field }),
      ...(message !== undefined && { errorMessage: message }),
    };
  }

  get #isFull(): boolean {
    return this.#characters > mostCharacters;
  }

  /** @param otherwise stands for a text that there is no room for */
  #idOf(text: unknown, otherwise: number): number {
    if (typeof text !== 'string') return 0;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#characters > 2 * mostCharacters) return otherwise;
    const id = this.#texts.push(text) - 1;
    this.#characters += text.length + textOverhead;
    // Without quoted values there is room again for the texts that remain.
    if (this.#known.size < (this.#isFull ? 2 : 1) * mostKnown) this.#known.set(text, id);
    return id;
  }

  #grow(): void {
    const grown = <T extends Float64Array | Uint32Array>(old: T, larger: T): T => {
      larger.set(old);
      return larger;
    };
    const length = this.#length * 2;
    this.#numbers = grown(this.#numbers, new Float64Array(length));
    this.#fields = grown(this.#fields, new Uint32Array(length));
    this.#messages = grown(this.#messages, new Uint32Array(length));
  }
}

function shortened(text: unknown): unknown {
  return typeof text === 'string' ? truncate(text, longestText) : text;
}

function withoutQuoted(text: unknown): unknown {
  return typeof text === 'string' ? text.replace(/"[^"]*"|'[^']*'/g, '…').slice(0, 300) : text;
}

/** How to read one job's row numbers. */
export interface Numbering {
  readonly base: RowBase;
  /** Proven, by these numbers or by those of an earlier job. */
  readonly sure: boolean;
}

/** What the values that row errors quote say of numberings. */
export interface ValueEvidence {
  /** The numberings under which every error quotes the cell of its row. */
  readonly fitting: ReadonlySet<RowBase>;
  readonly proven: RowBase | undefined;
}

/** How this tenant numbers rows, as far as it is known; a proof holds until something contradicts it. */
export class RowNumbering {
  #proven: RowBase | undefined;
  readonly #fixed: boolean;
  #provenBefore: () => RowBase | undefined;
  #excludesLines = false;

  /** @param provenBefore what an earlier sync has proven, as far as it is known */
  constructor(
    firstRowNumber: RejectionSettings['first_row_number'],
    provenBefore: () => RowBase | undefined = () => undefined,
  ) {
    this.#fixed = firstRowNumber !== 'auto';
    if (this.#fixed) this.#proven = Number(firstRowNumber) as RowBase;
    this.#provenBefore = provenBefore;
  }

  /** The proven numbering, or the setting. */
  get proven(): RowBase | undefined {
    return this.#proven ?? this.#provenBefore();
  }

  /** It is found out, and not a setting. */
  get isLearned(): boolean {
    return !this.#fixed;
  }

  /** Whether 2 is not distinguished yet from lines, which are the same in a file without line breaks in its cells. */
  get mayBeLines(): boolean {
    return !this.#fixed && !this.#excludesLines;
  }

  /**
   * Works out the numbering from one job's row numbers alone; {@link learn} keeps it for later jobs.
   * @param numbers NaN if an error names no row
   * @param rows data rows of its file
   */
  judge(numbers: Iterable<number>, rows: number): Numbering {
    let smallest = Number.POSITIVE_INFINITY;
    let largest = Number.NEGATIVE_INFINITY;
    for (const number of numbers) {
      if (number < smallest) smallest = number;
      if (number > largest) largest = number;
    }
    const known = this.proven;
    const proven = this.#fixed ? known : (provenBy(smallest, largest, rows, known) ?? known);
    // Counted from 0, no row has the number of rows.
    const isPossible = this.#fixed || proven !== 0 || largest < rows;
    if (proven !== undefined && isPossible) return { base: proven, sure: true };
    return { base: smallest === 1 ? 1 : 2, sure: false };
  }

  /**
   * Compares what row numbers say with what was known, and with the values that the errors quote. If one contradicts
   * another, nothing is known any more: which of them is wrong cannot be seen.
   * @param evidence undefined if no value is quoted
   */
  weigh(judged: Numbering, evidence: ValueEvidence | undefined): Numbering {
    if (this.#fixed) return judged;
    const { fitting, proven } = evidence ?? {};
    if (judged.sure) {
      if (this.#isCompatible(judged.base) && (!fitting || fitting.has(judged.base))) {
        if (proven === 2 && judged.base === 2 && !fitting?.has('physical')) this.#excludesLines = true;
        return judged;
      }
      this.#forget();
      return { base: proven ?? judged.base, sure: false };
    }
    // The numbers are none of the known numbering.
    if (this.proven !== undefined) {
      this.#forget();
      return { base: proven ?? judged.base, sure: false };
    }
    if (proven === undefined) return judged;
    if (proven === 2 && !fitting?.has('physical')) this.#excludesLines = true;
    return { base: proven, sure: true };
  }

  /** Keeps the numbering for all later jobs. */
  learn({ base, sure }: Numbering): void {
    if (sure) this.#proven = base;
  }

  /**
   * The numbering if more rows are named than were rejected: some of them are no rows or were accepted, so they prove
   * nothing.
   */
  doubt(): Numbering {
    return { base: this.proven ?? 2, sure: false };
  }

  #isCompatible(base: RowBase): boolean {
    const known = this.#proven;
    return known === undefined || known === base || (known === 2 && base === 'physical' && !this.#excludesLines);
  }

  #forget(): void {
    this.#proven = undefined;
    this.#provenBefore = () => undefined;
    this.#excludesLines = false;
  }
}

function provenBy(smallest: number, largest: number, rows: number, known: RowBase | undefined): RowBase | undefined {
  // Beyond the last row of a file whose header is row 1: only line breaks inside cells explain it.
  if (largest > rows + 1) return 'physical';
  // Without line breaks in cells, physical lines equal rows counted from 2, so they stay proven.
  if (largest === rows + 1 && known !== 'physical') return 2;
  // If rows are known to be counted from 1 or 2, or another number contradicts counting from 0, a 0 means the whole
  // file.
  return smallest === 0 && largest < rows ? (known ?? 0) : undefined;
}

/**
 * Converts row numbers to data rows, 0 the first.
 * @param rowsAtLines returns the rows of physical lines, given in ascending order
 * @returns below 0 if a number is outside the file or missing
 */
export async function rowsOf(
  numbers: Float64Array,
  base: RowBase,
  rows: number,
  rowsAtLines: (lines: readonly number[]) => Promise<(number | undefined)[]>,
): Promise<Int32Array> {
  const found = new Int32Array(numbers.length).fill(-1);
  if (base !== 'physical') {
    for (let at = 0; at < numbers.length; at++) {
      const row = (numbers[at] as number) - base;
      if (row >= 0 && row < rows) found[at] = row;
    }
    return found;
  }
  const order = Uint32Array.from(numbers.keys())
    .filter((at) => !Number.isNaN(numbers[at]))
    .sort((a, b) => (numbers[a] as number) - (numbers[b] as number));
  const rowsAt = await rowsAtLines(Array.from(order, (at) => numbers[at] as number));
  for (const [place, at] of order.entries()) found[at] = rowsAt[place] ?? -1;
  return found;
}
