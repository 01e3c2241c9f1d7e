/** Finds the known name that a misspelt flag or setting was probably meant to be. */

/** Shorter names are similar to anything: they are only found if their letters are the same. */
const leastLetters = 3;
const mostEdits = 3;
/** Maximum number of edits, as a share of the longer name's length. */
const mostShare = 0.4;
/** What it counts if words are left out: more than a misspelt letter, and less than two. */
const leftOutEdits = 1.5;

/**
 * The one of `known` that `name` was probably meant to be, regardless of case, `-`, `_` and white
 * space. An edit is a letter too many, missing or wrong, or two neighbours swapped. A name of several words may also leave
 * out letters between them: `date_format` is nearer to `datetime_format` than to `path_format`.
 * @returns undefined if none is near, or two are equally near
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const letters = lettersOf(name);
  if (letters === '') return undefined;
  const words = wordsOf(name);
  const near = known
    .map((candidate) => ({ candidate, edits: editsTo(lettersOf(candidate)) }))
    .filter(({ edits }) => edits !== undefined)
    .sort((a, b) => (a.edits as number) - (b.edits as number));
  return near[0]?.edits === near[1]?.edits ? undefined : near[0]?.candidate;

  function editsTo(candidate: string): number | undefined {
    const edits = editsBetween(letters, candidate);
    return (edits ?? leftOutEdits) >= leftOutEdits && holdsWords(candidate, words) ? leftOutEdits : edits;
  }
}

/** The words of a name that has several, none of them too short to say anything; else none. */
function wordsOf(name: string): readonly string[] {
  const words = name.split(/[-_\s]+|(?<=[a-z])(?=[A-Z])/).flatMap((word) => (word === '' ? [] : [word.toLowerCase()]));
  return words.length > 1 && words.every(({ length }) => length >= leastLetters) ? words : [];
}

/** Whether the words come one after the other in a candidate. */
function holdsWords(candidate: string, words: readonly string[]): boolean {
  let from = 0;
  for (const word of words) {
    const at = candidate.indexOf(word, from);
    if (at < 0) return false;
    from = at + word.length;
  }
  return words.length > 0;
}

/** Undefined for more edits than a misspelling has: most pairs need no comparison of their letters to show that. */
function editsBetween(name: string, candidate: string): number | undefined {
  if (name === candidate) return 0;
  const length = Math.max(name.length, candidate.length);
  const most = name.length < leastLetters ? 0 : Math.min(mostEdits, Math.floor(mostShare * length));
  if (Math.abs(name.length - candidate.length) > most) return undefined;
  const edits = distance(name, candidate, most);
  return edits <= most ? edits : undefined;
}

/**
 * The edits that turn one text into the other, each letter edited once (optimal string alignment).
 * @param most larger distances are only known to be larger
 */
function distance(one: string, other: string, most: number): number {
  let [beforeLast, last]: readonly number[][] = [[], Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= one.length; i++) {
    // A cell farther from the diagonal than `most` is larger anyway.
    const row = i <= most ? [i] : [];
    for (let j = Math.max(1, i - most); j <= Math.min(other.length, i + most); j++) {
      const replaced = cell(last, j - 1) + (one[i - 1] === other[j - 1] ? 0 : 1);
      const isSwapped = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const swapped = isSwapped ? cell(beforeLast, j - 2) + 1 : Number.POSITIVE_INFINITY;
      row[j] = Math.min(cell(row, j - 1) + 1, cell(last, j) + 1, replaced, swapped);
    }
    [beforeLast, last] = [last, row];
  }
  return cell(last, other.length);
}

function cell(row: readonly number[] | undefined, at: number): number {
  return row?.[at] ?? Number.POSITIVE_INFINITY;
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[-_\s]/g, '');
}
