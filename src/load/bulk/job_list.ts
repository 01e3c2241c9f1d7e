/** What the tenant's list of jobs has told us: whose jobs there are, how old, in what state. */
import { once } from '../../async.ts';
import { type Clock, day } from '../../clock.ts';
import type { BulkJob } from '../../gainsight/contract.ts';
import type { ReportEvent } from '../events.ts';
import type { Entry, Ledger, ListedCall } from '../quota.ts';
import { maxRetryMs, type Reads } from '../reads.ts';
import { type JobFileName, parseFileName } from './file_name.ts';
import { type Page, pageSize, readPages } from './paging.ts';

/** A job of the list. */
export interface ListedJob {
  readonly jobId: string;
  readonly job: BulkJob;
  /** Undefined for a job of somebody else. */
  readonly name: JobFileName | undefined;
  /** When it was made, on our monotonic clock, in milliseconds. */
  readonly created: number;
  /** When it was made, by the server's own clock; NaN where the tenant does not say. */
  readonly made: number;
}

interface Options {
  readonly reads: Reads;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly report: ReportEvent;
  /** Calls that a job of ours from another process stands for: 1, or 5 where every call counts. */
  readonly callsPerOwnJob: number;
}

const longestReach = 7 * day;

/** The jobs that the tenant lists, kept up to date by every list answer. */
export class JobList {
  readonly #options: Options;
  readonly #jobs = new Map<string, ListedJob>();
  /** The same, oldest first; undefined once a list answer changed them. */
  #sorted: readonly ListedJob[] | undefined;
  #readAt: number | undefined;
  #absent = false;
  #isWhole = false;

  readonly #reportCutShort = once(() => {
    const text =
      'The tenant lists its jobs in no order, or without an end, and only the first were read: calls of others may be missing from the count.';
    this.#options.report({ kind: 'warning', text });
  });

  constructor(options: Options) {
    this.#options = options;
  }

  /** When the list was last read as far as needed, on the monotonic clock; undefined before the first time. */
  get readAt(): number | undefined {
    return this.#readAt;
  }

  /** The tenant has no list of jobs. */
  get absent(): boolean {
    return this.#absent;
  }

  /** The list showed all that was asked for when it was last read. One that does not proves nothing by what it lacks. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Every job that was listed, oldest first. */
  all(): readonly ListedJob[] {
    this.#sorted ??= [...this.#jobs.values()].sort(older);
    return this.#sorted;
  }

  /** The job of one submission of ours. */
  bySend(send: string): ListedJob | undefined {
    return [...this.#jobs.values()].find((listed) => listed.name?.send === send);
  }

  /** A job by its id. */
  byId(jobId: string): ListedJob | undefined {
    return this.#jobs.get(jobId);
  }

  /** Reads the list: seven days back the first time, then one. @param reserved pays where reads count @throws ConnectorError when it cannot be read */
  async refresh(reserved?: Entry): Promise<void> {
    if (this.#absent) return;
    const { clock } = this.#options;
    const reach = this.#readAt === undefined ? longestReach : day;
    const startedAt = clock.elapsed();
    const result = await readPages(
      (offset) => this.#page(offset, reserved),
      (jobs, serverTime) => (this.#learn(jobs, serverTime) > reach ? 'old' : 'more'),
    );
    this.#absent = result === 'absent';
    this.#isWhole = result === 'whole';
    if (result === 'cut short') this.#reportCutShort();
    this.#readAt = startedAt;
  }

  /** Reads pages until the job of one submission was seen. @param reserved pays where reads count */
  async lookFor(send: string, reserved?: Entry): Promise<ListedJob | undefined> {
    await readPages(
      (offset) => this.#page(offset, reserved),
      (jobs, serverTime) => {
        const age = this.#learn(jobs, serverTime);
        if (this.bySend(send)) return 'enough';
        return age > day ? 'old' : 'more';
      },
    );
    return this.bySend(send);
  }

  /** Reads pages until these jobs were seen, for polling several by one call. @param reserved pays where reads count @returns those not seen */
  async look(jobIds: readonly string[], reserved?: Entry): Promise<Set<string>> {
    const unseen = new Set(jobIds);
    await readPages(
      (offset) => this.#page(offset, reserved),
      (jobs, serverTime) => {
        const age = this.#learn(jobs, serverTime);
        for (const { jobId } of jobs) unseen.delete(jobId ?? '');
        if (unseen.size === 0) return 'enough';
        return age > day ? 'old' : 'more';
      },
    );
    return unseen;
  }

  async #page(offset: number, reserved?: Entry): Promise<Page | undefined> {
    const result = await this.#options.reads.list({ limit: pageSize, offset }, { retryMs: maxRetryMs, reserved });
    return result === 'absent' ? undefined : { list: result.value, serverTime: result.serverTime };
  }

  /** @returns the age of the page's youngest job, in milliseconds */
  #learn(jobs: readonly BulkJob[], serverTime: number | undefined): number {
    const { clock, ledger, callsPerOwnJob } = this.#options;
    const now = { wall: clock.now(), elapsed: clock.elapsed() };
    const calls: ListedCall[] = [];
    let youngest = Number.POSITIVE_INFINITY;
    for (const job of jobs) {
      if (!job.jobId) continue;
      const name = parseFileName(job.fileName);
      // Both dates are the server's, so our own clock may be wrong. A job without a date counts as just made.
      const made = Date.parse(job.createdDate ?? '');
      const age = Number.isNaN(made) ? 0 : Math.max(0, (serverTime ?? now.wall) - made);
      youngest = Math.min(youngest, age);
      // A list may go back for years, and what others did then matters to nobody.
      if (age > longestReach && !name) continue;
      // A list of a thousand jobs is read before each submission: what did not change is not kept twice.
      if (!isSame(this.#jobs.get(job.jobId)?.job, job))
        this.#jobs.set(job.jobId, { jobId: job.jobId, job, name, created: now.elapsed - age, made });
      calls.push({
        jobId: job.jobId,
        fileName: name && job.fileName,
        age,
        own: name !== undefined,
        calls: name ? callsPerOwnJob : 1,
      });
    }
    this.#sorted = undefined;
    ledger.learn(calls, now);
    return youngest;
  }
}

function isSame(known: BulkJob | undefined, job: BulkJob): boolean {
  if (known === undefined) return false;
  const names = Object.keys(job) as (keyof BulkJob)[];
  return names.length === Object.keys(known).length && names.every((name) => known[name] === job[name]);
}

/** By the server's own clock: ours sees it through a `Date` header of whole seconds. An attempt follows the one before it. */
function older(a: ListedJob, b: ListedJob): number {
  const ages = Number.isNaN(a.made) || Number.isNaN(b.made) ? a.created - b.created : a.made - b.made;
  return ages || (a.name?.attempt ?? 0) - (b.name?.attempt ?? 0);
}
