/**
 * Before a batch is sent: reads the list, waits until the object is free, and checks whether an earlier job holds its
 * rows. `adopt.ts` decides; INSERT is in `insert_adoption.ts`.
 */
import { once } from '../../async.ts';
import { ConnectorError } from '../../errors.ts';
import type { Batch, Plan, Reference, SliceDigest } from '../../model.ts';
import type { Schedule } from '../schedule.ts';
import {
  type AdoptDecision,
  adoptInOrder,
  heldInOrder,
  isCompleted,
  isUnfinished,
  isUseless,
  type OwnJob,
  orderOfRun,
  ownJobs,
} from './adopt.ts';
import type { BulkContext } from './context.ts';
import { holds, isOfStream, ownPartOf } from './file_name.ts';
import type { GivenBack } from './given_back.ts';
import { InsertAdoption, type InsertRows, type InsertStep } from './insert_adoption.ts';
import type { JobList, ListedJob } from './job_list.ts';
import { type Followed, isFinished, type Poller } from './poll.ts';

/** What is done with a batch. Unclear cases are errors; what is not known yet is waited for. */
export type BatchDecision =
  /** `leave out`: the user says that its rows are loaded. */
  { readonly do: 'adopt' | 'leave out'; readonly job: OwnJob; readonly rows: number } | { readonly do: 'submit' };

/** Tracks which earlier jobs were taken over, and on which objects no more will be. */
export class Adoption {
  readonly #context: BulkContext;
  readonly #schedule: Schedule;
  readonly #jobList: JobList;
  readonly #poller: Poller;
  readonly #givenBack: GivenBack;
  readonly #inserts: InsertAdoption;
  readonly #claimed = new Set<string>();
  /**
   * Older than an UPSERT or UPDATE job that was taken over: to batches of these operations their rows are outdated. They
   * may still be running, and an INSERT of another stream may be among them, which only its own batch takes over.
   */
  readonly #passed = new Set<string>();
  /** Objects on which something new was submitted: taking over later would change the order. */
  readonly #stopped = new Set<string>();
  readonly #cleared = new Set<string>();
  /** Jobs that were considered when it was decided to submit. */
  readonly #weighed = new Map<string, Set<string>>();
  #reading: Promise<void> | undefined;

  /** From when on a list shows every job of a process that was killed before this one started. */
  readonly #settledAt: number;

