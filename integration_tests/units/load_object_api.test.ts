/** Runs the unit tests next to the files of `src/load/object_api`. */
import { runUnits } from './run_units.ts';

await runUnits('load/object_api');
