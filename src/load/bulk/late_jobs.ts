/**
 * Jobs of an earlier attempt that may still come. A submission may be in progress long after its process has ended:
 * until the time limit for its answer has passed, and a list was read after that, not all jobs of this run are known.
 */
import { once } from '../../async.ts';
import { ConnectorError } from '../../errors.ts';
import type { Batch, Plan } from '../../model.ts';
import { type OwnJob, ownJobs, rowsOf } from './adopt.ts';
import type { Adoption } from './adoption.ts';
import type { BulkContext } from './context.ts';
import { ownPartOf } from './file_name.ts';
import type { GivenBack } from './given_back.ts';
import type { JobList } from './job_list.ts';
import { isFinished, type Poller } from './poll.ts';

/** Waits for them, and finds those that came after our own rows. */
export class LateJobs {
  readonly #context: BulkContext;
  readonly #jobList: JobList;
  readonly #poller: Poller;
  readonly #adoption: Adoption;
  readonly #givenBack: GivenBack;
  /** From when on a list shows every job that earlier attempts can have made, on the monotonic clock. */
  readonly #overAt: number;
  /**
   * Per object: the jobs of earlier attempts that were listed when its first batch was sent or taken over, while others
   * could come.
   */
  readonly #known = new Map<string, ReadonlySet<string>>();
  /** Objects on which a file was sent while others could come. */
  readonly #sent = new Set<string>();
  /** Per object: the first job that came late; undefined: none can come any more. */
  readonly #proofs = new Map<string, Promise<OwnJob | undefined>>();
  #reading: Promise<void> | undefined;

  readonly #reportUnknown = once(() => {
    const text =
      'The tenant does not list all of its bulk jobs: whether a file of an earlier attempt arrived after those of this one cannot be known.';
    this.#context.report({ kind: 'warning', text });
  });

  constructor(
    context: BulkContext,
    parts: { jobList: JobList; poller: Poller; adoption: Adoption; givenBack: GivenBack },
  ) {
    const { identity, startedAt, polling } = context;
    const longestMs = polling.submission_answer_ms + polling.list_lag_ms;
    this.#context = context;
    this.#jobList = parts.jobList;
    this.#poller = parts.poller;
    this.#adoption = parts.adoption;
    this.#givenBack = parts.givenBack;
    this.#overAt = identity.attempt > 0 ? startedAt + longestMs : Number.NEGATIVE_INFINITY;
  }

  /** Whether the list shows all of them. Reads it if that is enough, and waits for nothing else. */
  async areListed(): Promise<boolean> {
    if (!this.#isListed && this.#context.clock.elapsed() >= this.#overAt) await this.#read();
    return this.#isListed;
  }

  /**
   * An INSERT waits for all of them: its rows may be among theirs.
   * @returns whether it waited, and the list was read again
   */
  async awaitAll({ object, operation }: Plan, signal: AbortSignal): Promise<boolean> {
    return operation === 'INSERT' && this.awaitListed({ object }, signal);
  }

  /**
   * Waits until the list shows every job that earlier attempts can have made.
   * @returns as {@link awaitAll}
   */
  async awaitListed({ object }: Pick<Plan, 'object'>, signal: AbortSignal): Promise<boolean> {
    if (this.#isListed) return false;
    await this.#waitUntilOver(object, 'rows', signal);
    await this.#read();
    return true;
  }

  /** A batch is about to be taken over: a job that is not listed by now, and is not taken over too, comes after it. */
  adopting({ object }: Plan): void {
    if (this.#isListed || this.#known.has(object)) return;
    this.#known.set(object, new Set(this.#earlier(object).map(({ jobId }) => jobId)));
  }

  /** A file is about to be sent: a job that is not listed by now comes after it. */
  sending(plan: Plan): void {
    this.adopting(plan);
    if (this.#known.has(plan.object)) this.#sent.add(plan.object);
  }

  /**
   * @throws ConnectorError `job_came_late`, once that job has ended: it may have overwritten the rows that we sent
   * before
   */
  async check({ object, operation, stream }: Plan): Promise<void> {
    if (operation === 'INSERT' || !this.#sent.has(object)) return;
    const late = await this.#lateOn(object);
    if (late) throw cameLate(late, object, stream);
  }

  /**
   * Resolves when no late job can have overwritten a batch whose own job has ended, and rejects with `job_came_late` if
   * one did; undefined if none can come any more.
   */
  proofOf({ plan }: Batch): Promise<void> | undefined {
    const { object, operation, stream } = plan;
    if (operation === 'INSERT' || !this.#known.has(object)) return undefined;
    const proof = this.#proofs.get(object) ?? this.#prove(object);
    this.#proofs.set(object, proof);
    const proven = proof.then((late) => {
      if (late) throw cameLate(late, object, stream);
    });
    // The batch that would wait for it may have failed before.
    proven.catch(() => undefined);
    return proven;
  }

  get #isListed(): boolean {
    return (this.#jobList.readAt ?? Number.NEGATIVE_INFINITY) >= this.#overAt;
  }

  async #prove(object: string): Promise<OwnJob | undefined> {
    await this.#waitUntilOver(object, 'states', this.#context.signal);
    if (!this.#isListed) await this.#read();
    if (this.#jobList.isWhole) return this.#lateOn(object);
    this.#reportUnknown();
    return undefined;
  }

  /** The first job that came late, once all late ones have ended. */
  async #lateOn(object: string): Promise<OwnJob | undefined> {
    const known = this.#known.get(object);
    const late = this.#earlier(object).filter(({ jobId }) => !known?.has(jobId) && !this.#adoption.isTaken(jobId));
    for (const each of late) {
      const { jobId, created, job } = each;
      const followed = { jobId, fileName: ownPartOf(job.fileName), object, created, rows: rowsOf(each) ?? 0 };
      await this.#poller.follow(followed, isFinished, this.#context.signal).catch((error) => {
        // An endless one is given up; it came late nevertheless.
        if (!(error instanceof ConnectorError) || error.code !== 'job_deadline') throw error;
      });
    }
    return late[0];
  }

  #earlier(object: string): OwnJob[] {
    const { run, attempt } = this.#context.identity;
    // One whose run or attempt the tenant cut off may be one of them.
    return ownJobs(this.#jobList.all(), (listed) => this.#givenBack.isOn(listed, object)).filter(
      ({ name }) => (name.run ?? run) === run && (name.attempt ?? -1) < attempt,
    );
  }

  async #waitUntilOver(object: string, held: 'rows' | 'states', signal: AbortSignal): Promise<void> {
    const { clock, report } = this.#context;
    const waitMs = this.#overAt - clock.elapsed();
    if (waitMs <= 0) return;
    report({ kind: 'late jobs wait', object, held, until: clock.now() + waitMs });
    await clock.sleep(waitMs, signal);
  }

  /** One read for all that need it now. */
  #read(): Promise<void> {
    this.#reading ??= this.#jobList.refresh().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }
}

function cameLate({ jobId, job, requestId }: OwnJob, object: string, stream: Plan['stream']): ConnectorError {
  return new ConnectorError('job_came_late', { job: jobId, object }, { stream, requestId }).ofFile(
    ownPartOf(job.fileName),
  );
}
