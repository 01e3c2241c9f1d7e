/**
 * `npm run trace`: which files a record, a state and a job enter, and their functions in order. It instruments a copy of
 * `src` and `kernel`, runs its `write` as a process against the sandbox, and feeds it line by line, each when it is asked
 * for, so that nothing depends on time. With `--moves`, every move from file to file is printed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { systemClock } from '../../src/clock.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { instrument, type Site } from './instrument.ts';
import { stateWritten } from './recorder.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Inside of the package: the copy imports packages and `package.json`. */
const copy = join(root, 'build/traced');

interface Passage {
  readonly title: string;
  /** Sites in the order in which they were entered. */
  readonly parts: readonly (readonly number[])[];
}

/** Where a passage begins or ends. Name the new function here when one of these is renamed. */
const boundaries = {
  /** The next chunk of standard input is asked for: all that the one before called for at once is done. */
  asks: 'airbyte/stdin.ts PipeChunks.next',
  /** A batch is closed and waits for its turn. What the end of the input still has to do runs beside its job: the line about the plan. */
  closed: 'load/schedule.ts Schedule.add',
  /** The batch has its outcome. */
  outcome: 'settle/settlement.ts Settlement.settle',
};

/** Places in {@link input} of a usual record and of a state. What follows is its end, which closes the batch. */
const [usualLine, stateLine] = [4, 5];
const input = [
  ...[1, 2, 3, 4, 5].map(recordLine),
  '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"accounts"},"stream_state":{"n":5}},"id":1}}',
];

function recordLine(n: number): string {
  const data = { Id: `00${n}`, Name: `Company ${n}`, Employees: 10 * n, Active: true };
  return JSON.stringify({ type: 'RECORD', record: { stream: 'accounts', data, emitted_at: 1_767_225_600_000 + n } });
}

const config = {
  domain: 'acme',
  access_key: 'key',
  streams: [{ stream: 'accounts', object: 'Company', key_fields: ['Id'] }],
  polling: { list_lag_seconds: 0 },
};
const properties = {
  Id: { type: 'string' },
  Name: { type: 'string' },
  Employees: { type: 'integer' },
  Active: { type: 'boolean' },
};
const stream = { name: 'accounts', json_schema: { type: 'object', properties } };
const catalog = { streams: [{ stream, sync_mode: 'incremental', destination_sync_mode: 'append' }] };

/** Writes the instrumented copy. @returns the sites of `src`, then those of `kernel` */
function writeCopy(): { readonly sites: readonly Site[]; readonly kernelFrom: number } {
  rmSync(copy, { recursive: true, force: true });
  const sites: Site[] = [];
  const { config: read } = ts.readConfigFile(join(root, 'tsconfig.build.json'), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(read, ts.sys, root);
  for (const path of fileNames) {
    const file = relative(join(root, 'src'), path);
    const text = instrument(readFileSync(path, 'utf8'), file, sites, (site) => `globalThis.entered(${site});`);
    // Each file by itself: no package.json is looked for that says what kind of module it is.
    const { ESNext: module } = ts.ModuleKind;
    const { outputText } = ts.transpileModule(text, { compilerOptions: { ...options, module, sourceMap: false } });
    put(join(copy, file.replace(/\.ts$/, '.js')), outputText);
  }
  const kernelFrom = sites.length;
  const imported = '@external("trace", "entered") declare function entered(site: i32): void;';
  for (const file of readdirSync(join(root, 'kernel')).sort()) {
    const text = readFileSync(join(root, 'kernel', file), 'utf8');
    const isSource = file.endsWith('.ts');
    const traced = isSource ? `${imported}${instrument(text, file, sites, (site) => `entered(${site});`)}` : text;
    put(join(copy, 'kernel', file), traced);
  }
  // The kernel imports it from where it is beside `kernel`.
  const shared = 'src/records/kernel/positions.ts';
  put(join(copy, shared), readFileSync(join(root, shared), 'utf8'));
  return { sites, kernelFrom };
}

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** @throws Error where the copy of the kernel cannot be compiled */
async function compileKernel(): Promise<void> {
  const asc = join(dirname(createRequire(import.meta.url).resolve('assemblyscript/package.json')), 'bin/asc.js');
  const args = ['--config', 'kernel/asconfig.json', '--outFile', 'records/kernel/kernel.wasm'];
  const [code] = await once(spawn(process.execPath, [asc, ...args], { cwd: copy, stdio: 'inherit' }), 'close');
  if (code !== 0) throw new Error(`the kernel's copy cannot be compiled: asc ended with ${code}`);
}

/** Runs `write` of the copy. @returns the sites in the order in which they were entered */
async function run(folder: string, asks: number): Promise<readonly number[]> {
  const sandbox = await startSandbox({ clock: systemClock, accessKey: config.access_key, pendingSeconds: 0 });
  try {
    const [configPath, catalogPath, tracePath] = ['config', 'catalog', 'trace'].map((name) => join(folder, name));
    writeFileSync(`${configPath}`, JSON.stringify({ ...config, api_base_url: sandbox.url }));
    writeFileSync(`${catalogPath}`, JSON.stringify(catalog));
    const recorder = new URL('recorder.js', import.meta.url).href;
    const flags = ['--config', `${configPath}`, '--catalog', `${catalogPath}`];
    const child = spawn(process.execPath, ['--import', recorder, join(copy, 'main.js'), 'write', ...flags], {
      env: { TMPDIR: folder, TRACE_FILE: tracePath, TRACE_ASKS: `${asks}` },
      stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
    });
    await feed(child);
    return JSON.parse(readFileSync(`${tracePath}`, 'utf8')) as number[];
  } finally {
    await sandbox.close();
  }
}

/** Each line when it is asked for, then the end of the input. */
async function feed(child: ChildProcess): Promise<void> {
  let fed = 0;
  child.on('message', () => {
    const line = input[fed++];
    if (line === undefined) child.stdin?.end();
    else child.stdin?.write(`${line}\n`);
  });
  const closed = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout as Readable })) {
    if (line.includes('"type":"TRACE"')) process.stderr.write(`${line}\n`);
  }
  const [code] = await closed;
  if (code !== 0) throw new Error(`the traced program ended with ${code}`);
}

