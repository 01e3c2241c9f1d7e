/** All data sets, by name; the main ones first. */
import type { DataSet } from './data_set.ts';
import { madeSets } from './made_sets.ts';
import { realSets } from './real_sets.ts';

/** A data set that is made when it is asked for. */
export interface NamedSet {
  readonly name: string;
  make(): DataSet;
}

const made: readonly NamedSet[] = madeSets.map((set) => ({ name: set.name, make: () => set }));

/** One made and one real table, for what is measured on few. */
export const mainSets: readonly string[] = ['accounts', 'films'];

/** In the order in which they are measured. */
export const allSets: readonly NamedSet[] = [...made, ...realSets].sort(
  (one, other) => Number(mainSets.includes(other.name)) - Number(mainSets.includes(one.name)),
);

/** @throws Error for a name that there is not */
export function setNamed(name: string): NamedSet {
  const found = allSets.find((set) => set.name === name);
  if (!found) throw new Error(`there is no data set "${name}"; there are ${allSets.map((set) => set.name).join(', ')}`);
  return found;
}
