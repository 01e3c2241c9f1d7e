/** The built connector is killed at places of the matrix and started again: nothing is lost or sent twice. */
import t from 'tap';
import { testCrashes } from './crash_tests.ts';
import { crashOf } from './matrix.ts';
import { ghostStep, steps } from './steps.ts';

// The other places, each with other layouts, restarts and tenants, and two and three crashes in a row, are for the proof.
const crashes = Array.from({ length: 200 }, (_, seed) => crashOf(seed)).filter(({ steps }) => steps.length === 1);
const places = [...Object.keys(steps).filter((_, at) => at % 5 === 0), ghostStep];
testCrashes(
  t,
  places.flatMap((place) => crashes.find(({ steps }) => steps[0] === place) ?? []),
);
