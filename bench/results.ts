/**
 * The latest results of each measurement, kept in one JSON file: running some parts keeps the results of the others.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem, type } from 'node:os';
import type { Conversion } from './conversions.ts';
import type { Dedup } from './dedup.ts';
import type { Growth } from './growth.ts';
import type { SyncTimes } from './sync_times.ts';
import type { WholeWrite } from './whole_writes.ts';

export interface Results {
  readonly machine: string;
  readonly conversions?: readonly Conversion[];
  readonly write?: readonly WholeWrite[];
  readonly dedup?: Dedup;
  readonly sync?: SyncTimes;
  readonly growth?: readonly Growth[];
}

/** Processor, memory, system and Node in a few words. */
export function machine(): string {
  const [first] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} × ${first?.model.trim()}, ${memory}, ${type()}, Node ${process.versions.node}`;
}

/** The old results, replaced by new ones where there are any; other data sets are kept. */
export function merged(old: Results, latest: Results): Results {
  const known = old.conversions ?? [];
  const measured = latest.conversions ?? [];
  const renewed = known.map((one) => measured.find(({ set }) => set === one.set) ?? one);
  const added = measured.filter(({ set }) => !known.some((one) => one.set === set));
  const conversions = [...renewed, ...added];
  return { ...old, ...latest, ...(conversions.length > 0 && { conversions }) };
}

/** Writes the results to the file, merged with its previous ones if they are from the same machine. */
export function saveResults(path: string, latest: Results): void {
  const old = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : latest;
  const results = old.machine === latest.machine ? merged(old, latest) : latest;
  const rounded = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value);
  writeFileSync(path, `${JSON.stringify(results, rounded, 2)}\n`);
}
