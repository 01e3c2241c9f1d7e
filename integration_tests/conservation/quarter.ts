/** Which of many syncs, crashes or other cases a run of a quarter takes: a seed decides, and each commit has another one. */
import { createHash } from 'node:crypto';

/** The seed of the quarter that is asked for; undefined where all are to run. */
export const quarterSeed = process.env['QUARTER_SEED'];

/** A quarter of the items, rounded up and never none: each as likely as the other, for each `what` others. */
export function quarterOf<T>(items: readonly T[], what: string, seed: string): T[] {
  const drawn = items.map((item, at) => ({ at, item, key: digest(`${seed} ${what} ${at}`) }));
  drawn.sort((a, b) => (a.key < b.key ? -1 : 1));
  return drawn
    .slice(0, Math.ceil(items.length / 4))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** All of the items, or the quarter that is asked for. */
export function allOrQuarter<T>(items: readonly T[], what: string): readonly T[] {
  return quarterSeed === undefined ? items : quarterOf(items, what, quarterSeed);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
