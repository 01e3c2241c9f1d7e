/** The built connector is killed at 40 places and started again: nothing is lost, and nothing is sent twice. */
import t from 'tap';
import { testCrashes } from './support/crash_tests.ts';

testCrashes(t, { from: 0, count: 40 });
