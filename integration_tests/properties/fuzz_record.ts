/** Fuzzes the record scanner against JSON.parse: `node build/integration_tests/properties/fuzz_record.js SEED COUNT`. */
import { RecordScanner } from '../../src/records/record_scanner.ts';
import { randomFrom } from '../support/random.ts';
import { compare, mutate, randomLine } from './scanner_property.ts';

/** The number of lines of each kind, and the first that was read wrong. */
export interface FuzzResult {
  readonly counts: Record<string, number>;
  readonly failure?: { readonly line: Buffer; readonly difference: string };
}

/** One scanner reads all lines, so that what it remembers of one could affect the next. */
export function fuzzRecords(seed: number, count: number): FuzzResult {
  const random = randomFrom(seed);
  const scanner = new RecordScanner();
  const counts: Record<string, number> = {};
  let original = randomLine(random);
  for (let i = 0; i < count; i++) {
    // Similar lines come in succession, otherwise the scanner's prediction would never be right.
    if (random(6) === 0) original = randomLine(random);
    const line = mutate(random, Buffer.from(original));
    // With other bytes around it: the previous line, and the beginning of the next.
    const [before, after] = [
      Buffer.from('{"x":'.slice(random(6))),
      Buffer.from(['\n}', '"}', '', '}}\n{"'][random(4)] ?? ''),
    ];
    const buffer = Buffer.concat([before, line, after]);
    const [kind, difference] = compare(scanner, buffer, before.length, before.length + line.length);
    if (difference !== undefined) return { counts, failure: { line, difference } };
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return { counts };
}

if (process.argv[1] === import.meta.filename) {
  const [seed, count] = [Number(process.argv[2] ?? 1), Number(process.argv[3] ?? 1_000_000)];
  const { counts, failure } = fuzzRecords(seed, count);
  process.stdout.write(`seed ${seed}, ${count} lines: ${JSON.stringify(counts)}\n`);
  if (failure) {
    process.stdout.write(`${failure.difference}: ${JSON.stringify(failure.line.toString('latin1'))}\n`);
    process.exitCode = 1;
  }
}
