/** Collects the failures of a sync: what each stops, and which one is reported to Airbyte. */

import type { Output } from '../airbyte/output.ts';
import type { StreamDescriptor } from '../airbyte/protocol.ts';
import { streamKey } from '../airbyte/streams.ts';
import type { FailureType, TracedError } from '../airbyte/traced_error.ts';
import { asTracedError, Stopped } from '../errors.ts';
import type { Faults } from '../load/route.ts';
import type { Schedule } from '../load/schedule.ts';
import type { Plan } from '../model.ts';
import type { Checkpoint } from './checkpoint.ts';

/** The failure that decides what Airbyte does next. */
export interface MainFailure {
  readonly error: TracedError;
  /** The failed streams; empty if the whole sync failed. */
  readonly streams: readonly StreamDescriptor[];
  /** Streams that were not loaded as they load after one that failed. */
  readonly dependent: readonly StreamDescriptor[];
}

const order: readonly FailureType[] = ['config_error', 'system_error', 'transient_error'];

interface Parts {
  /** Logs failures that are not traced. */
  readonly output: Pick<Output, 'log'>;
  readonly schedule: Pick<Schedule, 'stop' | 'halt'>;
  readonly checkpoint: Pick<Checkpoint, 'withhold'>;
}

/** Collects failures of streams and of the whole sync. */
export class Failures implements Faults {
  readonly #parts: Parts;
  /** By their texts: what several calls at a time meet is one failure. */
  readonly #errors = new Map<string, TracedError>();
  /** Those logged when they came. */
  readonly #reported = new Set<TracedError>();
  readonly #failed = new Map<string, StreamDescriptor>();
  readonly #stopped = new Map<string, StreamDescriptor>();
  readonly #mappings = new Set<TracedError>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A stream failed: it and all that load after it send nothing more, and none of their later states is released. */
  stop(plan: Plan, error: TracedError): void {
    const { checkpoint, schedule } = this.#parts;
    const stopped = schedule.stop(plan.id);
    // A stream that was stopped before, as a parent failed, may fail itself: that does not fail the whole sync.
    const plans = stopped.length > 0 ? stopped : [plan];
    this.add(error, plans);
    for (const { id } of plans) checkpoint.withhold(id);
  }

  /**
   * The mapping of these streams does not fit the catalog or the tenant: neither they nor those that load after them are
   * loaded. A retry cannot help them, but it may help the others, so any other failure comes before this one.
   */
  failMapping(plans: readonly Plan[], children: readonly Plan[], error: TracedError): void {
    this.#mappings.add(error);
    const streams = plans.map(({ stream }) => stream);
    this.add(error, children, streams);
    for (const plan of plans) this.stop(plan, error);
  }

  /** Whether the mapping of a stream does not fit the catalog or the tenant. */
  get hasBrokenMapping(): boolean {
    return this.#mappings.size > 0;
  }

  /**
   * The input broke off, which was added as a failure before: streams that load after one that is not complete send
   * nothing more, and none of their later states is released.
   */
  stopAfter(children: readonly Plan[]): void {
    const { checkpoint, output, schedule } = this.#parts;
    if (children.length === 0) return;
    for (const { id } of children) {
      schedule.stop(id);
      checkpoint.withhold(id);
    }
    const labels = children.map(({ label }) => label).join(', ');
    output.log('WARN', `Not loaded any further, as streams that they load after are not complete: ${labels}.`);
  }

  /** An error outside a job fails the whole sync: no new job starts. */
  halt(thrown: unknown): void {
    if (thrown instanceof Stopped) return;
    this.add(asTracedError(thrown), []);
    this.#parts.schedule.halt();
  }

  /** A batch of the plan failed: fails its stream if the error names one, otherwise the sync. */
  fail(plan: Plan, thrown: unknown): void {
    if (thrown instanceof Stopped) return;
    const error = asTracedError(thrown);
    if (error.stream) this.stop(plan, error);
    else this.halt(error);
  }

  /**
   * Adds a failure, without stopping anything. A stream's failure is logged at once: the others may continue for days.
   * @param stopped the plans that send nothing more because of it
   * @param failed the streams that it is about
   */
  add(error: TracedError, stopped: readonly Plan[], failed = error.stream ? [error.stream] : []): void {
    const { message, text } = error;
    if (!this.#errors.has(text) && failed.length > 0) this.#report(`${message}${childrenText(stopped, failed)}`);
    if (!this.#errors.has(text)) {
      this.#errors.set(text, error);
      if (failed.length > 0) this.#reported.add(error);
    }
    for (const name of failed) this.#failed.set(streamKey(name), name);
    for (const { stream } of stopped) this.#stopped.set(streamKey(stream), stream);
  }

  #report(text: string): void {
    this.#parts.output.log('ERROR', text);
  }

  get isEmpty(): boolean {
    return this.#errors.size === 0;
  }

  /** All failures so far; the one that decides what Airbyte does next comes first. */
  get all(): readonly TracedError[] {
    return [...this.#errors.values()].toSorted((a, b) => this.#rankOf(a) - this.#rankOf(b));
  }

  /**
   * The failure to be traced; the others are logged unless they were before. `config_error` comes first: if one stream
   * must not be retried, the sync must not be. A broken mapping comes last.
   * @param isTraced false: no trace follows, so all are logged
   */
  end(isTraced: boolean): MainFailure | undefined {
    const [error, ...others] = this.all;
    if (!error) return undefined;
    for (const each of isTraced ? others : [error, ...others])
      if (!this.#reported.has(each)) this.#report(each.message);
    const streams = [...this.#failed.values()];
    const dependent = [...this.#stopped].filter(([key]) => !this.#failed.has(key)).map(([, stream]) => stream);
    const isOfStreams = error.stream !== undefined || streams.length + dependent.length > 1;
    return isOfStreams ? { error, streams, dependent } : { error, streams: [], dependent: [] };
  }

  #rankOf(error: TracedError): number {
    return this.#mappings.has(error) ? order.length : order.indexOf(error.failureType);
  }
}

function childrenText(stopped: readonly Plan[], failed: readonly StreamDescriptor[]): string {
  const names = new Set(failed.map(streamKey));
  const children = stopped.filter(({ stream }) => !names.has(streamKey(stream)));
  if (children.length === 0) return '';
  return ` Not loaded any further, as they load after it: ${children.map(({ label }) => label).join(', ')}.`;
}
