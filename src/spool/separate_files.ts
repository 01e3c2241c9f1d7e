/**
 * Decides which rows of a closing batch go in separate files because some of their values were not read: a CSV file
 * cannot leave out a single value, but it can leave out a column.
 */
import { withoutColumns } from '../file_plan.ts';
import { type Column, type Plan, type RejectedRow, type RejectedRows, unreadMark } from '../model.ts';
import type { Compactor } from './compaction.ts';
import type { RowFile } from './row_file.ts';
import { isUnread, rawCells, unreadRows } from './unread_cells.ts';

/** Maximum number of separate files per batch, besides its own. */
export const mostSeparateFiles = 3;
/** Maximum number of sets of columns that are counted; rows of further ones are rejected. */
const mostSets = 10_000;
/** Maximum number of fields that a reason names. */
const mostNamed = 10;

/** Rows that leave the batch's own file. */
export interface SeparateRows {
  /** Their numbers in the batch's file, ascending. */
  readonly rows: Uint32Array;
  /** The plan of their file; undefined: they are rejected. */
  readonly filePlan: Plan | undefined;
  /** The fields that their file lacks. */
  readonly unread: readonly string[];
  /** The reasons, if they are rejected. */
  readonly rejected: RejectedRows;
}

interface ColumnSet {
  /** Positions of the columns whose values were not read. */
  readonly columns: readonly number[];
  readonly rows: number[];
}

/**
 * Finds the rows that do not stay in the batch's own file; the file must have no deletions or superseded rows. The
 * three sets of unread columns with the most rows get a file each; among equals the set whose first row came first.
 * @param filePlan of the batch's own file
 */
export async function findSeparateRows(
  file: RowFile,
  plan: Plan,
  filePlan: Plan,
  compactor: Compactor,
): Promise<SeparateRows[]> {
  const rows = await unreadRows(file, await compactor.startsOf(file));
  const sets = await columnSets(file, rows);
  const hasMoreThanKeys = ({ columns }: ColumnSet) => {
    const unread = new Set(columns.map((column) => plan.columns[column]));
    return filePlan.columns.filter((column) => !unread.has(column)).length > filePlan.keyColumns.length;
  };
  const sent = sets
    .filter((set) => set.columns.length > 0 && hasMoreThanKeys(set))
    .sort((one, other) => other.rows.length - one.rows.length || (one.rows[0] as number) - (other.rows[0] as number))
    .slice(0, mostSeparateFiles);
  const separate = sent.map((set) => ({
    rows: Uint32Array.from(set.rows),
    filePlan: filePlanOf(plan, filePlan, set),
    unread: fieldsOf(plan, set),
    rejected: noRows,
  }));
  const refused = sets.filter((set) => !sent.includes(set));
  return refused.length > 0 ? [...separate, rejectedOf(refused, plan, hasMoreThanKeys)] : separate;
}

/** Per plan, its variants that lack further columns, so that the same columns always give the same plan object. */
const narrowed = new WeakMap<Plan, Map<string, Plan>>();

function filePlanOf(plan: Plan, filePlan: Plan, { columns }: ColumnSet): Plan {
  const known = narrowed.get(filePlan) ?? new Map<string, Plan>();
  narrowed.set(filePlan, known);
  const lacking = new Set(columns.map((column) => plan.columns[column] as Column));
  const found = known.get(columns.join()) ?? withoutColumns(filePlan, lacking);
  known.set(columns.join(), found);
  return found;
}

/** The sets in the order of their first rows, then those beyond {@link mostSets} as one without columns. */
async function columnSets(file: RowFile, rows: readonly number[]): Promise<ColumnSet[]> {
  const sets = new Map<string, ColumnSet>();
  const others: ColumnSet = { columns: [], rows: [] };
  await file.visitRows(rows, (bytes, row) => {
    const cells = rawCells(bytes);
    const columns = [...cells.keys()].filter((column) => isUnread(cells[column]));
    const key = columns.join();
    const known = sets.get(key) ?? (sets.size < mostSets ? { columns, rows: [] } : others);
    if (known !== others) sets.set(key, known);
    known.rows.push(row);
  });
  return others.rows.length > 0 ? [...sets.values(), others] : [...sets.values()];
}

function fieldsOf({ columns }: Plan, set: ColumnSet): string[] {
  return set.columns.map((column) => columns[column]?.field as string);
}

function rejectedOf(
  sets: readonly ColumnSet[],
  plan: Plan,
  hasMoreThanKeys: (set: ColumnSet) => boolean,
): SeparateRows {
  const errors = sets.flatMap((set) => {
    const fields = fieldsOf(plan, set);
    const named = fields.slice(0, mostNamed).join(', ');
    const field = fields.length > mostNamed ? `${named} and ${fields.length - mostNamed} more` : named || undefined;
    const isKeysAlone = set.columns.length > 0 && !hasMoreThanKeys(set);
    const error = { field, message: isKeysAlone ? keysAlone : furtherFile };
    return set.rows.map((row) => ({ row, error }));
  });
  errors.sort((one, other) => one.row - other.row);
  const rows = Uint32Array.from(errors, ({ row }) => row);
  return { rows, filePlan: undefined, unread: [], rejected: new Refused(errors.map(({ error }) => error)) };
}

const cure = 'in PostgreSQL set REPLICA IDENTITY FULL on its table';
const keysAlone = `the source read no value of the row but its key, and no earlier row has any: ${cure}`;
const furtherFile = `the source did not read these values, and three other sets of such fields have a file already: ${cure}`;

const noRows: RejectedRows = [];

/** All rows of a file, each with its own reason. */
class Refused implements RejectedRows {
  readonly #errors: readonly RejectedRow['errors'][number][];

  constructor(errors: readonly RejectedRow['errors'][number][]) {
    this.#errors = errors;
  }

  get length(): number {
    return this.#errors.length;
  }

  *[Symbol.iterator](): Generator<RejectedRow> {
    for (const [row, error] of this.#errors.entries()) yield { row, sure: true, errors: [error] };
  }
}

/**
 * Whether a row contains a value that was not read.
 * @param length of the row in `bytes`
 */
export function holdsUnread(bytes: Buffer, length: number): boolean {
  return bytes.subarray(0, length).includes(unreadMark);
}
