/** Removes old files of rejected rows and old reports: `rejected_rows.keep_days`. */
import type { Storage, StoredFile } from './storage.ts';
import type { Nesting } from './store.ts';

/**
 * The names that the connector gives: `RUN.ATTEMPT.NUMBER.STREAM.rejects.csv`, `….batch.csv`, the plan beside either, and
 * `RUN.ATTEMPT.report.json` or `.html`, of a load with its time before the ending; in a folder at the top, in a bucket below `RUN/`. Numbers have no leading zeros and an attempt at most three
 * digits, so that a date or a year in a name of another file is none of ours.
 */
const ownName =
  /^(?:([\w.-]{1,40})\/)?([\w.-]{1,40}?)\.(?:0|[1-9]\d{0,2})\.(?:[1-9]\d*\.[\w.-]{1,100}\.(?:rejects|batch)\.(?:csv|plan\.json)|report(?:\.\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d\.\d{3}Z)?\.(?:json|html))$/;

/** More wait for the next sync: at the start of this one nobody should wait for long. */
const mostRemoved = 1000;

/** Which files are too old. */
export interface Age {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds. */
  readonly longestMs: number;
}

/**
 * Removes files of ours that were last written too long ago, the oldest first, and nothing else.
 * @param signal ends it early
 * @returns number of removed files
 * @throws ConnectorError as the storage does
 */
export async function removeOldFiles(
  storage: Storage,
  nesting: Nesting,
  age: Age,
  signal: AbortSignal,
): Promise<number> {
  let removed = 0;
  for (const name of oldFiles(await storage.list(''), nesting, age).slice(0, mostRemoved)) {
    if (signal.aborted) break;
    await storage.remove(name);
    removed += 1;
  }
  return removed;
}

/** The names of those of our files that are too old, the oldest first. A plan is as old as the rows that it belongs to. */
export function oldFiles(files: readonly StoredFile[], nesting: Nesting, { now, longestMs }: Age): string[] {
  const writtenAt = new Map<string, number>();
  const own = files.filter(({ name }) => isOwn(name, nesting));
  for (const { name, modifiedMs } of own) {
    const pair = pairOf(name);
    writtenAt.set(pair, Math.max(modifiedMs, writtenAt.get(pair) ?? 0));
  }
  const age = (name: string) => now - (writtenAt.get(pairOf(name)) ?? now);
  return own
    .map(({ name }) => name)
    .filter((name) => age(name) > longestMs)
    .sort((one, other) => age(other) - age(one));
}

function isOwn(name: string, nesting: Nesting): boolean {
  const [found, folder] = ownName.exec(name) ?? [];
  if (found === undefined) return false;
  return nesting === 'flat' ? folder === undefined : folder !== undefined && name.startsWith(`${folder}/${folder}.`);
}

/** The same for rows and their plan. */
function pairOf(name: string): string {
  return name.replace(/\.(?:csv|plan\.json)$/, '');
}
