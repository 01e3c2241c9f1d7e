/** Which columns the records of a stream have had so far, and which of them its files go without. */

import { withoutColumns } from '../file_plan.ts';
import type { Column, Plan } from '../model.ts';

/** The columns of one stream that no record had when its first file was closed. */
export interface Absence {
  readonly plan: Plan;
  /** Positions in the plan's columns, ascending. */
  readonly columns: readonly number[];
  /** They are left out of the file; else they are sent empty. */
  readonly isLeftOut: boolean;
}

/** Notes columns as records have them, and decides with the first file of a stream what becomes of the others. */
export class AbsentColumns {
  readonly #seen = new Map<number, Uint8Array>();
  /** By plan, what its first file went without. */
  readonly #decided = new Map<number, readonly number[]>();
  /** Of plans whose latest file went without columns, the plan of that file. */
  readonly #narrowed = new Map<number, { readonly leftOut: string; readonly plan: Plan }>();
  readonly #onAbsence: (absence: Absence) => void;

  /** @param onAbsence called once for a stream, with its first file, where there is an absent column */
  constructor(onAbsence: (absence: Absence) => void) {
    this.#onAbsence = onAbsence;
  }

  /** Of each column of the plan 1 as soon as a record has had it, though it was null: for whoever reads records to fill. */
  seenOf({ id, columns }: Plan): Uint8Array {
    const known = this.#seen.get(id);
    if (known) return known;
    const seen = new Uint8Array(columns.length);
    this.#seen.set(id, seen);
    return seen;
  }

  /** The plan with the columns that a file has which is closed now; the same object as long as they are the same. */
  filePlan(plan: Plan): Plan {
    const leftOut = (this.#decided.get(plan.id) ?? this.#decide(plan)).filter((column) => !this.seenOf(plan)[column]);
    if (leftOut.length === 0) return plan;
    const known = this.#narrowed.get(plan.id);
    if (known?.leftOut === String(leftOut)) return known.plan;
    const narrowed = withoutColumns(plan, new Set(leftOut.map((column) => plan.columns[column] as Column)));
    this.#narrowed.set(plan.id, { leftOut: String(leftOut), plan: narrowed });
    return narrowed;
  }

  /** What is absent now may be left out from now on, until it is seen. */
  #decide(plan: Plan): readonly number[] {
    const seen = this.seenOf(plan);
    const columns = [...plan.columns.keys()].filter((column) => seen[column] === 0);
    const leavable = columns.filter((column) => !plan.keyColumns.includes(column));
    const isKeysAlone = plan.columns.length - leavable.length <= plan.keyColumns.length;
    const isLeftOut = plan.absentColumns === 'leave_out' && plan.operation !== 'INSERT' && !isKeysAlone;
    const leftOut = isLeftOut ? leavable : [];
    this.#decided.set(plan.id, leftOut);
    if (columns.length > 0) this.#onAbsence({ plan, columns, isLeftOut });
    return leftOut;
  }
}
