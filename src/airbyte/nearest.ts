/** The nearest of some names to one that is not among them: what a misspelt flag or setting was meant to be. */
import { distance } from 'fastest-levenshtein';

/** Names of fewer letters are near to anything. */
const leastLetters = 3;
const mostEdits = 3;
/** Edits beyond this share of the longer name make another name. */
const mostShare = 0.4;

/**
 * The one of `known` that `name` was probably meant to be, whatever the case and with or without `-` and `_`.
 * @returns undefined where none is near, or two are equally near
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const letters = lettersOf(name);
  if (letters.length < leastLetters) return undefined;
  const near = known
    .map((candidate) => ({ candidate, ...editsBetween(letters, lettersOf(candidate)) }))
    .filter(({ edits, length }) => edits <= Math.min(mostEdits, mostShare * length))
    .sort((a, b) => a.edits - b.edits);
  return near[0]?.edits === near[1]?.edits ? undefined : near[0]?.candidate;
}

function editsBetween(name: string, candidate: string): { edits: number; length: number } {
  return { edits: distance(name, candidate), length: Math.max(name.length, candidate.length) };
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}
