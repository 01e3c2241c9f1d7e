/** The report of a sync as a file beside its rejected rows. */
import { slug } from '../names.ts';
import type { Storage } from '../settle/rejects/storage.ts';
import type { SyncReport } from './sync_report.ts';

/** `RUN.ATTEMPT.report.json` */
export function reportFileName({ run, attempt }: Pick<SyncReport, 'run' | 'attempt'>): string {
  return `${slug(run, 40)}.${attempt}.report.json`;
}

/**
 * Writes the report; that of an attempt with the same name is replaced.
 * @param prefix how names begin in the storage, see `RejectStore`
 * @param redact removes secrets from a text
 * @returns where a person finds it
 * @throws ConnectorError `rejects_unwritable`
 */
export async function writeReport(
  storage: Storage,
  report: SyncReport,
  prefix: string,
  redact: (text: string) => string,
): Promise<string> {
  // Text by text: in the JSON as a whole a secret could hide behind an escape, or take a quotation mark with it.
  const text = JSON.stringify(report, (_, value) => (typeof value === 'string' ? redact(value) : value), 2);
  const name = `${prefix}${reportFileName(report)}`;
  await storage.write(name, Buffer.from(`${text}\n`));
  return storage.addressOf(name);
}
