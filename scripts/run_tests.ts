/**
 * Runs the compiled tests (`test`), the proofs (`proof`) or a seeded quarter of these (`quarter`). Prints a line per
 * file, the failures, and the counts last. `--output-file=FILE` keeps the whole report; further words select files by
 * name. Each file is a plain process: the loaders that `tap run` adds to each take
 * a fifth of its time, and only coverage needs them.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readable } from './test_one.js';

const folder = fileURLToPath(new URL('../integration_tests/', import.meta.url));
/** For each test's own process, not for those that it starts. */
const preload = ['--import', new URL('without_async_hooks.js', import.meta.url).href];
/** The slowest files start first, so that the others fill the time beside them. */
const longest = [
  /^units.(commands|flow|load_)/,
  /^crash/,
  /^hostile.(answers|lines)/,
  /^conservation/,
  /^(main_path.(fix|sep|load|retry)|manual)/,
  /^units/,
  /^quota/,
];
/** These wait most of their time, so they run beside the others. */
const waiting = /^(hostile.process|kit.run|main_path.(ending|terminal)|manual.sandbox).*\.test/;
/** These start as many processes as there are cores. */
const wide = /^(conservation.(calls|habits|jobs)|crash.(crash|every)).*\.proof/;
/** Nothing else may run while memory is measured. */
const alone = /^memory/;

/** Time limits for files that hang: far more than a slow machine needs, and less than CI allows. */
const kinds = {
  test: { suffix: '.test.js', secondsPerFile: 600 },
  proof: { suffix: '.proof.js', secondsPerFile: 7200 },
  quarter: { suffix: '.proof.js', secondsPerFile: 1200 },
};
type Kind = keyof typeof kinds;

interface FileReport {
  readonly name: string;
  /** Nothing failed. */
  readonly isFine: boolean;
  readonly total: number;
  readonly passed: number;
  /** TAP. */
  readonly output: string;
}

/** Runs the selected files of a kind, and returns a report for each. */
async function runAll(kind: Kind, isChosen: (name: string) => boolean): Promise<FileReport[]> {
  const { suffix, secondsPerFile } = kinds[kind];
  const env = { ...process.env, TAP: '1', TAP_TIMEOUT: String(secondsPerFile) };
  if (kind === 'quarter') Object.assign(env, { QUARTER_SEED: quarterSeed() });
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(suffix) && isChosen(name))
    .sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
  const reports: FileReport[] = [];
  const run = async (name: string) => {
    const since = performance.now();
    const report = await runFile(name, env, secondsPerFile);
    reports.push(report);
    process.stdout.write(linesOf(report, Math.round((performance.now() - since) / 1000)));
  };
  const isOneByOne = (name: string) => wide.test(name) || alone.test(name);
  await eachOf(files.filter(wide.test, wide), 1, run);
  const others = files.filter((name) => !isOneByOne(name));
  await Promise.all([
    eachOf(others.filter(waiting.test, waiting), 1, run),
    eachOf(
      others.filter((name) => !waiting.test(name)),
      // Tests wait for sockets, files and the rounds of the fake clock for up to half of their time.
      availableParallelism() + 2,
      run,
    ),
  ]);
  await eachOf(files.filter(alone.test, alone), 1, run);
  return reports;
}

async function runFile(name: string, env: NodeJS.ProcessEnv, seconds: number): Promise<FileReport> {
  const child = spawn(process.execPath, [...preload, join(folder, name)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => void chunks.push(chunk));
  // tap has the same time limit and reports what it waited for; this is for a process in which it cannot.
  const timer = setTimeout(() => child.kill('SIGKILL'), (seconds + 30) * 1000);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  return reportOf(name, code ?? signal, Buffer.concat(chunks).toString());
}

/** A file that ends with an error, or before tap has counted, has failed even if no assertion did. */
function reportOf(name: string, end: number | string | null, output: string): FileReport {
  const counts = output.match(/^# \{ total: .*\}$/gm)?.at(-1);
  const numberOf = (what: string) => Number(counts?.match(new RegExp(`\\b${what}: (\\d+)`))?.[1] ?? 0);
  const [total, passed] = [numberOf('total'), numberOf('pass')];
  if (end === 0 && passed > 0 && numberOf('fail') === 0) return { name, isFine: true, total, passed, output };
  const failure = numberOf('fail') > 0 ? '' : `not ok - ${name} ended with ${end} and ${passed} passed\n`;
  const more = failure === '' ? 0 : 1;
  return { name, isFine: false, total: total + more, passed, output: `${output}${failure}` };
}

/** What is printed for a file: a line, and its failures. */
function linesOf({ name, isFine, total, passed, output }: FileReport, seconds: number): string {
  const line = `${isFine ? 'ok' : 'FAILED'} ${name.replace(/\.js$/, '.ts')}: ${passed} of ${total} in ${seconds} s\n`;
  if (isFine) return line;
  const failures = output.split('\n').map(readable());
  return `${failures.filter((text) => text !== undefined && !/^(ok |# )/.test(text)).join('\n')}\n${line}`;
}

async function eachOf(names: readonly string[], atOnce: number, run: (name: string) => Promise<void>): Promise<void> {
  const left = [...names];
  const lane = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await run(name);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

function rankOf(name: string): number {
  const at = longest.findIndex((pattern) => pattern.test(name));
  return at === -1 ? longest.length : at;
}

/** Default: the commit, so that each commit has another quarter. */
function quarterSeed(): string {
  const seed =
    process.env['QUARTER_SEED'] ?? execFileSync('git', ['rev-parse', '--short=8', 'HEAD'], { encoding: 'utf8' }).trim();
  process.stderr.write(`A quarter of the syncs and crashes: QUARTER_SEED=${seed} repeats it.\n`);
  return seed;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'output-file': { type: 'string' } },
});
const [kind = 'test', ...words] = positionals;
if (!(kind in kinds)) throw new Error(`${kind} is none of ${Object.keys(kinds).join(', ')}`);
const reports = await runAll(kind as Kind, (name) => words.length === 0 || words.some((word) => name.includes(word)));
const sum = (of: (report: FileReport) => number) => reports.reduce((all, report) => all + of(report), 0);
const [total, passed] = [sum((report) => report.total), sum((report) => report.passed)];
const counts = `# { total: ${total}, pass: ${passed}, fail: ${total - passed} }\n`;
for (const { name, isFine } of reports) if (!isFine) process.stdout.write(`FAILED ${name}\n`);
process.stdout.write(counts);
const path = values['output-file'];
if (path !== undefined)
  writeFileSync(path, [...reports.map(({ name, output }) => `# File: ${name}\n${output}\n`), counts].join(''));
if (passed === 0 || reports.some(({ isFine }) => !isFine)) process.exitCode = 1;
