/** The programs that convert a data set's records to a CSV file, and how each is started. */
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
  /** How often it runs; the slowest run once, and on the main data sets only. */
  readonly pace: Pace;
  /** Its text for null; default: nothing. */
  readonly nullText?: string;
  /** Its output is not CSV, and is not compared. */
  readonly convertsNothing?: true;
  /** It checks every value by a description of its column. */
  readonly checksValues?: true;
  /** @param taskFile path of the task */
  program(task: Task, taskFile: string): Program;
}

/** The source folder, relative to the compiled files. */
export const benchFolder = fileURLToPath(new URL('../../bench', import.meta.url));
const compiled = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

export const ours: Contestant = {
  name: 'ours',
  what: 'this connector: framing, scanning, validating, encoding, file',
  pace: 'each round',
  program: ({ input }, taskFile) => ({ command: ['node', compiled('./ours.js'), taskFile], pipe: [input] }),
};

const checked: Contestant = {
  ...ours,
  name: 'checked',
  what: 'this connector, which compares every value with metadata',
  checksValues: true,
};

const copy: Contestant = {
  name: 'copy',
  what: 'Node, which copies the records to the file as they are',
  pace: 'each round',
  convertsNothing: true,
  program: ({ input }, taskFile) => ({ command: ['node', compiled('./copy.js'), taskFile], pipe: [input] }),
};

/** DuckDB with this number of threads. */
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
    // Of its catalog it only checks that it is JSON.
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
 * The contestants that can run on this machine, ours first.
 * @param names which ones; default: all
 */
export function contestants(withFaros: boolean, names?: readonly string[]): Contestant[] {
  const others = [miller, jq].filter(({ name }) => canMeasureOthers() && isCommand(name));
  const isInstalled = existsSync(`${benchFolder}/peers/faros/node_modules`);
  const peers = [checked, copy, duckdb(1), duckdb(2), plain, ...(withFaros && isInstalled ? [faros] : []), ...others];
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
