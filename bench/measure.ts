/** Runs one program as a separate process, fed through a pipe as by Airbyte, and measures its resources. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { freemem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Usage } from './usage.ts';

/** A program and its input. */
export interface Program {
  /** A command and its arguments; `node` stands for this Node. */
  readonly command: readonly string[];
  /** Files that are piped to its standard input, one after the other. */
  readonly pipe?: readonly string[];
  /** A file for its standard output. Default: dropped, unless `onOutput` receives it. */
  readonly output?: string;
  readonly env?: Readonly<Record<string, string>>;
  onOutput?(text: string): void;
}

const gnuTime = '/usr/bin/time';
const preload = fileURLToPath(new URL('./usage.js', import.meta.url));

/** More than any measured program uses for itself and, with its files, of the system's cache. */
const touchedBytes = 1.5e9;

/** Whether programs other than Node's can be measured. */
export function canMeasureOthers(): boolean {
  return existsSync(gnuTime);
}

/**
 * Runs the program to its end.
 * @param folder for a file with the measurement
 * @throws Error if it fails
 */
export async function measure(program: Program, folder: string): Promise<Usage> {
  const path = `${folder}/usage`;
  rmSync(path, { force: true });
  const [name, ...args] = program.command;
  const isNode = name === 'node';
  touchMemory();
  const command = isNode
    ? [process.execPath, '--import', preload, ...args]
    : [gnuTime, '-f', '%U %S %e %M', '-o', path, ...program.command];
  await run(command, { ...program, env: { ...program.env, ...(isNode && { BENCH_USAGE: path }) } });
  const text = readFileSync(path, 'utf8');
  return isNode ? (JSON.parse(text) as Usage) : ofGnuTime(text);
}

/**
 * Makes a process use memory and end. A virtual machine may give memory that nobody uses back to its host after two
 * seconds (Linux: free page reporting), and the program that uses it next pays for getting it: the same 440 MB were
 * written to a file in 0.1 s of CPU time, and in 3 s after a pause.
 */
function touchMemory(): void {
  const bytes = Math.min(touchedBytes, Math.floor(freemem() / 2));
  execFileSync(process.execPath, ['-e', `Buffer.alloc(${bytes}, 1)`]);
}

/** Parses the output of GNU time: seconds in user and system mode, elapsed seconds, highest memory in kilobytes. */
export function ofGnuTime(text: string): Usage {
  const [user = 0, system = 0, wall = 0, kilobytes = 0] = (text.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { cpu: user + system, wall, memory: kilobytes * 1024 };
}

async function run(command: readonly string[], { pipe, output, env, onOutput }: Program): Promise<void> {
  const file = output === undefined ? undefined : openSync(output, 'w');
  try {
    // A shell creates a real pipe, where Node would create a socket; and no process inherits this one's memory.
    const feed = pipe ? `cat ${pipe.map(quoted).join(' ')} |` : '';
    const child = spawn('sh', ['-c', `${feed} exec "$@"`, 'sh', ...command], {
      env: { ...bareEnvironment(), ...env },
      stdio: [pipe ? 'ignore' : 'inherit', file ?? (onOutput ? 'pipe' : 'ignore'), 'pipe'],
    });
    let errors = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    if (onOutput) child.stdout?.setEncoding('utf8').on('data', onOutput);
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${errors.slice(-2000)}`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}

function bareEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME };
}
