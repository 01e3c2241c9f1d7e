/** The unit tests of the room `load`, which lie beside its files. */
import { runUnits } from './run_units.ts';

await runUnits('load');
