/**
 * Brings `build/` and `dist/` up to date: transpiles sources whose time differs from their output's, without checking
 * types. Plain JavaScript, as it must run before anything is compiled. `--source-maps` writes maps for `dist/` too.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { bundle } from './bundle.js';
import { hasChanged, put, timeOf } from './outputs.js';

const root = fileURLToPath(new URL('../', import.meta.url));
/** Each file is a module, without looking up package.json. */
const asModules = {
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
};
const kernelOutput = 'src/records/kernel/kernel.wasm';
/** A source of the connector that the kernel imports. */
const sharedWithKernel = 'src/records/kernel/positions.ts';

/**
 * Transpiles what is not up to date, and compiles the kernel in parallel.
 * @throws Error on a syntax error
 */
export async function compile({ folder = root, sourceMaps = false } = {}) {
  const kernel = compileKernel(folder);
  const errors = translate(folder, 'tsconfig.json', { sourceMap: true });
  await kernel;
  if (errors.length === 0) await bundle({ folder, sourceMaps, kernel: join(folder, 'build', kernelOutput) });
  if (errors.length > 0) throw new Error(`Sources that cannot be translated:\n${errors.join('')}`);
}

/**
 * Transpiles the files of a configuration. An output has its source's modification time; with any other, even an older
 * one (the source was moved here), it is written again.
 * @param {string} folder
 * @param {string} configName
 * @param {ts.CompilerOptions} more
 * @returns {string[]} syntax errors
 */
export function translate(folder, configName, more) {
  const { config } = ts.readConfigFile(join(folder, configName), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent({ ...config }, ts.sys, folder);
  const { outDir = '', rootDir = '' } = options;
  const settings = { ...options, ...more, ...asModules };
  const isOld = hasChanged(join(folder, 'build', `.${configName}.stamp`), JSON.stringify([ts.version, settings]));
  const outputs = new Map(
    fileNames.map((source) => [join(outDir, relative(rootDir, source)).replace(/\.ts$/, '.js'), source]),
  );
  removeOthers(outDir, outputs, settings.sourceMap === true);
  const errors = [];
  for (const [output, source] of outputs) {
    const time = timeOf(source);
    if (isOld.value || timeOf(output) !== time) errors.push(...translateFile(source, output, settings));
  }
  if (errors.length === 0) isOld.keep();
  return errors;
}

/**
 * @param {string} source
 * @param {string} output
 * @param {ts.CompilerOptions} compilerOptions
 * @returns {string[]} syntax errors
 */
function translateFile(source, output, compilerOptions) {
  const time = timeOf(source);
  const name = compilerOptions.sourceMap ? relative(dirname(output), source) : source;
  const {
    outputText,
    sourceMapText,
    diagnostics = [],
  } = ts.transpileModule(readFileSync(source, 'utf8'), {
    ...{ fileName: source, compilerOptions, reportDiagnostics: true },
  });
  if (diagnostics.length > 0) {
    const host = { getCanonicalFileName: String, getCurrentDirectory: () => root, getNewLine: () => '\n' };
    return [ts.formatDiagnostics(diagnostics, host)];
  }
  if (sourceMapText !== undefined) {
    const map = { ...JSON.parse(sourceMapText), file: basename(output), sources: [name.replaceAll('\\', '/')] };
    put(`${output}.map`, JSON.stringify(map), time);
  }
  put(output, outputText, time);
  return [];
}

/**
 * Removes outputs that no longer have a source.
 * @param {string} outDir
 * @param {ReadonlyMap<string, string>} outputs
 * @param {boolean} keepsMaps
 */
function removeOthers(outDir, outputs, keepsMaps) {
  mkdirSync(outDir, { recursive: true });
  for (const name of readdirSync(outDir, { recursive: true, encoding: 'utf8' })) {
    const path = join(outDir, name);
    if (!/\.js(\.map)?$/.test(name)) continue;
    const isKept = outputs.has(path.replace(/\.map$/, '')) && (keepsMaps || name.endsWith('.js'));
    if (!isKept) rmSync(path);
  }
}

/**
 * Compiles the kernel with AssemblyScript if its sources have changed since last time.
 * @param {string} folder
 */
async function compileKernel(folder) {
  const names = readdirSync(join(folder, 'kernel')).sort();
  const sources = [...names.map((name) => join('kernel', name)), sharedWithKernel].map((path) =>
    readFileSync(join(folder, path)),
  );
  const { version } = createRequire(import.meta.url)('assemblyscript/package.json');
  const output = join(folder, 'build', kernelOutput);
  const isOld = hasChanged(join(folder, 'build', '.kernel.stamp'), Buffer.concat([Buffer.from(version), ...sources]));
  if (!isOld.value && timeOf(output) !== undefined) return;
  mkdirSync(dirname(output), { recursive: true });
  const asc = join(dirname(createRequire(import.meta.url).resolve('assemblyscript/package.json')), 'bin/asc.js');
  const own = `${output}.${process.pid}`;
  const args = ['--config', 'kernel/asconfig.json', '--outFile', relative(folder, own)];
  const child = spawn(process.execPath, [asc, ...args], { cwd: folder, stdio: 'inherit' });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the kernel cannot be compiled: asc ended with ${code}`);
  renameSync(own, output);
  isOld.keep();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await compile({ sourceMaps: process.argv.includes('--source-maps') });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
