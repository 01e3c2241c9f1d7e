/** Checks the values of a stream's rows, as they are sent, against what the tenant's metadata says of their fields. */
import { type Plan, unreadMark } from '../model.ts';
import { truncate } from '../names.ts';
import { decodeRow } from './csv.ts';
import { type Misfit, misfitOf, type ValueRule } from './value_rules.ts';

/** An encoded row with its suspects, valid until the next: a `RowEncoder`. */
export interface SuspectRow {
  /** Number of cells that may not fit their rules. */
  readonly suspects: number;
  /** The column of one of them, from 0. */
  suspect(at: number): number;
  /** The bytes, possibly followed by more. */
  readonly bytes: Buffer;
  /** With the line feed. */
  readonly length: number;
  /** Where a cell starts in them. */
  cellStart(column: number): number;
  /** The position after its separator. */
  cellStop(column: number): number;
}

/** How a {@link ValueCheck} works. */
export interface ValueCheckOptions {
  /** By the position of their columns in the plan. */
  readonly rules: ReadonlyMap<number, ValueRule>;
  /** Whether rows with values that do not fit are rejected, and not only counted. */
  readonly rejects: boolean;
  /** `values.null_text`. */
  readonly nullText: string;
  /** How much of a row may be logged: `rejected_rows.log_detail`. */
  readonly detail: 'keys' | 'full_row' | 'none';
}

/** The values of one field that do not fit for one reason. */
export interface MisfitCount extends Misfit {
  readonly field: string;
  /** Number of such values in rows that were not rejected for it. */
  count: number;
  /** A few of them, as far as they may be logged. */
  readonly samples: MisfitSample[];
}

/** What may be logged of a row: the cells of its keys, and the value. */
export interface MisfitSample {
  readonly key?: Readonly<Record<string, string | null>>;
  readonly value?: string;
}

/** A column with a rule. */
interface Checked {
  readonly field: string;
  readonly rule: ValueRule;
  /** What did not fit so far, by reason. */
  readonly found: Map<string, MisfitCount>;
}

const quote = 0x22;
const mostSamples = 3;
const longestSample = 100;

/** A value that does not fit. */
interface Found {
  readonly checked: Checked;
  readonly text: string;
  readonly misfit: Misfit;
}

/** Why a row is rejected. */
interface RejectedValue {
  readonly field: string;
  readonly reason: string;
}

/** Checks the rows of one plan. */
export class ValueCheck {
  readonly #plan: Plan;
  readonly #options: ValueCheckOptions;
  /** By the position of their columns. */
  readonly #checked: Checked[] = [];
  readonly #nullText: Buffer;

  constructor(plan: Plan, options: ValueCheckOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#nullText = Buffer.from(options.nullText);
    for (const [column, rule] of options.rules) {
      const field = plan.columns[column]?.field as string;
      this.#checked[column] = { field, rule, found: new Map() };
    }
  }

  /** What values must be like, by the position of their columns. */
  get rules(): ReadonlyMap<number, ValueRule> {
    return this.#options.rules;
  }

  /** What did not fit so far, in the order of the columns. */
  get found(): MisfitCount[] {
    return this.#checked.flatMap(({ found }) => [...found.values()]);
  }

  /**
   * Checks a row that is ready to be sent, and counts what does not fit.
   * @returns why the row is rejected, in which case nothing is counted
   */
  judge(row: SuspectRow): RejectedValue | undefined {
    // Nearly always the case.
    if (row.suspects === 0) return undefined;
    const misfits: Found[] = [];
    for (let at = 0; at < row.suspects; at++) {
      const column = row.suspect(at);
      const found = this.#judgeCell(row, column, this.#checked[column] as Checked);
      if (found === undefined) continue;
      const { checked, misfit } = found;
      if (this.#options.rejects && !misfit.isOnlyCounted) return { field: checked.field, reason: misfit.reason };
      misfits.push(found);
    }
    for (const found of misfits) this.#count(row, found);
    return undefined;
  }

  #judgeCell(row: SuspectRow, column: number, checked: Checked): Found | undefined {
    const text = this.#textOf(row.bytes.subarray(row.cellStart(column), row.cellStop(column) - 1));
    const misfit = text === undefined ? undefined : misfitOf(checked.rule, text);
    return text === undefined || misfit === undefined ? undefined : { checked, text, misfit };
  }

  /** Undefined: there is no value. */
  #textOf(cell: Buffer): string | undefined {
    if (cell[0] === quote) return cell.toString('utf8', 1, cell.length - 1).replaceAll('""', '"');
    // A byte that is never UTF-8 stands for a value that the source did not read.
    return cell[0] === unreadMark || cell.equals(this.#nullText) ? undefined : cell.toString();
  }

  #count(row: SuspectRow, { checked: { field, found }, text, misfit }: Found): void {
    const known = found.get(misfit.reason);
    const counted = known ?? { ...misfit, field, count: 0, samples: [] };
    if (!known) found.set(misfit.reason, counted);
    counted.count += 1;
    if (counted.samples.length < mostSamples) this.#addSample(row, counted.samples, text);
  }

  #addSample(row: SuspectRow, samples: MisfitSample[], text: string): void {
    const { detail, nullText } = this.#options;
    const { keyColumns, keyFields } = this.#plan;
    const value = detail === 'full_row' ? truncate(text, longestSample) : undefined;
    if (detail === 'none' || (value !== undefined && samples.some((sample) => sample.value === value))) return;
    if (value === undefined && keyColumns.length === 0) return;
    const cells = keyColumns.length === 0 ? [] : decodeRow(row.bytes.subarray(0, row.length), nullText);
    const keys = keyColumns.map((column, at) => [keyFields[at], shortened(cells[column] ?? null)]);
    samples.push({
      ...(keys.length > 0 && { key: Object.fromEntries(keys) }),
      ...(value !== undefined && { value }),
    });
  }
}

function shortened(cell: string | null): string | null {
  return cell === null ? null : truncate(cell, longestSample);
}

/** The value checks of a sync's streams, as far as metadata could be read. */
export class ValueChecks {
  readonly #checks = new Map<number, ValueCheck>();

  /** Rows of the plan are checked from now on. */
  add({ id }: Plan, check: ValueCheck): void {
    this.#checks.set(id, check);
  }

  /** Undefined: its values are not checked. */
  of({ id }: Plan): ValueCheck | undefined {
    return this.#checks.get(id);
  }
}
