/**
 * The latest results of each measurement, kept in one JSON file: running some parts keeps the results of the others.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem, type } from 'node:os';
import type { Calls } from './calls.ts';
import type { Conversion } from './conversions.ts';
import type { Dedup } from './dedup.ts';
import type { Growth } from './growth.ts';
import type { Part } from './options.ts';
import type { StartTimes } from './start_times.ts';
import type { StateTimes } from './state_times.ts';
import type { SyncTimes } from './sync_times.ts';
import type { WholeWrite } from './whole_writes.ts';

/** How a part was measured. */
export interface PartRun {
  /** When the run of the benchmark began that measured it: an ISO time. Parts of one run have the same. */
  readonly run: string;
  readonly seconds: number;
  /** What other programs used of the machine meanwhile, from 0 to 1; absent if the system does not say. */
  readonly others?: number;
}

export interface Results {
  readonly machine: string;
  readonly parts?: Readonly<Partial<Record<Part, PartRun>>>;
  readonly conversions?: readonly Conversion[];
  readonly write?: readonly WholeWrite[];
  readonly start?: StartTimes;
  readonly dedup?: Dedup;
  readonly states?: StateTimes;
  readonly calls?: Calls;
  readonly sync?: SyncTimes;
  readonly growth?: readonly Growth[];
}

/** Processor, memory, system and Node in a few words. */
export function machine(): string {
  const [first] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} × ${first?.model.trim()}, ${memory}, ${type()}, Node ${process.versions.node}`;
}

/** The old results, replaced by new ones where there are any; other data sets and parts are kept. */
export function merged(old: Results, latest: Results): Results {
  const known = old.conversions ?? [];
  const measured = latest.conversions ?? [];
  const renewed = known.map((one) => measured.find(({ set }) => set === one.set) ?? one);
  const added = measured.filter(({ set }) => !known.some((one) => one.set === set));
  const conversions = [...renewed, ...added];
  return {
    ...old,
    ...latest,
    ...(conversions.length > 0 && { conversions }),
    ...((old.parts ?? latest.parts) && { parts: { ...old.parts, ...latest.parts } }),
  };
}

/** Writes the results to the file, merged with its previous ones if they are from the same machine. */
export function saveResults(path: string, latest: Results): void {
  const old = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : latest;
  const results = old.machine === latest.machine ? merged(old, latest) : latest;
  const rounded = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value);
  writeFileSync(path, `${JSON.stringify(results, rounded, 2)}\n`);
}
