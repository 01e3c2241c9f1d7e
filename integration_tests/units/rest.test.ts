/** The unit tests of everything in `src`, `scripts` and `bench` beside the rooms, which lie beside its files. */
import { runUnits } from './run_units.ts';

await runUnits('rest');
