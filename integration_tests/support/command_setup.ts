/** Runs command lines of people's commands in this process, against a sandbox on a real socket. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Test } from 'tap';
import { runCommand } from '../../src/commands/parser.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { type LoadSetup, plainKey, setUpLoad } from './load_setup.ts';

/** What a command line came to. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command line runs. */
export interface Circumstances {
  readonly env?: Readonly<Record<string, string>>;
  /** Of standard output; absent: a pipe. */
  readonly terminal?: { readonly isTTY: true; readonly columns: number };
  /** Absent: a terminal. */
  readonly stdin?: string;
}

/** A tenant, and command lines that reach it. */
export interface CommandSetup extends LoadSetup {
  /** For files of the test; `config.json` is the configuration. */
  readonly folder: string;
  /** Runs a command line; `CONFIG` stands for the path of the configuration, `FOLDER` for the folder. */
  run(line: string, circumstances?: Circumstances): Promise<Ran>;
  /** {@link Ran.stdout} as JSON. */
  json<T>(line: string): Promise<T>;
  /** Rewrites the configuration. */
  configure(changes: object): void;
}

/** @param changes to a configuration with address and key alone */
export async function setUpCommand(
  t: Test,
  sandbox: Partial<SandboxOptions> = {},
  changes: object = {},
): Promise<CommandSetup> {
  const setup = await setUpLoad(t, sandbox);
  const folder = mkdtempSync(join(tmpdir(), 'command-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const configure = (more: object) => {
    const config = { domain: 'acme', access_key: plainKey, api_base_url: setup.sandbox.url, ...more };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  };
  configure(changes);
  const run = async (line: string, { env = {}, terminal, stdin }: Circumstances = {}): Promise<Ran> => {
    const [stdout, stderr] = [[] as string[], [] as string[]];
    const output = (texts: string[], more: object = {}) => ({ ...more, write: (text: string) => texts.push(text) });
    const words = line
      .split(' ')
      .map((word) => word.replace('CONFIG', join(folder, 'config.json')).replace('FOLDER', folder));
    const exits: (() => void)[] = [];
    const context = { stdin: () => (stdin === undefined ? undefined : Readable.from([Buffer.from(stdin)])), env };
    const onExit = (work: () => void) => void exits.push(work);
    const code = await runCommand(words, {
      ...context,
      onExit,
      stdout: output(stdout, terminal),
      stderr: output(stderr),
    });
    return { code, stdout: stdout.join(''), stderr: stderr.join('') };
  };
  const json = async <T>(line: string) => JSON.parse((await run(line)).stdout) as T;
  return { ...setup, folder, run, json, configure };
}
