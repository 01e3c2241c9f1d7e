/** Fuzzes the one call for usual records: `node build/integration_tests/fuzz_usual.js SEED COUNT`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { compareUsual } from './usual_property.ts';

const [seed, count] = [Number(process.argv[2] ?? 1), Number(process.argv[3] ?? 1000)];
const folder = mkdtempSync(`${tmpdir()}/fuzz-usual-`);
let rows = 0;
for (let at = seed; at < seed + count; at++) {
  const ends: (() => unknown)[] = [];
  const result = await compareUsual({ testdir: () => folder, teardown: (end) => ends.push(end) }, at);
  for (const end of ends) await end();
  rows += result.rows;
  if (result.difference === undefined) continue;
  process.stdout.write(`${result.difference}\n`);
  process.exitCode = 1;
}
rmSync(folder, { recursive: true });
process.stdout.write(`seeds ${seed} to ${seed + count - 1}: ${rows} rows\n`);
