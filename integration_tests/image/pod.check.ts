/** The image in Airbyte's pod: every command, a whole sync, and a sync that is stopped or killed in the middle. */
import t, { type Test } from 'tap';
import { systemClock } from '../../src/clock.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { catalog, inputLines, judgeStates, type SentStates } from '../demo/airbyte.ts';
import { differences, expect } from '../demo/reference.ts';
import { type DemoTable, plainRecord } from '../demo/table.ts';
import { logOf, readLog, readLogs } from '../support/log_lines.ts';
import { exampleConfiguration, exampleTables } from './example.ts';
import { type PodEnd, runPod, startWritingPod, type WritingPod } from './pod.ts';

const accessKey = 'image-test-key-8f14e45f';

/** Tables, and the input for them. */
interface Load {
  readonly tables: readonly DemoTable[];
  readonly sent: SentStates;
  readonly input: string;
}

const example = loadOf(exampleTables());

function loadOf(tables: readonly DemoTable[]): Load {
  const sent: SentStates = new Map();
  return { tables, sent, input: [...inputLines(tables, sent)].join('') };
}

/** Lines of 10 MB: the longest for which a pod with this memory is promised to suffice. */
function longLines(): Load {
  const columns = ['id', 'text'].map((column) => ({ column, field: `${column}__gc` }));
  const text = 'long '.repeat(1_999_900);
  const table: DemoTable = {
    ...{ stream: 'notes', object: 'Note__gc', operation: 'UPSERT', keyFields: ['id__gc'], primaryKey: ['id'] },
    ...{ columns, loadAfter: [], stateEvery: 2 },
    records: [1, 2, 3, 4, 5, 6].map((id) => plainRecord({ id, text }, columns)),
  };
  return loadOf([table]);
}

/** A tenant whose jobs stay pending for `seconds`, and the configuration for it. */
async function tenant(t: Test, seconds = 0.1, { tables }: Load = example) {
  const fields = (table: DemoTable) => table.columns.map(({ field, rule }) => [field, rule ?? {}]);
  const objects = Object.fromEntries(
    tables.map((table) => [table.object, { fields: Object.fromEntries(fields(table)) }]),
  );
  const sandbox = await startSandbox({ clock: systemClock, accessKey, objects, pendingSeconds: seconds });
  t.teardown(() => sandbox.close());
  const config = { ...exampleConfiguration(), access_key: accessKey, api_base_url: sandbox.url };
  return {
    sandbox,
    config: { ...config, polling: { max_interval_seconds: 1, list_lag_seconds: 1, submission_answer_minutes: 0.05 } },
  };
}

function write(config: unknown, attempt: number, { tables, input }: Load = example): WritingPod {
  const env = { WORKER_JOB_ID: '4711', WORKER_JOB_ATTEMPT: String(attempt), DATA_CHANNEL_MEDIUM: 'STDIO' };
  return startWritingPod({ config, catalog: catalog(tables) }, { input, env });
}

/** Waits until a job was accepted and none has ended. */
async function inTheMiddle(sandbox: Sandbox, pod: WritingPod): Promise<void> {
  let isOver = false;
  void pod.ended.finally(() => {
    isOver = true;
  });
  while (sandbox.jobs.length === 0 && !isOver) await systemClock.sleep(20);
}

/** Checks that all rows are there, cell for cell, and every state came back. */
function judgeWhole(t: Test, sandbox: Sandbox, end: PodEnd, { tables, sent }: Load = example): void {
  judgeEnd(t, end, 0);
  for (const table of tables) {
    t.same(
      differences(table, expect(table), sandbox),
      [],
      `${sandbox.rows(table.object).length} rows of ${table.object}`,
    );
    const states = judgeStates(table, sent.get(table.stream) ?? [], end.lines);
    t.same(states.faults, [], `${states.released} states of ${table.stream}`);
    t.equal(states.rejected, expect(table).rejected, `rejected records of ${table.stream}`);
  }
}

