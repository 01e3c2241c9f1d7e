/** The objects' records, and how finished jobs change them. */
import type { Cells } from './csv.ts';
import type { ObjectRules, Settings } from './options.ts';
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
export type Row = (string | null | undefined)[];

/** The form of a key's value by which keys are compared. */
export type KeyForm = (cell: string) => string;

/** The field that identifies a record. */
export const gsidField = 'Gsid';

/** An object's records, as far as a person looks at them. */
export interface Sample {
  readonly object: string;
  readonly count: number;
  /** Those that were created last, the last one first. */
  readonly latest: readonly StoredRow[];
}

/** One object's records, in the order of their creation. */
export class Table {
  /** As the first job on it spelled it. */
  readonly object: string;
  readonly fields: string[] = [];
  rows: Row[] = [];
  /** Records that were ever made. */
  #made = 0;
  readonly #form: KeyForm | undefined;
  readonly #hiddenUntil = new WeakMap<Row, number>();
  #index: { readonly by: string; readonly columns: readonly number[]; readonly rows: Map<string, Row[]> } | undefined;
  /** Its column of GSIDs, if the sandbox gives them itself. */
  #given: number | undefined;

  constructor(object: string, form: KeyForm | undefined) {
    this.object = object;
    this.#form = form;
  }

  /** A record as a test reads it. */
  shown(row: Row): StoredRow {
    const known = this.fields.flatMap((field, column) =>
      row[column] === undefined || column === this.#given ? [] : [[field, row[column]] as const],
    );
    return Object.fromEntries(known) as StoredRow;
  }

  column(field: string): number {
    const known = this.fields.indexOf(field);
    return known >= 0 ? known : this.fields.push(field) - 1;
  }

