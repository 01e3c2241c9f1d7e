/** Matches names of a source with names of the tenant, streams with objects and columns with fields, and misspelt ones. */
import { nearest } from '../airbyte/nearest.ts';
import { nameList } from '../names.ts';

/** Something of the tenant. */
export interface Named {
  readonly name: string;
  /** What people see. */
  readonly label?: string | undefined;
}

/** What was found. A name is in one of the two, or in neither if nothing is alike. */
export interface NameMatch<T> {
  readonly matched: ReadonlyMap<string, T>;
  /** Names that may mean several of the tenant's, or that share the only one with another name. */
  readonly ambiguous: ReadonlyMap<string, readonly T[]>;
}

/** A step compares a form of the source's name with a form of the tenant's. */
type Step = readonly [ofSource: (name: string) => string, ofTenant: (known: Named) => string];

const folded = (text: string) => text.trim().toLowerCase();
/** `annual_revenue`, `AnnualRevenue` and `Annual Revenue` alike. */
const letters = (text: string) => folded(text).replace(/[^\p{L}\p{M}\p{N}]+/gu, '');
const withoutEnding = (text: string) => folded(text).replace(/__gc$/, '');
const bare = (text: string) => letters(withoutEnding(text));
const singular = (text: string) =>
  bare(text)
    .replace(/(?:ies|y)$/, 'y')
    .replace(/(?<=[^s])s$/, '');

/** The closest first. */
const steps: readonly Step[] = [
  [(name) => name, ({ name }) => name],
  [folded, ({ name }) => folded(name)],
  [folded, ({ name }) => withoutEnding(name)],
  [letters, ({ name }) => letters(name)],
  [bare, ({ name }) => bare(name)],
  [bare, ({ label = '' }) => letters(label)],
];

/** Streams are often named in the plural. */
const pluralSteps: readonly Step[] = [
  [singular, ({ name }) => singular(name)],
  [singular, ({ label = '' }) => singular(label)],
];

/**
 * Finds for each name the one of `known` that it certainly means: by its name, regardless of case, `_`, spaces and
 * `__gc`, or by its label. The closest match of all names comes first, and each of `known` is given to one name.
 * @param names without duplicates
 * @param options `plurals`: also regardless of an `s` at the end
 */
export function matchNames<T extends Named>(
  names: readonly string[],
  known: readonly T[],
  { plurals = false } = {},
): NameMatch<T> {
  const matched = new Map<string, T>();
  const ambiguous = new Map<string, readonly T[]>();
  for (const [ofSource, ofTenant] of plurals ? [...steps, ...pluralSteps] : steps) {
    const taken = new Set(matched.values());
    const free = groupBy(
      known.filter((each) => !taken.has(each)),
      ofTenant,
    );
    const open = groupBy(
      names.filter((name) => !matched.has(name) && !ambiguous.has(name)),
      ofSource,
    );
    for (const [form, alike] of open) {
      const found = form === '' ? [] : (free.get(form) ?? []);
      const [name, other] = alike as [string, ...string[]];
      if (found.length === 1 && other === undefined) matched.set(name, found[0] as T);
      else if (found.length > 0) for (const each of alike) ambiguous.set(each, found);
    }
  }
  return { matched, ambiguous };
}

/** A message names no more faults than this: comparing each of thousands of names with thousands would take minutes. */
export const mostSuggestions = 20;

/** ` (did you mean "Name"?)`, to follow the name that is not known; empty if none is near. */
export function didYouMean(name: string, known: readonly (string | Named)[]): string {
  const meant = nearestOf(
    name,
    known.map((each) => (typeof each === 'string' ? { name: each } : each)),
  );
  return meant === undefined ? '' : ` (did you mean ${nameList([meant.name])}?)`;
}

/** The one of `known` that a misspelt name was probably meant to be. */
export function nearestOf<T extends Named>(name: string, known: readonly T[]): T | undefined {
  const { matched } = matchNames([name], known, { plurals: true });
  return (
    matched.get(name) ??
    nearestBy(bare(name), known, (each) => bare(each.name)) ??
    nearestBy(name, known, (each) => each.label ?? '')
  );
}

function nearestBy<T>(name: string, known: readonly T[], formOf: (each: T) => string): T | undefined {
  const meant = nearest(name, [...new Set(known.map(formOf))]);
  return meant === undefined ? undefined : known.find((each) => formOf(each) === meant);
}

function groupBy<T>(items: readonly T[], formOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(formOf(item));
    if (group) group.push(item);
    else groups.set(formOf(item), [item]);
  }
  return groups;
}
