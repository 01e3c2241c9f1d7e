/** Runs the unit tests next to the files of `src/settle`. */
import { runUnits } from './run_units.ts';

await runUnits('settle');
