/** The programs that convert a data set's records to a CSV file, and how each is started. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchColumn } from './data/data_set.ts';
import { canMeasureOthers, type Program } from './measure.ts';
import { cdkPython, isInstalled, type OptionalPeer, peersFolder } from './optional_peers.ts';
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
    program: (_, taskFile) => duckdbProgram(taskFile, String(threads)),
  };
}

/** DuckDB on one thread, which leaves out what a later record of the same key replaces. */
export const duckdbDedup: Contestant = {
  ...duckdb(1),
  name: 'duckdb-dedup',
  what: 'DuckDB on one thread, from the file itself, the last record of each key',
  program: (_, taskFile) => duckdbProgram(taskFile, '1', 'dedup'),
};

function duckdbProgram(...args: string[]): Program {
  return { command: ['node', `${peersFolder}/duckdb.js`, ...args] };
}

const plain: Contestant = {
  name: 'plain',
  what: 'readline, JSON.parse, csv-stringify',
  pace: 'every third round',
  program: ({ input }, taskFile) => ({
    command: ['node', `${peersFolder}/stringify.js`, taskFile],
    pipe: [input],
  }),
};

const faros: Contestant = {
  name: 'faros',
  what: 'the destination runner of faros-airbyte-cdk, csv-stringify',
  pace: 'every third round',
  program: ({ input }, taskFile) => ({
    // Of its catalog it only checks that it is JSON.
    command: ['node', `${peersFolder}/faros/faros.js`, 'write', '--config', taskFile, '--catalog', taskFile],
    pipe: [input],
  }),
};

const cdk: Contestant = {
  name: 'cdk',
  what: 'a destination on Airbyte’s Python CDK, csv module',
  pace: 'every third round',
  program: ({ input }, taskFile) => {
    const folder = `${peersFolder}/cdk`;
    const files = ['--config', taskFile, '--catalog', `${folder}/catalog.json`];
    return { command: [cdkPython, `${folder}/destination.py`, 'write', ...files], pipe: [input] };
  },
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
 * @param optional those that take part only when asked for
 * @param names which ones; default: all
 */
export function contestants(optional: readonly OptionalPeer[], names?: readonly string[]): Contestant[] {
  const others = [
    ...(optional.includes('faros') && isInstalled('faros') ? [faros] : []),
    ...(optional.includes('cdk') && isInstalled('cdk') && canMeasureOthers() ? [cdk] : []),
    ...[miller, jq].filter(({ name }) => canMeasureOthers() && isCommand(name)),
  ];
  const peers = [checked, copy, duckdb(1), duckdb(2), plain, ...others];
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
