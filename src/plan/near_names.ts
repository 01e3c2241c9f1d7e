/** Suggests the known name that a misspelt name of a column, field or stream was probably meant to be. */
import { nearest } from '../airbyte/nearest.ts';
import { nameList } from '../names.ts';

/** ` (did you mean "Name"?)`, to follow the name that is not known; empty if none is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const meant = nearestName(name, known);
  return meant === undefined ? '' : ` (did you mean ${nameList([meant])}?)`;
}

/** The suffix of custom objects and fields is often forgotten. */
function nearestName(name: string, known: readonly string[]): string | undefined {
  const found = nearest(name, known);
  if (found !== undefined) return found;
  const alike = known.filter((each) => withoutSuffix(each) === withoutSuffix(name));
  return alike.length === 1 ? alike[0] : undefined;
}

function withoutSuffix(name: string): string {
  return name.trim().toLowerCase().replace(/__gc$/, '');
}
