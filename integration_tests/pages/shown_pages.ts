/** The pages to open: of usual, empty and hostile content. */
import { jobsPage } from '../../src/report/jobs_page.ts';
import { syncPage } from '../../src/report/sync_page.ts';
import type { SyncReport } from '../../src/report/sync_report.ts';
import { makeOverview } from './overviews.ts';
import { hostileTexts, makeReport, noCalls } from './reports.ts';

const hostileName = (at: number) => hostileTexts[at % hostileTexts.length] ?? '';

/** A report without a job. */
function emptyReport(): SyncReport {
  const made = makeReport({ jobs: 0 });
  return { ...made, calls: { submitted: 0, windows: [], made: [], object_api: noCalls }, sent_again: null };
}

function jobsPageOf(shape: Parameters<typeof makeOverview>[0]): string {
  const { overview, facts } = makeOverview(shape);
  return jobsPage(overview, facts);
}

/** Pages as text, by name. */
export const shownPages: Readonly<Record<string, () => string>> = {
  'report-failed': () => syncPage(makeReport({ jobs: 24 })),
  'report-rejects': () => syncPage(makeReport({ jobs: 6, trouble: false, lastsMs: 320_000, reasons: 7 })),
  'report-loaded': () => syncPage({ ...makeReport({ jobs: 1, streams: 1, trouble: false }), sent_again: null }),
  'report-calls': () => syncPage(makeReport({ jobs: 3, trouble: false, batches: 4 })),
  'report-empty': () => syncPage(emptyReport()),
  'report-hostile': () => syncPage(makeReport({ jobs: 16, streams: 16, reasons: 7, name: hostileName })),
  jobs: () => jobsPageOf({ jobs: 40 }),
  'jobs-hostile': () => jobsPageOf({ jobs: 16, name: hostileName }),
  'jobs-none': () => jobsPageOf({ jobs: 0 }),
};

/** Pages of 5,000 jobs, as text, by name. */
export const largePages: Readonly<Record<string, () => string>> = {
  'report-large': () => syncPage(makeReport({ jobs: 5000, streams: 15, reasons: 20, lastsMs: 45 * 86_400_000 })),
  'jobs-large': () => jobsPageOf({ jobs: 5000 }),
};
