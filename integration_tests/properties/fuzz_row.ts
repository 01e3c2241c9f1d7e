/** Fuzzes the row encoder against csv-stringify: `node build/integration_tests/properties/fuzz_row.js SEED COUNT`. */
import { randomFrom } from '../support/random.ts';
import { compareRows } from './row_property.ts';

const [seed, count] = [Number(process.argv[2] ?? 1), Number(process.argv[3] ?? 100_000)];
const failure = compareRows(randomFrom(seed), count);
process.stdout.write(`seed ${seed}, ${count} records: ${failure ? JSON.stringify(failure) : 'all rows equal'}\n`);
process.exitCode = failure ? 1 : 0;
