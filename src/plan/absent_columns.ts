/** Tracks which columns the records of a stream have had, and which columns its files leave out. */

import { withoutColumns } from '../file_plan.ts';
import type { Column, Plan } from '../model.ts';

/** The columns of one stream that no record had when its first file was closed. */
export interface Absence {
  readonly plan: Plan;
  /** Positions in the plan's columns, ascending. */
  readonly columns: readonly number[];
  /** Whether they are left out of the file; otherwise they are sent empty. */
  readonly isLeftOut: boolean;
}

/** Memory taken at once for many streams. */
const roomBytes = 4096;

/** Tracks the columns that records have, and decides with a stream's first file about the others. */
export class AbsentColumns {
  /** By the ids of plans, which are small: a map would take more memory. */
  readonly #seen: Uint8Array[] = [];
  /** Memory for the next ones. */
  #room = new Uint8Array(0);
  /** Per plan, the columns left out of its first file. */
  readonly #decided = new Map<number, readonly number[]>();
  /** Per plan whose latest file lacks columns, the plan of that file. */
  readonly #narrowed = new Map<number, { readonly leftOut: string; readonly plan: Plan }>();
  readonly #onAbsence: (absence: Absence) => void;

  /** @param onAbsence called once per stream, with its first file, if a column is absent */
  constructor(onAbsence: (absence: Absence) => void) {
    this.#onAbsence = onAbsence;
  }

  /** An array to be filled by the encoder: 1 for each column that a record has had, even as null. */
  seenOf({ id, columns }: Plan): Uint8Array {
    const known = this.#seen[id];
    if (known) return known;
    if (this.#room.length < columns.length) this.#room = new Uint8Array(Math.max(roomBytes, columns.length));
    const seen = this.#room.subarray(0, columns.length);
    this.#room = this.#room.subarray(columns.length);
    this.#seen[id] = seen;
    return seen;
  }

  /** The plan with the columns of a file that is closed now; the same object as long as they are the same. */
  filePlan(plan: Plan): Plan {
    const leftOut = (this.#decided.get(plan.id) ?? this.#decide(plan)).filter((column) => !this.seenOf(plan)[column]);
    if (leftOut.length === 0) return plan;
    const known = this.#narrowed.get(plan.id);
    if (known?.leftOut === String(leftOut)) return known.plan;
    const narrowed = withoutColumns(plan, new Set(leftOut.map((column) => plan.columns[column] as Column)));
    this.#narrowed.set(plan.id, { leftOut: String(leftOut), plan: narrowed });
    return narrowed;
  }

  /** Columns absent now may be left out from now on, until they are seen. */
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
