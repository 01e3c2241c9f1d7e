/** Measures every contestant on every data set, taking turns, and compares the cells of their CSV files. */
import { rmSync, writeFileSync } from 'node:fs';
import { type Agreement, compareFiles, sameBytes } from './agreement.ts';
import type { Contestant } from './contestants.ts';
import { writeDataFile } from './data/data_file.ts';
import type { DataSet } from './data/data_set.ts';
import { describedFields } from './described.ts';
import { measure } from './measure.ts';
import { runsInRound, typical } from './statistics.ts';
import type { Task } from './task.ts';
import type { Usage } from './usage.ts';

/** Result of the comparison; `no CSV`: one of them converts nothing. */
export type Agreed = Agreement | 'same bytes' | 'no CSV';

/** The result of one contestant with one data set. */
export interface ConversionResult extends Usage {
  readonly name: string;
  /** Number of runs of which the figures are medians. */
  readonly runs: number;
  /** Comparison of its CSV with ours. */
  readonly agreement: Agreed;
}

/** One data set, ours first. */
export interface Conversion {
  readonly set: string;
  readonly what: string;
  readonly bytes: number;
  readonly rows: number;
  readonly results: readonly ConversionResult[];
}

/** Where and how much is measured. */
export interface Extent {
  readonly folder: string;
  /** Size of a data set in bytes. */
  readonly bytes: number;
  readonly rounds: number;
}

/** Measures one data set. */
export async function convert(
  set: DataSet,
  contestants: readonly Contestant[],
  { folder, bytes, rounds }: Extent,
): Promise<Conversion> {
  const input = `${folder}/records.jsonl`;
  const file = writeDataFile(set, input, { bytes });
  const entrants = contestants.map((contestant, at) => {
    const described = contestant.checksValues ? { described: describedFields(set.columns, input) } : {};
    const output = `${folder}/${at}.csv`;
    const task: Task = { columns: set.columns, streams: [set], input, output, ...described };
    const taskFile = `${folder}/${at}.json`;
    writeFileSync(taskFile, JSON.stringify(task));
    return { contestant, output, program: contestant.program(task, taskFile), runs: [] as Usage[] };
  });
  for (let round = 0; round < rounds; round++) {
    for (const { contestant, program, runs } of entrants)
      if (runsInRound(contestant.pace, round)) runs.push(await measure(program, folder));
  }
  const results: ConversionResult[] = [];
  for (const { contestant, output, runs } of entrants) {
    const agreement = await agreementOf(`${folder}/0.csv`, output, set, contestant);
    results.push({ name: contestant.name, runs: runs.length, ...typical(runs), agreement });
  }
  for (const { output } of entrants) rmSync(output);
  return { set: set.name, what: set.what, bytes: file.bytes, rows: file.rows, results };
}

async function agreementOf(
  one: string,
  other: string,
  { columns }: DataSet,
  { nullText, convertsNothing }: Contestant,
): Promise<Agreed> {
  if (convertsNothing) return 'no CSV';
  return (await sameBytes(one, other)) ? 'same bytes' : compareFiles(one, other, columns, nullText);
}
