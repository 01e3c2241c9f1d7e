/** What the tenant's list of jobs has shown: the jobs, whose they are, their age and state. */
import { once } from '../../async.ts';
import { type Clock, day, second } from '../../clock.ts';
import type { BulkJob } from '../../gainsight/contract.ts';
import type { SliceDigest } from '../../model.ts';
import type { ReportEvent } from '../events.ts';
import type { Entry, Instant, Ledger, ListedCall } from '../quota.ts';
import { maxRetryMs, type Reads } from '../reads.ts';
import { type GivenName, holds, parseFileName } from './file_name.ts';
import type { GivenBack } from './given_back.ts';
import { type JobDate, JobDates, readJobDate } from './job_dates.ts';
import { fillPageAges, identityOf, type Page, pageSize, type Reading, readPages } from './paging.ts';

/** A job of the list. */
export interface ListedJob {
  readonly jobId: string;
  readonly job: BulkJob;
  /** Undefined for a job of another client. */
  readonly name: GivenName | undefined;
  /** When it was made, on our monotonic clock, in milliseconds. */
  readonly created: number;
  /** When it was made, as the tenant writes it. */
  readonly date: JobDate;
  /** Its date shows when it was made. */
  readonly isDated: boolean;
  /** When the list first showed it, on our monotonic clock, in milliseconds. */
  readonly seenAt: number;
  /** Gainsight's id of the request that showed it last. */
  readonly requestId?: string | undefined;
}

/** A submission of ours, as far as the list can show its job. */
export interface SentFile {
  /** The part of its file name that is unique to it. */
  readonly send: string;
  readonly digest: SliceDigest;
  /** On our monotonic clock, in milliseconds. */
  readonly sentAt: number;
}

interface Options {
  readonly reads: Reads;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly givenBack: GivenBack;
  readonly report: ReportEvent;
  readonly signal: AbortSignal;
  /** Calls that a job of ours from another process stands for: 1, or 5 if every call counts. */
  readonly callsPerOwnJob: number;
}

const longestReachMs = 7 * day;
/** Delays before an incomplete list is read again, in milliseconds; not used if reads count. */
const rereadAfterMs = [5 * second, 15 * second] as const;

/** The listed jobs, updated with every list answer. */
export class JobList {
  readonly #options: Options;
  readonly #jobs = new Map<string, ListedJob>();
  /** The same, oldest first; undefined once a list answer has changed them. */
  #sorted: readonly ListedJob[] | undefined;
  #readAt: number | undefined;
  /** When it was first read to the end. */
  #firstReadAt: number | undefined;

  /** The result of the last reading; undefined before the first. */
  #reading: Reading | undefined;
  #requestId: string | undefined;
  readonly #dates = new JobDates();

