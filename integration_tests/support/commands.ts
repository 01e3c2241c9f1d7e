/** Runs other programs to their end, and describes their failures. */
import { spawnSync } from 'node:child_process';

/**
 * Runs a program to its end and prints its output.
 * @throws Error if its exit code is not 0
 */
export function show(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
) {
  const { status, error } = spawnSync(command, args, { ...options, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status ?? error?.message}`);
}

/**
 * Runs a program to its end.
 * @returns its output, without the last line feed
 * @throws Error if its exit code is not 0
 */
export function ask(command: string, args: readonly string[], options: { cwd?: string } = {}): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, { ...options, encoding: 'utf8' });
  if (status === 0) return stdout.trimEnd();
  throw new Error(`${command} ${args.join(' ')} ended with ${status ?? error?.message}: ${stderr}`);
}

/** Whether a program can be run and exits with 0. */
export function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
