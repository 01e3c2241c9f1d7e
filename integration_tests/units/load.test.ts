/** Runs the unit tests next to the files of `src/load`. */
import { runUnits } from './run_units.ts';

await runUnits('load');
