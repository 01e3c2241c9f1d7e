/** Reads the tenant's list of jobs for a person: those of a period, and the calls that all of them stand for. */
import { systemClock as clock, day } from '../clock.ts';
import { callsOfJob } from '../config/quota_windows.ts';
import { ConnectorError } from '../errors.ts';
import { type BulkJob, paths } from '../gainsight/contract.ts';
import { JobDates, readJobDate } from '../load/bulk/job_dates.ts';
import { callsOf } from '../load/bulk/listed_calls.ts';
import { identityOf, pageSize, type Reading, readPages } from '../load/bulk/paging.ts';
import type { ListedCall } from '../load/quota.ts';
import type { Reads } from '../load/reads.ts';
import { factsOf, type JobFacts } from './job_facts.ts';
import { retryMs, type TenantAccess } from './tenant_access.ts';

/** What the list of jobs shows. */
export interface List {
  /** Of the jobs asked for, the newest first; those of unknown age come last. */
  readonly facts: readonly JobFacts[];
  /** Of every job that was read. */
  readonly calls: readonly ListedCall[];
  /** Pages read. */
  readonly reads: number;
  readonly now: { readonly wall: number; readonly elapsed: number };
  /** By the server's clock, in milliseconds since 1970. */
  readonly serverNow: number;
  /** From when on, in milliseconds since 1970, by the server's clock. */
  readonly since: number;
  /** The list was complete as far as requested. */
  readonly isWhole: boolean;
}

/**
 * Reads the list of jobs.
 * @param sinceMs the period of which jobs are wanted
 * @param beforeMs the calls of so long before it are read too, as far as they count within it
 * @throws ConnectorError if the list cannot be read, or there is none
 */
export async function readList(
  reads: Reads,
  { client, config }: TenantAccess,
  sinceMs: number,
  beforeMs = 0,
): Promise<List> {
  const callsPerOwnJob = callsOfJob(config.quota);
  const zone = new JobDates();
  const found = new Map<string, BulkJob>();
  const calls: ListedCall[] = [];
  let [pages, serverNow] = [0, clock.now()];
  const reading: Reading = await readPages(
    async (offset) => {
      const read = await reads.list({ limit: pageSize, offset }, { retryMs });
      pages += 1;
      if ('absent' in read) return;
      const { value: list, serverTime, requestId } = read;
      serverNow = serverTime ?? clock.now();
      return { list, serverTime, requestId };
    },
    (page) => {
      for (const [at, job] of page.entries()) found.set(identityOf(job) ?? `${pages}.${at}`, job);
      calls.push(...callsOf(page, zone, { serverNow, callsPerOwnJob }));
      const youngest = Math.min(...page.map((job) => ageOf(job, zone, serverNow) ?? Number.POSITIVE_INFINITY));
      return Number.isFinite(youngest) && youngest > Math.max(sinceMs + beforeMs, day) ? 'old' : 'more';
    },
  );
  if (reading === 'absent') {
    const words = 'the tenant has no list of jobs';
    throw new ConnectorError('bulk_api_missing', { host: client.host, path: paths.jobs, words });
  }
  const aged = [...found.values()].map((job) => ({ job, ageMs: ageOf(job, zone, serverNow) }));
  return {
    facts: aged
      .filter(({ ageMs }) => ageMs === undefined || ageMs <= sinceMs)
      .sort((a, b) => (a.ageMs ?? Number.MAX_VALUE) - (b.ageMs ?? Number.MAX_VALUE))
      .map(({ job }) => factsOf(job)),
    calls,
    reads: pages,
    now: { wall: clock.now(), elapsed: clock.elapsed() },
    serverNow,
    since: serverNow - sinceMs,
    isWhole: reading === 'whole',
  };
}

function ageOf({ createdDate }: BulkJob, zone: JobDates, serverNow: number): number | undefined {
  return zone.ageOf(readJobDate(createdDate), serverNow);
}
