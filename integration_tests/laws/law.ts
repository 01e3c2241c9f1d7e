/** Defines a law, and checks laws against a sync. */
import { readLogs } from '../support/log_lines.ts';
import type { Evidence } from './evidence.ts';

/** Returns what breaks it; empty: it holds. */
export type Law = (evidence: Evidence) => readonly string[];

/** Laws by their statement. */
export type Laws = Readonly<Record<string, Law>>;

/** Descriptions of what breaks which law. */
export function breachesOf(laws: Laws, evidence: Evidence): string[] {
  return Object.entries(laws).flatMap(([name, law]) => law(evidence).map((what) => `${name}: ${what}`));
}

/** Rows were deleted while they waited, and the sync failed: no file shows which of them were still waiting. */
export function isCutOff({ reference, run }: Evidence): boolean {
  return run.end !== 'done' && reference.streams.some(({ records }) => records.some(({ deletes }) => deletes));
}

/** The tenant does not say for certain which rows it rejected, or the sync ended among deletions. */
export function isInexact(evidence: Evidence): boolean {
  const { files, run } = evidence;
  if (isCutOff(evidence)) return true;
  if (readLogs('unnamedRows', run.logs).length > 0) return true;
  const kinds = files.flatMap(({ job }) => job.faults.map(({ kind }) => kind));
  return kinds.some((kind) => kind === 'row_number_base' || kind === 'fewer_errors');
}
