/** Renders the measured speed for docs/performance.md, from the results of `npm run bench`. Pure. */
import type { Conversion, ConversionResult } from '../bench/conversions.ts';
import type { Results } from '../bench/results.ts';
import { markdownTable } from './render.ts';

/** Programs for comparison: the columns that say how many times faster ours is. */
const peers: readonly (readonly [name: string, title: string])[] = [
  ['copy', 'Copying alone'],
  ['duckdb', 'DuckDB, 1 thread'],
  ['duckdb-2', 'DuckDB, 2 threads'],
  ['plain', 'JSON.parse, csv-stringify'],
  ['faros', 'faros-airbyte-cdk'],
];

/** The tables and their sentences. */
export function speedSection({ machine, conversions = [], ...results }: Results): string {
  const head = ['Records', 'MB', 'Ours, MB/s', ...peers.map(([, title]) => title), 'Peak memory', 'Runs'];
  const parts = [
    `Measured on ${machine}, a virtual machine shared with other work.`,
    markdownTable(head, conversions.map(conversionRow)),
    [...wholeWriteLines(results), ...dedupLines(results), ...syncLines(results)].join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function conversionRow({ set, what, bytes, results }: Conversion): string[] {
  const find = (name: string) => results.find((result) => result.name === name);
  const ours = find('ours') as ConversionResult;
  const times = peers.map(([name]) => {
    const peer = find(name);
    return peer ? `${(peer.cpu / ours.cpu).toFixed(2)} ×` : '';
  });
  const megabytes = (bytes / 1e6).toFixed(0);
  const speed = (bytes / 1e6 / ours.cpu).toFixed(0);
  return [`\`${set}\`: ${what}`, megabytes, speed, ...times, `${(ours.memory / 1e6).toFixed(0)} MB`, String(ours.runs)];
}

function wholeWriteLines({ write = [] }: Partial<Results>): string[] {
  if (write.length === 0) return [];
  const speeds = write.map(({ set, write: ours, duckdb }) => `${(duckdb.cpu / ours.cpu).toFixed(2)} (\`${set}\`)`);
  const memory = Math.max(...write.map(({ write: { memory: bytes } }) => bytes)) / 1e6;
  return [
    `- The whole \`write\`, with keys, dedup, digest, spool and upload, runs at ${speeds.join(', ')} times the speed of`,
    `  DuckDB's bare conversion on one thread, in ${memory.toFixed(0)} MB of memory.`,
  ];
}

function dedupLines({ dedup }: Partial<Results>): string[] {
  if (!dedup) return [];
  const [rows, keys] = [dedup.rows, dedup.keys].map((count) => count.toLocaleString('en'));
  const speed = (dedup.without.cpu / dedup.with.cpu).toFixed(2);
  const memory = (dedup.with.memory / 1e6).toFixed(0);
  return [`- ${rows} rows of ${keys} keys: with dedup at ${speed} times the speed without, in ${memory} MB.`];
}

function syncLines({ sync }: Partial<Results>): string[] {
  if (!sync) return [];
  const beyond = ((sync.wall / (sync.jobs + sync.uploads) - 1) * 100).toFixed(0);
  const delay = Math.max(...sync.delays).toFixed(2);
  return [
    `- A sync of ${sync.files} files, ${(sync.csvBytes / 1e6).toFixed(0)} MB of CSV, in real time: ${beyond} % longer than the sandbox took to receive and load`,
    `  them (${(sync.jobs + sync.uploads).toFixed(0)} s), in ${sync.calls} calls of at least ${sync.leastCalls}; each state was out within ${delay} poll intervals of its job's end.`,
  ];
}
