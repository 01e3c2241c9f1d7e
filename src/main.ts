#!/usr/bin/env node
/** The entry point: loads the program, and reports to Airbyte if even that fails. */
// Must come first: it has to run before any package is loaded.
import './debug_output.ts';
import { setMaxListeners } from 'node:events';
import { isatty } from 'node:tty';
import { systemClock } from './clock.ts';
import { ConnectorError, Stopped } from './errors.ts';

/** The exit code of a command that Ctrl-C has ended. */
const exitInterrupted = 130;
let isOver = false;

/** Exactly one TRACE. The program takes over once it is loaded. */
function fail(thrown: unknown): void {
  if (isOver) return;
  isOver = true;
  const { code: reason, message: detail } = thrown as NodeJS.ErrnoException;
  // If Node cannot read a package's configuration, only the message says why.
  const isLimit = reason === 'EMFILE' || reason === 'ENFILE' || /too many open files/.test(detail);
  const code = isLimit ? 'open_files_limit' : 'bug';
  const { message, failureType: failure_type } = new ConnectorError(code, { detail });
  const error = { message, internal_message: `${code}: ${detail}`, failure_type };
  const trace = { type: 'ERROR', emitted_at: systemClock.now(), error };
  process.stdout.write(`${JSON.stringify({ type: 'TRACE', trace })}\n`, () => process.exit(1));
}

async function main(): Promise<void> {
  // Loaded dynamically: static imports are loaded before any line of this file runs.
  const { callerOf } = await import('./command_line.ts');
  const args = process.argv.slice(2);
  const { isPerson, hint } = callerOf(args, { stdin: isatty(0), stdout: isatty(1) });
  if (isPerson) return runForPerson(args).catch(failForPerson);
  if (hint !== '') process.stderr.write(hint);
  await import('./program.ts');
}

/** Loads the library for people's commands, which would only slow down the start of Airbyte's. */
async function runForPerson(args: readonly string[]): Promise<void> {
  process.removeAllListeners('uncaughtException').on('uncaughtException', failForPerson);
  const [{ runCommand }, { standardInput }] = await Promise.all([
    import('./commands/parser.ts'),
    import('./airbyte/stdin.ts'),
  ]);
  const { stdout, stderr, env } = process;
  const stdin = () => (isatty(0) ? undefined : standardInput(() => process.stdin, new AbortController().signal));
  const onExit = (work: () => void) => {
    process.once('exit', work);
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const)
      process.once(signal, () => process.exit(code));
  };
  process.exitCode = await runCommand(args, { stdin, stdout, stderr, env, onExit, stop: stopOfPerson });
}

/** Aborted by the first signal to end; a second one ends the process. */
function stopOfPerson(): AbortSignal {
  const stop = new AbortController();
  // Any number of waits may use one signal.
  setMaxListeners(0);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => (stop.signal.aborted ? process.exit(exitInterrupted) : stop.abort(new Stopped(signal))));
  return stop.signal;
}

/** Reports a failure as a sentence. A closed output, as with `head`, is not reported. */
function failForPerson({ code, message }: NodeJS.ErrnoException): void {
  if (code !== 'EPIPE') process.stderr.write(`The command failed: ${message}\n`);
  process.exit(1);
}

// The program's files are read in parallel, so one may fail after another has ended the loading.
process.on('uncaughtException', fail);
main().catch(fail);
