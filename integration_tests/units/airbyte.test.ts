/** The unit tests of the room `airbyte`, which lie beside its files. */
import { runUnits } from './run_units.ts';

await runUnits('airbyte');
