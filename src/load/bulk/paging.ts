/** Reads the list of jobs page by page, in whatever order the tenant returns it, no further than needed. */
import type { BulkJob, JobPage } from '../../gainsight/contract.ts';
import { parseFileName } from './file_name.ts';
import { fillAges, readJobDate } from './job_dates.ts';

/** One page, and the server's time when it was created. */
export interface Page {
  readonly list: JobPage;
  readonly serverTime: number | undefined;
  /** Gainsight's id of the request. */
  readonly requestId?: string | undefined;
}

/** What a page means: older ones may matter; all of it is older than needed; nothing more is needed. */
export type PageVerdict = 'more' | 'old' | 'enough';

/** How the tenant orders its list; `unknown` while all dates seen are equal. */
export type ListOrder = 'newest first' | 'oldest first' | 'none' | 'unknown';

/** Requested; a tenant may return fewer. */
export const pageSize = 200;
/** Limits of lists are multiples of this: the contract's default is 25. */
const limitStep = 25;

/** Without an order the end cannot be recognised: this many pages are read. */
const unorderedPages = 50;
/** Maximum number of pages skipped that repeat others because jobs made in the meantime have moved those. */
const mostMoved = 3;
/** An endless list is no list: this many jobs are more than a year's quota. */
const mostJobs = 50_000;

type FetchPage = (offset: number) => Promise<Page | undefined>;
type Visit = (jobs: readonly BulkJob[], page: Omit<Page, 'list'> | undefined) => PageVerdict;

/** How far a list was read: as far as requested; less, as it is visibly incomplete; there is no list. */
export type Reading = 'whole' | 'partial' | 'absent';

/**
 * Reads pages and passes each on.
 * @param fetchPage reads the page at an offset; undefined: there is no such list
 * @param visit is called with each page's jobs, those of a growing list possibly twice
 * @returns `partial` if jobs are missing: no records in the answer, fewer than the total, the same page for every
 * offset, no end of an unordered list, unreadable records that may be jobs of ours, or without a total a list that ends
 * where a limit may have cut it
 */
export async function readPages(fetchPage: FetchPage, visit: Visit): Promise<Reading> {
  const first = await fetchPage(0);
  if (!first) return 'absent';
  const seen = new Seen(first.list);
  const reading = await readFrom(first, fetchPage, visit, seen);
  return seen.hasNameless ? 'partial' : reading;
}

async function readFrom(first: Page, fetchPage: FetchPage, visit: Visit, seen: Seen): Promise<Reading> {
  const { records: jobs, totalCount: total = 0 } = first.list;
  if (!jobs || !seen.isNews(jobs)) return seen.readingAt(first);
  const verdict = visit(jobs, first);
  if (verdict === 'enough') return 'whole';
  const order = orderOf(jobs);
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
): Promise<Reading> {
  let { from: offset, order } = at;
  let moved = 0;
  for (let pages = 1; order === 'none' ? pages < unorderedPages : offset < mostJobs; pages++) {
    const page = await fetchPage(offset);
    const records = page?.list.records ?? [];
    if (!seen.isNews(records)) {
      moved += 1;
      if (moved > mostMoved || !seen.mayGoOn(page, moved)) return seen.readingAt(page, moved);
      offset += records.length;
      continue;
    }
    const next = visit(records, page);
    order = join(order, orderOf(records));
    if (next === 'enough' || (next === 'old' && order === 'newest first')) return 'whole';
    offset += records.length;
  }
  return 'partial';
}

/**
 * Oldest first: reads from the end, where the newest are, back until all are old.
 * @returns undefined if the total is wrong: there is nothing at the end that it indicates
 */
async function readFromEnd(
  fetchPage: FetchPage,
  visit: Visit,
  seen: Seen,
  { size, total }: { readonly size: number; readonly total: number },
): Promise<Reading | undefined> {
  const start = Math.max(size, total - size);
  let offset = start;
  for (; offset < start + mostJobs; ) {
    const page = await fetchPage(offset);
    const records = page?.list.records ?? [];
    if (!seen.isNews(records)) break;
    if (visit(records, page) === 'enough') return 'whole';
    offset += records.length;
  }
  if (offset === start) return undefined;
  if (offset >= start + mostJobs) return 'partial';
  for (let end = start; end > size; ) {
    const before = Math.max(size, end - size);
    const page = await fetchPage(before);
    const records = (page?.list.records ?? []).slice(0, end - before);
    if (!seen.isNews(records) || visit(records, page) !== 'more') return 'whole';
    end = before;
  }
  return seen.hasAll(total) ? 'whole' : 'partial';
}

