/** Other programs that the image's test runs, and what it says when one of them fails. */
import { spawnSync } from 'node:child_process';

/**
 * Runs a program to its end and shows what it prints.
 * @throws Error where it does not end with 0
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
 * Runs a program to its end. @returns what it printed, without the last line feed
 * @throws Error where it does not end with 0
 */
export function ask(command: string, args: readonly string[], options: { cwd?: string } = {}): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, { ...options, encoding: 'utf8' });
  if (status === 0) return stdout.trimEnd();
  throw new Error(`${command} ${args.join(' ')} ended with ${status ?? error?.message}: ${stderr}`);
}

/** Whether a program runs and ends with 0. */
export function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
