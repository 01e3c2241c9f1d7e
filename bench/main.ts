/**
 * The benchmark program: measures the requested parts, prints tables, and writes the results as JSON and the chart as
 * SVG.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawGrowth } from './chart.ts';
import { benchFolder, contestants } from './contestants.ts';
import { printConversion } from './conversion_report.ts';
import { convert, type Extent } from './conversions.ts';
import { allSets, mainSets, type NamedSet, setNamed } from './data/sets.ts';
import { dedup, printDedup } from './dedup.ts';
import { growth } from './growth.ts';
import { printGrowth } from './growth_report.ts';
import { help, type Options, type Part, readOptions } from './options.ts';
import { machine, type Results, saveResults } from './results.ts';
import { printSyncTimes, syncTimes } from './sync_times.ts';
import { printWholeWrites, wholeWrites } from './whole_writes.ts';

const options = readOptions(process.argv.slice(2));
const resultsFolder = join(benchFolder, 'results');
const resultsName = options.isQuick ? 'quick' : 'latest';

async function run(): Promise<void> {
  if (options.withFaros) installFaros();
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  mkdirSync(resultsFolder, { recursive: true });
  print(
    `${machine()}\nCPU time of the process, user and system; medians of ${options.rounds}, and the highest memory\n`,
  );
  try {
    const extent = { folder, bytes: options.megabytes * 1e6, rounds: options.rounds };
    for (const part of options.parts) await measures[part](extent, options);
  } finally {
    rmSync(folder, { recursive: true });
  }
  print(`Written: ${resultsName}.json in bench/results/`);
}

/** How each part is measured, printed and saved. */
const measures: Readonly<Record<Part, (extent: Extent, options: Options) => Promise<void>>> = {
  conversions: async (extent) => {
    for (const set of chosen(allSets)) {
      const entrants = contestants(options.withFaros, options.peers).filter(
        ({ pace }) => pace !== 'once' || mainSets.includes(set.name),
      );
      const conversion = await convert(set.make(), entrants, extent);
      print(printConversion(conversion));
      save({ conversions: [conversion] });
    }
  },
  write: async (extent) => {
    const sets = chosen([...mainSets, 'repeated'].map(setNamed));
    const write = await wholeWrites(
      sets.map((set) => set.make()),
      extent,
    );
    print(printWholeWrites(write));
    save({ write });
  },
  dedup: async (extent, { isQuick }) => {
    const result = await dedup(isQuick ? 250_000 : 5_000_000, { ...extent, rounds: Math.min(3, extent.rounds) });
    print(printDedup(result));
    save({ dedup: result });
  },
  sync: async ({ folder }, { isQuick }) => {
    const sync = await syncTimes(isQuick ? 1 : 3, isQuick ? 10 : 30, folder);
    print(printSyncTimes(sync));
    save({ sync });
  },
  growth: async (extent) => {
    const results = await growth({ ...extent, rounds: Math.min(3, extent.rounds) });
    print(printGrowth(results));
    save({ growth: results });
    writeFileSync(`${resultsFolder}/${resultsName}.svg`, drawGrowth(results));
  },
};

function save(results: Omit<Results, 'machine'>): void {
  saveResults(`${resultsFolder}/${resultsName}.json`, { machine: machine(), ...results });
}

function chosen(sets: readonly NamedSet[]): NamedSet[] {
  for (const name of options.sets ?? []) setNamed(name);
  return sets.filter(({ name }) => options.sets?.includes(name) ?? true);
}

function installFaros(): void {
  print('Installing faros-airbyte-cdk, which is not under a free licence.');
  execFileSync('npm', ['ci', '--no-progress', '--silent', '--prefix', `${benchFolder}/peers/faros`], {
    stdio: 'inherit',
  });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

if (options.showsHelp) print(help);
else if (options.showsSets) for (const set of allSets) print(`${set.name.padEnd(12)} ${set.make().what}`);
else await run();
