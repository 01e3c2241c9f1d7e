/**
 * Measures the whole `write`, with keys, dedup, digest and upload, and DuckDB's bare conversion of the same records for
 * comparison.
 */
import { writeFileSync } from 'node:fs';
import { duckdb } from './contestants.ts';
import type { Extent } from './conversions.ts';
import { writeDataFile } from './data/data_file.ts';
import type { DataSet } from './data/data_set.ts';
import { measure } from './measure.ts';
import { immediate } from './sandbox_process.ts';
import { typical } from './statistics.ts';
import { figure, table } from './table.ts';
import type { Task } from './task.ts';
import type { Usage } from './usage.ts';
import { type SyncResult, wholeWrite } from './whole_write.ts';

/** One data set, loaded by UPSERT. */
export interface WholeWrite {
  readonly set: string;
  readonly bytes: number;
  readonly rows: number;
  readonly write: Usage;
  readonly duckdb: Usage;
  /** Bytes of all CSV files that were submitted. */
  readonly submittedBytes: number;
  readonly submissions: number;
}

export async function wholeWrites(sets: readonly DataSet[], { folder, bytes, rounds }: Extent): Promise<WholeWrite[]> {
  const results: WholeWrite[] = [];
  for (const set of sets) {
    const input = `${folder}/records.jsonl`;
    const file = writeDataFile(set, input, { bytes });
    const task: Task = { columns: set.columns, streams: [set], input, output: `${folder}/duckdb.csv` };
    const taskFile = `${folder}/duckdb.json`;
    writeFileSync(taskFile, JSON.stringify(task));
    const peer = duckdb(1).program(task, taskFile);
    const [writes, conversions]: [SyncResult[], Usage[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      writes.push(await wholeWrite({ set, operation: 'UPSERT', input, sandbox: immediate }, folder));
      conversions.push(await measure(peer, folder));
    }
    const { jobs, submissions } = writes[0] as SyncResult;
    results.push({
      ...{ set: set.name, bytes: file.bytes, rows: file.rows, write: typical(writes), duckdb: typical(conversions) },
      ...{ submittedBytes: jobs.reduce((sum, job) => sum + job.bytes, 0), submissions },
    });
  }
  return results;
}

/** Default maximum size of a file, in bytes. */
const fileCap = 75e6;

export function printWholeWrites(writes: readonly WholeWrite[]): string {
  const head = [
    'write',
    'MB',
    'CPU s',
    'wall s',
    'peak MB',
    'duckdb CPU s',
    'speed of duckdb’s',
    'CSV MB',
    'calls',
    'least',
  ];
  const lines = writes.map(({ set, bytes, write, duckdb: peer, submittedBytes, submissions }) => [
    ...[set, (bytes / 1e6).toFixed(0), write.cpu.toFixed(2), write.wall.toFixed(2), (write.memory / 1e6).toFixed(0)],
    ...[peer.cpu.toFixed(2), `${figure(peer.cpu / write.cpu)}×`],
    ...[(submittedBytes / 1e6).toFixed(0), String(submissions), String(Math.ceil(submittedBytes / fileCap))],
  ]);
  return `The whole write, UPSERT: keys, dedup, digest, spool, upload\n${table(head, lines)}\n`;
}
