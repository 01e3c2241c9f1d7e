/** The built connector is killed at 40 places and started again: nothing is lost, and nothing is sent twice. */
import t from 'tap';
import { testCrashes } from './crash_tests.ts';
import { crashOf } from './matrix.ts';

// Two and three crashes in a row are for the proof: each costs the start of one more process.
const crashes = Array.from({ length: 200 }, (_, seed) => crashOf(seed)).filter(({ steps }) => steps.length === 1);
testCrashes(t, crashes.slice(0, 40));
