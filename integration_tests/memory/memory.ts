/** `npm run memory`: a table of the memory and disk taken by syncs of every size. Arguments select cases by name. */
import { parseArgs } from 'node:util';
import { mostMemory, startsWithin } from './bounds.ts';
import { type MemoryCase, memoryCases } from './cases.ts';
import { type Measured, measure } from './measure.ts';

/** Maximum ratio between the memory of a large and of a small sync. */
const mostGrowth = 1.25;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { limit: { type: 'string', default: '256' } },
});
/** Maximum data segment of the process in megabytes; 0: no limit. */
const limit = Number(values.limit);
const isLimited = limit > 0 && startsWithin(limit * 1_000_000);
if (limit > 0 && !isLimited) print(`This Node does not start within ${limit} MB: its data segment is not limited.`);

const chosen = memoryCases.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
printRow('case', 'sync', 'memory', 'disk', 'time');
const results = new Map<string, Measured>();
for (const test of chosen) {
  const hasLimit = isLimited && test.mostMegabytes === undefined;
  const result = await measure(test, hasLimit ? limit * 1_000_000 : undefined);
  results.set(test.name, result);
  printRow(test.name, test.about, megabytes(result.memory), megabytes(result.disk), `${result.seconds.toFixed(0)} s`);
  for (const fault of faultsOf(test, result)) {
    process.exitCode = 1;
    print(`  WRONG: ${fault}`);
  }
}
for (const prefix of ['', 'object-api-']) {
  const [small, large] = ['small', 'large'].map((size) => results.get(`${prefix}${size}`)?.memory);
  if (small === undefined || large === undefined || large <= small * mostGrowth) continue;
  process.exitCode = 1;
  print('WRONG: ten times the records take more than a quarter more memory');
}

function faultsOf(
  { spoolMegabytes = Number.POSITIVE_INFINITY, mostMegabytes = mostMemory / 1_000_000 }: MemoryCase,
  { memory, disk, faults }: Measured,
): string[] {
  const found = [...faults];
  if (memory > mostMegabytes * 1_000_000) found.push(`more than ${mostMegabytes} MB of memory`);
  if (disk > spoolMegabytes * 1_000_000) found.push(`more than ${spoolMegabytes} MB of disk`);
  return found;
}

function printRow(name: string, about: string, memory: string, disk: string, time: string): void {
  print([name.padEnd(20), about.padEnd(58), memory.padStart(8), disk.padStart(9), time.padStart(6)].join('  '));
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(0)} MB`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