function judgeEnd(t: Test, end: PodEnd, code: number): void {
  t.equal(end.code, code, `the container ends with ${code}`);
  t.equal(end.reported, String(code), 'so does the connector');
  t.equal(end.stderr, '', 'standard error is empty');
  t.same(end.leftovers, [], 'nothing is left in /dest');
  t.notOk(
    end.lines.some((line) => line.includes(accessKey)),
    'the access key is in no output',
  );
}

/** It takes over what the previous attempt had submitted, and loads the rest. */
async function judgeNextAttempt(t: Test, sandbox: Sandbox, config: unknown): Promise<void> {
  const end = await write(config, 1).ended;
  judgeWhole(t, sandbox, end);
  const takenOver = readLogs('takenOver', logs(end)).map(({ job }) => job);
  t.same(takenOver, [sandbox.jobs[0]?.id], 'taken over');
  t.equal(sandbox.jobs.length, 2, 'no job was submitted twice');
}

function logs({ lines }: PodEnd): string[] {
  return lines.flatMap((line) => logOf(line) ?? []);
}

// Most of the time is waiting.
t.jobs = 3;

t.test('spec', { buffered: true }, async (t) => {
  const end = await runPod('spec');
  judgeEnd(t, end, 0);
  t.same(
    end.lines.map((line) => JSON.parse(line).type),
    ['SPEC'],
    'one line, a SPEC',
  );
});

t.test('check', { buffered: true }, async (t) => {
  const { config } = await tenant(t);
  for (const [key, status] of [
    [accessKey, 'SUCCEEDED'],
    ['wrong', 'FAILED'],
  ]) {
    const end = await runPod('check', { ...config, access_key: key });
    judgeEnd(t, end, 0);
    const reported = end.lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'CONNECTION_STATUS');
    t.same(
      reported.map(({ connectionStatus }) => connectionStatus.status),
      [status],
      reported[0]?.connectionStatus.message,
    );
  }
});

t.test('a whole sync', { buffered: true }, async (t) => {
  const { sandbox, config } = await tenant(t);
  judgeWhole(t, sandbox, await write(config, 0).ended);
  t.equal(sandbox.jobs.length, 2, 'one job for each table');
});

t.test('a sync of lines of 10 MB', { buffered: true }, async (t) => {
  const load = longLines();
  const { sandbox, config } = await tenant(t, 0.1, load);
  const { domain, access_key, api_base_url, polling } = config;
  const settings = { domain, access_key, api_base_url, polling };
  const streams = [
    {
      stream: 'notes',
      object: 'Note__gc',
      fields: load.tables[0]?.columns.map(({ column, field }) => ({ column, field })),
    },
  ];
  judgeWhole(t, sandbox, await write({ ...settings, streams }, 0, load).ended, load);
});

t.test('a stopped sync leaves its job running, and the next attempt takes it over', { buffered: true }, async (t) => {
  const { sandbox, config } = await tenant(t, 8);
  const pod = write(config, 0);
  await inTheMiddle(sandbox, pod);
  pod.terminate();
  const stopped = await pod.ended;
  judgeEnd(t, stopped, 143);
  // A shell reports 143 for any child killed by SIGTERM; only a connector that ended by itself logs a summary.
  t.match(readLog('total', logs(stopped).at(-1) ?? ''), { streams: 2, states: 0 }, 'the signal reached the connector');
  t.equal(sandbox.jobs[0]?.endedAfter, undefined, 'it did not wait for the job');
  await judgeNextAttempt(t, sandbox, config);
});

t.test('a killed sync leaves its job running, and the next attempt takes it over', { buffered: true }, async (t) => {
  const { sandbox, config } = await tenant(t, 8);
  const pod = write(config, 0);
  await inTheMiddle(sandbox, pod);
  pod.kill();
  const killed = await pod.ended;
  t.equal(killed.code, 137, 'SIGKILL');
  t.equal(killed.reported, null, 'nothing could be done');
  await judgeNextAttempt(t, sandbox, config);
});
