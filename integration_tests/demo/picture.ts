/** The closing table of the demo. */
import type { Sandbox } from '../../src/sandbox/server.ts';
import type { RunResult } from '../support/connector.ts';
import { readLine } from '../support/log_lines.ts';
import { printLine } from './progress.ts';
import type { Expected } from './reference.ts';
import type { DemoTable } from './table.ts';

/** The result of one table. */
export interface TableResult {
  readonly table: DemoTable;
  readonly expected: Expected;
  readonly released: number;
  readonly sentStates: number;
  readonly faults: readonly string[];
}

/** Everything that the table shows. */
export interface Summary {
  readonly results: readonly TableResult[];
  readonly sandbox: Sandbox;
  readonly run: RunResult;
  readonly seconds: number;
}

const callsPerHour = 10;
const callsPerDay = 100;
const count = (value: number): string => value.toLocaleString('en');

/** Prints the summary. */
export function printSummary(summary: Summary): void {
  const { results, sandbox, run, seconds } = summary;
  const records = results.reduce((sum, { table }) => sum + table.records.length, 0);
  const submissions = sandbox.jobs.length;
  const reads = sandbox.calls.length - submissions;
  const states = results.reduce((sum, { released }) => sum + released, 0);
  const sentStates = results.reduce((sum, each) => sum + each.sentStates, 0);
  printGrid(objectRows(summary), totalRow(summary));
  printLine('');
  printRejects(run.lines);
  printFacts([
    ['Calls', `${submissions} of ${callsPerHour} this hour, ${submissions} of ${callsPerDay} today; ${reads} reads`],
    ['States', `${states} of ${sentStates} released; of several inside one INSERT file only the last is`],
    ['Time', `${seconds.toFixed(1)} s for ${count(records)} records`],
    ['Peak memory', run.peakMemory === undefined ? 'unknown' : `${(run.peakMemory / 1e6).toFixed(0)} MB`],
  ]);
}

const head = ['Object', 'Operation', 'Stream', 'Records', 'Superseded', 'Rejected', 'In the sandbox', 'Jobs', ''];

function objectRows({ results, sandbox }: Summary): string[][] {
  return results.map(({ table, expected, faults }) => [
    table.object,
    table.operation,
    table.stream,
    count(table.records.length),
    count(expected.superseded),
    count(expected.rejected),
    count(sandbox.rows(table.object).length),
    count(sandbox.jobs.filter(({ object }) => object === table.object).length),
    faults.length === 0 ? '✓ equal' : '✗ WRONG',
  ]);
}

function totalRow({ results, sandbox }: Summary): string[] {
  const sum = (number: (result: TableResult) => number): string =>
    count(results.reduce((total, result) => total + number(result), 0));
  return [
    'Total',
    '',
    '',
    sum(({ table }) => table.records.length),
    sum(({ expected }) => expected.superseded),
    sum(({ expected }) => expected.rejected),
    sum(({ table }) => sandbox.rows(table.object).length),
    count(sandbox.jobs.length),
    '',
  ];
}

/** The first three columns and the last contain text, the others numbers. */
function printGrid(rows: readonly string[][], total: readonly string[]): void {
  const all = [head, ...rows, total];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const isText = (column: number): boolean => column < 3 || column === widths.length - 1;
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  const rule = '─'.repeat(Math.max(...all.map((row) => line(row).length)));
  for (const text of ['', line(head), rule, ...rows.map(line), rule, line(total)]) printLine(text);
}

function printFacts(facts: readonly (readonly [string, string])[]): void {
  for (const [name, value] of facts) printLine(`${name.padEnd(12)}  ${value}`);
}

/** Rejected rows from the log, counted by stream, field and reason. */
function printRejects(lines: readonly string[]): void {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const reject = readLine('rejectedRow', line);
    if (reject === undefined) continue;
    const { stream, field, reason } = reject;
    const group = `${stream}${field === null ? '' : `, ${field}`}: ${reason}`;
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  const total = [...counts.values()].reduce((sum, each) => sum + each, 0);
  printFacts([['Rejected', `${count(total)} rows, each logged`]]);
  for (const [group, rows] of counts) printLine(`${''.padEnd(12)}  ${count(rows).padStart(5)} × ${group}`);
}
