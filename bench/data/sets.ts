/** All data sets, by name; the main ones first. */
import type { DataSet } from './data_set.ts';
import { generatedSets } from './generated_sets.ts';
import { realSets } from './real_sets.ts';

/** A data set that is created on demand. */
export interface NamedSet {
  readonly name: string;
  make(): DataSet;
}

const made: readonly NamedSet[] = generatedSets.map((set) => ({ name: set.name, make: () => set }));

/** One generated and one real table, for measurements on few sets. */
export const mainSets: readonly string[] = ['accounts', 'films'];

/** In the order of measurement. */
export const allSets: readonly NamedSet[] = [...made, ...realSets].sort(
  (one, other) => Number(mainSets.includes(other.name)) - Number(mainSets.includes(one.name)),
);

/** @throws Error for an unknown name */
export function setNamed(name: string): NamedSet {
  const found = allSets.find((set) => set.name === name);
  if (!found) throw new Error(`there is no data set "${name}"; there are ${allSets.map((set) => set.name).join(', ')}`);
  return found;
}
