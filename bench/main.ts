/** The benchmark as a program: measures what it is asked to, prints tables, and writes them as JSON and the chart as SVG. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { drawGrowth } from './chart.ts';
import { benchFolder, contestants } from './contestants.ts';
import { tellConversion } from './conversion_report.ts';
import { type Conversion, convert, type Extent } from './conversions.ts';
import { allSets, mainSets, type NamedSet, setNamed } from './data/sets.ts';
import { dedup, tellDedup } from './dedup.ts';
import { growth } from './growth.ts';
import { tellGrowth } from './growth_report.ts';
import { help, type Options, type Part, readOptions } from './options.ts';
import { syncTimes, tellSyncTimes } from './sync_times.ts';
import { tellWholeWrites, wholeWrites } from './whole_writes.ts';

const options = readOptions(process.argv.slice(2));

async function run(): Promise<void> {
  if (options.withFaros) installFaros();
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const results: Record<string, unknown> = { machine: machine(), megabytes: options.megabytes, rounds: options.rounds };
  print(
    `${Object.values(machine()).join(', ')}\nCPU time of the process, user and system; medians of ${options.rounds}\n`,
  );
  try {
    const extent = { folder, bytes: options.megabytes * 1e6, rounds: options.rounds };
    for (const part of options.parts) results[part] = await measures[part](extent, options);
  } finally {
    rmSync(folder, { recursive: true });
  }
  save('latest.json', `${JSON.stringify(results, null, 2)}\n`);
}

/** What each part measures, prints and answers. */
const measures: Readonly<Record<Part, (extent: Extent, options: Options) => Promise<unknown>>> = {
  conversions: async (extent) => {
    const results: Conversion[] = [];
    for (const set of chosen(allSets)) {
      const entrants = contestants(options.withFaros).filter((each) => !each.isMainOnly || mainSets.includes(set.name));
      const result = await convert(set.make(), entrants, extent);
      print(tellConversion(result));
      results.push(result);
    }
    return results;
  },
  write: async (extent) => {
    const sets = chosen([...mainSets, 'repeated'].map(setNamed));
    return told(
      await wholeWrites(
        sets.map((set) => set.make()),
        extent,
      ),
      tellWholeWrites,
    );
  },
  dedup: async (extent, { isQuick }) => told(await dedup(isQuick ? 250_000 : 5_000_000, extent), tellDedup),
  sync: async ({ folder }, { isQuick }) =>
    told(await syncTimes(isQuick ? 1 : 3, isQuick ? 10 : 30, folder), tellSyncTimes),
  growth: async (extent, { isQuick }) => {
    const results = told(await growth({ ...extent, rounds: Math.min(3, extent.rounds) }), tellGrowth);
    save(isQuick ? 'growth-quick.svg' : 'growth.svg', drawGrowth(results));
    return results;
  },
};

function chosen(sets: readonly NamedSet[]): NamedSet[] {
  for (const name of options.sets ?? []) setNamed(name);
  return sets.filter(({ name }) => options.sets?.includes(name) ?? true);
}

function told<T>(result: T, tell: (result: T) => string): T {
  print(tell(result));
  return result;
}

function machine(): Record<string, string> {
  const [first] = cpus();
  return {
    processor: `${cpus().length} × ${first?.model.trim()}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()}`,
    node: `Node ${process.versions.node}`,
  };
}

function installFaros(): void {
  print('Installing faros-airbyte-cdk, which is not under a free licence.');
  execFileSync('npm', ['ci', '--no-progress', '--silent', '--prefix', `${benchFolder}/peers/faros`], {
    stdio: 'inherit',
  });
}

function save(name: string, text: string): void {
  const folder = join(benchFolder, 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
  print(`Written: bench/results/${name}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

if (options.showsHelp) print(help);
else if (options.showsSets) for (const set of allSets) print(`${set.name.padEnd(12)} ${set.make().what}`);
else await run();
