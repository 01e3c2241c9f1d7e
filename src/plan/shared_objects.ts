/** Finds objects that several streams load by key without an order between them. */
import type { Plan } from '../model.ts';
import { nameList } from '../names.ts';

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

/** In an order, each has another number of the others before it. */
function unordered(plans: readonly Plan[], sharing: readonly Plan[]): Plan[] {
  if (sharing.length < 2) return [];
  const counts = sharing.map((plan) => {
    const before = ancestorsOf(plans, plan);
    return sharing.filter(({ id }) => before.has(id)).length;
  });
  return sharing.filter((_, at) => counts.indexOf(counts[at] as number) !== counts.lastIndexOf(counts[at] as number));
}

function ancestorsOf(plans: readonly Plan[], { parents }: Plan): ReadonlySet<number> {
  const ancestors = new Set(parents);
  // A set's iterator also visits what is added on the way.
  for (const id of ancestors) for (const parent of plans[id]?.parents ?? []) ancestors.add(parent);
  return ancestors;
}
