/**
 * The connector's path from records to a CSV file, as in `write`: framing, scanning, validating, encoding, file;
 * without keys, and measured until the file would be closed and its digest computed.
 */
import { readdirSync, readFileSync, renameSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { standardInput } from '../src/airbyte/stdin.ts';
import { itemsUntil } from '../src/async.ts';
import { Batcher, type StatePositions } from '../src/batch/batcher.ts';
import { type Arrival, Intake } from '../src/intake.ts';
import { Schedule } from '../src/load/schedule.ts';
import type { Batch } from '../src/model.ts';
import { AbsentColumns } from '../src/plan/absent_columns.ts';
import { makePlans } from '../src/plan/plan.ts';
import { ValueCheck, ValueChecks } from '../src/records/value_check.ts';
import { ruleOf, type ValueRule } from '../src/records/value_rules.ts';
import { Accounts } from '../src/settle/accounts.ts';
import { Spool } from '../src/spool/spool.ts';
import { catalogOf, mappingOf } from './airbyte.ts';
import type { Task } from './task.ts';
import { reportUsage } from './usage.ts';

// As in src/main.ts.
if (Number.parseInt(process.versions.node, 10) <= 24) setFlagsFromString('--semi-space-growth-factor=1');

const values = {
  null_text: '',
  boolean_format: 'true_false',
  datetime_format: 'as_is',
  list_separator: ';',
  trim: false,
} as const;
const nothing = () => undefined;
const noStates: StatePositions = { lastStateAt: () => 0, commonEnd: () => new Map(), split: nothing, closed: nothing };

const task = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as Task;
const { plans } = makePlans(catalogOf(task.streams, 'INSERT'), mappingOf(task.streams, 'INSERT'));
const accounts = new Accounts(plans);
const spool = await Spool.open({
  parent: dirname(task.output),
  limitBytes: Number.POSITIVE_INFINITY,
  pid: process.pid,
  startTime: '0',
});
const noCaps = { maxBytes: Number.POSITIVE_INFINITY, maxRows: Number.POSITIVE_INFINITY };
const closed: Batch[] = [];
const batcher = new Batcher({
  ...{ spool, caps: noCaps, states: noStates, columns: { filePlan: (plan) => plan } },
  earlierJobs: { sentBefore: async () => 0 },
  batches: { closed: async (batch) => void closed.push(batch) },
});
const unexpected = (what: string) => () => {
  throw new Error(`the data of the benchmark has ${what}`);
};
const checks = new ValueChecks();
if (task.described) {
  for (const plan of plans) {
    const rules = new Map<number, ValueRule>();
    for (const [column, { field }] of plan.columns.entries()) {
      const described = task.described.find(({ name }) => name === field);
      const rule = described && ruleOf(described, described.options);
      if (rule) rules.set(column, rule);
    }
    checks.add(plan, new ValueCheck(plan, { rules, rejects: false, nullText: values.null_text, detail: 'keys' }));
  }
}
const intake = new Intake(
  {
    ...{ accounts, batcher, columns: new AbsentColumns(nothing), schedule: new Schedule(plans) },
    settlement: { refuse: unexpected('a row that is rejected') },
    checks,
    backpressure: { room: nothing },
    output: { log: (_level, text) => unexpected(`something to warn of: ${text}`)() },
  },
  { values, skipsDeleted: false, isClear: false },
);

async function take(arrivals: AsyncIterable<Arrival>): Promise<void> {
  for await (const { kind } of arrivals) unexpected(`a ${kind}`)();
}

const { signal } = new AbortController();
const input = standardInput(() => process.stdin, signal);
for await (const chunk of itemsUntil(input, signal)) await take(intake.read(chunk));
await take(intake.end());
reportUsage();
for (const plan of plans) {
  const [misfit] = checks.of(plan)?.found ?? [];
  if (misfit) unexpected(`a value that does not fit: ${misfit.field}, ${misfit.reason}`)();
}

// Not measured: closing computes the digest.
for (const { id } of plans) await batcher.close(id, 'end');
if (closed.length === 1) renameSync((closed[0] as Batch).path, task.output);
emptySpool();

/**
 * Gives the disk space back without deleting files: for some minutes ext4 passes over the inode of each deleted file
 * whenever it creates one, so that a run of a thousand streams would pay for the run before.
 */
function emptySpool(): void {
  // By a name that the next run does not take for what a killed process left.
  const folder = `${spool.folder}-emptied`;
  renameSync(spool.folder, folder);
  for (const name of readdirSync(folder)) truncateSync(`${folder}/${name}`);
}
