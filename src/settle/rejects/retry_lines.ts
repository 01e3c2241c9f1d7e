/** The wording of the log lines about rows that are sent again. They contain counts only. */

import { formatCount, formatCounted } from '../../format.ts';
import type { Plan } from '../../model.ts';
import { target } from '../log_lines.ts';

/** What became of rows that Gainsight had rejected. */
export interface RetryCounts {
  /** Rows that waited when the sync started. */
  waited: number;
  /** Rows that were sent again; of those whose outcome is known, how many were accepted, and how many rejected again. */
  sent: number;
  accepted: number;
  rejected: number;
  /** Rows that are not sent again because a newer record has their key. */
  replaced: number;
  /** Rows that are not sent again because another sync has loaded rows into their object since. */
  overtaken: number;
  /** Rows that are not sent again, and are kept for a person. */
  givenUp: number;
  /** Rows that this sync has rejected, and that wait for the next one. */
  added: number;
  /** Rows that this sync has rejected, and that do not wait: too many do. */
  left: number;
  /** Rows that this sync has rejected, and that do not wait: it is not certain which rows Gainsight means. */
  unsure: number;
}

/** At the start of a sync. */
export function waitingLine({ waited, givenUp }: RetryCounts): string {
  const given = givenUp > 0 ? `, ${formatCount(givenUp)} given up` : '';
  return `Rejected rows of earlier syncs: ${formatCounted(waited - givenUp, 'row')} to be sent again${given}.`;
}

/**
 * At the start of a sync, or before a file is sent.
 * @param address of a file of waiting rows that is listed, and of which the storage says that there is none
 */
export function missingLine(address: string): string {
  const nothingSent = 'as it may say that newer rows were loaded, no rejected row is sent again before it can be read';
  return `${address} is listed, but the store answers that there is no such file; ${nothingSent}. Restore it, or remove it from the store.`;
}

/** When a file is sent. */
export function goesWithLine(plan: Plan, rows: number): string {
  const [are, go] = rows === 1 ? ['was', 'goes'] : ['were', 'go'];
  return `${target(plan)}: ${formatCounted(rows, 'row')} that ${are} rejected in an earlier sync ${go} at the end of the next file.`;
}

/**
 * At the end of a sync; undefined if there is nothing to say.
 * @param waiting rows that wait for the next sync
 */
export function retriesLine(counts: RetryCounts, waiting: number): string | undefined {
  const { waited, sent, accepted, rejected, replaced, overtaken, givenUp, added, left, unsure } = counts;
  if (waited + added + left + unsure === 0) return undefined;
  const results: [string, number][] = [
    ['accepted', accepted],
    ['rejected again', rejected],
  ];
  const others: [string, number][] = [
    ['replaced by a newer record', replaced],
    ['no longer sent, as another sync has loaded rows into the object since', overtaken],
    ['given up', givenUp],
    ['new', added],
    ['not kept, as too many wait', left],
    ['not kept, as their row numbers are not certain: set "Rejected Rows: First Row Number"', unsure],
  ];
  const found = figures(results).join(', ');
  const parts = [`${formatCount(sent)} sent${found === '' ? '' : ` (${found})`}`, ...figures(others)];
  const wait = `${formatCounted(waiting, 'row')} ${waiting === 1 ? 'waits' : 'wait'} for the next sync`;
  return `Rejected rows sent again: ${[...parts, wait].join(' · ')}`;
}

/** Whether rows will not be sent again that a person may count on; they lie in the files of rejected rows. */
export function isWarning({ left, overtaken, unsure }: RetryCounts): boolean {
  return left + overtaken + unsure > 0;
}

function figures(counts: readonly [what: string, rows: number][]): string[] {
  return counts.flatMap(([what, rows]) => (rows > 0 ? [`${formatCount(rows)} ${what}`] : []));
}
