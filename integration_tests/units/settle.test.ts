/** The unit tests of the room `settle`, which lie beside its files. */
import { runUnits } from './run_units.ts';

await runUnits('settle');
