/** Runs the unit tests next to the files of `src/spool`. */
import { runUnits } from './run_units.ts';

await runUnits('spool');
