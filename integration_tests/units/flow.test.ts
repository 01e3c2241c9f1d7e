/** Runs the unit tests in `src` itself. */
import { runUnits } from './run_units.ts';

await runUnits('flow');
