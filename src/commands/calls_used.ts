/** The calls of the quota that a list of jobs shows, as `write` counts them, and how they are described to the user. */
import type { Config } from '../config/config.ts';
import { callsOfJob, quotaWindows } from '../config/quota_windows.ts';
import type { BulkJob } from '../gainsight/contract.ts';
import { parseFileName } from '../load/bulk/file_name.ts';
import { type JobDates, readJobDate } from '../load/bulk/job_dates.ts';
import { fillPageAges, identityOf } from '../load/bulk/paging.ts';
import { type Instant, Ledger, type ListedCall, type WindowUse } from '../load/quota.ts';

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

/**
 * The ledger of these calls.
 * @param reads made to learn of them: where every call counts, they are calls too
 */
export function ledgerOf(
  quota: Config['quota'],
  { calls, reads, now }: { readonly calls: readonly ListedCall[]; readonly reads: number; readonly now: Instant },
): Ledger {
  const ledger = new Ledger(quotaWindows(quota));
  if (quota.counted_calls === 'all_calls') ledger.answer(ledger.begin(reads), now);
  ledger.learn(calls, now);
  return ledger;
}

/** What the user reads of the quota: the calls used, and those that `write` may still make. */
export function describeUse(use: readonly WindowUse[], quota: Config['quota'], isWhole: boolean): string {
  const allCount = quota.counted_calls === 'all_calls';
  const least = isWhole ? '' : 'at least ';
  const used = formatList(use.map(({ used, limit, current }) => `${least}${used} of ${limit} ${current}`));
  const left = formatList(use.map(({ left }) => String(left)));
  const reserved = quota.reserved_per_day > 0 ? `, as ${quota.reserved_per_day} a day are left to others` : '';
  const perFile = allCount ? ` A file takes up to ${callsOfJob(quota)} calls.` : '';
  return `Calls used${allCount ? ', reads included' : ''}: ${used}; left: ${left}${reserved}.${perFile}`;
}

/** `a, b and c` */
export const formatList = (parts: readonly string[]): string => new Intl.ListFormat('en-GB').format(parts);
