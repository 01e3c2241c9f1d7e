/** The laws of batches of the object API under a thousand combinations of tenants, faults and kills. */
import t from 'tap';
import { checkBatches } from './object_batches.ts';
import { allOrQuarter } from './quarter.ts';

const seeds = Array.from({ length: 1000 }, (_, at) => at + 1);
for (const seed of allOrQuarter(seeds, 'batches of the object API'))
  t.test(`seed ${seed}`, (t) => checkBatches(t, seed));
