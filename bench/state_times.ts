/**
 * Measures the time from a job's end to the state of its rows on stdout, in a sync of many small streams in real time:
 * the wait for the next poll, which is a part of the poll interval, and what the connector takes after it.
 */
import { writeFileSync } from 'node:fs';
import { type DataSet, recordLine } from './data/data_set.ts';
import { setNamed } from './data/sets.ts';
import type { SandboxJob } from './sandbox_process.ts';
import { median } from './statistics.ts';
import { figure, table } from './table.ts';
import { wholeWrite } from './whole_write.ts';

/** Of each job. */
export interface StateTimes {
  /** From its end to the poll that shows it, in poll intervals of its age. */
  readonly waits: readonly number[];
  /** From that poll's arrival to the state, in milliseconds. */
  readonly milliseconds: readonly number[];
}

/** Jobs take from two to four seconds. */
const rowsPerSecond = 1000;
const rowsOf = (stream: number, streams: number) => Math.round(rowsPerSecond * (2 + (2 * stream) / streams));

export async function stateTimes(count: number, folder: string): Promise<StateTimes> {
  const narrow = setNamed('narrow').make();
  const sets = Array.from({ length: count }, (_, at): DataSet => ({ ...narrow, name: `table_${at}` }));
  const input = `${folder}/records.jsonl`;
  writeFileSync(input, sets.map(({ name }, at) => linesOf(name, rowsOf(at, count))).join(''));
  const stateAt = new Map<string, number>();
  let text = '';
  const { jobs } = await wholeWrite(
    {
      ...{ sets, operation: 'UPSERT', input: [input] },
      sandbox: { rowsPerSecond, pendingSeconds: 0.001 },
      onOutput(piece) {
        const lines = (text + piece).split('\n');
        text = lines.pop() ?? '';
        for (const line of lines) {
          const stream = streamOfState(line);
          if (stream !== undefined && !stateAt.has(stream)) stateAt.set(stream, Date.now());
        }
      },
    },
    folder,
  );
  return timesOf(jobs, stateAt);
}

/** @param stateAt when the state of each stream was there; objects have the names of their streams */
export function timesOf(jobs: readonly SandboxJob[], stateAt: ReadonlyMap<string, number>): StateTimes {
  return {
    waits: jobs.map(
      ({ acceptedAt, endedAfter, seenAt }) => (seenAt - acceptedAt - endedAfter) / pollInterval(endedAfter),
    ),
    milliseconds: jobs.map(({ object, seenAt }) => (stateAt.get(object.replace('__gc', '')) ?? Number.NaN) - seenAt),
  };
}

/** The connector polls at a tenth of a job's age, but at most once a second and at least once a minute. */
function pollInterval(age: number): number {
  return Math.min(60_000, Math.max(1000, age / 10));
}

function linesOf(stream: string, rows: number): string {
  const records = Array.from({ length: rows }, (_, id) => recordLine(stream, `{"id":${id},"code":"0"}`));
  return records.join('');
}

function streamOfState(line: string): string | undefined {
  if (!line.startsWith('{"type":"STATE"')) return undefined;
  return JSON.parse(line).state.stream.stream_descriptor.name as string;
}

export function printStateTimes({ waits, milliseconds }: StateTimes): string {
  const row = (what: string, values: readonly number[]) => [what, figure(median(values)), figure(Math.max(...values))];
  const rows = [
    row('wait for the poll, in poll intervals', waits),
    row('from that poll to the state, ms', milliseconds),
  ];
  return `${table([`From a job’s end to its state, ${waits.length} jobs`, 'median', 'most'], rows)}\n`;
}
