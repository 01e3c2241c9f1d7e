/** Runs the unit tests next to the files of `src/records`. */
import { runUnits } from './run_units.ts';

await runUnits('records');