  readonly #reportUndated = once(() => {
    const text =
      'This tenant gives its jobs no date that can be read: calls of others, and of earlier syncs, cannot be counted.';
    this.#options.report({ kind: 'warning', text });
  });

  constructor(options: Options) {
    this.#options = options;
  }

  /** When the list was last read as far as needed, on the monotonic clock; undefined before the first time. */
  get readAt(): number | undefined {
    return this.#readAt;
  }

  /** Gainsight's id of the last request for it. */
  get requestId(): string | undefined {
    return this.#requestId;
  }

  /** The tenant has no list of jobs. */
  get absent(): boolean {
    return this.#reading === 'absent';
  }

  /** The last reading was complete as far as requested. Otherwise missing jobs prove nothing. */
  get isWhole(): boolean {
    return this.#reading === 'whole';
  }

  /** Every job that was listed, oldest first. */
  all(): readonly ListedJob[] {
    this.#sorted ??= [...this.#jobs.values()].sort(older);
    return this.#sorted;
  }

  /**
   * The job of one submission of ours. If the tenant cuts off that part of the name, it is the one with the same rows
   * that has appeared in the list since.
   */
  bySend({ send, digest, sentAt }: SentFile): ListedJob | undefined {
    const jobs = [...this.#jobs.values()];
    const isIt = ({ name, seenAt }: ListedJob) =>
      name !== undefined && name.send === undefined && seenAt >= sentAt && holds(name, digest);
    return jobs.find(({ name }) => name?.send === send) ?? jobs.find(isIt);
  }

  /**
   * Whether a job was certainly made after a moment: by its date, or because it appeared after the list was first read.
   */
  isMadeAfter({ created, isDated, seenAt }: ListedJob, moment: number): boolean {
    return isDated ? created > moment : seenAt > (this.#firstReadAt ?? Number.POSITIVE_INFINITY);
  }

  /** A job by its id. */
  byId(jobId: string): ListedJob | undefined {
    return this.#jobs.get(jobId);
  }

  /**
   * Reads the list: seven days back the first time, then as far as calls count.
   * @param reserved pays if reads count
   * @throws ConnectorError if it cannot be read
   */
  async refresh(reserved?: Entry): Promise<void> {
    if (this.absent) return;
    const { clock, ledger, signal, callsPerOwnJob } = this.#options;
    const reachMs = this.#readAt === undefined ? longestReachMs : ledger.longestMs;
    let startedAt = clock.elapsed();
    let reading = await this.#read(reachMs, reserved);
    // Once may be an accident, and would end an INSERT for good; what a tenant always does is known by the third time.
    const waits = this.#reading === 'partial' || callsPerOwnJob > 1 ? [] : rereadAfterMs;
    for (let at = 0; reading === 'partial' && at < waits.length; at++) {
      await clock.sleep(waits[at] as number, signal);
      startedAt = clock.elapsed();
      reading = await this.#read(reachMs);
    }
    this.#reading = reading;
    this.#readAt = startedAt;
    this.#firstReadAt ??= clock.elapsed();
  }

  #read(reachMs: number, reserved?: Entry): Promise<Reading> {
    return readPages(
      (offset) => this.#page(offset, reserved),
      (jobs, page) => (this.#learn(jobs, page) > reachMs ? 'old' : 'more'),
    );
  }

  /**
   * Reads pages until the job of one submission is found.
   * @param reserved pays if reads count
   */
  async lookFor(sent: SentFile, reserved?: Entry): Promise<ListedJob | undefined> {
    await readPages(
      (offset) => this.#page(offset, reserved),
      (jobs, page) => {
        const age = this.#learn(jobs, page);
        if (this.bySend(sent)) return 'enough';
        return age > day ? 'old' : 'more';
      },
    );
    return this.bySend(sent);
  }

  /**
   * Reads pages until these jobs are found, to poll several with one call.
   * @param reserved pays if reads count
   * @returns those not found
   */
  async look(jobIds: readonly string[], reserved?: Entry): Promise<Set<string>> {
    const unseen = new Set(jobIds);
    await readPages(
      (offset) => this.#page(offset, reserved),
      (jobs, page) => {
        const age = this.#learn(jobs, page);
        for (const { jobId } of jobs) unseen.delete(jobId ?? '');
        if (unseen.size === 0) return 'enough';
        return age > day ? 'old' : 'more';
      },
    );
    return unseen;
  }

  async #page(offset: number, reserved?: Entry): Promise<Page | undefined> {
    const result = await this.#options.reads.list({ limit: pageSize, offset }, { retryMs: maxRetryMs, reserved });
    this.#requestId = result.requestId;
    if ('absent' in result) return undefined;
    const { value: list, serverTime, requestId } = result;
    return { list, serverTime, requestId };
  }

  /** @returns the age of the page's youngest job, in milliseconds */
  #learn(jobs: readonly BulkJob[], { serverTime, requestId }: Partial<Omit<Page, 'list'>> = {}): number {
    const { clock, ledger, callsPerOwnJob } = this.#options;
    const now = { wall: clock.now(), elapsed: clock.elapsed() };
    const serverNow = serverTime ?? now.wall;
    const isCorrected = this.#learnZone(jobs, serverNow, now);
    const ages = this.#agesOf(jobs, serverNow);
    const calls: ListedCall[] = [];
    for (const [at, job] of jobs.entries()) {
      const age = ages[at];
      const name = parseFileName(job.fileName);
      // A list may go back for years, and old calls of others do not matter.
      if ((age ?? 0) > longestReachMs && !name) continue;
      this.#keep(job, name, age, { elapsed: now.elapsed, requestId });
      const identity = identityOf(job);
      if (age === undefined || identity === undefined) continue;
      calls.push({ identity, send: name?.send, ageMs: age, own: name !== undefined, calls: name ? callsPerOwnJob : 1 });
    }
    this.#sorted = undefined;
    ledger.learn(calls, now, isCorrected);
    return Math.min(...ages.map((age) => age ?? Number.POSITIVE_INFINITY));
  }

  /**
   * Stores a job. An unchanged one is not processed again: a list of a thousand jobs is read before each submission.
   */
  #keep(
    job: BulkJob,
    name: GivenName | undefined,
    age: number | undefined,
    { elapsed, requestId }: { readonly elapsed: number; readonly requestId: string | undefined },
  ): void {
    const { jobId } = job;
    if (jobId === undefined) return;
    const known = this.#jobs.get(jobId);
    const date = readJobDate(job.createdDate);
    // A date that is unusable, or whose zone is unknown, must not make a job older than we have seen.
    const isCertain = age !== undefined && (date.kind === 'moment' || this.#dates.isLearnt);
    if (!isSame(known?.job, job)) this.#options.givenBack.listed({ job, name, requestId });
    const created = isCertain ? elapsed - age : (known?.created ?? elapsed);
    const isDated = isCertain || (known?.isDated ?? false);
    const seenAt = known?.seenAt ?? elapsed;
    this.#jobs.set(jobId, { jobId, job, name, created, date, isDated, seenAt, requestId });
  }

  /**
   * Learns from a job that this process made how the tenant writes the time.
   * @returns whether this changes ages
   */
  #learnZone(jobs: readonly BulkJob[], serverNow: number, now: Instant): boolean {
    let isCorrected = false;
    for (const { createdDate, fileName, jobId } of jobs) {
      const date = readJobDate(createdDate);
      this.#dates.see(date);
      const age = this.#options.ledger.ageOfOwn({ jobId, send: parseFileName(fileName)?.send }, now);
      if (age !== undefined && this.#dates.learn(date, age, serverNow)) isCorrected = true;
    }
    return isCorrected;
  }

  /** In milliseconds; undefined for a job that does not count because its date is unreadable. */
  #agesOf(jobs: readonly BulkJob[], serverNow: number): (number | undefined)[] {
    const ages = jobs.map(({ createdDate }) => this.#dates.ageOf(readJobDate(createdDate), serverNow));
    if (jobs.length > 0 && ages.every((age) => age === undefined)) this.#reportUndated();
    return fillPageAges(jobs, ages);
  }
}

function isSame(known: BulkJob | undefined, job: BulkJob): boolean {
  if (known === undefined) return false;
  const names = Object.keys(job) as (keyof BulkJob)[];
  return names.length === Object.keys(known).length && names.every((name) => known[name] === job[name]);
}

/**
 * By the server's own clock: ours knows it through a `Date` header in whole seconds. Within a run attempts are in
 * order.
 */
function older(a: ListedJob, b: ListedJob): number {
  const isComparable = a.date.kind !== 'none' && a.date.kind === b.date.kind;
  const ages = isComparable ? atOf(a.date) - atOf(b.date) : a.created - b.created;
  return ages || (a.name?.attempt ?? 0) - (b.name?.attempt ?? 0);
}

function atOf(date: JobDate): number {
  return date.kind === 'none' ? Number.NaN : date.at;
}
