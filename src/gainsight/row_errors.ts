/** The row errors of one job, a million of them in little memory: numbers in arrays, and each text once. */
import type { RejectedRow, RejectedRows } from '../model.ts';
import type { BulkJobError } from './contract.ts';

/** So many errors are kept, four for each row of a large file; of further ones the rows are not named. */
const mostErrors = 2 ** 22;
/** So many texts are told apart; Gainsight repeats itself, unless it quotes values. */
const mostKnown = 10_000;
/**
 * Beyond so many characters the values that a text quotes are left out of it, which makes most of them alike. Beyond
 * twice as many new texts are not kept.
 */
const mostCharacters = 12_000_000;
/** What a text takes beside its characters, in the same count. */
const textOverhead = 40;
/** Nobody reads more, and to search it for values takes time. */
const longestText = 10_000;
const noReason = 'no reason given';
const notKept = 'one of too many reasons to keep them all';
const notKeptId = 1;

/** In the order in which they were told. */
export class RowErrors implements Iterable<BulkJobError> {
  #length = 0;
  /** NaN where an error names no row. */
  #numbers = new Float64Array(64);
  #fields = new Uint32Array(64);
  #messages = new Uint32Array(64);
  /** 0 stands for none. */
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

  /** @param error as the tenant gave it: it may hold anything */
  add(error: unknown): void {
    if (this.#length === mostErrors) return;
    if (this.#length === this.#numbers.length) this.#grow();
    const { rowNumber, fieldName, errorMessage } = (error ?? {}) as BulkJobError;
    this.#numbers[this.#length] = Number.isSafeInteger(rowNumber) ? (rowNumber as number) : Number.NaN;
    const message = cut(errorMessage);
    this.#fields[this.#length] = this.#idOf(cut(fieldName), 0);
    this.#messages[this.#length] = this.#idOf(this.#isFull ? withoutQuoted(message) : message, notKeptId);
    this.#length += 1;
  }

  /** The row number of each error, NaN where it names none. */
  get numbers(): Float64Array {
    return this.#numbers.subarray(0, this.#length);
  }

  *[Symbol.iterator](): Iterator<BulkJobError> {
    for (let at = 0; at < this.#length; at++) yield this.#errorAt(at);
  }

  /**
   * Rows with all that is said of them, ascending by row.
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
    // Once values are left out there is room again for the texts that remain.
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

function cut(text: unknown): unknown {
  return typeof text === 'string' && text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

function withoutQuoted(text: unknown): unknown {
  return typeof text === 'string' ? text.replace(/"[^"]*"|'[^']*'/g, '…').slice(0, 300) : text;
}
