/** How the list of jobs is read: page by page, in whatever order the tenant gives it, no further than needed. */
import type { BulkJob, JobPage } from '../../gainsight/contract.ts';

/** One page, and the server's clock when it was made. */
export interface Page {
  readonly list: JobPage;
  readonly serverTime: number | undefined;
}

/** What a page came to: older ones may matter; all of it is older than what is asked for; nothing more is asked for. */
export type PageVerdict = 'more' | 'old' | 'enough';

/** How the tenant orders its list; `unknown` while all dates seen are equal. */
export type ListOrder = 'newest first' | 'oldest first' | 'none' | 'unknown';

/** Asked for; a tenant may give fewer. */
export const pageSize = 200;

/** Without an order there is no end that could be known: this many pages are read. */
const unorderedPages = 50;
/** A list that never ends is no list: so many jobs are more than a year's quota. */
const mostJobs = 50_000;

type FetchPage = (offset: number) => Promise<Page | undefined>;
type Visit = (jobs: readonly BulkJob[], serverTime: number | undefined) => PageVerdict;

/**
 * Reads pages and hands each on.
 * @param fetchPage reads the page that begins at an offset; undefined: there is no such list
 * @param take gets each page's jobs, those of a growing list perhaps twice
 * @returns `cut short` where an unordered or endless list was not read to its end, `absent` where there is none
 */
export async function readPages(fetchPage: FetchPage, visit: Visit): Promise<'whole' | 'cut short' | 'absent'> {
  const first = await fetchPage(0);
  if (!first) return 'absent';
  const jobs = first.list.records ?? [];
  const seen = new Seen();
  if (!seen.isNews(jobs)) return 'whole';
  const verdict = visit(jobs, first.serverTime);
  if (verdict === 'enough') return 'whole';
  const order = orderOf(jobs);
  const total = first.list.totalCount ?? 0;
  if (order === 'oldest first' && total > jobs.length) {
    const end = await readFromEnd(fetchPage, visit, seen, { size: jobs.length, total });
    if (end) return end;
  }
  if (order === 'newest first' && verdict === 'old') return 'whole';
  return readOn(fetchPage, visit, seen, { from: jobs.length, order });
}

async function readOn(
  fetchPage: FetchPage,
  visit: Visit,
  seen: Seen,
  at: { readonly from: number; readonly order: ListOrder },
): Promise<'whole' | 'cut short'> {
  let { from: offset, order } = at;
  for (let pages = 1; order === 'none' ? pages < unorderedPages : offset < mostJobs; pages++) {
    const page = await fetchPage(offset);
    const records = page?.list.records ?? [];
    if (!seen.isNews(records)) return 'whole';
    const next = visit(records, page?.serverTime);
    order = join(order, orderOf(records));
    if (next === 'enough' || (next === 'old' && order === 'newest first')) return 'whole';
    offset += records.length;
  }
  return 'cut short';
}

/**
 * Oldest first: to the end, where the newest are, and back until all are old.
 * @returns undefined where the total is not true: there is nothing at the end that it tells of
 */
async function readFromEnd(
  fetchPage: FetchPage,
  visit: Visit,
  seen: Seen,
  { size, total }: { readonly size: number; readonly total: number },
): Promise<'whole' | 'cut short' | undefined> {
  const start = Math.max(size, total - size);
  let offset = start;
  for (; offset < start + mostJobs; ) {
    const page = await fetchPage(offset);
    const records = page?.list.records ?? [];
    if (!seen.isNews(records)) break;
    if (visit(records, page?.serverTime) === 'enough') return 'whole';
    offset += records.length;
  }
  if (offset === start) return undefined;
  if (offset >= start + mostJobs) return 'cut short';
  for (let end = start; end > size; ) {
    const before = Math.max(size, end - size);
    const page = await fetchPage(before);
    const records = (page?.list.records ?? []).slice(0, end - before);
    if (!seen.isNews(records) || visit(records, page?.serverTime) !== 'more') break;
    end = before;
  }
  return 'whole';
}

/** The jobs that pages have shown: a page without any other is the end, also of a list that knows no offset. */
class Seen {
  readonly #ids = new Set<string>();

  /** Whether any of these is new; from now on none is. */
  isNews(jobs: readonly BulkJob[]): boolean {
    const before = this.#ids.size;
    for (const { jobId } of jobs) if (jobId !== undefined) this.#ids.add(jobId);
    return this.#ids.size > before;
  }
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
