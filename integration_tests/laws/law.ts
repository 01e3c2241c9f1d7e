/** What a law is, and how laws are held against a sync. */
import { readLogs } from '../support/log_lines.ts';
import type { Evidence } from './evidence.ts';

/** Answers with what breaks it; nothing: it holds. */
export type Law = (evidence: Evidence) => readonly string[];

/** Laws by what they say. */
export type Laws = Readonly<Record<string, Law>>;

/** What breaks which law, in words. */
export function breachesOf(laws: Laws, evidence: Evidence): string[] {
  return Object.entries(laws).flatMap(([name, law]) => law(evidence).map((what) => `${name}: ${what}`));
}

/** The tenant does not say for certain which rows it refused. */
export function isInexact({ files, run }: Evidence): boolean {
  if (readLogs('unnamedRows', run.logs).length > 0) return true;
  const kinds = files.flatMap(({ job }) => job.faults.map(({ kind }) => kind));
  return kinds.some((kind) => kind === 'row_number_base' || kind === 'fewer_errors');
}
