/** Runs the built program on a terminal of its own: `script` of util-linux makes one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connectorPath } from './connector.ts';

/** A program on a terminal. */
export interface OnTerminal {
  /** Ctrl-C. */
  interrupt(): void;
  kill(): void;
  /** Its exit code, and all that the terminal got. */
  readonly ended: Promise<{ readonly code: number; readonly text: string }>;
}

/**
 * Starts it.
 * @param words a shell's: the command, its flags, and where its streams go; none of them has white space
 */
export function startOnTerminal(
  words: readonly string[],
  { columns, env }: { readonly columns: number; readonly env: Readonly<Record<string, string>> },
): OnTerminal {
  const command = ['env -u NODE_OPTIONS', process.execPath, connectorPath, ...words].join(' ');
  const { PATH = '' } = process.env;
  const child = spawn(
    'script',
    ['--quiet', '--return', '--command', `stty cols ${columns}; exec ${command}`, '/dev/null'],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH, TERM: 'xterm', ...env },
    },
  );
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return {
    interrupt: () => child.stdin.write('\u0003'),
    kill: () => child.kill('SIGKILL'),
    ended: once(child, 'close').then(([code]) => ({ code, text })),
  };
}
