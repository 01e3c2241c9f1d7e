/** THE FLOW: records in, rows to files, files to jobs, jobs to proof, states out. */

import type { ConfiguredCatalog } from './airbyte/catalog.ts';
import { spliceStats } from './airbyte/messages.ts';
import type { StateText } from './airbyte/protocol.ts';
import { stateDigest } from './airbyte/state_digest.ts';
import { nextUntil, SerialQueue } from './async.ts';
import { minute } from './clock.ts';
import type { Config } from './config/config.ts';
import { asTracedError, ConnectorError, Stopped, type TracedError } from './errors.ts';
import type { IntakeStream } from './intake.ts';
import type { Batch, Outcome, Plan, Reject } from './model.ts';
import { base32 } from './names.ts';
import { makePlans } from './plan/plan.ts';
import type { StateStats } from './settle/checkpoint.ts';
import { Failures } from './settle/failures.ts';
import { unaccounted } from './settle/tally.ts';
import { type Hooks, type Parts, type World, wire } from './wiring.ts';

/** Characters of a state's digest in a file name. */
const stateDigestLength = 8;

/** How a sync ended; `failed`: the one TRACE is written. */
export type WriteEnd = 'done' | 'failed' | 'stopped';

/**
 * Loads the records of the input into Gainsight.
 * @throws ConnectorError where configuration and catalog do not fit each other; nothing was read then
 */
export async function write(
  config: Config,
  catalog: ConfiguredCatalog,
  input: AsyncIterable<Buffer>,
  world: World,
): Promise<WriteEnd> {
  const { plans, warnings } = makePlans(catalog, config);
  for (const warning of warnings) world.output.log('WARN', warning);
  return new Sync(config, catalog, plans, world).run(input);
}

class Sync {
  readonly #world: World;
  readonly #parts: Parts;
  readonly #failures: Failures;
  /** Aborted when the input is read no more: it ended, or nothing can be sent any longer. */
  readonly #reading = new AbortController();
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
      await this.#read(input);
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
  }

  /** What is left is cut, stream by stream. */
  async #endInput(): Promise<void> {
    if (this.#reading.signal.aborted) return;
    const { batcher, intake, tenant } = this.#parts;
    await intake.end();
    this.#reading.abort(new Stopped());
    for (const stream of intake.streams) {
      const { id } = stream.plan;
      this.#judgeRefused(stream.plan);
      if (tenant.schedule.isStopped(id)) await batcher.drop(id);
      const isProven = !tenant.schedule.isStopped(id) && (await this.#dropUnprovable(stream));
      // Cutting an INSERT batch at its last state leaves the rows behind it in a batch of their own.
      while (batcher.batchOf(id)) await batcher.close(id, stream.complete ? 'complete' : 'end');
      tenant.schedule.end(id, isProven);
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
    reporter.plan(isKnown ? { left: gate.left(), wait: gate.forecast(files, callsPerJob) } : undefined);
  }

  /**
   * INSERT rows behind the last state of a source that did not say it was done: it died, and will send them again.
   * @returns whether a state or COMPLETE stands behind the last row
   */
  async #dropUnprovable(read: IntakeStream): Promise<boolean> {
    const { plan, complete } = read;
    const { batcher, intake } = this.#parts;
    if (plan.operation !== 'INSERT' || complete) return true;
    if (!intake.streams.hasState(read)) return false;
    const rows = await batcher.dropTail(plan.id);
    if (rows === 0) return true;
    const { label, stream } = plan;
    this.#failures.add(new ConnectorError('source_ended_early', { stream: label, rows }, { stream }), []);
    return false;
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
        skip: (plan) => this.#skip(plan),
        reject: (reject) => this.#reject(reject),
        hold: (state, plan) => this.#hold(state, plan),
        pass: (text) => this.#emit(text, { recordCount: 0, rejectedRecordCount: 0 }),
      },
    };
  }

  #skip(plan: Plan): void {
    this.#parts.checkpoint.skipped(plan.id);
    this.#parts.tallies.of(plan.id).skipped += 1;
  }

  async #reject(reject: Reject): Promise<void> {
    const { checkpoint, rejects, settlement } = this.#parts;
    await rejects.refuse(reject);
    checkpoint.rejectedHere(reject.plan.id);
    settlement.refused(reject.plan);
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
    this.#parts.tallies.of(batch.plan.id).files += 1;
    this.#parts.settlement.closed(batch);
    this.#parts.reporter.closed(batch);
    schedule.add(batch);
    dispatcher.change();
  }

  async #settled(batch: Batch, outcome: Outcome): Promise<void> {
    this.#parts.reporter.settled(batch, outcome);
    await this.#parts.settlement.settle(batch, outcome);
  }

  #emit(text: StateText, { recordCount, rejectedRecordCount }: StateStats): Promise<void> {
    // Doubles with a decimal point, as the protocol asks.
    const stats = `{"recordCount":${recordCount}.0,"rejectedRecordCount":${rejectedRecordCount}.0}`;
    this.#parts.reporter.stateReleased();
    return this.#world.output.state(spliceStats(text, stats));
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

/** STATE of a file name. */
function digestOf(state: Buffer): string | undefined {
  const digest = stateDigest(state);
  return digest && base32(digest, stateDigestLength);
}
