/** The ledger of the calls that a list of jobs shows, and how they are described to the user. */
import type { Config } from '../config/config.ts';
import { callsOfJob, quotaWindows } from '../config/quota_windows.ts';
import { type Instant, Ledger, type ListedCall, type WindowUse } from '../load/quota.ts';

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
