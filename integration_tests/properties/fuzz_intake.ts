/** Fuzzes the intake with and without templates: `node build/integration_tests/properties/fuzz_intake.js SEED COUNT`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { compareTemplates } from './intake_property.ts';

const [seed, count] = [Number(process.argv[2] ?? 1), Number(process.argv[3] ?? 1000)];
const folder = mkdtempSync(`${tmpdir()}/fuzz-intake-`);
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
let [rows, together] = [0, 0];
for (let at = seed; at < seed + count; at++) {
  const ends: (() => unknown)[] = [];
  const result = await compareTemplates({ testdir: () => folder, teardown: (end) => ends.push(end) }, at);
  for (const end of ends) await end();
  rows += result.rows;
  together += result.together;
  if (result.difference === undefined) continue;
  process.stdout.write(`${result.difference}\n`);
  process.exitCode = 1;
}
process.stdout.write(`seeds ${seed} to ${seed + count - 1}: ${rows} rows, ${together} of them several at once\n`);
