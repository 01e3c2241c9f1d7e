/** Measures deduplication: the same rows loaded by UPSERT, with five rows per key, and by INSERT, which has no keys. */
import type { Operation } from '../src/model.ts';
import type { Extent } from './conversions.ts';
import { writeDataFile } from './data/data_file.ts';
import type { DataSet } from './data/data_set.ts';
import { personName, timeText } from './data/words.ts';
import { immediate } from './sandbox_process.ts';
import { typical } from './statistics.ts';
import { figure, table } from './table.ts';
import type { Usage } from './usage.ts';
import { type SyncResult, wholeWrite } from './whole_write.ts';

const rowsPerKey = 5;

export interface Dedup {
  readonly rows: number;
  readonly keys: number;
  readonly bytes: number;
  readonly with: Usage;
  readonly without: Usage;
}

function contacts(keys: number): DataSet {
  return {
    name: 'contacts',
    what: `rows of ${keys} keys`,
    columns: [
      { name: 'id', kind: 'number' },
      { name: 'name', kind: 'text' },
      { name: 'updated_at', kind: 'text' },
    ],
    keys: ['id'],
    record: (random) =>
      `{"id":${random(keys)},"name":${JSON.stringify(personName(random))},"updated_at":"${timeText(random)}"}`,
  };
}

/** Loads this many rows both ways, taking turns. */
export async function dedup(rows: number, { folder, rounds }: Omit<Extent, 'bytes'>): Promise<Dedup> {
  const keys = rows / rowsPerKey;
  const set = contacts(keys);
  const input = `${folder}/records.jsonl`;
  const { bytes } = writeDataFile(set, input, { rows });
  const runs: Record<'UPSERT' | 'INSERT', SyncResult[]> = { UPSERT: [], INSERT: [] };
  const run = async (operation: Operation & keyof typeof runs) =>
    runs[operation].push(await wholeWrite({ sets: [set], operation, input: [input], sandbox: immediate }, folder));
  for (let round = 0; round < rounds; round++) {
    await run('UPSERT');
    await run('INSERT');
  }
  return { rows, keys, bytes, with: typical(runs.UPSERT), without: typical(runs.INSERT) };
}

export function printDedup({ rows, keys, bytes, with: upsert, without }: Dedup): string {
  const line = (name: string, { cpu, wall, memory }: Usage) => [
    ...[name, cpu.toFixed(2), wall.toFixed(2), (memory / 1e6).toFixed(0), `${figure(without.cpu / cpu)}×`],
  ];
  const title = `Dedup: ${rows.toLocaleString('en')} rows of ${keys.toLocaleString('en')} keys, ${(bytes / 1e6).toFixed(0)} MB`;
  const lines = [line('without (INSERT)', without), line('with (UPSERT)', upsert)];
  return `${title}\n${table(['', 'CPU s', 'wall s', 'peak MB', 'speed'], lines)}\n`;
}
