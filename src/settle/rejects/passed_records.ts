/** The keys of records that are in no file: rejected by the connector itself, or skipped as deleted. */
import type { Batch, Plan } from '../../model.ts';

/** Maximum number of keys that are remembered. */
const mostKeys = 100_000;

interface Passed {
  readonly planId: number;
  /** Number of batches of its stream that were closed before it came. */
  readonly batches: number;
  readonly isDeletion: boolean;
}

/** Knows for a rejected row whether a newer record of its key came that is in no file. */
export class PassedRecords {
  readonly #byKey = new Map<string, Passed[]>();
  readonly #mostKeys: number;
  #keys = 0;
  /** Number of closed batches, by plan. */
  readonly #closed = new Map<number, number>();
  /** By batch: how many of its stream were closed before it. */
  readonly #places = new Map<number, number>();

  constructor(most = mostKeys) {
    this.#mostKeys = most;
  }

  /** A batch was closed, or one of the files that it became. */
  closed({ id, partOf, plan }: Pick<Batch, 'id' | 'partOf' | 'plan'>): void {
    const place = this.#places.get(partOf?.batchId ?? id) ?? this.#closed.get(plan.id) ?? 0;
    this.#places.set(partOf?.batchId ?? id, place);
    this.#places.set(id, place);
    this.#closed.set(plan.id, place + 1);
  }

  /** There were too many to remember, or one without a key: it is not known of any row whether a newer record came. */
  get isFull(): boolean {
    return this.#keys > this.#mostKeys;
  }

  /** A record came whose key is not known: it may be that of any row. */
  addUnknown(): void {
    this.#keys = this.#mostKeys + 1;
    this.#byKey.clear();
  }

  /** A record came. @param key with the object */
  add(plan: Pick<Plan, 'id'>, key: string, isDeletion = false): void {
    this.#keys += 1;
    if (this.isFull) {
      this.#byKey.clear();
      return;
    }
    const passed = { planId: plan.id, batches: this.#closed.get(plan.id) ?? 0, isDeletion };
    const known = this.#byKey.get(key);
    if (known) known.push(passed);
    else this.#byKey.set(key, [passed]);
  }

  /**
   * Whether a record of the key may have come after a row of a batch. One of another stream may be newer as well, and one
   * of the batch's own time may have come before or after the row; but a deletion removes the rows of its key from the
   * open batch, so that one that is there is newer.
   */
  mayBeNewer({ id, plan }: Pick<Batch, 'id' | 'plan'>, key: string): boolean {
    const place = this.#places.get(id) ?? 0;
    return (this.#byKey.get(key) ?? []).some(
      ({ planId, batches, isDeletion }) => planId !== plan.id || batches > place || (batches === place && !isDeletion),
    );
  }
}
