/** Two hundred crashes under several faults at a time; a quarter of them where that is asked for. */
import t from 'tap';
import { allOrQuarter } from '../conservation/quarter.ts';
import { crashesAtOnce, testCrashes } from './crash_tests.ts';
import { mixedOf } from './mixed.ts';

const crashes = Array.from({ length: 200 }, (_, at) => mixedOf(at));
// They wait longer than others, for faults to pass, and some end before they are killed.
const how = { command: 'npm run crash -- --mixed', atOnce: 2 * crashesAtOnce, mostMissed: 0.4 };
testCrashes(t, allOrQuarter(crashes, 'mixed'), how);
