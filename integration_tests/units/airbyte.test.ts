/** Runs the unit tests next to the files of `src/airbyte`. */
import { runUnits } from './run_units.ts';

await runUnits('airbyte');
