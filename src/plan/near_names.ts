/** Names as people write them: misspelt ones, and ones with white space that came along when they were pasted. */
import { nearest } from '../airbyte/nearest.ts';
import { nameList } from '../names.ts';

/** ` (did you mean "Name"?)`, to follow the name that is not known; empty if none is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const meant = nearestName(name, known);
  return meant === undefined ? '' : ` (did you mean ${nameList([meant])}?)`;
}

/** White space and invisible characters at the ends. */
const surrounding = /^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu;

/** Without white space and invisible characters at its ends. */
export function trimmed(name: string): string {
  return name.replace(surrounding, '');
}

/** A message names no more faults than this: comparing each of thousands of names with thousands would take minutes. */
export const mostSuggestions = 20;

/** The known name that was probably meant. The suffix of custom objects and fields is often forgotten. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const found = nearest(name, known);
  if (found !== undefined) return found;
  const alike = known.filter((each) => withoutSuffix(each) === withoutSuffix(name));
  return alike.length === 1 ? alike[0] : undefined;
}

function withoutSuffix(name: string): string {
  return name.trim().toLowerCase().replace(/__gc$/, '');
}
