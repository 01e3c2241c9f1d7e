/** Runs the unit tests in folders of `src` that have no file of their own here. */
import { runUnits } from './run_units.ts';

await runUnits('rest');
