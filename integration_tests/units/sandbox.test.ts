/** The unit tests of the room `sandbox`, which lie beside its files. */
import { runUnits } from './run_units.ts';

await runUnits('sandbox');
