/** The goals for speed, and whether what was measured reaches them. Pure. */
import type { Conversion } from '../bench/conversions.ts';
import type { Growth } from '../bench/growth.ts';
import type { Results } from '../bench/results.ts';
import { markdownTable } from './render.ts';

/** Sets on which more is expected of us. */
const favoured = ['accounts', 'films', 'birdstrikes', 'flights'];

/** One ratio, and what it is about. */
interface Figure {
  readonly of: string;
  readonly value: number;
}

/** A goal with what was measured for it; without any figure it was not measured. */
interface Goal {
  readonly text: string;
  readonly bound: { readonly least: number } | { readonly most: number };
  readonly figures: readonly Figure[];
}

/** The measured goals: the worst figure of each that is reached, and every figure that misses one. */
export function goalsTable(results: Results): string {
  const goals = goalsOf(results).filter(({ figures }) => figures.length > 0);
  if (goals.length === 0) return '';
  return markdownTable(['Goal', 'Reached', 'Measured'], goals.map(goalRow));
}

function goalsOf({ conversions = [], write = [], start, growth = [] }: Results): Goal[] {
  const ratios = (one: string, other: string, sets: readonly Conversion[] = conversions) =>
    sets.flatMap(({ set, results }) => {
      const [first, second] = [one, other].map((name) => results.find((result) => result.name === name));
      return first && second ? [{ of: `\`${set}\``, value: first.cpu / second.cpu }] : [];
    });
  const ofWrite = (peer: 'dedup' | 'duckdb') =>
    write.map((each) => ({ of: `\`${each.set}\``, value: each[peer].cpu / each.write.cpu }));
  return [
    { text: 'As fast as DuckDB on one thread, on every set', bound: { least: 1 }, figures: ratios('duckdb', 'ours') },
    {
      text: `1.5 times as fast on ${favoured.join(', ')}`,
      bound: { least: 1.5 },
      figures: ratios(
        'duckdb',
        'ours',
        conversions.filter(({ set }) => favoured.includes(set)),
      ),
    },
    {
      text: 'The whole `write` as fast as DuckDB that writes the same rows',
      bound: { least: 1 },
      figures: ofWrite('dedup'),
    },
    { text: 'The whole `write` at 0.7 times its bare conversion', bound: { least: 0.7 }, figures: ofWrite('duckdb') },
    {
      text: 'Values compared with metadata: at most a third more',
      bound: { most: 4 / 3 },
      figures: ratios('checked', 'ours'),
    },
    {
      text: 'CPU time from the start to the first byte read at most 3 times an empty `node -e 0`',
      bound: { most: 3 },
      figures: start ? [{ of: '', value: start.firstByte.cpu / start.empty.cpu }] : [],
    },
    {
      text: '100 streams in turns at most 1.5 times as costly as one',
      bound: { most: 1.5 },
      figures: grown(growth, 'streams, a record of each in turn', 100),
    },
    {
      text: '1,000 streams in turns at most 2.5 times',
      bound: { most: 2.5 },
      figures: grown(growth, 'streams, a record of each in turn', 1000),
    },
    {
      text: 'Lines of 100 bytes at most 2 times the best',
      bound: { most: 2 },
      figures: grown(growth, 'bytes in a line', 100),
    },
  ];
}

/** The cost at a size: of one stream's, else of the best. */
function grown(growth: readonly Growth[], what: Growth['what'], size: number): Figure[] {
  const { points = [] } = growth.find((each) => each.what === what) ?? {};
  const at = points.find((point) => point.size === size);
  const base =
    points.find((point) => point.size === 1)?.nanoseconds ?? Math.min(...points.map((point) => point.nanoseconds));
  return at ? [{ of: '', value: at.nanoseconds / base }] : [];
}

function goalRow({ text, bound, figures }: Goal): string[] {
  // At two digits, as it is shown.
  const rounded = figures.map((figure) => ({ ...figure, value: Number(figure.value.toFixed(2)) }));
  const isLeast = 'least' in bound;
  const worstFirst = rounded.sort((one, other) => (isLeast ? one.value - other.value : other.value - one.value));
  const missed = worstFirst.filter(({ value }) => (isLeast ? value < bound.least : value > bound.most));
  const shown = missed.length > 0 ? missed : worstFirst.slice(0, 1);
  const listed = shown.map(({ of, value }) => [`${value.toFixed(2)} ×`, of].join(' ').trim()).join(', ');
  return [text, missed.length > 0 ? '**no**' : 'yes', listed];
}
