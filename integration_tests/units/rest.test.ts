/** Runs the unit tests in `src`, `scripts` and `bench` that have no file of their own here. */
import { runUnits } from './run_units.ts';

await runUnits('rest');
