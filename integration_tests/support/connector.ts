/** Runs the built connector as a child process, as Airbyte's pod does: arguments, pipes, signals, an exit code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

/** `dist/main.js`, relative to `build/integration_tests/support/`. */
export const connectorPath = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

/** What a protocol message looks like to a test: its type and its payload under a key of that type. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads into messages of any shape.
export type Message = { readonly type: string } & Record<string, any>;

export interface RunOptions {
  /** The program; the connector by default. */
  readonly program?: string;
  /** The input; 'ignore' passes /dev/null. Absent: stdin is closed at once. */
  readonly stdin?: string | Buffer | AsyncIterable<string | Buffer> | 'ignore';
  /** Added to an otherwise empty environment: only PATH and TMPDIR are inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** Flags for node itself, before the program. */
  readonly nodeFlags?: readonly string[];
  /** Kills the connector with SIGKILL once aborted. */
  readonly signal?: AbortSignal;
  /** Called with each line of stdout as it comes. */
  onLine?(line: string): void;
  /** Lines are only passed to `onLine`, for output that is too long to hold. */
  readonly forgetsLines?: boolean;
  /** Maximum data segment of the process in bytes, resident or not: heap, buffers, threads' stacks. */
  readonly dataLimit?: number;
}

export interface RunResult {
  /** The exit code; null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Lines of stdout. */
  readonly lines: readonly string[];
  /** Those lines, parsed. */
  readonly messages: readonly Message[];
  /** The part of the next line that a killed connector had written. */
  readonly rest: string;
  readonly stderr: string;
  /** Highest resident memory seen, in bytes; undefined if /proc does not provide it. */
  readonly peakMemory: number | undefined;
}

/** A running connector: write to it line by line, read its output, kill it. */
export interface RunningConnector {
  readonly child: ChildProcess;
  /** Lines of stdout so far; grows while it runs. */
  readonly lines: string[];
  /** Writes one line, adding a line feed to a string without one, and waits while the pipe is full. */
  write(line: string | Buffer): Promise<void>;
  /** Closes stdin. */
  end(): void;
  /**
   * The first line, past or future, for which `match` is true.
   * @throws if the connector ends without it
   */
  line(match: (line: string) => boolean): Promise<string>;
  kill(signal?: NodeJS.Signals): void;
  /** Resolves when the process has ended and its output is read. */
  readonly ended: Promise<RunResult>;
}

/** Starts `node dist/main.js ARGS` and leaves stdin open. */
export function startConnector(args: readonly string[], options: RunOptions = {}): RunningConnector {
  const node = [process.execPath, ...(options.nodeFlags ?? []), options.program ?? connectorPath, ...args];
  // tap adds its own loader to every child's NODE_OPTIONS. Except for coverage, the connector runs without it, as for a
  // user: `env` removes it and becomes node, with the same process id.
  const plain = isCovered() ? node : ['env', '-u', 'NODE_OPTIONS', ...node];
  const [command = '', ...flags] = options.dataLimit === undefined ? plain : limited(options.dataLimit, plain);
  const child = spawn(command, flags, {
    env: { ...bareEnvironment(), ...options.env },
    stdio: [options.stdin === 'ignore' ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(options.signal ? { signal: options.signal, killSignal: 'SIGKILL' as const } : {}),
  });
  // Tests write to an ended connector on purpose.
  child.stdin?.on('error', ignore);
  const lines: string[] = [];
  const listeners = new Set<(line: string | undefined) => void>();
  let isClosed = false;
  const ended = collect(child, lines, (line) => {
    if (line === undefined) isClosed = true;
    else {
      if (!options.forgetsLines) lines.push(line);
      options.onLine?.(line);
    }
    for (const listener of [...listeners]) listener(line);
  });
  // A test that killed it may never await the end; one that waits for a line must not wait for ever.
  ended.catch(() => {
    isClosed = true;
    for (const listener of [...listeners]) listener(undefined);
  });
  return {
    child,
    lines,
    ended,
    async write(line) {
      const text = typeof line !== 'string' || line.endsWith('\n') ? line : `${line}\n`;
      const pipe = child.stdin;
      if (pipe === null || !pipe.writable || pipe.write(text)) return;
      const over = new AbortController();
      await Promise.race([once(pipe, 'drain', over), once(child, 'close', over)]).catch(ignore);
      over.abort();
    },
    end: () => void child.stdin?.end(),
    line: (match) => firstLine(lines, listeners, () => isClosed, match),
    kill: (signal = 'SIGKILL') => void child.kill(signal),
  };
}

/** Runs the connector to its end. */
export async function runConnector(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const running = startConnector(args, options);
  const input = options.stdin ?? '';
  if (running.child.stdin !== null) {
    const source = typeof input === 'string' || Buffer.isBuffer(input) ? Readable.from([input]) : Readable.from(input);
    // The connector may stop reading at any time: the test checks how it ends.
    await pipeline(source, running.child.stdin).catch(ignore);
  }
  return running.ended;
}

function firstLine(
  lines: readonly string[],
  listeners: Set<(line: string | undefined) => void>,
  isClosed: () => boolean,
  match: (line: string) => boolean,
): Promise<string> {
  const known = lines.find(match);
  if (known !== undefined) return Promise.resolve(known);
  const missed = new Error('the connector ended without the line that the test waits for');
  if (isClosed()) return Promise.reject(missed);
  return new Promise((resolve, reject) => {
    const listener = (line: string | undefined): void => {
      if (line !== undefined && !match(line)) return;
      listeners.delete(listener);
      if (line === undefined) reject(missed);
      else resolve(line);
    };
    listeners.add(listener);
  });
}

async function collect(
  child: ChildProcess,
  lines: string[],
  report: (line: string | undefined) => void,
): Promise<RunResult> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const output = child.stdout as Readable;
  let rest = '';
  output.setEncoding('utf8').on('data', (text: string) => {
    // Not readline: it splits at U+2028 in some versions of Node.
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) report(line);
  });
  const memory = watchMemory(child);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (rest !== '' && signal === null) report(rest);
  report(undefined);
  return { code, signal, lines, rest, stderr, peakMemory: memory(), messages: lines.map(parse) };
}

function parse(line: string): Message {
  try {
    return JSON.parse(line) as Message;
  } catch (error) {
    throw new Error(`stdout contains a line that is not JSON: ${line.slice(0, 200)}`, { cause: error });
  }
}

/**
 * Polls the kernel's high-water mark of the process.
 * @returns a function that returns the highest value seen, in bytes
 */
function watchMemory(child: ChildProcess): () => number | undefined {
  let peak: number | undefined;
  const look = async (): Promise<void> => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
    if (kilobytes !== undefined) peak = Number(kilobytes) * 1024;
  };
  const timer = setInterval(() => void look(), 100);
  timer.unref();
  child.once('exit', () => clearInterval(timer));
  return () => peak;
}

/** The shell becomes the program, with the same process id. */
function limited(bytes: number, command: readonly string[]): string[] {
  return ['sh', '-c', `ulimit -d ${Math.floor(bytes / 1024)} && exec "$@"`, 'sh', ...command];
}

function isCovered(): boolean {
  return process.env['_TAPJS_PROCESSINFO_COVERAGE_'] === '1';
}

function bareEnvironment(): Record<string, string> {
  const { PATH = '', TMPDIR } = process.env;
  return TMPDIR === undefined ? { PATH } : { PATH, TMPDIR };
}

/** For promises and events whose failure is reported elsewhere. */
function ignore(): void {
  // Nothing to do.
}
