/** Fuzzes line templates against the scanner: `node build/integration_tests/properties/fuzz_templates.js SEED COUNT`. */
import { compareTemplateLines } from './template_property.ts';

const [seed, count] = [Number(process.argv[2] ?? 1), Number(process.argv[3] ?? 1_000_000)];
const { counts, failure } = compareTemplateLines(seed, count);
process.stdout.write(`seed ${seed}, ${count} lines: ${JSON.stringify(counts)}\n`);
if (failure) {
  process.stdout.write(`${JSON.stringify(failure, undefined, 2)}\n`);
  process.exitCode = 1;
}
