/** The built connector is killed at points of the matrix and restarted: nothing is lost or sent twice. */
import t from 'tap';
import { testCrashes } from './crash_tests.ts';
import { crashOf } from './matrix.ts';
import { ghostStep, steps } from './steps.ts';

// The proof covers the other points, with other layouts, restarts and tenants, and two or three crashes in a row.
const crashes = Array.from({ length: 200 }, (_, seed) => crashOf(seed)).filter(({ steps }) => steps.length === 1);
const places = [...Object.keys(steps).filter((_, at) => at % 5 === 0), ghostStep];
testCrashes(
  t,
  places.flatMap((place) => crashes.find(({ steps }) => steps[0] === place) ?? []),
);