  readonly #reportNoList = once((list: string) => {
    const text = `This tenant ${list}: calls of others cannot be counted, and after a crash files are sent again.`;
    this.#context.report({ kind: 'warning', text });
  });

  readonly #reportOther = once((label: string, jobId: string, reference: Reference) => {
    const text = `Job ${jobId} of another sync has loaded rows of ${label} since this one started. It is not known which sync is the later one, as their ids are not numbers: rows of this sync may be older and overwrite those of the other.`;
    this.#context.report({ kind: 'warning', text, ...reference });
  });

  constructor(
    context: BulkContext,
    parts: { schedule: Schedule; jobList: JobList; poller: Poller; givenBack: GivenBack },
  ) {
    this.#context = context;
    this.#schedule = parts.schedule;
    this.#jobList = parts.jobList;
    this.#poller = parts.poller;
    this.#givenBack = parts.givenBack;
    const unclaimed = (object: string) => this.#unclaimed(object);
    this.#inserts = new InsertAdoption(context, { schedule: parts.schedule, unclaimed });
    this.#settledAt = context.startedAt + context.polling.list_lag_ms;
  }

  /** The job was made or taken over by this process: no other batch may claim it. */
  claim(jobId: string): void {
    this.#claimed.add(jobId);
  }

  /** The job was made or taken over by this process, or is older than an UPSERT or UPDATE that was. */
  isTaken(jobId: string): boolean {
    return this.#claimed.has(jobId) || this.#passed.has(jobId);
  }

  /**
   * Decides what to do with a batch by the current list. May be called again when the list shows other jobs.
   * @throws ConnectorError if the list cannot be read, a later attempt is running, or the outcome of rows is unknown
   */
  async decide(batch: Batch, signal: AbortSignal): Promise<BatchDecision> {
    signal.throwIfAborted();
    await this.ready(batch.plan, signal);
    this.#checkGhost(batch.plan);
    this.#checkNames(batch.plan);
    const { object, operation } = batch.plan;
    const decision =
      operation === 'INSERT' ? await this.#decideInsert(batch, signal) : await this.#decideInOrder(batch, signal);
    if (decision.do !== 'submit') {
      this.#claimed.add(decision.job.jobId);
      return decision;
    }
    await this.#weigh(object, signal);
    return { do: 'submit' };
  }

  /**
   * Whether a new list shows jobs of ours on the object that were not there when it was decided to submit.
   * @throws ConnectorError `attempt_replaced`
   */
  sawOthers(batch: Batch): boolean {
    this.#checkGhost(batch.plan);
    return this.#unweighed(batch.plan.object).length > 0;
  }

  /**
   * Rows of the object are about to be loaded without a job: waits for the running jobs of ours, and takes over none of an
   * earlier attempt from then on.
   * @throws ConnectorError as {@link decide}
   */
  async makeWay(plan: Plan, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.ready(plan, signal);
    this.#checkGhost(plan);
    this.#stopped.add(plan.object);
    await this.#weigh(plan.object, signal);
  }

  /** Marks all listed jobs of ours on the object as considered, and waits for the running ones. */
  async #weigh(object: string, signal: AbortSignal): Promise<void> {
    const unweighed = this.#unweighed(object);
    if (unweighed.length > 0) this.#cleared.delete(object);
    const weighed = this.#weighed.get(object) ?? new Set();
    for (const { jobId } of unweighed) weighed.add(jobId);
    this.#weighed.set(object, weighed);
    await this.#clearWay(object, signal);
  }

  #unweighed(object: string): OwnJob[] {
    const weighed = this.#weighed.get(object);
    return this.#unclaimed(object).filter(({ jobId }) => !weighed?.has(jobId));
  }

  /** Whether an open INSERT batch may be the beginning of an earlier, larger job. Reads the list if necessary. */
  async mayGrow(plan: Plan, rows: number, firstRow: SliceDigest): Promise<boolean> {
    await this.ready(plan);
    return this.#inserts.mayGrow(plan, rows, firstRow);
  }

  /**
   * How many of an open INSERT batch's first rows an earlier job holds: 0 for none, Infinity if it may hold more than
   * the batch has yet. Reads the list if necessary.
   */
  async sentBefore(batch: InsertRows, firstRow: SliceDigest): Promise<number> {
    await this.ready(batch.plan);
    return this.#inserts.sentBefore(batch, firstRow);
  }

  /** A job of which the user says that it has loaded nothing is ignored for this batch only. */
  async #decideInsert(batch: Batch, signal: AbortSignal): Promise<InsertStep> {
    const decision = await this.#inserts.decide(batch, signal);
    for (const { jobId } of decision.waived) this.#claimed.add(jobId);
    return decision;
  }

  /** Those of these files that would be taken over now. Reads nothing, and decides nothing. */
  heldOf(files: readonly Batch[]): readonly Batch[] {
    if (!this.#jobList.isWhole) return [];
    const objects = new Set(files.map(({ plan }) => plan.object));
    return [...objects].flatMap((object) => {
      if (this.#stopped.has(object)) return [];
      const jobs = this.#candidates(object);
      const ofObject = files.filter(({ plan }) => plan.object === object);
      const inserts = ofObject.filter(({ plan }) => plan.operation === 'INSERT');
      const others = ofObject.filter(({ plan }) => plan.operation !== 'INSERT');
      const digests = others.map(({ digest }) => digest);
      return [
        ...inserts.filter(({ digest }) => jobs?.some((job) => holds(job.name, digest) && !isUseless(job))),
        ...others.slice(0, heldInOrder(jobs ?? [], digests).length),
      ];
    });
  }

  /** Jobs of this run on the object that an UPSERT or UPDATE may take over; undefined if there may be others. */
  #candidates(object: string): readonly OwnJob[] | undefined {
    const all = this.#unclaimed(object).filter(({ jobId }) => !this.#passed.has(jobId));
    // A job without its run may be ours, with later rows.
    if (!all.every(({ name }) => name.run !== undefined)) return;
    return all.filter(({ name }) => name.run === this.#context.identity.run);
  }

  async #decideInOrder(batch: Batch, signal: AbortSignal): Promise<BatchDecision> {
    const { object } = batch.plan;
    // Missing entries of an incomplete list prove nothing: a later file may have been sent.
    while (this.#jobList.isWhole && !this.#stopped.has(object)) {
      const jobs = this.#candidates(object);
      const next = this.#schedule.following(object);
      const digests = [batch, ...next.batches].map(({ digest }) => digest);
      const decision: AdoptDecision = jobs ? adoptInOrder(jobs, digests, next.complete) : { do: 'submit' };
      // No more batches can come while nothing is sent: those at hand are sent again.
      if (decision.do === 'wait' && !this.#schedule.isFull) await this.#schedule.changed(signal);
      // Its row errors would have to be distinguished from those of rows that are not the batch's.
      else if (decision.do === 'adopt' && this.#context.retried.sentBefore(batch, decision.job.name) !== undefined) {
        for (const { jobId } of jobs?.slice(0, jobs.indexOf(decision.job)) ?? []) this.#passed.add(jobId);
        return { ...decision, rows: batch.rows };
      } else this.#stopped.add(object);
    }
    return { do: 'submit' };
  }

  #unclaimed(object: string): OwnJob[] {
    const isOpen = ({ jobId }: OwnJob) => !this.#claimed.has(jobId);
    return ownJobs(this.#jobList.all(), (listed) => this.#givenBack.isOn(listed, object)).filter(isOpen);
  }

  /**
   * Everything is decided on a list read so late after the start of this process that it must contain the jobs of a
   * killed one, of an earlier run too: its rows, loaded after ours, would overwrite them.
   */
  async ready({ stream, label, object, operation }: Plan, signal = this.#context.signal): Promise<void> {
    const { clock } = this.#context;
    while (!this.isReady()) {
      const waitMs = this.#settledAt - clock.elapsed();
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      else await this.#read();
    }
    if (this.#jobList.isWhole) return;
    const list = this.#jobList.absent ? 'does not list its bulk jobs' : 'lists only a part of its bulk jobs';
    if (operation === 'INSERT')
      throw new ConnectorError(
        'insert_without_list',
        { stream: label, object, list },
        { stream, requestId: this.#jobList.requestId },
      );
    this.#reportNoList(list);
  }

  /**
   * Whether the list shows a job that loaded rows of the stream into its object, at any time. Reads it if it was not, even
   * before it shows every job of a process that was killed.
   * @param objectLabel by which the list may name the object
   */
  async hasLoaded({ label, object }: Plan, objectLabel?: string): Promise<boolean> {
    if (this.#jobList.readAt === undefined) await this.#read();
    const isIts = (listed: ListedJob) =>
      listed.name !== undefined &&
      isOfStream(listed.name, label) !== false &&
      this.#givenBack.isShownOn(listed.job, object, objectLabel);
    const own = ownJobs(this.#jobList.all(), isIts);
    return own.some(({ job }) => isCompleted(job) && job.successCount !== 0);
  }

  /** Whether the list is good enough for the plan's operation. */
  mayInsert({ operation }: Plan): boolean {
    return operation !== 'INSERT' || this.#jobList.isWhole;
  }

  /** The list was read late enough. */
  isReady(): boolean {
    const { absent, readAt } = this.#jobList;
    return readAt !== undefined && (absent || readAt >= this.#settledAt);
  }

  /** One read for all that need it now. */
  #read(): Promise<void> {
    this.#reading ??= this.#jobList.refresh().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** @throws ConnectorError `attempt_replaced` if a later attempt or a later run has sent rows: ours are older */
  #checkGhost(plan: Plan): void {
    const { identity } = this.#context;
    const later = this.#jobList
      .all()
      .find(({ name }) => name?.run === identity.run && (name.attempt ?? 0) > identity.attempt);
    if (later) throw replaced(later);
    for (const other of this.#others(plan)) {
      const { name, jobId, job, requestId } = other;
      const order = orderOfRun(name.run ?? identity.run, identity.run);
      if (order === 'later') throw replaced(other);
      if (order === 'unknown') this.#reportOther(plan.label, jobId, { fileName: ownPartOf(job.fileName), requestId });
    }
  }

  /** Jobs of the stream on the same object and of the same connection that were made since this process started. */
  #others({ label, object }: Plan): OwnJob[] {
    const { startedAt, token } = this.#context;
    const isIts = (listed: ListedJob) =>
      listed.name?.token === token &&
      isOfStream(listed.name, label) === true &&
      this.#jobList.isMadeAfter(listed, startedAt) &&
      this.#givenBack.isOn(listed, object);
    return ownJobs(this.#jobList.all(), isIts);
  }

  /**
   * An INSERT needs recognisable names. If none of ours is listed, a job without a name may be that of an earlier
   * attempt.
   * @throws ConnectorError `insert_unrecognised`
   */
  #checkNames(plan: Plan): void {
    if (plan.operation !== 'INSERT') return;
    const fault = this.#givenBack.insertFault(plan);
    if (fault) throw fault;
    const jobs = this.#jobList.all();
    if (this.#context.identity.attempt === 0 || jobs.some(({ name }) => name !== undefined)) return;
    const nameless = jobs.find(({ job }) => job.fileName === undefined && this.#givenBack.mayBeOn(job, plan.object));
    if (!nameless) return;
    const { label, object, stream } = plan;
    const names = `job ${nameless.jobId} has none`;
    const { requestId } = nameless;
    throw new ConnectorError('insert_unrecognised', { stream: label, object, names }, { stream, requestId });
  }

  /** Waits for every unfinished job of ours on the object, of any run, so that old rows never overwrite new ones. */
  async #clearWay(object: string, signal: AbortSignal): Promise<void> {
    if (this.#cleared.has(object)) return;
    const { clock, polling, report } = this.#context;
    const unfinished = this.#jobList
      .all()
      .filter((listed) => isUnfinished(listed.job) && this.#givenBack.isOn(listed, object));
    for (const { jobId, name, created, job, requestId } of unfinished) {
      if (this.#claimed.has(jobId)) continue;
      const fileName = ownPartOf(job.fileName);
      if (!name)
        report({
          kind: 'warning',
          text: `Job ${jobId} of another client is running on ${object}; its rows and ours may be loaded in any order.`,
        });
      else if (clock.elapsed() - created >= polling.job_timeout_ms) {
        const text = `Job ${jobId} on ${object} is still not finished and was skipped.`;
        report({ kind: 'warning', text, fileName, requestId });
      } else {
        report({ kind: 'waiting for job', jobId, object, fileName, requestId });
        const rows = name.rows ?? job.totalRecords ?? 0;
        await this.#waitFor({ jobId, fileName, object, created, rows }, signal);
      }
    }
    // Only now: a batch that waited may have been stopped, and then the next one must wait as well.
    this.#cleared.add(object);
  }

  async #waitFor(job: Followed, signal: AbortSignal): Promise<void> {
    try {
      await this.#poller.follow(job, isFinished, signal);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.code !== 'job_deadline') throw error;
      const { jobId, object, fileName } = job;
      const text = `Job ${jobId} on ${object} took too long and was skipped.`;
      this.#context.report({ kind: 'warning', text, fileName, requestId: error.requestId });
    }
  }
}

/** A later attempt or run made this job. */
function replaced({ job, requestId }: ListedJob): ConnectorError {
  return new ConnectorError('attempt_replaced', {}, { requestId }).ofFile(ownPartOf(job.fileName));
}
