/**
 * Carries out for INSERT batches what `adopt_insert.ts` decides about earlier jobs: uncertain cases are errors; what is
 * not known yet is waited for.
 */
import { day } from '../../clock.ts';
import { ConnectorError } from '../../errors.ts';
import { formatCount, formatCounted } from '../../format.ts';
import type { Batch, Plan, Reference, SliceDigest } from '../../model.ts';
import { firstRowOf } from '../../names.ts';
import type { Schedule } from '../schedule.ts';
import { insertUncertain } from '../uncertain.ts';
import { type OwnJob, rowsOf } from './adopt.ts';
import {
  decideInsert,
  type InsertDecision,
  type InsertDoubt,
  type InsertRules,
  mayGrowInto,
  unmatchedJobs,
} from './adopt_insert.ts';
import type { BulkContext } from './context.ts';
import { beginsWith, isOfStream, ownPartOf } from './file_name.ts';

/** The rows of an INSERT batch, open or closed. */
export type InsertRows = Pick<Batch, 'plan' | 'rows' | 'prefixDigests' | 'stateAt'> & {
  readonly reason?: Batch['reason'] | undefined;
};

/** What is done with a batch. */
export type InsertStep = Extract<InsertDecision, { do: 'adopt' | 'leave out' | 'submit' }>;

interface Parts {
  readonly schedule: Schedule;
  /** Jobs of ours on an object that no batch has claimed, oldest first. */
  readonly unclaimed: (object: string) => OwnJob[];
}

/** How long jobs of earlier runs are relevant to current rows: the list is read back that far. */
const longestMs = 7 * day;

/** Decides about INSERT batches, and logs what the user's settings decided. */
export class InsertAdoption {
  readonly #context: BulkContext;
  readonly #parts: Parts;
  /** What was logged, by batch and job: a batch may be decided more than once. */
  readonly #reported = new Set<string>();
  /** Per batch, the digests of its first rows, for numbers of rows of this run's jobs. */
  readonly #prefixes = new Map<number, ReadonlyMap<number, SliceDigest>>();

  constructor(context: BulkContext, parts: Parts) {
    this.#context = context;
    this.#parts = parts;
  }

  /** @throws ConnectorError `insert_uncertain`, `source_ended_early` */
  async decide(batch: Batch, signal: AbortSignal): Promise<InsertStep> {
    for (;;) {
      const decision = await this.#decide(batch, firstRowOf(batch.digest));
      if (decision.do === 'uncertain') throw uncertain(batch.plan, decision);
      if (decision.do === 'ended early') throw endedEarly(batch);
      if (decision.do === 'submit' && (await this.#isHeld(batch))) {
        await this.#parts.schedule.changed(signal);
        continue;
      }
      this.#report(batch, decision);
      return decision;
    }
  }

  /** Whether an open INSERT batch may be the beginning of an earlier, larger job. */
  mayGrow(plan: Plan, rows: number, firstRow: SliceDigest): boolean {
    return mayGrowInto(this.#parts.unclaimed(plan.object), { rows, firstRow }, this.#rulesOf(plan));
  }

  /**
   * How many of an open INSERT batch's first rows an earlier job holds: 0 for none, Infinity if it may hold more than
   * the batch has yet.
   */
  async sentBefore(batch: InsertRows, firstRow: SliceDigest): Promise<number> {
    const decision = await this.#decide(batch, firstRow);
    if (decision.do === 'submit') return 0;
    if (decision.do === 'ended early' || (decision.do === 'uncertain' && decision.why === 'larger'))
      return Number.POSITIVE_INFINITY;
    return decision.rows;
  }

  async #decide(batch: InsertRows, firstRow: SliceDigest): Promise<InsertDecision> {
    const { plan, rows, reason } = batch;
    const jobs = this.#parts.unclaimed(plan.object).filter(({ name }) => beginsWith(name, firstRow));
    const prefixes = await prefixesOf(batch, jobs);
    const states = new Map<number, string>();
    for (const count of [...prefixes.keys(), rows]) {
      const state = batch.stateAt(count);
      if (state !== undefined) states.set(count, state);
    }
    return decideInsert(jobs, { rows, firstRow, prefixes, states, reason }, this.#rulesOf(plan));
  }

  #rulesOf({ incremental, sendsRepeated = false, checkedJobs = new Map() }: Plan): InsertRules {
    const { identity, clock } = this.#context;
    return { ...identity, incremental, sendsRepeated, checked: checkedJobs, oldest: clock.elapsed() - longestMs };
  }

  /**
   * Whether a batch of a full refresh must wait: jobs of this run hold rows of the stream that no batch begins with,
   * and they may come in later ones.
   * @throws ConnectorError if no more will come
   */
  async #isHeld(batch: Batch): Promise<boolean> {
    const { plan } = batch;
    const { attempt } = this.#context.identity;
    if (plan.incremental || attempt === 0) return false;
    const jobs = this.#earlierOf(plan);
    if (jobs.length === 0) return false;
    const { schedule } = this.#parts;
    // File names show different streams alike: a job of another one on this object is found by the rows of that.
    const mayHold = ({ plan: { label } }: Batch) => jobs.some(({ name }) => isOfStream(name, label) !== false);
    const waiting = schedule.following(plan.object).batches.filter(mayHold);
    const [first] = unmatchedJobs(jobs, await Promise.all(waiting.map((each) => this.#prefixesOf(each, jobs))));
    if (!first) return false;
    const end = schedule.endOf(plan.id);
    if (end === 'unproven') throw endedEarly(batch);
    if (end === 'open' && !schedule.isFull) return true;
    const words = `job ${first.jobId} of an earlier attempt holds ${rowsText(rowsOf(first))} that this attempt has not read again in the same order`;
    const { jobId, requestId } = first;
    throw insertUncertain(plan, { file: ownPartOf(first.job.fileName) ?? '', words, jobId, requestId });
  }

  /** Jobs of earlier attempts of this run for the stream, including those whose run or stream was cut off. */
  #earlierOf({ label, object }: Plan): OwnJob[] {
    const { run } = this.#context.identity;
    const isIts = ({ name }: OwnJob) => (name.run ?? run) === run && isOfStream(name, label) !== false;
    return this.#parts.unclaimed(object).filter(isIts);
  }

  /** A waiting batch does not change; jobs of earlier attempts may still appear in the list. */
  async #prefixesOf(batch: Batch, jobs: readonly OwnJob[]): Promise<ReadonlyMap<number, SliceDigest>> {
    const known = this.#prefixes.get(batch.id);
    if (known && countsOf(batch, jobs).every((rows) => known.has(rows))) return known;
    const prefixes = await prefixesOf(batch, jobs);
    this.#prefixes.set(batch.id, prefixes);
    return prefixes;
  }

  #report({ id, plan: { label }, rows }: Batch, decision: InsertStep): void {
    for (const { jobId, job, requestId } of decision.waived) {
      const text = `${formatCounted(rows, 'row')} of ${label} are sent although job ${jobId} may hold them: "Checked Jobs" says that it has loaded none.`;
      this.#warnOnce(`${id} ${jobId}`, text, { fileName: ownPartOf(job.fileName), requestId });
    }
    if (decision.do === 'leave out') {
      const { job, rows: left } = decision;
      const held = rowsOf(job) ?? left;
      const text =
        held > left
          ? `${formatCounted(left, 'row')} of ${label} are left out: they begin with the first row of job ${job.jobId}, and "Checked Jobs" says that it has loaded all of its ${formatCounted(held, 'row')}.`
          : `${formatCounted(left, 'row')} of ${label} are left out: "Checked Jobs" says that job ${job.jobId} has loaded all of them.`;
      this.#warnOnce(`${id} ${job.jobId}`, text, { fileName: ownPartOf(job.job.fileName), requestId: job.requestId });
    }
    if (decision.do === 'submit' && decision.repeats) {
      const { jobId, job, requestId } = decision.repeats;
      const text = `${formatCounted(rows, 'row')} of ${label} are sent although job ${jobId} of an earlier sync has loaded the same: "Repeated Rows" is set to send.`;
      this.#warnOnce(`${id} ${jobId}`, text, { fileName: ownPartOf(job.fileName), requestId });
    }
  }

