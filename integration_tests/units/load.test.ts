/** Runs the unit tests next to the files of `src/load`, without the folders below it. */
import { runUnits } from './run_units.ts';

await runUnits('load');
