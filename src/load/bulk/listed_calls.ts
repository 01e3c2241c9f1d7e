/** The calls of the quota that a list of jobs shows, as `write` counts them. */
import type { BulkJob } from '../../gainsight/contract.ts';
import type { ListedCall } from '../quota.ts';
import { parseFileName } from './file_name.ts';
import { type JobDates, readJobDate } from './job_dates.ts';
import { fillPageAges, identityOf } from './paging.ts';

/**
 * The calls that the jobs of a page stand for.
 * @param jobs in the order of the page
 * @param zone what is known of dates without a time zone; is shown those of the page
 */
export function callsOf(
  jobs: readonly BulkJob[],
  zone: JobDates,
  { serverNow, callsPerOwnJob }: { readonly serverNow: number; readonly callsPerOwnJob: number },
): ListedCall[] {
  const dates = jobs.map(({ createdDate }) => readJobDate(createdDate));
  for (const date of dates) zone.see(date);
  const ages = fillPageAges(
    jobs,
    dates.map((date) => zone.ageOf(date, serverNow)),
  );
  return jobs.flatMap((job, at) => {
    const ageMs = ages[at];
    if (ageMs === undefined) return [];
    const own = parseFileName(job.fileName) !== undefined;
    const identity = identityOf(job) ?? `at ${at}`;
    return [{ identity, send: undefined, ageMs, own, calls: own ? callsPerOwnJob : 1 }];
  });
}
