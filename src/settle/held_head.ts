/** Why a state is held: the batches that it waits for, and the fewest that must be cut to let one go. */
import type { BatchSegments } from './segments.ts';
import type { StateQueue } from './state_queue.ts';

/** The oldest state of a stream (or of the sync) and what it waits for. */
export interface OldestHeld {
  /** Undefined for GLOBAL and LEGACY. */
  readonly planId: number | undefined;
  /** How many states are held, this one included. */
  readonly states: number;
  /** When it came, as it was told to `hold`. */
  readonly since: number;
  /**
   * Plans whose open batch must be cut to let a state go: whole, or at its last state if it is an INSERT. Empty where
   * no cut would help.
   */
  readonly needs: readonly number[];
  /** Ids of the batches that are cut already and must settle. */
  readonly closed: readonly number[];
}

/** The head of one queue. @param batches the unsettled batches of its plans, by id */
export function oldestHeldOf(
  planId: number | undefined,
  queue: StateQueue<unknown>,
  batches: readonly (readonly [number, BatchSegments])[],
): OldestHeld | undefined {
  if (queue.oldest === undefined) return undefined;
  const target = firstThatCanGo(queue.firstOutside(), batches);
  const waitedFor = batches.filter(([, { firstState }]) => firstState !== undefined && firstState <= target);
  const helps = target < queue.endPlace;
  return {
    planId,
    states: queue.length,
    since: queue.oldest.at,
    needs: helps ? waitedFor.filter(([, { open }]) => open).map(([, batch]) => batch.planId) : [],
    closed: waitedFor.filter(([, { open }]) => !open).map(([batchId]) => batchId),
  };
}

/** A state inside an INSERT batch goes only with the one at the batch's end, which may lie inside another one. */
function firstThatCanGo(place: number, batches: readonly (readonly [number, BatchSegments])[]): number {
  let target = place;
  for (let before = -1; before !== target; ) {
    before = target;
    for (const [, { insert, firstState, lastState }] of batches) {
      const end = lastState ?? Number.POSITIVE_INFINITY;
      if (insert && firstState !== undefined && firstState <= target && target < end) target = end;
    }
  }
  return target;
}
