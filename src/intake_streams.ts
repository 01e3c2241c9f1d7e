/** The streams of the catalog while the input is read: found by name, counted, known to be complete or not. */

import type { Plan, StreamName } from './model.ts';
import type { RowEncoder } from './records/row_encoder.ts';

/** One stream of the catalog while it is read. */
export interface IntakeStream {
  readonly plan: Plan;
  /** Made with the first record: a catalog may hold thousands of streams without any. */
  encoder: RowEncoder | undefined;
  /** Records received. */
  records: number;
  /** The source said that it sent them all. */
  complete: boolean;
  /** A state of its own has come. */
  hasState: boolean;
}

/** All of them. */
export class IntakeStreams implements Iterable<IntakeStream> {
  /** By namespace, then by name. */
  readonly #streams = new Map<string | undefined, Map<string, IntakeStream>>();
  /** A state of all streams came. */
  #hasSharedState = false;

  constructor(plans: readonly Plan[]) {
    for (const plan of plans) {
      const namespace = namespaceOf(plan.stream);
      const names = this.#streams.get(namespace) ?? new Map<string, IntakeStream>();
      names.set(plan.stream.name, { plan, encoder: undefined, records: 0, complete: false, hasState: false });
      this.#streams.set(namespace, names);
    }
  }

  *[Symbol.iterator](): Generator<IntakeStream> {
    for (const names of this.#streams.values()) yield* names.values();
  }

  /** Undefined where the catalog has no such stream. */
  of(stream: StreamName): IntakeStream | undefined {
    return this.#streams.get(namespaceOf(stream))?.get(stream.name);
  }

  /** Records of a plan that were received so far. */
  records(plan: Plan): number {
    return this.of(plan.stream)?.records ?? 0;
  }

  /** A state came; without a stream one of all streams. */
  stateCame(stream: IntakeStream | undefined): void {
    if (stream) stream.hasState = true;
    else this.#hasSharedState = true;
  }

  /** Whether a state that covers records of the stream has come. */
  hasState(stream: IntakeStream): boolean {
    return stream.hasState || this.#hasSharedState;
  }
}

/** Sources write a missing namespace as null, as the empty text, or not at all. */
function namespaceOf({ namespace }: StreamName): string | undefined {
  return namespace === '' ? undefined : namespace;
}
