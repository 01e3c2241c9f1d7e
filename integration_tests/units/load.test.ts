/** Runs the unit tests next to the files of `src/load`, without `src/load/bulk`. */
import { runUnits } from './run_units.ts';

await runUnits('load');