function siteOf(sites: readonly Site[], boundary: string): number {
  const site = sites.findIndex(({ file, name }) => `${file} ${name}` === boundary);
  if (site < 0) throw new Error(`There is no ${boundary} any more: name in scripts/trace/trace.ts what stands for it.`);
  return site;
}

/** The calls of the passages, each in order. */
function passagesOf(calls: readonly number[], sites: readonly Site[]): readonly Passage[] {
  const [asks, closed, outcome] = [boundaries.asks, boundaries.closed, boundaries.outcome].map((boundary) => {
    const site = siteOf(sites, boundary);
    return calls.flatMap((call, at) => (call === site ? [at] : []));
  });
  const between = (from: number | undefined, to: number | undefined) => {
    if (from === undefined || to === undefined || from > to) throw new Error('the run has no such passage');
    return calls.slice(from, to).filter((call) => call >= 0);
  };
  const line = (index: number) => between(asks?.[index], asks?.[index + 1]);
  const held = line(stateLine);
  const released = between(outcome?.[0], calls.indexOf(stateWritten));
  return [
    { title: 'A usual record: the fifth of its stream, from standard input into its batch', parts: [line(usualLine)] },
    {
      title: 'A state: from standard input to disk; from the outcome of its rows to standard output',
      parts: [held, released],
    },
    { title: 'A job: from the closed batch to its outcome', parts: [between(closed?.[0], outcome?.[0])] },
  ];
}

/** A passage: its counts, and of each part its own, and its functions by file, or move by move. */
function report({ title, parts }: Passage, sites: readonly Site[], isKernel: (site: number) => boolean): string {
  const counts = (calls: readonly number[]): string[] => {
    const [ours, inKernel] = [calls.filter((call) => !isKernel(call)), calls.filter(isKernel)];
    const src = `  src: ${countsOf(ours, sites)}`;
    return inKernel.length === 0 ? [src] : [src, `  kernel: ${countsOf(inKernel, sites)}`];
  };
  const lines = [title, ...counts(parts.flat())];
  for (const part of parts) {
    if (parts.length > 1) lines.push('', ...counts(part));
    const visits = process.argv.includes('--moves') ? movesOf(part, sites) : [...groupedOf(part, sites)];
    const width = Math.max(...visits.map(([file]) => file.length));
    lines.push('', ...visits.map(([file, names]) => `  ${file.padEnd(width)}  ${countedNames(names)}`));
  }
  return `${lines.join('\n')}\n\n`;
}

function countsOf(calls: readonly number[], sites: readonly Site[]): string {
  const files = new Set(calls.map((call) => sites[call]?.file));
  const moves = movesOf(calls, sites).length - 1;
  return `${files.size} files, ${new Set(calls).size} functions, ${calls.length} calls, ${moves} moves between files`;
}

type Visit = [file: string, names: string[]];

/** Each stay in a file with the functions that were entered. */
function movesOf(calls: readonly number[], sites: readonly Site[]): Visit[] {
  const moves: Visit[] = [];
  for (const call of calls) {
    const { file, name } = sites[call] as Site;
    const latest = moves.at(-1);
    if (latest?.[0] === file) latest[1].push(name);
    else moves.push([file, [name]]);
  }
  return moves;
}

/** Each file in the order of first entry. */
function groupedOf(calls: readonly number[], sites: readonly Site[]): ReadonlyMap<string, string[]> {
  const files = new Map<string, string[]>();
  for (const call of calls) {
    const { file, name } = sites[call] as Site;
    const names = files.get(file);
    if (names) names.push(name);
    else files.set(file, [name]);
  }
  return files;
}

/** `read, #line × 2`, in the order of first entry. */
function countedNames(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} × ${count}`)).join(', ');
}

const folder = mkdtempSync(join(tmpdir(), 'trace-'));
try {
  const { sites: plain, kernelFrom } = writeCopy();
  const isKernel = (site: number) => site >= kernelFrom;
  const sites = plain.map((site, at) => (isKernel(at) ? { ...site, file: `kernel/${site.file}` } : site));
  await compileKernel();
  const calls = await run(folder, siteOf(sites, boundaries.asks));
  process.stdout.write(
    passagesOf(calls, sites)
      .map((passage) => report(passage, sites, isKernel))
      .join(''),
  );
} finally {
  rmSync(folder, { recursive: true });
  rmSync(copy, { recursive: true, force: true });
}
