/** Runs the unit tests next to the files of `src/commands`. */
import { runUnits } from './run_units.ts';

await runUnits('commands');
