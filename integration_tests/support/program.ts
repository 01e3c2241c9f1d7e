/**
 * The built program with everything it needs: a tenant in real time, configuration, catalog, a folder for temporary
 * files.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.ts';
import type { Identity } from '../../src/load/route.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { type RunningConnector, type RunOptions, type RunResult, startConnector } from './connector.ts';
import { readOutput, type SyncOutput } from './sync.ts';
import { settingsFor, startTenant, type Tenant } from './tenant.ts';

/** The program's environment. */
export interface ProgramOptions {
  readonly sandbox?: Partial<SandboxOptions> | undefined;
  /** Contains the configuration, the catalog, and the folder for temporary files. */
  readonly folder: string;
  /** As in a file for `--config`; address and access key are added. A text is written unchanged. */
  readonly config: object | string;
  /** As in a file for `--catalog`. A text is written unchanged. */
  readonly catalog: unknown;
  /** Milliseconds after which a command is killed: 45 seconds. */
  readonly maxRunMs?: number;
}

/** A command that has ended. */
export interface ProgramResult extends RunResult, SyncOutput {
  readonly lines: RunResult['lines'];
  readonly messages: RunResult['messages'];
}

/** A command that runs. */
export interface RunningProgram extends RunningConnector {
  readonly ended: Promise<ProgramResult>;
}

/** An environment in which to run the program. */
export interface Program extends Omit<Tenant, 'clock'> {
  readonly folder: string;
  /** Flags of `write`. */
  readonly flags: readonly string[];
  /** Rewrites the configuration and the catalog. */
  configure(config: object | string, catalog: unknown): void;
  /** Starts a command; default flags: those of `write`. */
  start(command: string, options?: RunOptions, flags?: readonly string[]): RunningProgram;
  /** Runs a command to its end with this input. */
  run(
    command: string,
    input?: string | Buffer,
    options?: RunOptions,
    flags?: readonly string[],
  ): Promise<ProgramResult>;
  /** Names of what is in the folder for temporary files at this moment. */
  left(): string[];
  /** The text of every file in it. */
  spool(): string[];
}

/** Starts a tenant whose jobs take as little time as possible, and writes the files. The caller closes the sandbox. */
export async function openProgram({ folder, maxRunMs = 45_000, ...options }: ProgramOptions): Promise<Program> {
  const { sandbox, exchanges, metadataExchanges } = await startTenant(systemClock, {
    pendingSeconds: 0,
    ...options.sandbox,
  });
  const temporary = join(folder, 'temporary');
  mkdirSync(temporary);
  const [configPath, catalogPath] = [join(folder, 'config.json'), join(folder, 'catalog.json')];
  const flags = ['--config', configPath, '--catalog', catalogPath];
  const configure: Program['configure'] = (config, catalog) => {
    writeFile(configPath, typeof config === 'string' ? config : settingsFor(config, sandbox.url));
    writeFile(catalogPath, catalog);
  };
  configure(options.config, options.catalog);
  const start: Program['start'] = (command, given = {}, ownFlags = flags) => {
    const running = startConnector([command, ...ownFlags], {
      signal: AbortSignal.timeout(maxRunMs),
      ...given,
      env: { TMPDIR: temporary, ...given.env },
    });
    const ended = running.ended.then((result) => ({ ...result, ...readOutput(result.lines) }));
    // A test that killed it may never await the end.
    ended.catch(() => undefined);
    return { ...running, ended };
  };
  return {
    ...{ sandbox, exchanges, metadataExchanges, folder, flags, configure, start },
    async run(command, input, given, ownFlags) {
      const running = start(command, given, ownFlags);
      await running.write(input ?? '');
      running.end();
      return running.ended;
    },
    left: () => readdirSync(temporary),
    spool: () => filesIn(temporary).map((path) => readFileSync(path, 'latin1')),
  };
}

/** The environment that Airbyte's platform sets for an attempt. */
export function environmentOf({ run, attempt }: Identity): Readonly<Record<string, string>> {
  return { WORKER_JOB_ID: run, WORKER_JOB_ATTEMPT: `${attempt}` };
}

function writeFile(path: string, content: unknown): void {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}
