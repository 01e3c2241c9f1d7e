/** Chooses the syncs, crashes or other cases of a quarter run by a seed; each commit has another one. */
import { createHash } from 'node:crypto';

/** The seed of the requested quarter; undefined if all are to run. */
export const quarterSeed = process.env['QUARTER_SEED'];

/**
 * A quarter of the items, rounded up and never none. All items are equally likely, and each `what` gets a different
 * selection.
 */
export function quarterOf<T>(items: readonly T[], what: string, seed: string): T[] {
  const drawn = items.map((item, at) => ({ at, item, key: digest(`${seed} ${what} ${at}`) }));
  drawn.sort((a, b) => (a.key < b.key ? -1 : 1));
  return drawn
    .slice(0, Math.ceil(items.length / 4))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** All items, or the requested quarter. */
export function allOrQuarter<T>(items: readonly T[], what: string): readonly T[] {
  return quarterSeed === undefined ? items : quarterOf(items, what, quarterSeed);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
