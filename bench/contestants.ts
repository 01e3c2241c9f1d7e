/** Who turns the records of a data set into a CSV file, and how each of them is started. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BenchColumn } from './data/data_set.ts';
import { canMeasureOthers, type Program } from './measure.ts';
import type { Pace } from './statistics.ts';
import type { Task } from './task.ts';

export interface Contestant {
  readonly name: string;
  readonly what: string;
  /** How often it runs; what takes longest runs once, and on the main data sets alone. */
  readonly pace: Pace;
  /** What it writes for null; left out: nothing. */
  readonly nullText?: string;
  /** Its file holds no CSV, and is not compared. */
  readonly convertsNothing?: true;
  /** @param taskFile where the task lies */
  program(task: Task, taskFile: string): Program;
}

/** This folder among the sources, as seen from the compiled files. */
export const benchFolder = fileURLToPath(new URL('../../bench', import.meta.url));
const compiled = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

export const ours: Contestant = {
  name: 'ours',
  what: 'this connector: framing, scanning, validating, encoding, file',
  pace: 'each round',
  program: ({ input }, taskFile) => ({ command: ['node', compiled('./ours.js'), taskFile], pipe: [input] }),
};

const copy: Contestant = {
  name: 'copy',
  what: 'Node, which copies the records to the file as they are',
  pace: 'each round',
  convertsNothing: true,
  program: ({ input }, taskFile) => ({ command: ['node', compiled('./copy.js'), taskFile], pipe: [input] }),
};

/** DuckDB on so many threads. */
export function duckdb(threads: number): Contestant {
  return {
    name: threads === 1 ? 'duckdb' : `duckdb-${threads}`,
    what: `DuckDB on ${threads === 1 ? 'one thread' : `${threads} threads`}, from the file itself`,
    pace: 'each round',
    program: (_, taskFile) => ({ command: ['node', `${benchFolder}/peers/duckdb.js`, taskFile, String(threads)] }),
  };
}

const plain: Contestant = {
  name: 'plain',
  what: 'readline, JSON.parse, csv-stringify',
  pace: 'every other round',
  program: ({ input }, taskFile) => ({
    command: ['node', `${benchFolder}/peers/stringify.js`, taskFile],
    pipe: [input],
  }),
};

const faros: Contestant = {
  name: 'faros',
  what: 'the destination runner of faros-airbyte-cdk, csv-stringify',
  pace: 'every other round',
  program: ({ input }, taskFile) => ({
    // It reads no more of its catalog than that it is JSON.
    command: ['node', `${benchFolder}/peers/faros/faros.js`, 'write', '--config', taskFile, '--catalog', taskFile],
    pipe: [input],
  }),
};

const miller: Contestant = {
  name: 'mlr',
  what: 'Miller',
  pace: 'once',
  nullText: 'null',
  program: ({ columns, input, output }) => ({
    command: [
      'mlr',
      '--ijsonl',
      '--ocsv',
      'put',
      '-q',
      millerScript(columns),
      'then',
      'template',
      '-f',
      csvNames(columns),
    ],
    pipe: [input],
    output,
  }),
};

const jq: Contestant = {
  name: 'jq',
  what: 'jq',
  pace: 'once',
  program: ({ columns, input, output }) => ({ command: ['jq', '-n', '-r', jqScript(columns)], pipe: [input], output }),
};

/**
 * Those that can run on this machine; ours is the first.
 * @param names of those that are wanted; left out: all
 */
export function contestants(withFaros: boolean, names?: readonly string[]): Contestant[] {
  const others = [miller, jq].filter(({ name }) => canMeasureOthers() && isCommand(name));
  const isInstalled = existsSync(`${benchFolder}/peers/faros/node_modules`);
  const peers = [copy, duckdb(1), duckdb(2), plain, ...(withFaros && isInstalled ? [faros] : []), ...others];
  return [ours, ...peers.filter(({ name }) => names?.includes(name) ?? true)];
}

function isCommand(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

function csvNames(columns: readonly BenchColumn[]): string {
  return columns.map(({ name }) => name).join(',');
}

function millerScript(columns: readonly BenchColumn[]): string {
  const lists = columns.filter(({ kind }) => kind === 'list').map(({ name }) => JSON.stringify(name));
  const joined = lists.map((name) => `d[${name}] = joinv(d[${name}], ";");`);
  return `if ($type == "RECORD") { map d = $record["data"]; ${joined.join(' ')} emit d }`;
}

function jqScript(columns: readonly BenchColumn[]): string {
  const header = JSON.stringify(columns.map(({ name }) => name));
  const cells = columns.map(({ name, kind }) => `.[${JSON.stringify(name)}]${kind === 'list' ? ' | join(";")' : ''}`);
  return `${header}, (inputs | select(.type == "RECORD").record.data | [${cells.map((cell) => `(${cell})`).join(', ')}]) | @csv`;
}
