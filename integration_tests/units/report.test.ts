/** Runs the unit tests next to the files of `src/report`. */
import { runUnits } from './run_units.ts';

await runUnits('report');
