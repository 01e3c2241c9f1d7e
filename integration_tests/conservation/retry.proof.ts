/** Random histories of syncs whose rejected rows are sent again: see `retry.ts`. */
import t from 'tap';
import { quarterSeed } from './quarter.ts';
import { brokenIn } from './retry.ts';

const histories = 100;

t.setTimeout(0);

t.test('rejected rows that are sent again: none is lost, and none replaces anything newer', async (t) => {
  const step = quarterSeed === undefined ? 1 : 4;
  for (let seed = 100; seed < 100 + histories; seed += step) t.same(await brokenIn(t, seed), [], `history ${seed}`);
});
