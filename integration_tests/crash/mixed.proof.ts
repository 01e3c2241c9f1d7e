/** Two hundred crashes under several faults at a time; in a quarter run a quarter of them. */
import t from 'tap';
import { allOrQuarter } from '../conservation/quarter.ts';
import { crashesAtOnce, testCrashes } from './crash_tests.ts';
import { mixedOf } from './mixed.ts';

const crashes = Array.from({ length: 200 }, (_, at) => mixedOf(at));
// They wait longer than others until faults end, and some end before they are killed.
const how = { command: 'npm run crash -- --mixed', atOnce: 2 * crashesAtOnce, mostMissed: 0.4 };
testCrashes(t, allOrQuarter(crashes, 'mixed'), how);
