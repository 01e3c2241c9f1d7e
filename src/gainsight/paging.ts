/** How the list of jobs is read: page by page, in whatever order the tenant gives it, no further than needed. */
import type { BulkJob, JobList } from './contract.ts';

/** One page, and the server's clock when it was made. */
export interface Page {
  readonly list: JobList;
  readonly serverTime: number | undefined;
}

/** What a page came to: older ones may matter; all of it is older than what is asked for; nothing more is asked for. */
export type Taken = 'more' | 'old' | 'enough';

/** How the tenant orders its list; `unknown` while all dates seen are equal. */
export type ListOrder = 'newest first' | 'oldest first' | 'none' | 'unknown';

/** Asked for; a tenant may give fewer. */
export const pageSize = 200;

/** Without an order there is no end that could be known: this many pages are read. */
const unorderedPages = 50;
/** A list that never ends is no list: 2,000 pages of 25 are 50,000 jobs. */
const mostPages = 2000;

/**
 * Reads pages and hands each on.
 * @param fetchPage reads the page that begins at an offset; undefined: there is no such list
 * @param take gets each page's jobs, those of a growing list perhaps twice
 * @returns `cut short` where an unordered list was not read to its end, `absent` where there is none
 */
export async function readPages(
  fetchPage: (offset: number) => Promise<Page | undefined>,
  take: (jobs: readonly BulkJob[], serverTime: number | undefined) => Taken,
): Promise<'whole' | 'cut short' | 'absent'> {
  const first = await fetchPage(0);
  if (!first) return 'absent';
  const jobs = first.list.records ?? [];
  if (jobs.length === 0) return 'whole';
  const taken = take(jobs, first.serverTime);
  if (taken === 'enough') return 'whole';
  let order = orderOf(jobs);
  const total = first.list.totalCount ?? 0;
  if (order === 'oldest first' && total > jobs.length) return readFromEnd(fetchPage, take, jobs.length, total);
  if (order === 'newest first' && taken === 'old') return 'whole';
  let offset = jobs.length;
  for (let pages = 1; pages < (order === 'none' ? unorderedPages : mostPages); pages++) {
    const page = await fetchPage(offset);
    const records = page?.list.records ?? [];
    if (records.length === 0) return 'whole';
    const next = take(records, page?.serverTime);
    order = join(order, orderOf(records));
    if (next === 'enough' || (next === 'old' && order === 'newest first')) return 'whole';
    offset += records.length;
  }
  return 'cut short';
}

/** Oldest first: to the end, where the newest are, and back until all are old. */
async function readFromEnd(
  fetchPage: (offset: number) => Promise<Page | undefined>,
  take: (jobs: readonly BulkJob[], serverTime: number | undefined) => Taken,
  size: number,
  total: number,
): Promise<'whole' | 'cut short'> {
  for (let offset = Math.max(size, total - size), pages = 0; pages < mostPages; pages++) {
    const page = await fetchPage(offset);
    const records = page?.list.records ?? [];
    if (records.length === 0) break;
    if (take(records, page?.serverTime) === 'enough') return 'whole';
    offset += records.length;
  }
  for (let end = Math.max(size, total - size); end > size; ) {
    const offset = Math.max(size, end - size);
    const page = await fetchPage(offset);
    const records = (page?.list.records ?? []).slice(0, end - offset);
    if (records.length === 0 || take(records, page?.serverTime) !== 'more') break;
    end = offset;
  }
  return 'whole';
}

function orderOf(jobs: readonly BulkJob[]): ListOrder {
  let rises = false;
  let falls = false;
  for (let i = 1; i < jobs.length; i++) {
    const step = Date.parse(jobs[i]?.createdDate ?? '') - Date.parse(jobs[i - 1]?.createdDate ?? '');
    rises ||= step > 0;
    falls ||= step < 0;
  }
  if (rises && falls) return 'none';
  if (rises) return 'oldest first';
  return falls ? 'newest first' : 'unknown';
}

function join(before: ListOrder, page: ListOrder): ListOrder {
  if (before === 'unknown' || page === before) return page;
  return page === 'unknown' ? before : 'none';
}
