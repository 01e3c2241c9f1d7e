/** THE FLOW: records in, rows to files, files to jobs, jobs to proof, states out. */

import type { ConfiguredCatalog } from './airbyte/catalog.ts';
import type { WriteEnd } from './airbyte/destination.ts';
import type { StateText } from './airbyte/protocol.ts';
import { stateDigest } from './airbyte/state_digest.ts';
import { nextUntil, SerialQueue } from './async.ts';
import { minute } from './clock.ts';
import type { Config } from './config/config.ts';
import { asTracedError, ConnectorError, Stopped, type TracedError } from './errors.ts';
import type { UnknownStream } from './intake_streams.ts';
import type { Batch, Outcome, Plan, Reject } from './model.ts';
import { base32, nameList, slug } from './names.ts';
import { makePlans } from './plan/plan.ts';
import type { StateStats } from './settle/checkpoint.ts';
import { Failures } from './settle/failures.ts';
import { formatCounted } from './settle/format.ts';
import { checkFolder } from './settle/rejects/folder_check.ts';
import { unaccounted } from './settle/tally.ts';
import { type Hooks, type Parts, type World, wire } from './wiring.ts';

/** Characters of a state's digest in a file name. */
const stateDigestLength = 8;

/**
 * Loads the records of the input into Gainsight.
 * @throws ConnectorError where configuration and catalog do not fit each other, or rejected rows could not be kept; nothing
 * was read then
 */
export async function write(
  config: Config,
  catalog: ConfiguredCatalog,
  input: AsyncIterable<Buffer>,
  world: World,
): Promise<WriteEnd> {
  const { plans, warnings, notes } = makePlans(catalog, config);
  const { run, attempt } = world.identity;
  if (plans.length > 0) checkFolder(config.rejected_rows.folder, `${slug(run, 40)}.${attempt}.check`);
  for (const note of notes) world.output.log('INFO', note);
  for (const warning of warnings) world.output.log('WARN', warning);
  return new Sync(config, catalog, plans, world).run(input);
}

class Sync {
  readonly #world: World;
  readonly #parts: Parts;
  readonly #failures: Failures;
  /** Aborted when the input is read no more: it ended, or nothing can be sent any longer. */
  readonly #reading = new AbortController();
  /** The input ended with a line that cannot be read. */
  #isBroken = false;
  /** One at a time: a chunk of the input, cuts by age, clearing up after a failed stream. */
  readonly #turns = new SerialQueue();

  constructor(config: Config, catalog: ConfiguredCatalog, plans: readonly Plan[], world: World) {
    this.#world = world;
    this.#failures = new Failures((text) => world.output.log('ERROR', text));
    this.#parts = wire(config, catalog, plans, world, this.#hooks());
  }

  async run(input: AsyncIterable<Buffer>): Promise<WriteEnd> {
    const { dispatcher } = this.#parts.tenant;
    try {
      await this.#read(input).catch((error) => this.#breakOff(error));
      await this.#turns.run(() => this.#endInput());
    } catch (error) {
      this.#fault(error);
    }
    // Running jobs are followed to their end, whatever happened; their states are released as they settle.
    await dispatcher.finish();
    await this.#turns.run(() => this.#parts.checkpoint.release()).catch((error) => this.#fault(error));
    return this.#end();
  }

  /** To the end of the input, without ever waiting for quota: jobs run beside it. */
  async #read(input: AsyncIterable<Buffer>): Promise<void> {
    const { signal } = this.#reading;
    this.#world.stop.addEventListener('abort', () => this.#reading.abort(new Stopped()), { once: true });
    if (this.#world.stop.aborted) this.#reading.abort(new Stopped());
    void this.#closeByAge(signal);
    const chunks = input[Symbol.asyncIterator]();
    for (let next = await nextUntil(chunks, signal); next; next = await nextUntil(chunks, signal)) {
      const chunk = next;
      await this.#turns.run(() => this.#parts.intake.read(chunk));
    }
    if (!signal.aborted) await this.#turns.run(() => this.#parts.intake.end());
  }

