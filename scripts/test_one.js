/**
 * `npm run test:one FILE [ARGUMENT…]`: runs one test file after compiling what has changed. Prints the tests and
 * failures, and passes further arguments on.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { compile } from './compile.js';

const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * @param {string} file a source, or its output
 * @returns {string} its output, relative to the package's folder
 */
function outputOf(file) {
  const source = relative(root, resolve(process.env['INIT_CWD'] ?? '', file));
  return source.startsWith('build') ? source : join('build', source.replace(/\.ts$/, '.js'));
}

/**
 * Selects the readable part of a TAP report: top-level tests, and each failure with its details.
 * @returns {(line: string) => string | undefined}
 */
export function readable() {
  let [isFailure, isDetail] = [false, false];
  return (line) => {
    const text = line.trimStart();
    if (isDetail) {
      isDetail = text !== '...';
      return isFailure ? line : undefined;
    }
    if (text === '---') {
      isDetail = true;
      return isFailure ? line : undefined;
    }
    isFailure = text.startsWith('not ok ');
    if (/^(TAP version|\d+\.\.\d+$|# Subtest|\}$)|# SKIP filter/.test(text) || text === '') return;
    return isFailure || text === line || !/^(ok |#)/.test(text) ? line : undefined;
  };
}

/**
 * @param {string} file
 * @param {readonly string[]} more arguments of the test
 * @returns {Promise<number>} the exit code
 */
async function runOne(file, more) {
  await compile();
  const output = outputOf(file);
  if (!existsSync(join(root, output))) throw new Error(`There is no ${file}: nothing was compiled to ${output}.`);
  const env = { ...process.env, TAP: '1', TAP_TIMEOUT: '0' };
  const args = ['--enable-source-maps', output, ...more];
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['inherit', 'pipe', 'inherit'] });
  const choose = readable();
  // The reader of the report may stop, as `head` does.
  process.stdout.on('error', () => child.kill());
  for await (const line of createInterface({ input: child.stdout })) {
    const chosen = choose(line);
    if (chosen !== undefined) process.stdout.write(`${chosen}\n`);
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file, ...more] = process.argv.slice(2);
  try {
    if (file === undefined) throw new Error('Name a test: npm run test:one src/load/quota.test.ts');
    process.exitCode = await runOne(file, more);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
