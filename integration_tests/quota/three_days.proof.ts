/**
 * A sync that needs three days of quota. Its log is kept as a fixture, to be read as an operator would read it:
 * `UPDATE_LOGS=1 npm run test:proof` rewrites it.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { day, hour, minute } from '../../src/clock.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { logOf, readLine, readLogs } from '../support/log_lines.ts';
import type { Source } from '../support/run_in_process.ts';
import { checkWindows, type LongStream, recordOf, refused, runLong, startLongTenant, stateOf } from './long_sync.ts';

const root = dirname(createRequire(import.meta.url).resolve('#package.json'));
const kept = join(root, 'integration_tests/fixtures/logs/three_days.log');

const rowsPerFile = 10;
/** One after the other: with two jobs at a time two lines of the same moment could come in either order. */
const streams: readonly LongStream[] = [
  { name: 'companies', object: 'Company', rows: 6 * rowsPerFile },
  { name: 'people', object: 'Person__gc', rows: 14 * rowsPerFile, loadAfter: ['companies'] },
  { name: 'product_usage', object: 'Product_Usage__gc', rows: 190 * rowsPerFile, loadAfter: ['people'] },
];

/** Longer texts are rejected. */
const maxLength = 86;
const sandbox: Partial<SandboxOptions> = {
  rowsPerSecond: 5,
  objects: {
    Company: { fields: { id: {}, text: {} } },
    Product_Usage__gc: { fields: { id: {}, text: {} } },
    Person__gc: { fields: { id: {}, text: { maxLength } } },
  },
  script: [
    { on: 'submit', job: 3, do: { kind: 'stay_in_progress', seconds: 40 * 60 } },
    { on: 'status', nth: 100, do: { kind: 'foreign_jobs', count: 6 } },
    { on: 'status', nth: 300, do: { kind: 'foreign_jobs', count: 9 } },
  ],
};

/** Ids of five digits, so that ten rows of each stream fill a file. */
function linesOf({ name, rows }: LongStream): string[] {
  return Array.from({ length: rows }, (_, row) => {
    const isRefused = name === 'people' && row % 61 === 7;
    return recordOf(name, 10_000 + row, isRefused ? maxLength + 1 : maxLength) + stateOf(name, row);
  });
}

t.test('three days of quota, and the log of them', async (t) => {
  const tenant = await startLongTenant(t, sandbox);
  const log: string[] = [];
  let isEnding = false;
  tenant.clock.addBusy(() => isEnding);
  // The source takes two minutes; then time stands still until all files are closed and the plan is logged.
  const input: Source = async function* (clock) {
    yield Buffer.from(streams.flatMap(linesOf).join(''));
    await clock.sleep(2 * minute);
    isEnding = true;
  };
  const run = await runLong(t, streams, {
    tenant,
    input,
    onLine(line) {
      const text = logOf(line)?.replace(/127\.0\.0\.1:\d+/, 'acme.gainsightcloud.com');
      const time = new Date(tenant.clock.now()).toISOString().slice(0, 19).replace('T', ' ');
      if (readLine('plan', line)) isEnding = false;
      if (text) log.push(`${time} ${text}\n`);
    },
  });
  t.equal(run.end, 'done', run.traces.join(' '));
  checkWindows(t, run);
  t.same(refused(run.sandbox), [], 'no call was refused');
  t.equal(run.sandbox.ownJobs.length, 210);
  const took = run.clock.elapsed();
  t.ok(took > 2 * day && took < 2 * day + 3 * hour, `no longer than necessary: ${took / hour} hours`);
  checkLines(t, log);
  if (process.env['UPDATE_LOGS']) writeFileSync(kept, log.join(''));
  const wanted = readFileSync(kept, 'utf8').split(/(?<=\n)/);
  const differs = log.findIndex((line, at) => line !== wanted[at]);
  t.equal(log[differs], wanted[differs], `line ${differs + 1}`);
  t.equal(log.length, wanted.length);
});

/** Checks what a reader relies on. */
function checkLines(t: Test, log: readonly string[]): void {
  const texts = log.map((line) => line.slice('2026-01-05 09:00:00 '.length).trimEnd());
  const [submitted = [], completed = []] = (['submitted', 'completed'] as const).map((kind) =>
    readLogs(kind, texts).map(({ job }) => job),
  );
  const groups = readLogs('jobGroup', texts);
  t.equal(new Set(submitted).size, submitted.length, 'one line at the submission of a job');
  t.same(completed?.toSorted(), submitted?.toSorted(), 'one at its end');
  t.equal(submitted.length + groups.reduce((sum, { jobs }) => sum + jobs, 0), 210, 'or it is one of a group');
  t.ok(submitted.length >= 40, 'the first jobs each have their lines');
  t.equal(new Set(texts).size, texts.length, 'no line is written twice');
  t.equal(readLogs('plan', texts).length, 1);
  t.ok(log.length < 250, `it can be read: ${log.length} lines`);
  checkExpectedEnds(t, log);
}

/** As soon as half of the time is over, the expected end is within 5 % of the true one; no line contradicts another. */
function checkExpectedEnds(t: Test, log: readonly string[]): void {
  const timeOf = (line: string) => Date.parse(`${line.slice(0, 19).replace(' ', 'T')}Z`);
  const [start, end] = [timeOf(log[0] ?? ''), timeOf(log.at(-1) ?? '')];
  const waits = log.filter((line) => timeOf(line) > (start + end) / 2 && line.includes(' expected end '));
  t.ok(waits.length > 10);
  const endOf = (line: string) => Date.parse(`${/ expected end (\S+ \S+) UTC/.exec(line)?.[1]}Z`);
  for (const line of waits) t.ok(Math.abs(endOf(line) - end) < 0.05 * (end - start), line);
  const known = log.filter((line) => line.includes(' expected end '));
  const ends = new Map<string, number>();
  for (const line of known) {
    const moment = line.slice(0, 19);
    t.equal(endOf(line), ends.get(moment) ?? endOf(line), `lines of one moment expect one end: ${line}`);
    ends.set(moment, endOf(line));
    const until = Date.parse(`${/ Waiting until (\S+ \S+) UTC/.exec(line)?.[1] ?? moment}Z`);
    t.ok(until <= endOf(line), `no wait ends after the sync does: ${line}`);
  }
}
