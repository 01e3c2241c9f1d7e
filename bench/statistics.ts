/** Statistics of repeated measurements. */
import type { Usage } from './usage.ts';

/**
 * The median; for an even number of values the mean of the two in the middle.
 * @throws RangeError if there are none
 */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  if (low === undefined || high === undefined) throw new RangeError('there is no median of nothing');
  return (low + high) / 2;
}

/** The median of each figure; for memory the maximum. */
export function typical(runs: readonly Usage[]): Usage {
  return {
    cpu: median(runs.map(({ cpu }) => cpu)),
    wall: median(runs.map(({ wall }) => wall)),
    memory: Math.max(...runs.map(({ memory }) => memory)),
  };
}

/** The rounds in which a program is measured; always including the first. */
export type Pace = 'each round' | 'every third round' | 'once';

/** Whether it is measured in a round, counted from 0. */
export function runsInRound(pace: Pace, round: number): boolean {
  if (round === 0 || pace === 'each round') return true;
  return pace === 'every third round' && round % 3 === 0;
}
