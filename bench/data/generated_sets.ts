/** Generated data sets, each with one difficulty: many columns, long texts, escapes, keys in any order. */
import { pick, type Random } from '../../integration_tests/support/random.ts';
import { type BenchColumn, columnsOf, type DataSet } from './data_set.ts';
import { companyName, hexText, personName, plainWords, prose, timeText } from './words.ts';

type Values = Record<string, unknown>;

const accountColumns: readonly BenchColumn[] = [
  { name: 'id', kind: 'number' },
  { name: 'external_id', kind: 'text' },
  { name: 'name', kind: 'text' },
  { name: 'owner', kind: 'text' },
  { name: 'email', kind: 'text' },
  { name: 'arr', kind: 'number' },
  { name: 'health', kind: 'number' },
  { name: 'is_partner', kind: 'boolean' },
  { name: 'products', kind: 'list' },
  { name: 'notes', kind: 'text' },
  { name: 'parent_id', kind: 'text' },
  { name: 'updated_at', kind: 'text' },
];

const products = ['Core', 'Insights', 'Mobile', 'API, v2', 'Journeys'];

/** A customer of 12 columns: quotes, commas, line breaks, nulls, lists. */
function account(random: Random, id: number): Values {
  const owner = personName(random);
  return {
    id,
    external_id: hexText(random, 18),
    name: companyName(random),
    owner,
    email: random(20) === 0 ? null : `${owner.toLowerCase().replace(/[^a-z]/g, '.')}@example.com`,
    arr: random(10_000_000) / 100,
    health: random(5) === 0 ? null : random(1001) / 1000,
    is_partner: random(11) === 0,
    products: Array.from({ length: 1 + random(3) }, () => pick(random, products)),
    notes: random(4) === 0 ? '' : prose(random, 4 + random(16)),
    parent_id: random(2) === 0 ? null : hexText(random, 18),
    updated_at: timeText(random),
  };
}

function dataSet(name: string, what: string, columns: readonly BenchColumn[], record: DataSet['record']): DataSet {
  return { name, what, columns, keys: ['id'], record };
}

/** The same members in a different order in each record, as from a source that uses hash tables. */
function shuffledText(random: Random, values: Values): string {
  const members = Object.entries(values).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  for (let left = members.length - 1; left > 0; left--) {
    const other = random(left + 1);
    [members[left], members[other]] = [members[other] as string, members[left] as string];
  }
  return `{${members.join(',')}}`;
}

const wideColumns: readonly BenchColumn[] = [
  { name: 'id', kind: 'number' },
  ...Array.from({ length: 199 }, (_, at) => ({
    name: `attribute_${at}`,
    kind: at % 4 === 1 ? ('number' as const) : ('text' as const),
  })),
];

function wide(random: Random, id: number): Values {
  const values = wideColumns.slice(1).map(({ name, kind }) => {
    if (random(3) === 0) return [name, null];
    return [name, kind === 'number' ? random(100_000) / 8 : plainWords(random, 1 + random(4))];
  });
  return { id, ...Object.fromEntries(values) };
}

function textOfParts(names: readonly string[], part: () => unknown): Values {
  return Object.fromEntries(names.map((name) => [name, part()]));
}

const flags = Array.from({ length: 20 }, (_, at) => `flag_${at}`);
const bodies = ['body', 'summary', 'transcript'];
const measures = Array.from({ length: 30 }, (_, at) => `measure_${at}`);
const comments = Array.from({ length: 8 }, (_, at) => `comment_${at}`);

/** As Python's json.dumps writes it: every non-ASCII character is escaped. */
function asciiText(values: Values): string {
  return JSON.stringify(values).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const scribble = (random: Random): string =>
  Array.from({ length: 2 + random(8) }, () =>
    pick(random, ['said "no"', 'C:\\temp\\', 'tab\there', 'line\r\nbreak', 'naïve – café', '🚀', '\u0007 bell', 'a/b']),
  ).join(' ');

const number = (random: Random): number =>
  random(3) === 0 ? random(1_000_000) : (random(2_000_000_000) - 1_000_000_000) / 10 ** random(7);

const id: BenchColumn = { name: 'id', kind: 'number' };

/** All generated sets; the speed goals are stated for the first. */
export const generatedSets: readonly DataSet[] = [
  dataSet('accounts', '12 columns: text, numbers, lists, nulls, line breaks', accountColumns, (random, at) =>
    JSON.stringify(account(random, at)),
  ),
  dataSet('narrow', '2 columns', [id, ...columnsOf('text', ['code'])], (random, at) =>
    JSON.stringify({ id: at, code: hexText(random, 8) }),
  ),
  dataSet('wide', '200 columns, a third of them null', wideColumns, (random, at) => JSON.stringify(wide(random, at))),
  dataSet('short', '20 texts of 0 to 6 characters', [id, ...columnsOf('text', flags)], (random, at) =>
    JSON.stringify({ id: at, ...textOfParts(flags, () => hexText(random, random(7))) }),
  ),
  dataSet('long', '3 texts of 2 to 6 kB', [id, ...columnsOf('text', bodies)], (random, at) =>
    JSON.stringify({ id: at, ...textOfParts(bodies, () => prose(random, 400 + random(800))) }),
  ),
  dataSet('numbers', '30 numbers', [id, ...columnsOf('number', measures)], (random, at) =>
    JSON.stringify({ id: at, ...textOfParts(measures, () => number(random)) }),
  ),
  dataSet('escapes', '8 texts full of escapes', [id, ...columnsOf('text', comments)], (random, at) =>
    asciiText({ id: at, ...textOfParts(comments, () => scribble(random)) }),
  ),
  dataSet('shuffled', 'accounts, the keys of each record in another order', accountColumns, (random, at) =>
    shuffledText(random, account(random, at)),
  ),
  dataSet('repeated', 'accounts, four of five with the key of an earlier one', accountColumns, (random, at) =>
    JSON.stringify(account(random, random(5) === 0 ? at : random(at + 1))),
  ),
];

/** Accounts of this many keys, which come in turn: of more records than that, several share a key. */
export function accountsOfKeys(keys: number): DataSet {
  const what = `accounts of ${keys.toLocaleString('en')} keys in turn`;
  return dataSet('shared_keys', what, accountColumns, (random, at) => JSON.stringify(account(random, at % keys)));
}
