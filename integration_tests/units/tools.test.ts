/** Runs the unit tests in `scripts` and `bench`. */
import { runUnits } from './run_units.ts';

await runUnits('tools');
