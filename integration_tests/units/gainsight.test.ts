/** The unit tests of the room `gainsight`, which lie beside its files. */
import { runUnits } from './run_units.ts';

await runUnits('gainsight');
