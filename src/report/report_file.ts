/** The report of a sync as files: JSON for a program, and a page for a person. */
import { constants } from 'node:fs';
import { access, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sharedError } from '../airbyte/traced_error.ts';
import { nameList, slug } from '../names.ts';
import type { Storage } from '../settle/rejects/storage.ts';
import { syncPage } from './sync_page.ts';
import type { SyncReport } from './sync_report.ts';

type Form = 'html' | 'json';

/** `RUN.ATTEMPT.report.json`, and the same with `html`. */
export function reportFileName({ run, attempt }: Pick<SyncReport, 'run' | 'attempt'>, form: Form = 'json'): string {
  return `${slug(run, 40)}.${attempt}.report.${form}`;
}

/**
 * `RUN.ATTEMPT.report.TIME.json`, and the same with `html`: every load of one file has the same run and attempt. The time,
 * when it started, is behind the word, as a number there would be that of a file of rejected rows.
 */
export function loadReportFileName(report: Pick<SyncReport, 'run' | 'attempt' | 'started_at'>, form: Form): string {
  const time = report.started_at.replaceAll(':', '.');
  return reportFileName(report, form).replace(/[^.]*$/, `${time}.${form}`);
}

/**
 * A value of JSON with each of its texts redacted: in its JSON as a whole a secret could hide behind an escape, or take a
 * quotation mark with it.
 */
export function redactedTexts<Value>(value: Value, redact: (text: string) => string): Value {
  return JSON.parse(JSON.stringify(value, (_, each) => (typeof each === 'string' ? redact(each) : each)));
}

function textOf(report: SyncReport, form: Form): string {
  return form === 'json' ? `${JSON.stringify(report, null, 2)}\n` : syncPage(report);
}

/**
 * Writes the report beside the rejected rows; that of an attempt with the same name is replaced.
 * @param report without secrets
 * @param prefix how names begin in the storage, see `RejectStore`
 * @param fileName gives the name of each form
 * @returns where a person finds the page
 * @throws ConnectorError `rejects_unwritable`; of a bucket `bucket_unusable`, `bucket_unavailable`
 */
export async function writeReport(
  storage: Storage,
  report: SyncReport,
  prefix: string,
  fileName: (report: SyncReport, form: Form) => string = reportFileName,
): Promise<string> {
  const nameOf = (form: Form) => `${prefix}${fileName(report, form)}`;
  // The JSON first, as programs wait for it.
  for (const form of ['json', 'html'] as const) await storage.write(nameOf(form), Buffer.from(textOf(report, form)));
  return storage.addressOf(nameOf('html'));
}

/**
 * Writes the report to a file that a person has named: as JSON if its name ends in `.json`, otherwise as a page.
 * @param report without secrets
 * @throws Error of the file system
 */
export async function writeReportTo(path: string, report: SyncReport): Promise<void> {
  await writeFile(path, textOf(report, /\.json$/i.test(path) ? 'json' : 'html'), { mode: 0o600 });
}

/**
 * Whether a report can be written there, without writing it.
 * @throws TracedError `arguments_invalid`
 */
export async function checkReportPath(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  const why = found?.isDirectory() ? 'it is a folder' : await unwritable(found ? path : dirname(path));
  if (why === undefined) return;
  throw sharedError('arguments_invalid', { detail: `--report cannot be written to ${nameList([path])}: ${why}` });
}

/** Why nothing can be written there; undefined if it can. */
async function unwritable(path: string): Promise<string | undefined> {
  return access(path, constants.W_OK).then(
    () => undefined,
    ({ code }: NodeJS.ErrnoException) => code,
  );
}
