/** `npm run demo`: the built connector loads a warehouse extract into the sandbox, as Airbyte would run it. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type RunResult, runConnector } from '../support/connector.ts';
import { catalog, configuration, inputLines, judgeStates, type SentStates } from './airbyte.ts';
import { companyTable, usageTable } from './companies.ts';
import { printSummary, type TableResult } from './picture.ts';
import { Progress, printLine, printStep } from './progress.ts';
import { airportTable, filmTable, flightTable } from './public_data.ts';
import { differences, expect } from './reference.ts';
import type { DemoTable } from './table.ts';

const longestRun = 120_000;
const accessKey = `demo-${randomUUID()}`;

async function main(): Promise<string[]> {
  const tables = [companyTable(), usageTable(), filmTable(), airportTable(), flightTable()];
  const folder = await mkdtemp(join(tmpdir(), 'destination-gainsight-demo-'));
  const sandbox = await startSandbox({ clock: systemClock, accessKey, objects: objectsOf(tables) });
  try {
    printStep(
      `The sandbox emulates Gainsight at ${sandbox.url}, with its limits of 10 submissions an hour and 100 a day.`,
    );
    const config = join(folder, 'config.json');
    const catalogFile = join(folder, 'catalog.json');
    await writeFile(config, JSON.stringify(configuration(tables, sandbox.url, accessKey)));
    await writeFile(catalogFile, JSON.stringify(catalog(tables)));
    const faults = [...(await spec()), ...(await check(config))];
    return faults.length > 0 ? faults : await write(tables, sandbox, ['--config', config, '--catalog', catalogFile]);
  } finally {
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function objectsOf(tables: readonly DemoTable[]) {
  const rules = (table: DemoTable) => table.columns.map(({ field, rule }) => [field, rule ?? {}] as const);
  return Object.fromEntries(tables.map((table) => [table.object, { fields: Object.fromEntries(rules(table)) }]));
}

async function spec(): Promise<string[]> {
  printStep('spec');
  const result = await runConnector(['spec']);
  const [message] = result.messages;
  const settings = Object.keys(message?.['spec']?.connectionSpecification?.properties ?? {});
  printLine(`one SPEC line with ${settings.length} settings at its top level`);
  return result.code === 0 && result.messages.length === 1 && settings.length > 0 ? [] : ['spec failed'];
}

async function check(config: string): Promise<string[]> {
  printStep('check --config');
  const result = await runConnector(['check', '--config', config]);
  const status = result.messages.find(({ type }) => type === 'CONNECTION_STATUS')?.['connectionStatus'];
  printLine(`${status?.status ?? 'no status'}: ${status?.message ?? ''}`);
  return result.code === 0 && status?.status === 'SUCCEEDED' ? [] : ['check failed'];
}

async function write(tables: readonly DemoTable[], sandbox: Sandbox, files: string[]): Promise<string[]> {
  const total = tables.reduce((sum, { records }) => sum + records.length, 0);
  printStep(`write --config --catalog < ${total.toLocaleString('en')} records of ${tables.length} streams`);
  const progress = new Progress(sandbox);
  const sent: SentStates = new Map();
  const started = systemClock.elapsed();
  const run = await runConnector(['write', ...files], {
    stdin: piped(tables, sent, progress),
    env: { WORKER_JOB_ID: '1', WORKER_JOB_ATTEMPT: '0' },
    signal: AbortSignal.timeout(longestRun),
    onLine: (line) => progress.show(line),
  });
  progress.end();
  const results = tables.map((table) => judge(table, sandbox, sent.get(table.stream) ?? [], run));
  const faults = [...runFaults(run), ...results.flatMap((result) => result.faults)];
  printSummary({ results, sandbox, run, seconds: (systemClock.elapsed() - started) / 1000 });
  return faults;
}

async function* piped(tables: readonly DemoTable[], sent: SentStates, progress: Progress): AsyncGenerator<string> {
  for (const lines of inputLines(tables, sent)) {
    progress.piped(lines);
    yield lines;
    await systemClock.sleep(0);
  }
}

function judge(table: DemoTable, sandbox: Sandbox, sent: readonly string[], run: RunResult): TableResult {
  const expected = expect(table);
  const states = judgeStates(table, sent, run.lines);
  const faults = [...states.faults, ...differences(table, expected, sandbox)];
  if (states.rejected !== expected.rejected) {
    faults.push(`${states.rejected} records of ${table.stream} were rejected, not ${expected.rejected}`);
  }
  return { table, expected, faults, released: states.released, sentStates: sent.length };
}

function runFaults(run: RunResult): string[] {
  const faults: string[] = [];
  if (run.code !== 0) faults.push(`write ended with ${run.code ?? run.signal}`);
  if (run.stderr !== '') faults.push(`write wrote to stderr: ${run.stderr.slice(0, 500)}`);
  if (run.lines.some((line) => line.includes(accessKey))) faults.push('the access key is in the output');
  return faults;
}

try {
  const faults = await main();
  printLine('');
  for (const fault of faults) printLine(`WRONG: ${fault}`);
  if (faults.length === 0) printLine('All cells, counts and states match the reference.');
  process.exitCode = faults.length === 0 ? 0 : 1;
} catch (error) {
  printLine(`The demo failed: ${error instanceof Error ? error.stack : String(error)}`);
  process.exitCode = 1;
}
