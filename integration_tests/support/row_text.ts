/** A row as a text independent of the order of its fields, for comparisons. */
import type { StoredRow } from '../../src/sandbox/store.ts';

/** The fields and values of a row, by name. */
export function rowText(row: StoredRow): string {
  return JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
}
