/** Measures how cost grows: CPU time per byte of input with more rows, more columns, more streams, longer lines. */
import { rmSync, writeFileSync } from 'node:fs';
import { ours } from './contestants.ts';
import type { Extent } from './conversions.ts';
import { writeDataFile, writeLines } from './data/data_file.ts';
import { columnsOf, type DataSet, recordLine } from './data/data_set.ts';
import { setNamed } from './data/sets.ts';
import { hexText, plainWords } from './data/words.ts';
import { measure } from './measure.ts';
import { median } from './statistics.ts';
import type { BenchStream, Task } from './task.ts';

/** One dimension of growth. */
export interface Growth {
  readonly what: 'rows' | 'columns' | 'streams, a record of each in turn' | 'bytes in a line';
  readonly points: readonly GrowthPoint[];
}

export interface GrowthPoint {
  /** Number of rows, columns, streams, or bytes in a line. */
  readonly size: number;
  /** Nanoseconds of CPU per byte of input, without the start of the process. */
  readonly nanoseconds: number;
}

/** The input of one size. */
interface Load {
  readonly size: number;
  readonly streams: readonly BenchStream[];
  /** Piped one after the other. */
  readonly pipe: readonly string[];
  readonly bytes: number;
}

type Make = (folder: string, bytes: number) => Load[];

const kinds: readonly (readonly [Growth['what'], Make])[] = [
  ['rows', rowLoads],
  ['columns', (folder, bytes) => [5, 50, 500, 2000].map((size) => loadOf(size, columnSet(size), folder, bytes))],
  [
    'streams, a record of each in turn',
    (folder, bytes) => [1, 10, 100, 1000].map((size) => streamLoad(size, folder, bytes)),
  ],
  [
    'bytes in a line',
    (folder, bytes) =>
      [100, 1000, 10_000, 100_000, 1_000_000, 10_000_000].map((size) => loadOf(size, lineSet(size), folder, bytes)),
  ],
];

/** Measures all four dimensions; the sizes of each take turns. */
export async function growth({ folder, bytes, rounds }: Extent): Promise<Growth[]> {
  const results: Growth[] = [];
  for (const [what, make] of kinds) {
    const loads = make(folder, bytes);
    const times = loads.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      const start = await cpuOf({ ...(loads[0] as Load), pipe: ['/dev/null'] }, folder);
      for (const [at, load] of loads.entries()) times[at]?.push(((await cpuOf(load, folder)) - start) / load.bytes);
    }
    for (const path of new Set(loads.flatMap(({ pipe }) => pipe))) rmSync(path);
    results.push({ what, points: loads.map(({ size }, at) => ({ size, nanoseconds: median(times[at] ?? []) * 1e9 })) });
  }
  return results;
}

async function cpuOf({ streams, pipe }: Load, folder: string): Promise<number> {
  const taskFile = `${folder}/growth.json`;
  const task: Task = { columns: [], streams, input: '', output: `${folder}/growth.csv` };
  writeFileSync(taskFile, JSON.stringify(task));
  return (await measure({ ...ours.program(task, taskFile), pipe }, folder)).cpu;
}

/** Fifty times as many are 5 GB. */
const mostRowBytes = 100e6;

/** The same records once, ten and fifty times. */
function rowLoads(folder: string, bytes: number): Load[] {
  const set = setNamed('accounts').make();
  const file = writeDataFile(set, `${folder}/rows.jsonl`, { bytes: Math.min(bytes, mostRowBytes) });
  return [1, 10, 50].map((times) => ({
    ...{ size: file.rows * times, streams: [set], bytes: file.bytes * times },
    pipe: Array.from({ length: times }, () => file.path),
  }));
}

function loadOf(size: number, set: DataSet, folder: string, bytes: number): Load {
  const { path, bytes: length } = writeDataFile(set, `${folder}/${set.name}.jsonl`, { bytes });
  return { size, streams: [set], pipe: [path], bytes: length };
}

function columnSet(count: number): DataSet {
  const columns = columnsOf(
    'text',
    Array.from({ length: count }, (_, at) => `c${at}`),
  );
  return {
    ...{ name: `columns_${count}`, what: `${count} columns`, columns, keys: [] },
    record: (random) => JSON.stringify(Object.fromEntries(columns.map(({ name }) => [name, plainWords(random, 2)]))),
  };
}

/** Lines of about this many bytes, most of them in one text. */
function lineSet(length: number): DataSet {
  const columns = columnsOf('text', ['id', 'body']);
  return {
    ...{ name: `line_${length}`, what: `lines of ${length} bytes`, columns, keys: [] },
    record: (random) => {
      const words = Math.max(0, Math.round((length - 140) / 5.7));
      return JSON.stringify({ id: hexText(random, 8), body: plainWords(random, words) });
    },
  };
}

/** Records of this many streams, which take turns. */
function streamLoad(count: number, folder: string, bytes: number): Load {
  const set = setNamed('accounts').make();
  const streams = Array.from({ length: count }, (_, at) => ({ ...set, name: `stream_${String(at).padStart(4, '0')}` }));
  const { path, ...file } = writeLines(`${folder}/streams_${count}.jsonl`, { bytes }, (random, at) =>
    recordLine(streams[at % count]?.name as string, set.record(random, at)),
  );
  return { size: count, streams, pipe: [path], bytes: file.bytes };
}
