/** Renders what `npm run bench` measured, for docs/performance.md and README.md. Pure. */
import { leastCalls } from '../bench/calls.ts';
import type { Conversion, ConversionResult } from '../bench/conversions.ts';
import type { Results } from '../bench/results.ts';
import { median } from '../bench/statistics.ts';
import type { Usage } from '../bench/usage.ts';
import { markdownTable } from './render.ts';
import { goalsTable } from './speed_goals.ts';

/** Programs for comparison: the columns that say how many times faster ours is. */
const peers: readonly (readonly [name: string, title: string])[] = [
  ['copy', 'Copying alone'],
  ['duckdb', 'DuckDB, 1 thread'],
  ['duckdb-2', 'DuckDB, 2 threads'],
];

/** Programs that take many times as long, and convert the main sets only. */
const slowPeers: readonly (readonly [name: string, title: string])[] = [
  ['plain', 'Node: readline, JSON.parse, csv-stringify'],
  ['faros', 'faros-airbyte-cdk (TypeScript) with csv-stringify'],
  ['cdk', 'Airbyte’s Python CDK with the csv module'],
  ['mlr', 'Miller'],
  ['jq', 'jq'],
];

/** The tables and their sentences. */
export function speedSection(results: Results): string {
  const lines = [writeNotes, dedupLines, startLines, stateLines, callLines, syncLines];
  const parts = [
    measuredOn(results),
    goalsTable(results),
    conversionTable(results),
    slowTable(results),
    writeTable(results),
    lines.flatMap((render) => render(results)).join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Three lines for README.md. */
export function speedSummary({ conversions = [] }: Results): string {
  const speeds = conversions.map(({ bytes, results }) => bytes / 1e6 / find(results, 'ours').cpu);
  const times = (name: string) => conversions.flatMap(({ results }) => timesOurs(results, name) ?? []);
  const cdk = times('cdk').length > 0 ? `, ${range(times('cdk'), 0)} times that of Airbyte’s Python CDK` : '';
  return [
    `Records become CSV at ${range(speeds, 0)} MB per second of processor time: ${range(times('duckdb'), 1)} times the`,
    `speed of DuckDB on one thread${cdk}. The quota is the limit, not speed:`,
    '[docs/performance.md](docs/performance.md) has all figures and says which goals are missed.',
  ].join('\n');
}

function range(values: readonly number[], digits: number): string {
  const ends = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return [...new Set(ends)].join(' to ');
}

/** When the parts were measured, and what else ran. */
function measuredOn({ machine, parts = {}, ...measured }: Results): string {
  const names = [...new Set(Object.values(parts).map(({ run }) => run))].sort();
  const older = Object.keys(measured).filter((part) => !(part in parts));
  const runs = names.map((name) => {
    const listed = Object.entries(parts).flatMap(([part, { run }]) => (run === name ? [part] : []));
    return `${name.slice(0, 16).replace('T', ' ')} UTC${names.length > 1 || older.length > 0 ? ` (${quoted(listed)})` : ''}`;
  });
  const shares = Object.values(parts).flatMap(({ others }) => (others === undefined ? [] : [others * 100]));
  return [
    `Measured on ${machine}, a virtual machine`,
    ...(runs.length > 0 ? [`, in ${runs.length === 1 ? 'one run' : 'runs'} that began at ${runs.join(' and ')}`] : []),
    ...(shares.length > 0 ? [`; other programs used ${range(shares, 0)} % of it meanwhile, part by part`] : []),
    ...(runs.length > 0 && older.length > 0 ? [`; ${quoted(older)} of an earlier version`] : []),
    '.',
  ].join('');
}

function quoted(parts: readonly string[]): string {
  return parts.map((part) => `\`${part}\``).join(', ');
}

function conversionTable({ conversions = [] }: Results): string {
  if (conversions.length === 0) return '';
  const head = ['Records', 'MB', 'Ours, MB/s', ...peers.map(([, title]) => title), 'Peak memory', 'Runs'];
  return markdownTable(head, conversions.map(conversionRow));
}

function conversionRow({ set, what, bytes, results }: Conversion): string[] {
  const ours = find(results, 'ours');
  const times = peers.map(([name]) => timesOurs(results, name)?.toFixed(2).concat(' ×') ?? '');
  const speed = (bytes / 1e6 / ours.cpu).toFixed(0);
  return [`\`${set}\`: ${what}`, megabytes(bytes), speed, ...times, memoryOf(ours), String(ours.runs)];
}

function slowTable({ conversions = [] }: Results): string {
  const of = (results: readonly ConversionResult[], name: string) =>
    timesOurs(results, name)?.toFixed(1).concat(' ×') ?? '';
  const sets = conversions.filter(({ results }) => slowPeers.some(([name]) => timesOurs(results, name) !== undefined));
  const rows = slowPeers.map(([name, title]) => [title, ...sets.map(({ results }) => of(results, name))]);
  const measured = rows.filter(([, ...times]) => times.some((time) => time !== ''));
  if (measured.length === 0) return '';
  return markdownTable(['Slower programs', ...sets.map(({ set }) => `\`${set}\``)], measured);
}

function writeTable({ write = [] }: Results): string {
  if (write.length === 0) return '';
  const head = [
    ...['The whole `write`', 'MB', 'CPU', 'memory', 'DuckDB, the same rows', 'its memory'],
    ...['DuckDB, bare conversion', 'its memory', 'Rows'],
  ];
  const rows = write.map(({ set, what, bytes, write: ours, dedup, duckdb, agreement }) => [
    ...[`\`${set}\`: ${what}`, megabytes(bytes), `${ours.cpu.toFixed(2)} s`, memoryOf(ours)],
    ...[`${(dedup.cpu / ours.cpu).toFixed(2)} ×`, memoryOf(dedup)],
    ...[`${(duckdb.cpu / ours.cpu).toFixed(2)} ×`, memoryOf(duckdb)],
    agreement.differing === 0 ? `the same ${count(agreement.rows)}` : `${count(agreement.differing)} cells differ`,
  ]);
  return markdownTable(head, rows);
}

function writeNotes({ write = [] }: Results): string[] {
  if (write.length === 0) return [];
  return [
    '- The whole `write`: keys, dedup, digest, spool and upload of 500,000 records. DuckDB leaves out the same records',
    '  and writes one CSV file, on one thread; the bare conversion writes all records.',
  ];
}

function dedupLines({ dedup }: Results): string[] {
  if (!dedup) return [];
  const speed = (dedup.without.cpu / dedup.with.cpu).toFixed(2);
  const what = `${count(dedup.rows)} rows of ${count(dedup.keys)} keys`;
  return [`- ${what}: with dedup at ${speed} times the speed without, in ${memoryOf(dedup.with)}.`];
}

function startLines({ start }: Results): string[] {
  if (!start) return [];
  const { empty, firstByte } = start;
  const times = (which: 'cpu' | 'wall') => `${(firstByte[which] / empty[which]).toFixed(1)} times`;
  return [
    `- To its first read of the input the process takes ${firstByte.cpu.toFixed(0)} ms of CPU, ${times('cpu')} what \`node -e 0\` takes in all,`,
    `  and at best ${firstByte.wall.toFixed(0)} ms, ${times('wall')} as long.`,
  ];
}

function stateLines({ states }: Results): string[] {
  if (!states) return [];
  const { waits, milliseconds } = states;
  return [
    `- From a job's end to its state, of ${waits.length} jobs: until the next poll, ${median(waits).toFixed(2)} poll intervals (at most`,
    `  ${Math.max(...waits).toFixed(2)}), and from that poll ${median(milliseconds).toFixed(0)} ms (at most ${Math.max(...milliseconds).toFixed(0)} ms).`,
  ];
}

function callLines({ calls: result }: Results): string[] {
  if (!result) return [];
  const { bytes, liveBytes, submittedBytes, calls } = result;
  const perGigabyte = (number: number) => (number / (liveBytes / 1e9)).toFixed(1);
  const least = leastCalls(liveBytes);
  return [
    `- ${megabytes(bytes)} MB of records in which each key comes twice are ${megabytes(liveBytes)} MB of CSV once the earlier ones are left`,
    `  out: ${calls} calls, ${perGigabyte(calls)} for a live gigabyte (${megabytes(submittedBytes)} MB were sent). The least possible in files of 80 MB,`,
    `  Gainsight's limit, is ${least}, or ${perGigabyte(least)}; files are filled to 75 MB unless you set more.`,
  ];
}

function syncLines({ sync }: Results): string[] {
  if (!sync) return [];
  const beyond = ((sync.wall / (sync.jobs + sync.uploads) - 1) * 100).toFixed(0);
  return [
    `- A sync of ${sync.files} files, ${megabytes(sync.csvBytes)} MB of CSV, in real time: ${beyond} % longer than the sandbox took to receive and load`,
    `  them (${(sync.jobs + sync.uploads).toFixed(0)} s), in ${sync.calls} calls of at least ${sync.leastCalls}.`,
  ];
}

/** How many times as fast ours is; undefined if the peer was not measured. */
export function timesOurs(results: readonly ConversionResult[], name: string): number | undefined {
  const peer = results.find((result) => result.name === name);
  return peer && peer.cpu / find(results, 'ours').cpu;
}

function find(results: readonly ConversionResult[], name: string): ConversionResult {
  return results.find((result) => result.name === name) as ConversionResult;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function memoryOf({ memory }: Usage): string {
  return `${megabytes(memory)} MB`;
}

function count(number: number): string {
  return number.toLocaleString('en');
}
