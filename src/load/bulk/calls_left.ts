/**
 * Reads the list of jobs at the start of a sync, once, for what it says of the tenant: it lets the connector in or not, and
 * so many calls are left. Apart from {@link JobList}: a list this early may lack jobs of a process that was just killed,
 * so nothing is decided on it.
 */
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config/config.ts';
import { quotaWindows } from '../../config/quota_windows.ts';
import { ConnectorError } from '../../errors.ts';
import type { Client } from '../../gainsight/client.ts';
import { paths } from '../../gainsight/contract.ts';
import { isMissingPath } from '../../gainsight/error_codes.ts';
import { Ledger, type WindowUse } from '../quota.ts';
import { decideRead } from '../retry.ts';
import { JobDates } from './job_dates.ts';
import { callsOf } from './listed_calls.ts';
import { type Page, pageSize, readPages } from './paging.ts';

interface Parts {
  readonly client: Pick<Client, 'host' | 'list'>;
  readonly clock: Pick<Clock, 'now' | 'elapsed'>;
  readonly quota: Config['quota'];
}

/**
 * The calls that are left in each window, where only submissions count. Nothing is tried again.
 * @returns undefined if the tenant does not list all its jobs
 * @throws ConnectorError what a read of the list may fail with, and `bulk_api_missing`; the signal's reason if `signal` is
 * aborted
 */
export async function readCallsLeft(
  { client, clock, quota }: Parts,
  signal: AbortSignal,
): Promise<readonly WindowUse[] | undefined> {
  const ledger = new Ledger(quotaWindows(quota));
  const zone = new JobDates();
  const instant = () => ({ wall: clock.now(), elapsed: clock.elapsed() });
  const reading = await readPages(
    (offset) => readPage(client, offset, signal),
    (jobs, page) => {
      const now = instant();
      const calls = callsOf(jobs, zone, { serverNow: page?.serverTime ?? now.wall, callsPerOwnJob: 1 });
      ledger.learn(calls, now);
      const youngest = Math.min(...calls.map(({ ageMs }) => ageMs));
      return Number.isFinite(youngest) && youngest > ledger.longestMs ? 'old' : 'more';
    },
  );
  return reading === 'whole' ? ledger.use(instant()) : undefined;
}

/** Undefined if there is no list. */
async function readPage(client: Parts['client'], offset: number, signal: AbortSignal): Promise<Page | undefined> {
  const answer = await client.list({ limit: pageSize, offset }, signal);
  const { requestId } = answer;
  const at = { host: client.host, path: paths.jobs };
  // A tenant may take files without listing them; one without the path cannot take any.
  if (answer.kind === 'refused' && isMissingPath(answer.errorCode))
    throw new ConnectorError('bulk_api_missing', { ...at, words: answer.words }, { requestId });
  const decision = decideRead(answer, { ...at, tries: 0, spentMs: 0, retryMs: 0, random: 1 });
  if (decision.do === 'fail') throw decision.error;
  if (decision.do !== 'done') return undefined;
  const { value: list, serverTime } = decision;
  return { list, serverTime, requestId };
}
