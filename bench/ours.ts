/**
 * The connector's path from records to a CSV file, as in `write`: framing, scanning, validating, encoding, file;
 * without keys, and measured until the file would be closed and its digest computed.
 */
import { readFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { standardInput } from '../src/airbyte/stdin.ts';
import { nextUntil } from '../src/async.ts';
import { Batcher, type StatePositions } from '../src/batch/batcher.ts';
import { Intake } from '../src/intake.ts';
import type { Batch } from '../src/model.ts';
import { makePlans } from '../src/plan/plan.ts';
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
const spool = await Spool.open({
  parent: dirname(task.output),
  limitBytes: Number.POSITIVE_INFINITY,
  pid: process.pid,
  startTime: '0',
});
const noCaps = { maxBytes: Number.POSITIVE_INFINITY, maxRows: Number.POSITIVE_INFINITY };
const closed: Batch[] = [];
const batcher = new Batcher({
  ...{ spool, caps: noCaps, states: noStates, sentBefore: async () => 0 },
  send: async (batch) => void closed.push(batch),
});
const unexpected = (what: string) => () => {
  throw new Error(`the data of the benchmark has ${what}`);
};
const intake = new Intake(
  { plans, values, skipsDeleted: true, isClear: false },
  {
    batcher,
    isStopped: () => false,
    room: () => undefined,
    reject: unexpected('a row that is rejected'),
    skip: unexpected('a deleted row'),
    hold: unexpected('a state'),
    unknown: unexpected('a stream that the catalog lacks'),
    pass: unexpected('a foreign state'),
    warn: (text) => unexpected(`something to warn of: ${text}`)(),
  },
);

const { signal } = new AbortController();
const chunks = standardInput(() => process.stdin, signal)[Symbol.asyncIterator]();
for (let chunk = await nextUntil(chunks, signal); chunk; chunk = await nextUntil(chunks, signal))
  await intake.read(chunk);
await intake.end();
reportUsage();

// Not measured: closing computes the digest.
for (const { id } of plans) await batcher.close(id, 'end');
if (closed.length === 1) renameSync((closed[0] as Batch).path, task.output);
await spool.remove();
