/** A few of the batches of `object_batches.proof.ts`. */
import t from 'tap';
import { checkBatches } from './object_batches.ts';

for (let seed = 1; seed <= 6; seed++) t.test(`seed ${seed}`, (t) => checkBatches(t, seed));
