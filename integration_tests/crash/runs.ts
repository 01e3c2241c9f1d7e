/**
 * Runs crashes by their numbers: `npm run crash -- 17` repeats one, `npm run crash -- 0 1000` runs a thousand from 0,
 * `npm run crash -- --mixed 0 200` two hundred under several faults.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { crashOf, titleOf } from './matrix.ts';
import { mixedOf } from './mixed.ts';
import { type CrashReport, runCrash } from './run.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { mixed: { type: 'boolean' } } });
const [first = 0, count = 1] = positionals.map(Number);
const reports: CrashReport[] = [];
const failed: number[] = [];

function report(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function run(seed: number): Promise<void> {
  const crash = values.mixed ? mixedOf(seed) : crashOf(seed);
  try {
    reports.push(await runCrash(crash));
    if (count === 1) report(titleOf(crash));
  } catch (error) {
    failed.push(seed);
    report(`${titleOf(crash)}\n${error instanceof Error ? error.stack : error}`);
  }
}

const since = performance.now();
const left = Array.from({ length: count }, (_, at) => first + at);
const workers = Array.from({ length: Number(process.env['LANES'] ?? 6 * availableParallelism()) }, async () => {
  for (let seed = left.shift(); seed !== undefined; seed = left.shift()) await run(seed);
});
await Promise.all(workers);
const sum = (of: (report: CrashReport) => number) => reports.reduce((total, report) => total + of(report), 0);
report(
  `${reports.length} crashes ended as expected, ${failed.length} did not${failed.length > 0 ? `: ${failed.sort((a, b) => a - b).join(', ')}` : ''}; ` +
    `${sum(({ kills }) => kills)} kills in ${sum(({ attempts }) => attempts)} attempts, ${sum(({ jobs }) => jobs)} jobs, ` +
    `${sum(({ adopted }) => adopted)} taken over, ${sum(({ halfState }) => Number(halfState))} states cut off, ` +
    `${sum(({ stopped }) => stopped.length)} stops rather than a duplicate; ${Math.round((performance.now() - since) / 1000)} s`,
);
process.exitCode = failed.length > 0 ? 1 : 0;
