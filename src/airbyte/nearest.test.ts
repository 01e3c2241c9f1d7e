import t from 'tap';
import { nearest } from './nearest.ts';

const known = ['--config', '--catalog', '--json', 'calls_per_hour', 'calls_per_day', 'Id'];

const names: readonly [name: string, meant: string | undefined, why: string][] = [
  ['--confg', '--config', 'a letter is missing'],
  ['--cofnig', '--config', 'two letters are swapped'],
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

t.test('without known names there is no nearest one', async (t) => {
  t.equal(nearest('--config', []), undefined);
});
