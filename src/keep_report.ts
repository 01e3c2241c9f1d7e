/** The end of a sync: its report is kept beside the rejected rows, if the settings name a place for them. */
import type { WriteEnd } from './airbyte/destination.ts';
import type { TracedError } from './airbyte/traced_error.ts';
import { asTracedError } from './errors.ts';
import { writeReport } from './report/report_file.ts';
import { reportOf } from './report/sync_report.ts';
import type { Sync } from './wiring.ts';

/**
 * Keeps the report. One that cannot be kept is a warning: the sync is not worse for it.
 * @param failures the one that decides what Airbyte does next comes first
 */
export async function keepReport(sync: Sync, end: WriteEnd, failures: readonly TracedError[]): Promise<void> {
  const { about, accounts, clock, history, output, rejects, retries, storage, tenant } = sync;
  if (!storage) return;
  const { jobs, leftOut: jobsLeftOut } = history;
  // Without a file of ours the list of jobs may not have been read.
  const quota = jobs.length > 0 ? tenant.quota.use() : [];
  const sentAgain = retries && { counts: retries.counts, waiting: retries.waiting };
  const what = {
    end,
    failures,
    accounts,
    jobs,
    jobsLeftOut,
    quota,
    kept: rejects.kept,
    comesAgain: rejects.comesAgain,
    endedAt: clock.now(),
    sentAgain,
  };
  try {
    const report = reportOf({ ...about, ...what });
    const address = await writeReport(storage, report, rejects.prefix, (text) => output.redacted(text));
    output.log('INFO', `The report of this sync is kept in ${address}.`);
  } catch (error) {
    output.log('WARN', `The report of this sync is not kept: ${asTracedError(error).message}`);
  }
}
