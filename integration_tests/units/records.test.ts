/** The unit tests of the room `records`, which lie beside its files. */
import { runUnits } from './run_units.ts';

await runUnits('records');
