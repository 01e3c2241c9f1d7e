/** What went wrong in a sync: what it stops, and the one failure that Airbyte is told of. */

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
  /** The failed streams, and those that load after them; none where it is everybody's failure and one alone would be blamed. */
  readonly streams: readonly StreamDescriptor[];
}

const order: readonly FailureType[] = ['config_error', 'system_error', 'transient_error'];

interface Parts {
  /** Takes what is told of a failure beside the trace. */
  readonly output: Pick<Output, 'log'>;
  readonly schedule: Pick<Schedule, 'stop' | 'halt'>;
  readonly checkpoint: Pick<Checkpoint, 'withhold'>;
}

/** Collects faults of streams and of the whole. */
export class Failures implements Faults {
  readonly #parts: Parts;
  readonly #errors = new Map<string, TracedError>();
  /** Those that were reported when they came. */
  readonly #reported = new Set<TracedError>();
  readonly #streams = new Map<string, StreamDescriptor>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A stream failed: it and all that load after it send no more, and no state of theirs that comes from now on is released. */
  stop(plan: Plan, error: TracedError): void {
    const { checkpoint, schedule } = this.#parts;
    const stopped = schedule.stop(plan.id);
    // A stream that was stopped before, as a parent failed, may still fail itself: that is no fault of the whole.
    const plans = stopped.length > 0 ? stopped : [plan];
    this.add(error, plans);
    for (const { id } of plans) checkpoint.withhold(id);
  }

  /** What comes from outside of a job is everybody's fault: no new job begins. */
  halt(thrown: unknown): void {
    if (thrown instanceof Stopped) return;
    this.add(asTracedError(thrown), []);
    this.#parts.schedule.halt();
  }

  /** What came of a batch of the plan: its stream's fault where the error names one, else everybody's. */
  fail(plan: Plan, thrown: unknown): void {
    if (thrown instanceof Stopped) return;
    const error = asTracedError(thrown);
    if (error.stream) this.stop(plan, error);
    else this.halt(error);
  }

  /**
   * Notes a failure, and stops nothing. A stream's is told at once: the others may go on for days.
   * @param stopped the plans that send no more because of it
   * @param failed the streams that it is about
   */
  add(error: TracedError, stopped: readonly Plan[], failed = error.stream ? [error.stream] : []): void {
    const { message } = error;
    if (!this.#errors.has(message) && failed.length > 0) this.#report(`${message}${childrenText(stopped, failed)}`);
    if (!this.#errors.has(message)) {
      this.#errors.set(message, error);
      if (failed.length > 0) this.#reported.add(error);
    }
    for (const name of [...failed, ...stopped.map((plan) => plan.stream)]) {
      this.#streams.set(streamKey(name), name);
    }
  }

  #report(text: string): void {
    this.#parts.output.log('ERROR', text);
  }

  get isEmpty(): boolean {
    return this.#errors.size === 0;
  }

  /**
   * The failure to be traced; the others are told, as far as they were not. `config_error` comes first: where one
   * stream must not be tried again, the sync must not.
   * @param isTraced false: no trace follows, and so all are told
   */
  end(isTraced: boolean): MainFailure | undefined {
    const [error, ...others] = [...this.#errors.values()].toSorted(
      (a, b) => order.indexOf(a.failureType) - order.indexOf(b.failureType),
    );
    if (!error) return undefined;
    for (const each of isTraced ? others : [error, ...others])
      if (!this.#reported.has(each)) this.#report(each.message);
    const streams = [...this.#streams.values()];
    return { error, streams: error.stream || streams.length > 1 ? streams : [] };
  }
}

function childrenText(stopped: readonly Plan[], failed: readonly StreamDescriptor[]): string {
  const names = new Set(failed.map(streamKey));
  const children = stopped.filter(({ stream }) => !names.has(streamKey(stream)));
  if (children.length === 0) return '';
  return ` Not loaded any further, as they load after it: ${children.map(({ label }) => label).join(', ')}.`;
}
