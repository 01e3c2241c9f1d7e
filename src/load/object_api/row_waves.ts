/**
 * The rows of a batch in waves: keys that a tenant may take for one are never in progress together, so that the later
 * row is written after the earlier one.
 */
import { mostRecords } from '../../gainsight/contract.ts';
import type { RowRecord } from './record_text.ts';

/** Reads a row of the file. */
export type ReadRow = (row: number) => Promise<RowRecord>;

/** A record that can be written. */
export type KeyedRecord = RowRecord & { readonly key: NonNullable<RowRecord['key']> };

/** Yields groups of records, and keeps back what belongs to the next wave. */
export class RowWave {
  readonly #rows: Iterable<number>;
  readonly #read: ReadRow;
  /** Is given rows that have no key. */
  readonly #keyless: (row: number) => void;
  /** Rows with a key that is similar to one of this wave. */
  readonly later: number[] = [];

  constructor(rows: Iterable<number>, read: ReadRow, keyless: (row: number) => void) {
    this.#rows = rows;
    this.#read = read;
    this.#keyless = keyless;
  }

  /** At most {@link mostRecords} at a time, in order. */
  async *groups(): AsyncGenerator<KeyedRecord[], void, void> {
    const seen = new Set<string>();
    let group: KeyedRecord[] = [];
    for (const row of this.#rows) {
      const record = await this.#read(row);
      if (!isKeyed(record)) this.#keyless(row);
      else if (seen.has(record.key.normal)) this.later.push(row);
      else {
        seen.add(record.key.normal);
        group.push(record);
      }
      if (group.length < mostRecords) continue;
      yield group;
      group = [];
    }
    if (group.length > 0) yield group;
  }
}

function isKeyed(record: RowRecord): record is KeyedRecord {
  return record.key !== undefined;
}
