/** A few of the random histories of `retry.ts`; `retry.proof.ts` runs many. */
import t from 'tap';
import { brokenIn } from './retry.ts';

const histories = 2;

t.test('rejected rows that are sent again: none is lost, and none replaces anything newer', async (t) => {
  for (let seed = 1; seed <= histories; seed += 1) t.same(await brokenIn(t, seed), [], `history ${seed}`);
});
