/** Two hundred crashes of the matrix, many of them two or three in a row; in a quarter run a quarter of them. */
import t from 'tap';
import { allOrQuarter } from '../conservation/quarter.ts';
import { testCrashes } from './crash_tests.ts';
import { crashOf } from './matrix.ts';

const crashes = Array.from({ length: 200 }, (_, at) => crashOf(1000 + at));
testCrashes(t, allOrQuarter(crashes, 'crashes'));
