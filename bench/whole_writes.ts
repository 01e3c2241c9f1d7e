/**
 * Measures the whole `write`, with keys, dedup, digest, spool and upload, beside DuckDB, which writes the same rows to
 * one file, and beside its bare conversion of all records.
 */
import { writeFileSync } from 'node:fs';
import { type Agreement, compareByKey } from './agreement.ts';
import { type Contestant, duckdb, duckdbDedup } from './contestants.ts';
import { writeDataFile } from './data/data_file.ts';
import type { DataSet } from './data/data_set.ts';
import { accountsOfKeys } from './data/generated_sets.ts';
import { mainSets, setNamed } from './data/sets.ts';
import { measure, type Program } from './measure.ts';
import { immediate } from './sandbox_process.ts';
import { typical } from './statistics.ts';
import { figure, table } from './table.ts';
import type { Task } from './task.ts';
import type { Usage } from './usage.ts';
import { type SyncResult, wholeWrite } from './whole_write.ts';

/** One data set, loaded by UPSERT. */
export interface WholeWrite {
  readonly set: string;
  readonly what: string;
  readonly bytes: number;
  readonly rows: number;
  readonly write: Usage;
  /** DuckDB on one thread: the last record of each key. */
  readonly dedup: Usage;
  /** DuckDB on one thread: every record. */
  readonly duckdb: Usage;
  /** The object's records in the end, compared with the rows of `dedup`. */
  readonly agreement: Agreement;
  /** Bytes of all CSV files that were submitted. */
  readonly submittedBytes: number;
  readonly submissions: number;
}

/** Where and how much is measured. */
interface Extent {
  readonly folder: string;
  /** Records of a data set. */
  readonly rows: number;
  readonly rounds: number;
}

/** Records that share a key in one of the sets. */
const recordsPerKey = 5;

/** Different keys, real data with different keys, and a key for several records. */
export async function wholeWrites(extent: Extent): Promise<WholeWrite[]> {
  const results: WholeWrite[] = [];
  const sets = [...mainSets.map((name) => setNamed(name).make()), accountsOfKeys(extent.rows / recordsPerKey)];
  for (const set of sets) results.push(await compareWrite(set, extent));
  return results;
}

async function compareWrite(set: DataSet, { folder, rows, rounds }: Extent): Promise<WholeWrite> {
  const input = `${folder}/records.jsonl`;
  const { bytes } = writeDataFile(set, input, { rows });
  const program = ({ name, ...peer }: Contestant): Program => {
    const task: Task = { columns: set.columns, streams: [set], input, output: `${folder}/${name}.csv` };
    const taskFile = `${folder}/${name}.json`;
    writeFileSync(taskFile, JSON.stringify(task));
    return peer.program(task, taskFile);
  };
  const peers = { dedup: program(duckdbDedup), duckdb: program(duckdb(1)) };
  const sync = { sets: [set], operation: 'UPSERT', input: [input] } as const;
  const runs = { write: [] as SyncResult[], dedup: [] as Usage[], duckdb: [] as Usage[] };
  for (let round = 0; round < rounds; round++) {
    runs.write.push(await wholeWrite({ ...sync, sandbox: immediate }, folder));
    runs.dedup.push(await measure(peers.dedup, folder));
    runs.duckdb.push(await measure(peers.duckdb, folder));
  }
  const { jobs, submissions } = runs.write[0] as SyncResult;
  // In a run that is not measured, as a sandbox that keeps records takes the processor from the program.
  const recordsFile = `${folder}/records.csv`;
  await wholeWrite({ ...sync, sandbox: { ...immediate, recordsFile } }, folder);
  return {
    ...{ set: set.name, what: set.what, bytes, rows },
    ...{ write: typical(runs.write), dedup: typical(runs.dedup), duckdb: typical(runs.duckdb) },
    agreement: await compareByKey(recordsFile, `${folder}/${duckdbDedup.name}.csv`, set.columns, set.keys),
    ...{ submittedBytes: jobs.reduce((sum, job) => sum + job.bytes, 0), submissions },
  };
}

export function printWholeWrites(writes: readonly WholeWrite[]): string {
  const head = [
    ...['write', 'MB', 'CPU s', 'wall s', 'peak MB', 'DuckDB CPU s', 'peak MB', 'speed of it', 'bare CPU s'],
    ...['speed of it', 'CSV MB', 'calls', 'rows'],
  ];
  const seconds = ({ cpu }: Usage) => cpu.toFixed(2);
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
  const lines = writes.map(({ set, bytes, write, dedup, duckdb: bare, agreement, submittedBytes, submissions }) => [
    ...[set, megabytes(bytes), seconds(write), write.wall.toFixed(2), megabytes(write.memory)],
    ...[seconds(dedup), megabytes(dedup.memory), `${figure(dedup.cpu / write.cpu)}×`],
    ...[seconds(bare), `${figure(bare.cpu / write.cpu)}×`],
    ...[megabytes(submittedBytes), String(submissions), agreementText(agreement)],
  ]);
  const title = 'The whole write, UPSERT: keys, dedup, digest, spool, upload; DuckDB writes the same rows';
  return `${title}\n${table(head, lines, [0, head.length - 1])}\n`;
}

function agreementText({ rows, differing, first }: Agreement): string {
  if (differing === 0) return `same ${rows.toLocaleString('en')}`;
  return `${differing.toLocaleString('en')} DIFFER (${first})`;
}
