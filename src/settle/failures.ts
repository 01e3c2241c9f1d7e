/** What went wrong in a sync, and the one failure that Airbyte is told of. */
import type { ConnectorError, FailureType } from '../errors.ts';
import type { Plan, StreamName } from '../model.ts';

/** Collects faults of streams and of the whole. */
export class Failures {
  readonly #errors: ConnectorError[] = [];
  readonly #streams = new Map<string, StreamName>();

  /** @param stopped the plans that send no more because of it */
  add(error: ConnectorError, stopped: readonly Plan[]): void {
    if (!this.#errors.some(({ message }) => message === error.message)) this.#errors.push(error);
    for (const { stream } of [...(error.stream ? [{ stream: error.stream }] : []), ...stopped]) {
      this.#streams.set(JSON.stringify([stream.namespace, stream.name]), stream);
    }
  }

  get isEmpty(): boolean {
    return this.#errors.length === 0;
  }

  /** The failed streams, and those that load after them. */
  get streams(): StreamName[] {
    return [...this.#streams.values()];
  }

  /**
   * The failure that decides what happens next. `config_error` comes first: where one stream must not be tried again,
   * the sync must not. The others are for the log.
   */
  get main(): { error: ConnectorError; others: ConnectorError[] } | undefined {
    const order: FailureType[] = ['config_error', 'system_error', 'transient_error'];
    const [error, ...others] = this.#errors.toSorted(
      (a, b) => order.indexOf(a.failureType) - order.indexOf(b.failureType),
    );
    return error && { error, others };
  }
}
