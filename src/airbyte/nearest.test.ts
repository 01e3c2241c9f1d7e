import t from 'tap';
import { randomFrom } from '../../integration_tests/support/random.ts';
import { nearest } from './nearest.ts';

const known = ['--config', '--catalog', '--json', 'calls_per_hour', 'calls_per_day', 'Id', 'Name', 'ARR'];

const names: readonly [name: string, meant: string | undefined, why: string][] = [
  ['--confg', '--config', 'a letter is missing'],
  ['--cofnig', '--config', 'two letters are swapped'],
  ['Nmae', 'Name', 'two letters of a short name are swapped'],
  ['RAR', 'ARR', 'and of a shorter one'],
  ['Naem_', 'Name', 'the last ones'],
  ['mane', undefined, 'two letters are others'],
  ['AR', undefined, 'too short for a guess, as a letter more would be a third of it'],
  ['--catalogue', '--catalog', 'letters are too many'],
  ['-config', '--config', 'a dash is missing'],
  ['--CONFIG', '--config', 'another case'],
  ['callsPerHour', 'calls_per_hour', 'another way to join words'],
  ['calls per hour ', 'calls_per_hour', 'spaces'],
  ['ID', 'Id', 'short, and another case'],
  ['IT', undefined, 'short, and another letter'],
  ['-', undefined, 'no letter'],
  ['--state', undefined, 'near to none'],
  ['--js', undefined, 'too short for a guess'],
  ['calls_per_dour', 'calls_per_hour', 'nearer to one than to the other'],
];

t.test('a misspelt name finds the intended one', async (t) => {
  for (const [name, meant, why] of names) t.equal(nearest(name, known), meant, `${name}: ${why}`);
});

t.test('there is no guess between two equally near names', async (t) => {
  t.equal(nearest('streams_c', ['streams_a', 'streams_b']), undefined);
  t.equal(nearest('streams_c', ['streams_a']), 'streams_a');
});

t.test('a name that leaves out a word finds the one that has all its words', async (t) => {
  const settings = ['datetime_format', 'path_format', 'boolean_format', 'max_rows', 'max_wait_rows'];
  const cases: [name: string, meant: string | undefined][] = [
    ['date_format', 'datetime_format'],
    ['dateFormat', 'datetime_format'],
    ['paht_format', 'path_format'],
    ['max_row', 'max_rows'],
    ['wait_rows', 'max_wait_rows'],
    ['format', undefined],
    ['format_date', undefined],
    ['a_b', undefined],
  ];
  for (const [name, meant] of cases) t.equal(nearest(name, settings), meant, name);
});

t.test('without known names there is no nearest one', async (t) => {
  t.equal(nearest('--config', []), undefined);
});

t.test('names of any length are compared at once', async (t) => {
  const [long, other] = ['a'.repeat(100_000), 'b'.repeat(100_000)];
  t.equal(nearest(`${long}x`, [other, `${long}yz`, long.slice(9)]), `${long}yz`);
});

t.test('as many edits as the full table of both names shows', async (t) => {
  const full = (one: string, other: string): number => {
    const rows = [...one, ''].map(() => [...other, ''].map(() => 0));
    const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
    for (let i = 0; i <= one.length; i++)
      for (let j = 0; j <= other.length; j++) {
        const swap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
        const steps = [at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + Number(one[i - 1] !== other[j - 1])];
        (rows[i] as number[])[j] = i + j === 0 ? 0 : Math.min(...steps, swap ? at(i - 2, j - 2) + 1 : 99);
      }
    return at(one.length, other.length);
  };
  const random = randomFrom(17);
  const name = () => Array.from({ length: 3 + random(7) }, () => 'abc'[random(3)]).join('');
  for (let round = 0; round < 3000; round++) {
    const [one, other] = [name(), name()];
    const edits = full(one, other);
    const isNear = edits <= 3 && edits <= 0.4 * Math.max(one.length, other.length);
    if (nearest(one, [other]) !== (isNear ? other : undefined)) t.fail(`${one}, ${other}: ${edits}`);
  }
});
