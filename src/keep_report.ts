/**
 * The end of a sync: its report is kept beside the rejected rows, if the settings name a place for them, and written to
 * the file that a person asked for.
 */
import type { WriteEnd } from './airbyte/destination.ts';
import type { TracedError } from './airbyte/traced_error.ts';
import { asTracedError } from './errors.ts';
import { loadReportFileName, redactedTexts, reportFileName, writeReport, writeReportTo } from './report/report_file.ts';
import { reportOf, type SyncReport } from './report/sync_report.ts';
import type { Sync } from './wiring.ts';

/** How a sync ended. */
export interface SyncEnd {
  readonly end: WriteEnd;
  /** The one that decides what Airbyte does next comes first. */
  readonly failures: readonly TracedError[];
  readonly isClear: boolean;
}

/** Keeps the report. One that cannot be kept is a warning: the sync is not worse for it. */
export async function keepReport(sync: Sync, end: SyncEnd): Promise<void> {
  const { output, rejects, reportAs, storage } = sync;
  const { isOfFile, reportPath } = reportAs;
  if (!storage && reportPath === undefined) return;
  const report = redactedTexts(factsOf(sync, end), (text) => output.redacted(text));
  const keep = async (keeping: () => Promise<string>) => {
    try {
      output.log('INFO', `The report of this sync is kept in ${await keeping()}.`);
    } catch (error) {
      output.log('WARN', `The report of this sync is not kept: ${asTracedError(error).message}`);
    }
  };
  const fileName = isOfFile ? loadReportFileName : reportFileName;
  if (storage) await keep(() => writeReport(storage, report, rejects.prefix, fileName));
  if (reportPath !== undefined) await keep(() => writeReportTo(reportPath, report).then(() => reportPath));
}

function factsOf(sync: Sync, { end, failures, isClear }: SyncEnd): SyncReport {
  const { about, accounts, clock, history, rejects, retries, tenant } = sync;
  const { jobs, calls: callBatches, leftOut: jobsLeftOut } = history;
  const objectQuota = tenant.objectQuota?.use() ?? [];
  // Without a file of ours the list of jobs may not have been read.
  const { quota, made } = jobs.length > 0 ? { quota: tenant.quota.use(), made: tenant.quota.made } : unknownCalls;
  return reportOf({
    ...about,
    ...{ end, failures, isClear, accounts, jobs, callBatches, jobsLeftOut, quota, objectQuota, made },
    ...{ kept: rejects.kept, endedAt: clock.now() },
    comesAgain: rejects.comesAgain,
    sentAgain: retries && { counts: retries.counts, waiting: retries.waiting },
  });
}

const unknownCalls = { quota: [], made: [] };
