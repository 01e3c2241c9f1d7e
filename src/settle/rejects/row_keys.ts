/** The keys of rows, as far as they decide which of two records is the newer one. */
import type { Batch, RejectedRows } from '../../model.ts';
import { csvRows } from '../../records/csv_rows.ts';
import { plainCells } from '../../records/typed_row.ts';
import { isSameList } from './waiting.ts';

/**
 * What rows with the same key have in common, whatever the order of the key fields. Case and outer white space do not
 * count: Gainsight may ignore them, and a row must not overwrite a newer one. Undefined without a complete key.
 */
export function keyTextOf(
  keyFields: readonly string[],
  fields: readonly string[],
  cells: readonly (string | null)[],
): string | undefined {
  const parts: [field: string, text: string][] = [];
  for (const field of keyFields) {
    const cell = cells[fields.indexOf(field)];
    if (cell === null || cell === undefined) return undefined;
    parts.push([field, cell.trim().toLowerCase()]);
  }
  return JSON.stringify(parts.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Whether keys of the two can be compared. */
export function hasSameKeyFields(one: readonly string[], other: readonly string[]): boolean {
  return isSameList([...one].sort(), [...other].sort());
}

/** A key in an object. @param key of {@link keyTextOf} */
export function keyIn(object: string, key: string): string {
  return `${object.toLowerCase()}\n${key}`;
}

/**
 * Reads the rows of a batch's file.
 * @param visit gets the cells, and the key of {@link keyTextOf}
 */
export async function eachRowOf(
  { bytes, filePlan, path, plan, route, rows: count }: Batch,
  nullText: string,
  visit: (cells: (string | null)[], key: string | undefined) => void,
): Promise<void> {
  const fields = filePlan.columns.map(({ field }) => field);
  // A batch without rows may have no file.
  if (count === 0) return;
  let isHeader = true;
  for await (const rows of csvRows(path, bytes)) {
    for (const row of rows) {
      const cells = isHeader ? undefined : plainCells(row, nullText, route === 'object_api');
      if (cells) visit(cells, keyTextOf(plan.keyFields, fields, cells));
      isHeader = false;
    }
  }
}

/** For each key that a rejected row of a batch has: the last of all rows with this key, rejected or not. */
export async function lastRowsOf(
  batch: Batch,
  rejected: RejectedRows,
  nullText: string,
): Promise<ReadonlyMap<string, number>> {
  const { filePlan, plan, route } = batch;
  const fields = filePlan.columns.map(({ field }) => field);
  const last = new Map<string, number>();
  for (const { row } of rejected) {
    const key = keyTextOf(
      plan.keyFields,
      fields,
      plainCells(await batch.readRow(row), nullText, route === 'object_api'),
    );
    if (key !== undefined) last.set(key, row);
  }
  let row = 0;
  await eachRowOf(batch, nullText, (_, key) => {
    if (key !== undefined && last.has(key)) last.set(key, row);
    row += 1;
  });
  return last;
}
