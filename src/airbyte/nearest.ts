/** Finds the known name that a misspelt flag or setting was probably meant to be. */
import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

/** Shorter names are similar to anything: they are only found if their letters are the same. */
const leastLetters = 3;
const mostEdits = 3;
/** Maximum number of edits, as a share of the longer name's length. */
const mostShare = 0.4;

/**
 * The one of `known` that `name` was probably meant to be, regardless of case, `-`, `_` and white
 * space.
 * @returns undefined if none is near, or two are equally near
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const letters = lettersOf(name);
  if (letters === '') return undefined;
  const most = letters.length < leastLetters ? 0 : mostEdits;
  const near = known
    .map((candidate) => ({ candidate, ...editsBetween(letters, lettersOf(candidate)) }))
    .filter(({ edits, length }) => edits <= Math.min(most, mostShare * length))
    .sort((a, b) => a.edits - b.edits);
  return near[0]?.edits === near[1]?.edits ? undefined : near[0]?.candidate;
}

function editsBetween(name: string, candidate: string): { edits: number; length: number } {
  // Loaded on demand: where all names are right, no command waits for it.
  const { distance } = load('fastest-levenshtein') as typeof import('fastest-levenshtein');
  return { edits: distance(name, candidate), length: Math.max(name.length, candidate.length) };
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[-_\s]/g, '');
}
