/** The built connector is killed once at each place of the matrix and started again: nothing is lost or sent twice. */
import t from 'tap';
import { crashOf } from './crash_matrix.ts';
import { ghostStep, steps } from './crash_steps.ts';
import { testCrashes } from './crash_tests.ts';

// Two and three crashes in a row, and each place with other layouts, restarts and tenants, are for the proof.
const crashes = Array.from({ length: 200 }, (_, seed) => crashOf(seed)).filter(({ steps }) => steps.length === 1);
const places = [...Object.keys(steps), ghostStep];
testCrashes(
  t,
  places.flatMap((place) => crashes.find(({ steps }) => steps[0] === place) ?? []),
);
