/** Plays Airbyte's pod around the image: its folder, its named pipes, its shell, and its two ways to end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ask } from '../support/commands.ts';
import { image } from './names.ts';

const uid = 1000;
/** Memory and file descriptors granted to a pod of this connector. */
export const podMemory = 256 * 1024 * 1024;
const limits = [
  `--memory=${podMemory}`,
  `--memory-swap=${podMemory}`,
  '--ulimit=nofile=4096:4096',
  '--ulimit=nproc=4096:4096',
];
/** The strictest way in which Airbyte's pods are run: only the mounted folder and the temporary one are writable. */
const confined = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges', `--user=${uid}:${uid}`];
const marker = 'TERMINATED';
const pipes = ['stdin', 'stdout', 'stderr'] as const;

/** Flags of every container. It uses the host's network namespace, where the sandbox listens. */
export const containerFlags = ['--rm', '--runtime=runc', '--network=host', ...limits, ...confined];

/** As the platform does: a subshell in the background, a loop that ends it, and the exit code in a file. */
function script(command: string): string {
  return [
    `(${command}) &`,
    'child=$!',
    `(until [ -f ${marker} ]; do sleep 0.1; done; kill $child) &`,
    'wait $child',
    'code=$?',
    'echo $code >exitCode.txt',
    'exit $code',
  ].join('\n');
}

const commands = {
  spec: { folder: '/config', line: 'eval "$AIRBYTE_ENTRYPOINT spec" >jobOutput.json' },
  check: {
    folder: '/config',
    line: 'eval "$AIRBYTE_ENTRYPOINT check --config /config/connectionConfiguration.json" >jobOutput.json',
  },
  write: {
    folder: '/dest',
    line: 'eval "$AIRBYTE_ENTRYPOINT write --config /dest/connectorConfig.json --catalog /dest/catalog.json" 2>stderr >stdout <stdin',
  },
} as const;

/** How a pod ended. */
export interface PodEnd {
  /** Of the container. */
  readonly code: number | null;
  /** The connector's exit code as the shell wrote it; null if it could not. */
  readonly reported: string | null;
  readonly lines: readonly string[];
  readonly stderr: string;
  /** What is left in the mounted folder, except the pod's own pipes and files. */
  readonly leftovers: readonly string[];
}

/** Runs `spec` or `check` to its end. */
export async function runPod(command: 'spec' | 'check', config: unknown = {}): Promise<PodEnd> {
  const folder = podFolder({ 'connectionConfiguration.json': config });
  const container = startContainer(command, folder, {});
  const stderr = collected(container.stderr);
  const [code] = (await once(container, 'close')) as [number | null];
  const output = readFileSync(join(folder, 'jobOutput.json'), 'utf8');
  return endOf(folder, code, output.split('\n').slice(0, -1), stderr());
}

/** A `write` in progress. */
export interface WritingPod {
  /** Lines of stdout so far. */
  lines(): string[];
  /** Ends it as the platform does: creates a marker file, whereupon the shell kills its child. */
  terminate(): void;
  /** Ends it as a lost node or the kernel does: SIGKILL for everything at once. */
  kill(): void;
  readonly ended: Promise<PodEnd>;
}

/** Starts `write` with `input` on stdin. */
export function startWritingPod(
  files: { config: unknown; catalog: unknown },
  options: { input: string; env: Readonly<Record<string, string>> },
): WritingPod {
  const folder = podFolder({ 'connectorConfig.json': files.config, 'catalog.json': files.catalog });
  for (const name of pipes) {
    ask('mkfifo', [join(folder, name)]);
    chownSync(join(folder, name), uid, uid);
  }
  // Separate processes: opening a pipe waits for its other end, which may never come.
  const readers = [spawn('cat', [join(folder, 'stdout')]), spawn('cat', [join(folder, 'stderr')])] as const;
  const [stdout, stderr] = [collected(readers[0].stdout), collected(readers[1].stdout)];
  const stdin = spawn('sh', ['-c', `cat >"$0"`, join(folder, 'stdin')], { stdio: ['pipe', 'ignore', 'ignore'] });
  stdin.stdin.on('error', () => undefined).end(options.input);
  const container = startContainer('write', folder, options.env);
  const complaints = collected(container.stderr);
  const ended = once(container, 'close').then(async ([code]) => {
    stdin.kill();
    // If the connector never opened a pipe, its reader is still waiting.
    for (const each of ['stdout', 'stderr'])
      closeSync(openSync(join(folder, each), constants.O_RDWR | constants.O_NONBLOCK));
    await Promise.all(readers.filter(({ exitCode }) => exitCode === null).map((reader) => once(reader, 'close')));
    return endOf(folder, code as number | null, stdout().split('\n').slice(0, -1), stderr() + complaints());
  });
  const name = nameOf(folder);
  return {
    ended,
    lines: () => stdout().split('\n').slice(0, -1),
    terminate: () => writeFileSync(join(folder, marker), ''),
    kill: () => void ask('podman', ['kill', '--signal', 'KILL', name]),
  };
}

function podFolder(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'destination-gainsight-pod-'));
  chownSync(folder, uid, uid);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), JSON.stringify(content));
    chmodSync(join(folder, name), 0o644);
  }
  return folder;
}

function startContainer(command: keyof typeof commands, folder: string, env: Readonly<Record<string, string>>) {
  const { folder: inside, line } = commands[command];
  const mounted = [`--volume=${folder}:${inside}`, `--workdir=${inside}`, `--name=${nameOf(folder)}`];
  const variables = Object.entries(env).map(([name, value]) => `--env=${name}=${value}`);
  const args = ['run', ...containerFlags, ...mounted, ...variables, '--entrypoint=sh', image, '-c', script(line)];
  return spawn('podman', args, { stdio: ['ignore', 'ignore', 'pipe'] }) as ChildProcess & { stderr: Readable };
}

function nameOf(folder: string): string {
  return folder.split('/').at(-1) as string;
}

function collected(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return () => text;
}

function endOf(folder: string, code: number | null, lines: readonly string[], stderr: string): PodEnd {
  const codeFile = join(folder, 'exitCode.txt');
  const reported = existsSync(codeFile) ? readFileSync(codeFile, 'utf8').trim() : null;
  const own = [
    ...pipes,
    marker,
    'exitCode.txt',
    'jobOutput.json',
    'connectionConfiguration.json',
    'connectorConfig.json',
    'catalog.json',
  ];
  const leftovers = readdirSync(folder).filter((name) => !own.includes(name));
  rmSync(folder, { recursive: true });
  return { code, reported, lines, stderr, leftovers };
}
