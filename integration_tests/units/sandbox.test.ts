/** Runs the unit tests next to the files of `src/sandbox`. */
import { runUnits } from './run_units.ts';

await runUnits('sandbox');
