/**
 * The benchmark program: measures the requested parts, prints tables, and writes the results as JSON and the chart as
 * SVG; on request also those of the documents.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate, packageFolder } from '../scripts/generate.ts';
import { countCalls, printCalls } from './calls.ts';
import { drawGrowth } from './chart.ts';
import { type Contestant, contestants } from './contestants.ts';
import { printConversion } from './conversion_report.ts';
import { convert, type Extent } from './conversions.ts';
import { allSets, mainSets, type NamedSet, setNamed } from './data/sets.ts';
import { dedup, printDedup } from './dedup.ts';
import { growth } from './growth.ts';
import { printGrowth } from './growth_report.ts';
import { install, installing, type OptionalPeer } from './optional_peers.ts';
import { help, type Options, type Part, readOptions } from './options.ts';
import { processorTime, shareOfOthers } from './other_work.ts';
import { machine, type Results, saveResults } from './results.ts';
import { printStartTimes, startTimes } from './start_times.ts';
import { printStateTimes, stateTimes } from './state_times.ts';
import { printSyncTimes, syncTimes } from './sync_times.ts';
import { printWholeWrites, wholeWrites } from './whole_writes.ts';

const options = readOptions(process.argv.slice(2));
const resultsFolder = fileURLToPath(new URL('../../bench/results', import.meta.url));
const resultsFile = `${resultsFolder}/${options.isQuick ? 'quick' : 'latest'}.json`;
const publishedFile = `${resultsFolder}/reference.json`;
const startedAt = new Date().toISOString();

async function run(): Promise<void> {
  if (options.parts.includes('conversions')) installPeers(options.optional);
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  mkdirSync(resultsFolder, { recursive: true });
  if (options.isPublished) {
    rmSync(resultsFile, { force: true });
    if (options.isPartial) copyPublished();
  }
  print(
    `${machine()}\nCPU time of the process, user and system; medians of ${options.rounds}, and the highest memory\n`,
  );
  try {
    for (const part of options.parts) await measurePart(part, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
  print(`Written: ${resultsFile}`);
  if (options.isPublished) await publish();
}

function installPeers(peers: readonly OptionalPeer[]): void {
  for (const peer of peers) {
    print(installing[peer]);
    install(peer);
  }
}

/** Results of other parts stay, which is honest only if they are of this machine. */
function copyPublished(): void {
  const published = JSON.parse(readFileSync(publishedFile, 'utf8')) as Results;
  if (published.machine !== machine())
    throw new Error(`what is published was measured on another: ${published.machine}`);
  copyFileSync(publishedFile, resultsFile);
}

async function measurePart(part: Part, folder: string): Promise<void> {
  const extent = { folder, bytes: options.megabytes * 1e6, rounds: options.rounds };
  const [before, since] = [processorTime(), performance.now()];
  await measures[part](extent, options);
  const [after, seconds] = [processorTime(), (performance.now() - since) / 1000];
  const others = before && after && { others: shareOfOthers(before, after, seconds) };
  save({ parts: { [part]: { run: startedAt, seconds, ...others } } });
}

/** Only a whole run replaces what is published. */
async function publish(): Promise<void> {
  copyFileSync(resultsFile, publishedFile);
  for (const name of await generate(packageFolder, false)) print(`Written: ${name}`);
}

/** How each part is measured, printed and saved. */
const measures: Readonly<Record<Part, (extent: Extent, options: Options) => Promise<void>>> = {
  start: async ({ folder }, { isQuick }) => {
    const start = await startTimes(isQuick ? 5 : 25, folder);
    print(start ? printStartTimes(start) : 'The start is measured on Linux only.\n');
    if (start) save({ start });
  },
  conversions: async (extent, { optional, peers }) => {
    for (const set of chosen(allSets)) {
      const entrants = contestants(optional, peers).filter((each) => converts(each, set));
      const conversion = await convert(set.make(), entrants, extent);
      print(printConversion(conversion));
      save({ conversions: [conversion] });
    }
  },
  write: async ({ folder, rounds }, { isQuick }) => {
    const write = await wholeWrites({ folder, rounds, rows: isQuick ? 50_000 : 500_000 });
    print(printWholeWrites(write));
    save({ write });
  },
  dedup: async (extent, { isQuick }) => {
    const result = await dedup(isQuick ? 250_000 : 5_000_000, { ...extent, rounds: Math.min(3, extent.rounds) });
    print(printDedup(result));
    save({ dedup: result });
  },
  states: async ({ folder }, { isQuick }) => {
    const states = await stateTimes(isQuick ? 5 : 20, folder);
    print(printStateTimes(states));
    save({ states });
  },
  calls: async ({ folder }, { isQuick }) => {
    const calls = await countCalls(isQuick ? 2e8 : 1e9, folder);
    print(printCalls(calls));
    save({ calls });
  },
  sync: async ({ folder }, { isQuick }) => {
    const sync = await syncTimes(isQuick ? 1 : 3, isQuick ? 10 : 30, folder);
    print(printSyncTimes(sync));
    save({ sync });
  },
  growth: async (extent, { isQuick }) => {
    // The quotient of two medians is less sure than one, and some are goals.
    const results = await growth({ ...extent, rounds: isQuick ? 1 : 5 });
    print(printGrowth(results));
    save({ growth: results });
    writeFileSync(resultsFile.replace('.json', '.svg'), drawGrowth(results));
  },
};

function save(results: Omit<Results, 'machine'>): void {
  saveResults(resultsFile, { machine: machine(), ...results });
}

/** Programs that take many times as long convert fewer sets. */
function converts({ pace }: Contestant, { name }: NamedSet): boolean {
  if (pace === 'each round' || mainSets.includes(name)) return true;
  return pace === 'every third round' && !options.isPublished;
}

function chosen(sets: readonly NamedSet[]): NamedSet[] {
  for (const name of options.sets ?? []) setNamed(name);
  return sets.filter(({ name }) => options.sets?.includes(name) ?? true);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

if (options.showsHelp) print(help);
else if (options.showsSets) for (const set of allSets) print(`${set.name.padEnd(12)} ${set.make().what}`);
else await run();
