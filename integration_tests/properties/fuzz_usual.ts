/** Fuzzes the fast path for usual records: `node build/integration_tests/properties/fuzz_usual.js SEED COUNT`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { compareUsual } from './usual_property.ts';

const [seed, count] = [Number(process.argv[2] ?? 1), Number(process.argv[3] ?? 1000)];
const folder = mkdtempSync(`${tmpdir()}/fuzz-usual-`);
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
let [rows, usual] = [0, 0];
for (let at = seed; at < seed + count; at++) {
  const ends: (() => unknown)[] = [];
  const result = await compareUsual({ testdir: () => folder, teardown: (end) => ends.push(end) }, at);
  for (const end of ends) await end();
  rows += result.rows;
  usual += result.usual;
  if (result.difference === undefined) continue;
  process.stdout.write(`${result.difference}\n`);
  process.exitCode = 1;
}
process.stdout.write(`seeds ${seed} to ${seed + count - 1}: ${rows} rows, ${usual} records in one call\n`);
