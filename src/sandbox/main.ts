/** The sandbox as a program: prints its address, and runs until a signal. */
import { systemClock } from '../clock.ts';
import { help, optionsOf } from './command_line.ts';
import type { SandboxOptions } from './options.ts';
import { startSandbox } from './server.ts';
import { Unusable } from './written_files.ts';

/** The exit code of an unusable command line, or of an unusable file that it names. */
const exitUsage = 2;

async function run(options: SandboxOptions): Promise<void> {
  const sandbox = await startSandbox(options);
  process.stdout.write(`Gainsight sandbox at ${sandbox.url}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void sandbox.close());
}

function fail(thrown: unknown): void {
  const { code, message, port } = thrown as NodeJS.ErrnoException & { readonly port?: number };
  const isUsage = thrown instanceof Unusable;
  const words: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} is in use: choose another with --port, or leave it out for a free one`,
    EACCES: `Port ${port} may not be used: choose one above 1023 with --port, or leave it out for a free one`,
  };
  process.stderr.write(
    `${ended(words[code ?? ''] ?? message)}\n${isUsage ? 'Run it with --help for its options.\n' : ''}`,
  );
  process.exitCode = isUsage ? exitUsage : 1;
}

/** With a full stop, unless it ends otherwise. */
function ended(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

try {
  const options = optionsOf(process.argv.slice(2), systemClock);
  if (options) await run(options);
  else process.stdout.write(help);
} catch (error) {
  fail(error);
}