/** The jobs that pages have shown: a page without new ones is the end. */
class Seen {
  readonly #jobs = new Set<string>();
  /** Number of records that nothing distinguishes: each page may have some. */
  #unnamed = 0;
  #hasNameless = false;
  /** Number of records on the first page. */
  readonly #firstPage: number;
  /** The total when the reading began: jobs made in the meantime move the others to later positions. */
  readonly #total: number;

  constructor({ records = [], totalCount = Number.POSITIVE_INFINITY }: JobPage) {
    this.#firstPage = records.length;
    this.#total = totalCount;
  }

  /** Whether any of these is new; from now on none is. */
  isNews(jobs: readonly BulkJob[]): boolean {
    const before = this.#jobs.size;
    for (const job of jobs) {
      const identity = identityOf(job);
      if (isNameless(job)) this.#hasNameless = true;
      if (identity === undefined) this.#unnamed += 1;
      else this.#jobs.add(identity);
    }
    return this.#jobs.size > before;
  }

  /** A record may be a job of ours but cannot be read as one. */
  get hasNameless(): boolean {
    return this.#hasNameless;
  }

  hasAll(total: number): boolean {
    return this.#jobs.size + this.#unnamed >= total;
  }

  /**
   * Whether a page without new jobs may be followed by others: the list has grown, and jobs of its beginning are
   * missing. If there is no total, one more page is requested: a tenant that has moved as many jobs as the first page
   * held has nothing after them, and one that ignores the offset returns them again.
   * @param moved pages without new jobs so far, including this one
   */
  mayGoOn(page: Page | undefined, moved: number): boolean {
    const { records = [], totalCount } = page?.list ?? {};
    if (records.length === 0) return false;
    if (Number.isFinite(this.#total) || totalCount !== undefined)
      return (totalCount ?? 0) > this.#total && !this.hasAll(this.#total);
    return moved === 1 && records.length >= this.#firstPage;
  }

  /**
   * The result once a page has brought nothing new.
   * @param moved such pages so far, including this one
   */
  readingAt(page: Page | undefined, moved = 1): Reading {
    const { records, totalCount } = page?.list ?? {};
    if (records === undefined) return 'partial';
    // Jobs made while the list is read may come before the page that was read last.
    const total = Math.min(totalCount ?? Number.POSITIVE_INFINITY, this.#total);
    if (Number.isFinite(total)) return this.hasAll(total) ? 'whole' : 'partial';
    const all = this.#jobs.size + this.#unnamed;
    // A tenant may list only its newest jobs.
    if (all > 0 && all === this.#firstPage && all % limitStep === 0) return 'partial';
    // Without a total nothing else shows that a tenant ignores the offset.
    return records.length > 0 && (moved > 1 || records.length >= this.#firstPage) ? 'partial' : 'whole';
  }
}

/**
 * Without an id, and with a name that is ours or missing: such a job can neither be polled nor attributed to another
 * client.
 */
function isNameless({ jobId, fileName }: BulkJob): boolean {
  return jobId === undefined && (fileName === undefined || parseFileName(fileName) !== undefined);
}

/** Identifies a job: its id, or without a usable one its name and date. */
export function identityOf({ jobId, fileName, objectName, createdDate }: BulkJob): string | undefined {
  if (jobId !== undefined) return `job ${jobId}`;
  return fileName === undefined && createdDate === undefined
    ? undefined
    : JSON.stringify([fileName, objectName, createdDate]);
}

/** How a page is ordered. */
function orderOf(jobs: readonly BulkJob[]): ListOrder {
  let rises = false;
  let falls = false;
  for (let i = 1; i < jobs.length; i++) {
    const step = atOf(jobs[i]) - atOf(jobs[i - 1]);
    rises ||= step > 0;
    falls ||= step < 0;
  }
  if (rises && falls) return 'none';
  if (rises) return 'oldest first';
  return falls ? 'newest first' : 'unknown';
}

/**
 * Ages of the jobs of one page in its own order, with unreadable dates filled in.
 * @param ages in milliseconds, undefined if the date is unreadable
 */
export function fillPageAges(jobs: readonly BulkJob[], ages: readonly (number | undefined)[]): (number | undefined)[] {
  if (orderOf(jobs) !== 'oldest first') return fillAges(ages);
  return fillAges(ages.toReversed()).toReversed();
}

function join(before: ListOrder, page: ListOrder): ListOrder {
  if (before === 'unknown' || page === before) return page;
  return page === 'unknown' ? before : 'none';
}

function atOf(job: BulkJob | undefined): number {
  const date = readJobDate(job?.createdDate);
  return date.kind === 'none' ? Number.NaN : date.at;
}
