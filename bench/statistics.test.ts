import t from 'tap';
import { median, type Pace, runsInRound, typical } from './statistics.ts';

t.test('a median is the middle one, in any order', async (t) => {
  t.equal(median([3]), 3);
  t.equal(median([9, 1, 5]), 5);
  t.equal(median([4, 1, 3, 2]), 2.5);
  t.equal(median([10, 9, 1]), 9, 'numbers are sorted as numbers');
  t.throws(() => median([]), RangeError);
});

t.test('of several runs each time is the median, and memory the highest', async (t) => {
  const runs = [
    { cpu: 1, wall: 9, memory: 5 },
    { cpu: 3, wall: 7, memory: 8 },
    { cpu: 2, wall: 8, memory: 6 },
  ];
  t.same(typical(runs), { cpu: 2, wall: 8, memory: 8 });
});

t.test('slow programs are measured less often, and always in the first round', async (t) => {
  const rounds = (pace: Pace) => [0, 1, 2, 3, 4].filter((round) => runsInRound(pace, round));
  t.same(rounds('each round'), [0, 1, 2, 3, 4]);
  t.same(rounds('every third round'), [0, 3]);
  t.same(rounds('once'), [0]);
});
