/** The objects' records, and how finished jobs change them. */
import type { Cells } from './csv.ts';
import type { ObjectRules } from './options.ts';
import { keyOf, type Purpose, type RowProblem } from './rules.ts';

/** A record as a test reads it: null for an empty cell, '' for an empty string. */
export type StoredRow = Record<string, string | null>;

/** The rows of a job that are to be applied. */
export interface Change {
  readonly purpose: Purpose;
  readonly header: readonly string[];
  readonly rows: readonly Cells[];
  /** The line of the file on which each row starts. */
  readonly lines: readonly number[];
  /** Rows that were already rejected. */
  readonly refused: ReadonlySet<number>;
}

/** Cells in the order of the object's fields; undefined for a field that the record never had. */
type Row = (string | null | undefined)[];

/** An object's records, as far as a person looks at them. */
export interface Sample {
  readonly object: string;
  readonly count: number;
  /** Those that were created last, the last one first. */
  readonly latest: readonly StoredRow[];
}

/** One object's records, in the order of their creation. */
class Table {
  /** As the first job on it spelled it. */
  readonly object: string;
  readonly fields: string[] = [];
  readonly rows: Row[] = [];
  #index: { readonly by: string; readonly rows: Map<string, Row[]> } | undefined;

  constructor(object: string) {
    this.object = object;
  }

  /** A record as a test reads it. */
  shown(row: Row): StoredRow {
    const known = this.fields.flatMap((field, column) =>
      row[column] === undefined ? [] : [[field, row[column]] as const],
    );
    return Object.fromEntries(known) as StoredRow;
  }

  column(field: string): number {
    const known = this.fields.indexOf(field);
    return known >= 0 ? known : this.fields.push(field) - 1;
  }

  /** The records indexed by these columns; kept until other columns are requested. */
  by(columns: readonly number[]): Map<string, Row[]> {
    if (columns.length === 0) return new Map();
    const by = columns.join();
    if (this.#index?.by === by) return this.#index.rows;
    const rows = new Map<string, Row[]>();
    for (const row of this.rows) add(rows, keyOf(row as Cells, columns) ?? '', row);
    this.#index = { by, rows };
    return rows;
  }

  insert(row: Row): void {
    this.rows.push(row);
    this.#index = undefined;
  }

  upsert(row: Row, key: string): void {
    this.rows.push(row);
    if (this.#index) add(this.#index.rows, key, row);
  }
}

function add(rows: Map<string, Row[]>, key: string, row: Row): void {
  const same = rows.get(key);
  if (same) same.push(row);
  else rows.set(key, [row]);
}

/** The records of all objects, whose names count in any case. */
export class Store {
  readonly #tables = new Map<string, Table>();

  /** An object's records; empty if nothing was ever loaded. */
  rows(object: string): StoredRow[] {
    const table = this.#tables.get(object.toLowerCase());
    return table?.rows.map((row) => table.shown(row)) ?? [];
  }

  /** Each object that a job has loaded rows into, with its `most` latest records. */
  samples(most: number): Sample[] {
    return [...this.#tables.values()].map((table) => ({
      ...{ object: table.object, count: table.rows.length },
      latest: table.rows
        .slice(-most)
        .reverse()
        .map((row) => table.shown(row)),
    }));
  }

  /**
   * Applies a job's rows in order: INSERT appends, UPDATE changes every record of the key, UPSERT appends if there is
   * none.
   * @returns reasons for rejected rows that depend on the records
   */
  apply(change: Change, rules: ObjectRules | undefined): RowProblem[] {
    const { purpose, header, rows, lines, refused } = change;
    const table = this.#table(purpose.object);
    const columns = header.map((field) => table.column(field));
    const keyColumns = purpose.keyFields.map((field) => header.indexOf(field));
    const known = table.by(keyColumns.map((column) => columns[column] as number));
    const missing = missingField(header, rules);
    const problems: RowProblem[] = [];
    for (const [row, cells] of rows.entries()) {
      if (refused.has(row)) continue;
      const key = keyOf(cells, keyColumns);
      const matches = key === undefined ? [] : (known.get(key) ?? []);
      const problem = refusal(purpose, matches.length, key, missing);
      if (problem) problems.push({ row, line: lines[row] as number, ...problem });
      else if (matches.length > 0) for (const match of matches) assign(match, columns, cells);
      else if (key === undefined) table.insert(assign([], columns, cells));
      else table.upsert(assign([], columns, cells), key);
    }
    return problems;
  }

  #table(object: string): Table {
    const name = object.toLowerCase();
    const table = this.#tables.get(name) ?? new Table(object);
    this.#tables.set(name, table);
    return table;
  }
}

function assign(row: Row, columns: readonly number[], cells: Cells): Row {
  for (const [index, cell] of cells.entries()) row[columns[index] as number] = cell;
  return row;
}

function missingField(header: readonly string[], rules: ObjectRules | undefined): string | undefined {
  return Object.entries(rules?.fields ?? {}).find(([field, rule]) => rule.required && !header.includes(field))?.[0];
}

/** Why a row is rejected because of the records. */
function refusal(
  { operation, object, keyFields }: Purpose,
  matches: number,
  key: string | undefined,
  missing: string | undefined,
): Pick<RowProblem, 'field' | 'message'> | undefined {
  if (matches > 0) return undefined;
  const field = keyFields.join(',');
  if (operation === 'UPDATE') return { field, message: `GSOBJ_1011: No record of ${object} matches "${key}"` };
  if (missing === undefined) return undefined;
  return { field: missing, message: `GSOBJ_1007: Null value "" is not allowed for field ${missing}` };
}
