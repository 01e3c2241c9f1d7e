/**
 * Which rows of a batch that is closed go in files of their own, as their values of some columns were not read: a CSV file
 * cannot leave a single value as it is, but it can lack a column.
 */
import { withoutColumns } from '../file_plan.ts';
import { type Column, type Plan, type RejectedRow, type RejectedRows, unreadMark } from '../model.ts';
import type { Compactor } from './compaction.ts';
import type { RowFile } from './row_file.ts';
import { isUnread, rawCells, unreadRows } from './unread_cells.ts';

/** Files without columns that a batch may have beside its own. */
export const mostSeparateFiles = 3;
/** Sets of columns that are counted; rows of further ones are rejected, whatever their number. */
const mostSets = 10_000;
/** Fields that a reason names. */
const mostNamed = 10;

/** Rows that leave the file of a batch. */
export interface SeparateRows {
  /** Their numbers there, ascending. */
  readonly rows: Uint32Array;
  /** The plan of their file; undefined: they are rejected. */
  readonly filePlan: Plan | undefined;
  /** The fields that the file lacks by that. */
  readonly unread: readonly string[];
  /** Why they are. */
  readonly rejected: RejectedRows;
}

interface ColumnSet {
  /** Positions of the columns whose values were not read. */
  readonly columns: readonly number[];
  readonly rows: number[];
}

/**
 * The rows of a file without deletions or superseded rows that are not in the batch's own file. Of all sets of columns
 * that were not read those three with the most rows get a file each, of as many those whose first row came first.
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

/** By the plan of a batch's own file, those of files that lack further columns: whoever keeps rows by plan has few of them. */
const narrowed = new WeakMap<Plan, Map<string, Plan>>();

function filePlanOf(plan: Plan, filePlan: Plan, { columns }: ColumnSet): Plan {
  const known = narrowed.get(filePlan) ?? new Map<string, Plan>();
  narrowed.set(filePlan, known);
  const lacking = new Set(columns.map((column) => plan.columns[column] as Column));
  const found = known.get(columns.join()) ?? withoutColumns(filePlan, lacking);
  known.set(columns.join(), found);
  return found;
}

/** The sets in the order of their first rows; at last those beyond {@link mostSets} as one without columns. */
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

/** Whether a row holds a value that was not read. @param length of the row in `bytes` */
export function holdsUnread(bytes: Buffer, length: number): boolean {
  return bytes.subarray(0, length).includes(unreadMark);
}