  #warnOnce(key: string, text: string, reference: Reference): void {
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    this.#context.report({ kind: 'warning', text, ...reference });
  }
}

/** The digests of the batch's first rows, for the number of rows of each job. */
async function prefixesOf(batch: InsertRows, jobs: readonly OwnJob[]): Promise<ReadonlyMap<number, SliceDigest>> {
  const counts = countsOf(batch, jobs);
  const digests = counts.length > 0 ? await batch.prefixDigests(counts) : [];
  return new Map(counts.map((rows, at) => [rows, digests[at] as SliceDigest]));
}

/** Numbers of rows of those jobs that hold no more than the batch; if that was cut off, it may be all of them. */
function countsOf({ rows: all }: InsertRows, jobs: readonly OwnJob[]): number[] {
  const counts = jobs.map((job) => rowsOf(job) ?? all).filter((rows) => rows > 0 && rows <= all);
  return [...new Set(counts)].sort((a, b) => a - b);
}

function rowsText(rows: number | undefined): string {
  return rows === undefined ? 'an unknown number of rows' : formatCounted(rows, 'row');
}

function endedEarly({ plan: { label, stream }, rows }: Batch): ConnectorError {
  return new ConnectorError('source_ended_early', { stream: label, rows }, { stream });
}

function uncertain(plan: Plan, { why, job, rows }: Extract<InsertDecision, { do: 'uncertain' }>): ConnectorError {
  const held = rowsText(rowsOf(job));
  const words: Record<InsertDoubt, string> = {
    repeated: `job ${job.jobId} of ${job.name.run === undefined ? 'this or an earlier sync (its file name was cut)' : 'an earlier sync'} holds the same ${formatCounted(rows, 'row')}, and no state of the source shows whether these are sent again or new`,
    'half done': `job ${job.jobId} ended before it had loaded all of its ${held}`,
    larger: `job ${job.jobId} begins with the same row and holds ${held}, more than the ${formatCount(rows)} at hand: the source may have stopped on the way, or "Files" was made smaller since, and must be set as it was`,
  };
  const { jobId, requestId } = job;
  return insertUncertain(plan, { file: ownPartOf(job.job.fileName) ?? '', words: words[why], jobId, requestId });
}
