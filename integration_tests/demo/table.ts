/** A table of the demo: its stream, its object in the sandbox and its rows, as plain data. */
import type { Operation } from '../../src/model.ts';
import type { FieldRule } from '../../src/sandbox/options.ts';

/** A column of the warehouse and its Gainsight field. */
export interface DemoColumn {
  /** The column's name, or a dotted path into nested data. */
  readonly column: string;
  readonly field: string;
  /** The rule of the object's field. */
  readonly rule?: FieldRule;
}

/** A cell as Gainsight must hold it: null if it is empty. */
export type Cell = string | null;

/** One record: the JSON text of its `data`, and its expected cells. */
export interface DemoRecord {
  readonly json: string;
  /** In the order of the table's columns. */
  readonly cells: readonly Cell[];
}

/** A table, the object that it is loaded into, and how. */
export interface DemoTable {
  readonly stream: string;
  readonly object: string;
  readonly operation: Operation;
  readonly columns: readonly DemoColumn[];
  /** Gainsight fields. */
  readonly keyFields: readonly string[];
  /** Columns. */
  readonly primaryKey: readonly string[];
  readonly loadAfter: readonly string[];
  /** Records between two states. */
  readonly stateEvery: number;
  readonly records: readonly DemoRecord[];
}

/** Computes a row's cells in the simplest way: the connector must get the same result. */
export function plainRecord(row: Readonly<Record<string, unknown>>, columns: readonly DemoColumn[]): DemoRecord {
  return { json: JSON.stringify(row), cells: columns.map(({ column }) => plainCell(valueAt(row, column))) };
}

function valueAt(row: Readonly<Record<string, unknown>>, column: string): unknown {
  if (Object.hasOwn(row, column)) return row[column];
  return column
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | null | undefined)?.[name], row);
}

function plainCell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  return Array.isArray(value) ? value.join(';') : String(value);
}
