/** The unit tests of the room `batch`, which lie beside its files. */
import { runUnits } from './run_units.ts';

await runUnits('batch');
