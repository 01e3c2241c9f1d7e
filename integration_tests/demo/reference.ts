/** The rows that the sandbox must have in the end, computed the simple way: row by row, the last of a key wins. */
import type { Sandbox } from '../../src/sandbox/server.ts';
import type { Cell, DemoRecord, DemoTable } from './table.ts';

/** The expected result of a table. */
export interface Expected {
  /** The object's rows, in order of first arrival. */
  readonly rows: readonly (readonly Cell[])[];
  /** Rows that were replaced by a later one of the same key. */
  readonly superseded: number;
  readonly rejected: number;
}

/** Loads the records into a plain Map. */
export function expect(table: DemoTable): Expected {
  const keys = table.keyFields.map((field) => table.columns.findIndex((column) => column.field === field));
  const byKey = new Map<string, DemoRecord>();
  let rejected = 0;
  for (const [number, record] of table.records.entries()) {
    const key = keys.map((column) => record.cells[column]);
    if (key.some((cell) => cell === null || cell === '')) rejected++;
    else byKey.set(table.operation === 'INSERT' ? String(number) : JSON.stringify(key), record);
  }
  const superseded = table.records.length - rejected - byKey.size;
  const rows = [...byKey.values()].filter((record) => isTaken(record, table)).map(({ cells }) => cells);
  return { rows, superseded, rejected: rejected + byKey.size - rows.length };
}

function isTaken(record: DemoRecord, { columns }: DemoTable): boolean {
  return columns.every(({ rule }, at) => {
    const cell = record.cells[at];
    return cell === null || cell === undefined || rule?.picklist === undefined || rule.picklist.includes(cell);
  });
}

/**
 * Compares the object with the expected rows, cell by cell.
 * @returns a sentence for each kind of difference
 */
export function differences(table: DemoTable, expected: Expected, sandbox: Sandbox): string[] {
  const fields = table.columns.map(({ field }) => field);
  const found = sandbox.rows(table.object).map((row) => JSON.stringify(fields.map((field) => row[field])));
  const wanted = expected.rows.map((cells) => JSON.stringify(cells));
  // Files of an object are loaded one after the other, so the order of INSERT is known; for UPSERT it does not matter.
  if (table.operation !== 'INSERT') {
    found.sort();
    wanted.sort();
  }
  if (found.length !== wanted.length) return [`${table.object} holds ${found.length} rows, not ${wanted.length}`];
  const at = wanted.findIndex((row, index) => row !== found[index]);
  return at < 0 ? [] : [`${table.object} holds ${found[at]} where it should hold ${wanted[at]}`];
}
