/** How many calls a batch takes, as far as that is known before any is made. */
import { mostRecords } from '../../gainsight/contract.ts';
import type { Batch, Plan } from '../../model.ts';
import { mostAtOnce } from './object_route.ts';

/** If no call is lost, no record refused and no key similar to another. */
export interface CallBounds {
  readonly least: number;
  readonly most: number;
}

/**
 * Calls that each group in progress makes until it is known which filter the tenant answers: a question with each of the
 * controls, and what they are looked for by.
 */
const mostTriesOfFilters = 10;
/** An object with few records: one is added alone, and short pages are asked for again. */
const mostForFewRecords = 6;

/**
 * Of an UPDATE without lookups both are equal. UPSERT and INSERT first ask for some record and for the keys, and once
 * more for those that were added.
 * @param isFirst no batch of the object went before
 */
export function callBounds(
  { operation, addsOnly, lookups = [] }: Pick<Plan, 'operation' | 'addsOnly' | 'lookups'>,
  rows: number,
  isFirst: boolean,
): CallBounds {
  if (rows === 0) return { least: 0, most: 0 };
  const groups = Math.ceil(rows / mostRecords);
  // Records of a call have values for the same lookups.
  const writes = Math.min(rows, groups * 2 ** lookups.length);
  if (operation === 'UPDATE') return { least: groups, most: writes };
  const asked = groups + (isFirst ? 1 : 0);
  const tries = mostTriesOfFilters * Math.min(groups, mostAtOnce);
  // With `addsOnly` all may exist; otherwise some are changed and some added, which may take a call more.
  return {
    least: asked + (addsOnly ? 0 : groups),
    most: asked + groups + writes + 1 + tries + mostForFewRecords,
  };
}

/** The calls of batches, in the order in which they are loaded. */
export class BoundsOfBatches {
  readonly #asked = new Set<string>();

  of({ plan, rows }: Pick<Batch, 'plan' | 'rows'>): CallBounds {
    const name = JSON.stringify([plan.object, ...plan.keyFields]);
    const isFirst = !this.#asked.has(name);
    this.#asked.add(name);
    return callBounds(plan, rows, isFirst);
  }
}
