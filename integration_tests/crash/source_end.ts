/** The rows that a source's tables must produce in Gainsight, and which rows before a state are missing. */
import type { StoredRow } from '../../src/sandbox/store.ts';
import { rowText } from '../support/row_text.ts';
import { type Cursors, refusedTier, type Source, type SourceRow, type SourceStream } from './source.ts';

/** The rows of an object as texts, sorted. */
export function textsOf(rows: readonly StoredRow[]): string[] {
  return rows.map(rowText).sort();
}

/** The rows of each object after the whole source is loaded, one record after the other. */
export function rowsInTheEnd(source: Source): Map<string, StoredRow[]> {
  const objects = new Map<string, StoredRow[]>(source.streams.map(({ object }) => [object, []]));
  // Parents first: their records exist when they are updated.
  const streams = source.streams.toSorted((a, b) => Number(a.parent !== undefined) - Number(b.parent !== undefined));
  for (const { name, object, operation } of streams) {
    const rows = objects.get(object) ?? [];
    for (const { data } of source.rows(name)) {
      const known = operation === 'INSERT' ? undefined : rows.find((row) => row['Id'] === data['Id']);
      if (known) Object.assign(known, data);
      else if (operation !== 'UPDATE' && data['Tier'] !== refusedTier) rows.push({ ...data });
    }
  }
  return objects;
}

/** Rows up to the cursors that Gainsight has neither as they are nor in a later version. */
export function missingBefore(
  source: Source,
  read: { readonly from: Cursors; readonly upTo: Cursors },
  rowsOf: (object: string) => readonly StoredRow[],
): string[] {
  return source.streams.flatMap((stream) => {
    const rows = new Map(rowsOf(stream.object).map((row) => [row['Id'], row]));
    const [from, upTo] = [read.from, read.upTo].map((cursors) => cursors.get(stream.name) ?? 0) as [number, number];
    return source
      .rows(stream.name)
      .filter(({ place }) => place > from && place <= upTo)
      .filter((row) => !isThere(stream, row, rows.get(row.data['Id'] ?? '')))
      .map(({ place }) => `${stream.name} ${place}`);
  });
}

function isThere({ operation }: SourceStream, { data }: SourceRow, found: StoredRow | undefined): boolean {
  // A rejected row does not exist, and so neither does what would update it.
  if (data['Tier'] === refusedTier || (operation === 'UPDATE' && !found)) return true;
  const column = operation === 'UPDATE' ? 'Score' : 'Seq';
  return Number(found?.[column]) >= Number(data[column]);
}
