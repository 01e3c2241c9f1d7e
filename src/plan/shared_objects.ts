/** Finds objects that several streams load by key without an order between them. */
import type { Plan } from '../model.ts';
import { nameList } from '../names.ts';
import { parentsFirst } from './load_order.ts';

/**
 * A message per object whose streams may have rows of the same key: which of them is loaded last is then left open, as
 * a source's streams have no order. {@link Plan.parents} gives them one.
 */
export function unorderedNotes(plans: readonly Plan[]): string[] {
  const byObject = new Map<string, Plan[]>();
  for (const plan of plans.filter(({ operation }) => operation !== 'INSERT')) {
    const sharing = byObject.get(plan.object);
    if (sharing) sharing.push(plan);
    else byObject.set(plan.object, [plan]);
  }
  return [...byObject].flatMap(([object, sharing]) => {
    const labels = unordered(plans, sharing).map(({ label }) => label);
    if (labels.length === 0) return [];
    return [
      `The streams ${nameList(labels)} are loaded into ${object} by key. If rows of two of them have the same key, either may be loaded last; "Load After" gives them an order.`,
    ];
  });
}

/** In an order, each has another number of the others before it; two with the same number have no order. */
function unordered(plans: readonly Plan[], sharing: readonly Plan[]): Plan[] {
  if (sharing.length < 2) return [];
  const before = longestChains(plans, new Set(sharing.map(({ id }) => id)));
  const plansWith = new Map<number, number>();
  for (const { id } of sharing) plansWith.set(before[id] as number, (plansWith.get(before[id] as number) ?? 0) + 1);
  return sharing.filter(({ id }) => (plansWith.get(before[id] as number) as number) > 1);
}

/** For each plan, how many of some are at most in one chain of parents before it. */
function longestChains(plans: readonly Plan[], some: ReadonlySet<number>): readonly number[] {
  const parents = plans.map((plan) => plan.parents);
  const longest = plans.map(() => 0);
  for (const id of parentsFirst(parents))
    for (const parent of parents[id] as readonly number[])
      longest[id] = Math.max(longest[id] as number, (longest[parent] as number) + (some.has(parent) ? 1 : 0));
  return longest;
}