  /** Gives GSIDs to all records that have none. Only the object API shows them. */
  identify(): void {
    if (this.#given !== undefined || this.fields.includes(gsidField)) return;
    this.#given = this.column(gsidField);
    for (const [at, row] of this.rows.entries()) row[this.#given] = gsidOf(at);
  }

  /** The records indexed by these columns; kept until other columns are requested. */
  by(columns: readonly number[]): Map<string, Row[]> {
    if (columns.length === 0) return new Map();
    const by = columns.join();
    if (this.#index?.by === by) return this.#index.rows;
    const rows = new Map<string, Row[]>();
    for (const row of this.rows) add(rows, this.key(row, columns) ?? '', row);
    this.#index = { by, columns, rows };
    return rows;
  }

  /** A key as one text; undefined without columns. */
  key(row: Row | Cells, columns: readonly number[]): string | undefined {
    const form = this.#form;
    if (!form) return keyOf(row as Cells, columns);
    const cells = columns.map((column) => form(row[column] ?? ''));
    return keyOf(cells, [...columns.keys()]);
  }

  delete(isMeant: (row: Row) => boolean): void {
    this.rows = this.rows.filter((row) => !isMeant(row));
    this.#index = undefined;
  }

  /** @param hiddenUntil when queries show it, by the monotonic clock; default: at once */
  insert(row: Row, hiddenUntil?: number): Row {
    if (this.#given !== undefined) row[this.#given] ??= gsidOf(this.#made);
    this.#made += 1;
    if (hiddenUntil !== undefined) this.#hiddenUntil.set(row, hiddenUntil);
    this.rows.push(row);
    if (this.#index) add(this.#index.rows, this.key(row, this.#index.columns) ?? '', row);
    return row;
  }

  /** Whether queries show a record. */
  isShown(row: Row, elapsed: number): boolean {
    return (this.#hiddenUntil.get(row) ?? elapsed) <= elapsed;
  }
}

function add(rows: Map<string, Row[]>, key: string, row: Row): void {
  const same = rows.get(key);
  if (same) same.push(row);
  else rows.set(key, [row]);
}

/** GSIDs have 36 characters. */
function gsidOf(at: number): string {
  return `1S01${String(at + 1).padStart(32, '0')}`;
}

/** The records of all objects, whose names count in any case. */
export class Store {
  readonly #tables = new Map<string, Table>();
  readonly #form: KeyForm | undefined;

  /** @param form absent: keys are compared as they are */
  constructor(form?: KeyForm) {
    this.#form = form;
  }

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
   * @param style whether an UPDATE without a match is rejected, and texts that are too long are cut
   * @returns reasons for rejected rows that depend on the records
   */
  apply(change: Change, rules: ObjectRules | undefined, style: StoreStyle): RowProblem[] {
    const { purpose, header, rows, lines, refused } = change;
    const table = this.table(purpose.object);
    const columns = header.map((field) => table.column(field));
    const keyColumns = purpose.keyFields.map((field) => header.indexOf(field));
    const known = table.by(keyColumns.map((column) => columns[column] as number));
    const missing = missingField(header, rules);
    const problems: RowProblem[] = [];
    for (const [row, sent] of rows.entries()) {
      if (refused.has(row)) continue;
      const cells = style.longText === 'cut' ? cut(header, sent, rules) : sent;
      const key = table.key(cells, keyColumns);
      const matches = key === undefined ? [] : (known.get(key) ?? []);
      const problem = refusal(purpose, matches.length, missing);
      if (problem === 'unmatched' && style.unmatchedUpdate === 'success') continue;
      if (problem) problems.push({ row, line: lines[row] as number, ...reasonOf(problem, purpose, key) });
      else if (matches.length > 0) for (const match of matches) assign(match, columns, cells);
      else table.insert(assign([], columns, cells));
    }
    return problems;
  }

  /** An object's records; made if there are none. */
  table(object: string): Table {
    const name = object.toLowerCase();
    const table = this.#tables.get(name) ?? new Table(object, this.#form);
    this.#tables.set(name, table);
    return table;
  }
}

/** What is likely of a tenant but not proven. */
export type StoreStyle = Pick<Settings, 'unmatchedUpdate' | 'longText'>;

function assign(row: Row, columns: readonly number[], cells: Cells): Row {
  for (const [index, cell] of cells.entries()) row[columns[index] as number] = cell;
  return row;
}

function missingField(header: readonly string[], rules: ObjectRules | undefined): string | undefined {
  return Object.entries(rules?.fields ?? {}).find(([field, rule]) => rule.required && !header.includes(field))?.[0];
}

/** Cuts texts that are too long, as a loader of Gainsight did. */
export function cutText(text: string, maxLength: number): string {
  return [...text].slice(0, Math.max(0, maxLength - 3)).join('') + '...'.slice(0, maxLength);
}

function cut(header: readonly string[], cells: Cells, rules: ObjectRules | undefined): Cells {
  return cells.map((cell, at) => {
    const { maxLength } = rules?.fields[header[at] as string] ?? {};
    return cell === null || maxLength === undefined || [...cell].length <= maxLength ? cell : cutText(cell, maxLength);
  });
}

/** Why a row is not applied: there is no record of its key, or a new record would lack this field. */
function refusal(
  { operation }: Purpose,
  matches: number,
  missing: string | undefined,
): 'unmatched' | { readonly missing: string } | undefined {
  if (matches > 0) return undefined;
  if (operation === 'UPDATE') return 'unmatched';
  return missing === undefined ? undefined : { missing };
}

function reasonOf(
  problem: NonNullable<ReturnType<typeof refusal>>,
  { object, keyFields }: Purpose,
  key: string | undefined,
): Pick<RowProblem, 'field' | 'message'> {
  if (problem === 'unmatched') {
    return { field: keyFields.join(','), message: `GSOBJ_1011: No record of ${object} matches "${key}"` };
  }
  const field = problem.missing;
  return { field, message: `GSOBJ_1007: Null value "" is not allowed for field ${field}` };
}
