/** Two hundred more crashes of the matrix. */
import t from 'tap';
import { testCrashes } from './support/crash_tests.ts';

testCrashes(t, { from: 40, count: 200 });
