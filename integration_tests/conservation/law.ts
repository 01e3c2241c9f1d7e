/** What a law is, and what the laws read out of a log. */

import type { ReferenceStream } from '../support/reference.ts';
import type { Evidence } from './faulty_sync.ts';

/** Answers with what breaks it; nothing: it holds. */
export type Law = (evidence: Evidence) => readonly string[];

/** What the connector tells at the end of one stream. */
export interface Reported {
  readonly records: number;
  readonly accepted: number;
  readonly superseded: number;
  readonly skipped: number;
  readonly rejected: number;
  readonly unsettled: number;
}

/** A line `rejected row {…}`. */
export interface LoggedReject {
  readonly stream: string;
  readonly job: string | null;
  readonly row: number;
  readonly key: object;
  readonly records: number;
}

/** Codes of the TRACEs. */
export function codesOf({ messages }: Evidence['run']): string[] {
  return messages.flatMap((message) =>
    message.type === 'TRACE' ? [message.trace.error.internal_message?.split(':')[0] ?? 'none'] : [],
  );
}

/** The line of one stream at the end; nothing but noughts where it has none. */
export function loggedOf({ run }: Evidence, { label, object, operation }: ReferenceStream): Reported {
  const line = run.logs.findLast((text) => text.startsWith(`INFO ${label} → ${object} by ${operation}: `)) ?? '';
  const count = (noun: string) => Number(new RegExp(`([\\d,]+) ${noun}`).exec(line)?.[1]?.replaceAll(',', '') ?? 0);
  return {
    records: count('records?:'),
    accepted: count('accepted'),
    superseded: count('superseded'),
    skipped: count('skipped'),
    rejected: count('rejected'),
    unsettled: count('not loaded'),
  };
}

/** Rejected rows that are told one by one. */
export function loggedRejects({ logs }: Evidence['run']): LoggedReject[] {
  const start = 'WARN rejected row ';
  return logs
    .filter((text) => text.startsWith(`${start}{`))
    .map((text) => ({ records: 1, ...(JSON.parse(text.slice(start.length)) as Omit<LoggedReject, 'records'>) }));
}

/** Jobs that do not name all their rejected rows, and how many they do not. */
export function loggedUnnamed({ logs }: Evidence['run']): Map<string, number> {
  const found = logs
    .map((text) => /^WARN Job (\S+) does not name ([\d,]+) of/.exec(text))
    .filter((each) => each !== null);
  return new Map(found.map(([, job = '', count = '0']) => [job, Number(count.replaceAll(',', ''))]));
}

/** The tenant does not say for certain which rows it refused. */
export function isInexact({ files, run }: Evidence): boolean {
  if (loggedUnnamed(run).size > 0) return true;
  const kinds = files.flatMap(({ job }) => job.faults.map(({ kind }) => kind));
  return kinds.some((kind) => kind === 'row_number_base' || kind === 'fewer_errors');
}
