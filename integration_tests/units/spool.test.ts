/** The unit tests of the room `spool`, which lie beside its files. */
import { runUnits } from './run_units.ts';

await runUnits('spool');
