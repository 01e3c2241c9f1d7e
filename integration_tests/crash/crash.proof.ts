/** Two hundred crashes of the matrix, many of them two or three in a row; a quarter of them where that is asked for. */
import t from 'tap';
import { allOrQuarter } from '../conservation/quarter.ts';
import { crashOf } from './crash_matrix.ts';
import { testCrashes } from './crash_tests.ts';

const crashes = Array.from({ length: 200 }, (_, at) => crashOf(1000 + at));
testCrashes(t, allOrQuarter(crashes, 'crashes'));
