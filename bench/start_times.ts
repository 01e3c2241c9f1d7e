/** Measures the start of `write`: from the start of its process until it reads the first bytes of its input. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { catalogOf, completeLine, settingsOf } from './airbyte.ts';
import { recordLine } from './data/data_set.ts';
import { setNamed } from './data/sets.ts';
import { processorTime } from './other_work.ts';
import { immediate, withSandbox } from './sandbox_process.ts';
import { figure, table } from './table.ts';
import { connector } from './whole_write.ts';

/** Milliseconds. */
export interface StartTime {
  /** CPU time of all threads: the mean. */
  readonly cpu: number;
  /** Of the fastest run, as other work can only add to it. */
  readonly wall: number;
}

export interface StartTimes {
  readonly runs: number;
  /** `node -e 0`, until it has ended. */
  readonly empty: StartTime;
  /** `write`, until its first read. */
  readonly firstByte: StartTime;
}

/** Records of one write: few bytes, so that the connector's first read makes room for them. */
const recordsAtOnce = 50;

interface Input {
  readonly records: string;
  readonly end: string;
}

/**
 * Starts both in turns.
 * @returns undefined where the system does not say what a running process has used
 */
export async function startTimes(runs: number, folder: string): Promise<StartTimes | undefined> {
  if (!processorTime()) return undefined;
  const set = setNamed('narrow').make();
  const [config, catalog] = [`${folder}/config.json`, `${folder}/catalog.json`];
  const records = recordLine(set.name, '{"id":1,"code":"0"}').repeat(recordsAtOnce);
  const input = { records, end: completeLine(set.name) };
  writeFileSync(catalog, JSON.stringify(catalogOf([set], 'UPSERT')));
  return withSandbox(immediate, async (url) => {
    writeFileSync(config, JSON.stringify(settingsOf([set], 'UPSERT', url)));
    const [empty, firstByte]: [StartTime[], StartTime[]] = [[], []];
    for (let run = 0; run < runs; run++) {
      empty.push(await untilEnd(['-e', '0'], folder));
      firstByte.push(await untilRead([connector, 'write', '--config', config, '--catalog', catalog], input, folder));
    }
    return { runs, empty: typicalStart(empty), firstByte: typicalStart(firstByte) };
  });
}

function typicalStart(times: readonly StartTime[]): StartTime {
  return {
    cpu: times.reduce((sum, { cpu }) => sum + cpu, 0) / times.length,
    wall: Math.min(...times.map(({ wall }) => wall)),
  };
}

async function untilEnd(args: readonly string[], folder: string): Promise<StartTime> {
  // What the system says of ended processes is exact to ten milliseconds, and on average exact.
  const before = processorTime()?.children ?? 0;
  const startedAt = performance.now();
  const child = start(args, folder);
  child.stdin.end();
  await succeeded(child);
  return { wall: performance.now() - startedAt, cpu: ((processorTime()?.children ?? 0) - before) * 1000 };
}

async function untilRead(args: readonly string[], { records, end }: Input, folder: string): Promise<StartTime> {
  const startedAt = performance.now();
  const child = start(args, folder);
  const ended = succeeded(child);
  let time: StartTime | undefined;
  const noteTime = () => {
    time = { wall: performance.now() - startedAt, cpu: cpuOf(child) };
  };
  // The system holds some of what nobody reads yet; what it does not take at once waits for the first read.
  while (child.stdin.writableLength === 0) child.stdin.write(records, noteTime);
  child.stdin.end(end);
  await ended;
  if (!time) throw new Error('nothing was read');
  return time;
}

/** Milliseconds of all its threads so far. */
function cpuOf({ pid }: Child): number {
  const threads = `/proc/${pid}/task`;
  const nanoseconds = readdirSync(threads).map((thread) =>
    Number.parseInt(readFileSync(`${threads}/${thread}/schedstat`, 'utf8'), 10),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
}

type Child = ChildProcessByStdio<Writable, null, null>;

function start(args: readonly string[], folder: string): Child {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, TMPDIR: folder, WORKER_JOB_ID: '1', WORKER_JOB_ATTEMPT: '0' };
  return spawn(process.execPath, args, { env, stdio: ['pipe', 'ignore', 'ignore'] });
}

async function succeeded(child: Child): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} ended with ${code}`);
}

export function printStartTimes({ runs, empty, firstByte }: StartTimes): string {
  const row = (what: string, { cpu, wall }: StartTime) => [
    ...[what, cpu.toFixed(0), `${figure(cpu / empty.cpu)}×`, wall.toFixed(0), `${figure(wall / empty.wall)}×`],
  ];
  const rows = [row('node -e 0, to its end', empty), row('write, to its first read', firstByte)];
  return `${table([`The start, ${runs} times`, 'CPU ms', '', 'wall ms, fastest', ''], rows)}\n`;
}