  /** A line that cannot be read ends the input; up to the last state before it nothing is wrong. */
  #breakOff(error: unknown): void {
    if (!(error instanceof ConnectorError) || error.code !== 'input_broken') throw error;
    this.#failures.add(error, []);
    this.#isBroken = true;
  }

  /** What is left is closed, stream by stream. */
  async #endInput(): Promise<void> {
    if (this.#reading.signal.aborted) return;
    const { batcher, intake, tenant } = this.#parts;
    this.#reading.abort(new Stopped());
    for (const { plan } of intake.streams) this.#judgeRefused(plan);
    const unproven = await this.#dropUnprovable();
    for (const { plan, complete } of intake.streams) {
      const { id } = plan;
      if (tenant.schedule.isStopped(id)) await batcher.drop(id);
      // Closing an INSERT batch at its last state leaves the rows behind it in a batch of their own.
      while (batcher.batchOf(id)) await batcher.close(id, complete ? 'complete' : 'end');
      tenant.schedule.end(id, !unproven.has(id));
    }
    void this.#logPlan();
    tenant.dispatcher.change();
  }

  /** As soon as the input is read and the calls of the tenant are known; a fault in between is told by the job that meets it. */
  async #logPlan(): Promise<void> {
    const { reporter, tenant } = this.#parts;
    const { adoption, callsPerJob, dispatcher, gate } = tenant;
    const [first] = reporter.plansClosed;
    if (!first) return;
    const isKnown = await adoption.ready(first).then(
      () => true,
      () => false,
    );
    if (dispatcher.isHalted || this.#world.stop.aborted) return;
    const { files } = reporter.toSend;
    reporter.plan(isKnown ? { windows: gate.use(), waitMs: gate.forecast(files, callsPerJob) } : undefined);
  }

  /**
   * Drops rows behind the last state that the source will send again: of broken input, and of an INSERT that did not say it
   * was done.
   * @returns the plans behind whose last row came neither a state nor COMPLETE
   */
  async #dropUnprovable(): Promise<ReadonlySet<number>> {
    const { batcher, intake, tenant } = this.#parts;
    const ended: Plan[] = [];
    const unproven = new Set<number>();
    let rows = 0;
    for (const stream of intake.streams) {
      const { plan, complete } = stream;
      const isInsert = plan.operation === 'INSERT' && !complete;
      const isCut = isInsert && intake.streams.hasState(stream);
      if (this.#isBroken || (isInsert && !isCut)) unproven.add(plan.id);
      if (tenant.schedule.isStopped(plan.id) || !(this.#isBroken || isCut)) continue;
      const dropped = await batcher.dropTail(plan.id);
      if (dropped === 0 || this.#isBroken) continue;
      unproven.add(plan.id);
      ended.push(plan);
      rows += dropped;
    }
    if (ended.length > 0) this.#endEarly(ended, rows);
    return unproven;
  }

  /** Their rows up to the last state are sent; streams that load after them would not find the others. */
  #endEarly(ended: readonly Plan[], rows: number): void {
    const { plans, tenant } = this.#parts;
    const [first, ...others] = ended.map(({ stream }) => stream);
    const details = { stream: ended.map(({ label }) => label).join(', '), rows };
    const error = new ConnectorError(
      'source_ended_early',
      details,
      others.length > 0 || !first ? {} : { stream: first },
    );
    const children = childrenOf(plans, ended);
    this.#failures.add(
      error,
      children,
      ended.map(({ stream }) => stream),
    );
    for (const child of children) if (!tenant.schedule.isStopped(child.id)) tenant.dispatcher.stop(child, error);
  }

  /** Rows that were refused here are told by no job, so they are judged wherever a state could go. */
  #judgeRefused(plan: Plan): void {
    const { intake, settlement, tenant } = this.#parts;
    if (tenant.schedule.isStopped(plan.id)) return;
    const error = settlement.judgeRefused(plan, intake.streams.records(plan));
    if (error) tenant.dispatcher.stop(plan, error);
  }

  #hooks(): Hooks {
    return {
      send: (batch) => this.#send(batch),
      settled: (batch, outcome) => this.#settled(batch, outcome),
      proven: (batch) => this.#parts.settlement.prove(batch),
      emit: (text, stats) => this.#emit(text, stats),
      failed: (error, stopped) => this.#failed(error, stopped),
      reading: this.#reading.signal,
      intake: {
        skip: (plan, isInBatch) => this.#skip(plan, isInBatch),
        reject: (reject) => this.#reject(reject),
        hold: (state, plan) => this.#hold(state, plan),
        unknown: (stream) => this.#unknown(stream),
        pass: (text) => this.#emit(text, { recordCount: 0, rejectedRecordCount: 0 }),
      },
    };
  }

  /** @param isInBatch it is one of the records of the plan's batch, and proven with them */
  #skip(plan: Plan, isInBatch: boolean): void {
    if (!isInBatch) this.#parts.checkpoint.skipped(plan.id);
    this.#parts.tallies.of(plan.id).skipped += 1;
  }

  async #reject(reject: Reject): Promise<void> {
    const { checkpoint, rejects, settlement } = this.#parts;
    await rejects.refuse(reject);
    checkpoint.rejectedHere(reject.plan.id);
    settlement.refused(reject.plan, reject.lacksKey);
  }

  /** Records go nowhere, so that from now on no state that may stand for them is released. */
  #unknown({ label, similar }: UnknownStream): void {
    const { checkpoint, plans } = this.#parts;
    const listed = nameList((similar.length > 0 ? similar : plans).map((plan) => plan.label));
    this.#failures.add(new ConnectorError('stream_unknown', { stream: nameList([label]), listed }), []);
    checkpoint.withholdShared();
    for (const { id } of similar) checkpoint.withhold(id);
  }

  async #hold(
    state: { type: 'STREAM' | 'GLOBAL' | 'LEGACY'; text: Buffer; line: number },
    plan: Plan | undefined,
  ): Promise<void> {
    const { checkpoint, batcher, settlement } = this.#parts;
    for (const each of plan ? [plan] : settlement.plansRefused) this.#judgeRefused(each);
    batcher.sharedStates = plan === undefined;
    const own = plan && batcher.sizeOf(plan.id);
    const open = plan ? [own].filter((size) => size !== undefined) : batcher.takeGrown();
    batcher.markState(open, () => digestOf(state.text));
    checkpoint.hold({ ...state, planId: plan?.id, at: this.#world.clock.elapsed() }, open);
    await checkpoint.release();
  }

  async #send(batch: Batch): Promise<void> {
    const { schedule, dispatcher } = this.#parts.tenant;
    if (schedule.isStopped(batch.plan.id)) return batch.remove();
    if (batch.unsent) return this.#settleUnsent(batch, batch.unsent);
    this.#parts.tallies.of(batch.plan.id).files += 1;
    this.#parts.settlement.closed(batch);
    this.#parts.reporter.closed(batch);
    schedule.add(batch);
    dispatcher.change();
  }

  /** There is no job that could fail: what stops the stream is found here. */
  async #settleUnsent(batch: Batch, outcome: Outcome): Promise<void> {
    const { intake, settlement, tenant } = this.#parts;
    try {
      await settlement.settleUnsent(batch, outcome, intake.streams.records(batch.plan));
    } catch (error) {
      if (!(error instanceof ConnectorError) || !error.stream) throw error;
      tenant.dispatcher.stop(batch.plan, error);
    }
  }

  async #settled(batch: Batch, outcome: Outcome): Promise<void> {
    this.#parts.reporter.settled(batch, outcome);
    await this.#parts.settlement.settle(batch, outcome);
  }

  #emit(text: StateText, stats: StateStats): Promise<void> {
    this.#parts.reporter.stateReleased();
    return this.#world.output.state(text, stats);
  }

  /** Looks every minute, while the input is read. */
  async #closeByAge(signal: AbortSignal): Promise<void> {
    const { agePolicy } = this.#parts;
    try {
      for (;;) {
        await this.#world.clock.sleep(minute, signal);
        if (await agePolicy.isDue()) await this.#turns.run(() => agePolicy.close());
      }
    } catch (error) {
      this.#fault(error);
    }
  }

  /** What comes from outside of a job is everybody's fault: no new job begins. */
  #fault(thrown: unknown): void {
    if (thrown instanceof Stopped) return;
    this.#failures.add(asTracedError(thrown), []);
    this.#reading.abort(new Stopped());
    this.#parts.tenant.dispatcher.halt();
  }

  /** A job's fault: its stream's, if the error names one. */
  #failed(error: TracedError, stopped: readonly Plan[]): void {
    const { checkpoint, batcher } = this.#parts;
    this.#failures.add(error, stopped);
    if (!error.stream) this.#reading.abort(new Stopped());
    for (const { id } of stopped) {
      checkpoint.withhold(id);
      this.#turns.run(() => batcher.drop(id)).catch((thrown) => this.#fault(thrown));
    }
  }

  /** The summary, and of all failures the one that decides what Airbyte does next. */
  async #end(): Promise<WriteEnd> {
    const { intake, rejects, reporter, tallies } = this.#parts;
    const { output, stop } = this.#world;
    await rejects.finish().catch((error) => this.#fault(error));
    for (const { label, records } of intake.streams.unknown) {
      const counted = formatCounted(records, 'record');
      output.log('WARN', `${counted} of ${nameList([label])} not loaded: the catalog has no such stream.`);
    }
    reporter.summary([...intake.streams]);
    const unproven = this.#failures.isEmpty && !stop.aborted ? unaccounted(intake.streams, tallies) : [];
    for (const error of unproven) this.#failures.add(error, []);
    const failure = this.#failures.end(!stop.aborted);
    if (stop.aborted) return 'stopped';
    if (!failure) return 'done';
    output.trace(failure.error, failure.streams);
    return 'failed';
  }
}

/** All that load after these, directly or by way of others. */
function childrenOf(plans: readonly Plan[], parents: readonly Plan[]): Plan[] {
  const ids = new Set(parents.map(({ id }) => id));
  const children: Plan[] = [];
  for (let found = true; found; ) {
    const next = plans.filter((plan) => !ids.has(plan.id) && plan.parents.some((parent) => ids.has(parent)));
    for (const plan of next) ids.add(plan.id);
    children.push(...next);
    found = next.length > 0;
  }
  return children;
}

/** STATE of a file name. */
function digestOf(state: Buffer): string | undefined {
  const digest = stateDigest(state);
  return digest && base32(digest, stateDigestLength);
}
