/**
 * Two connectors on one tenant, one quota and one object at the same time: neither exceeds the quota nor loses a row.
 */
import t, { type Test } from 'tap';
import { hour } from '../../src/clock.ts';
import type { FakeClock } from '../support/fake_clock.ts';
import { readLogs } from '../support/log_lines.ts';
import { environmentOf } from '../support/program.ts';
import { type InProcessResult, runInProcess } from '../support/run_in_process.ts';
import { holdsAlways, records, setUpProgram } from '../support/small_sync.ts';
import { codesOf } from '../support/sync.ts';
import type { Tenant } from '../support/tenant.ts';
import { recordOf, startLongTenant, stateOf, syncOf } from './long_sync.ts';

type Operation = 'UPSERT' | 'INSERT';

/** Rows of each connector; each fills a file. */
const rows = 12;

interface Connection {
  readonly run: string;
  readonly name: string;
  readonly from: number;
}

/** One connection's sync of its rows into the shared object. */
function syncFrom(tenant: Tenant<FakeClock>, { run, name, from }: Connection, operation: Operation, quota: object) {
  const ids = Array.from({ length: rows }, (_, at) => from + at);
  const lines = [...ids.map((id) => recordOf(name, id)), stateOf(name, from)];
  const sync = syncOf([{ name, object: 'company', rows, operation }], tenant, { quota });
  return { ...sync, input: Buffer.from(lines.join('')), identity: { run, attempt: 0 } };
}

async function bothOn(
  t: Test,
  tenant: Tenant<FakeClock>,
  operation: Operation,
  quota: object = {},
): Promise<InProcessResult[]> {
  const runs = await Promise.all([
    runInProcess(syncFrom(tenant, { run: '7', name: 'company', from: 0 }, operation, quota)),
    runInProcess(syncFrom(tenant, { run: '8', name: 'firms', from: 1000 }, operation, quota)),
  ]);
  for (const run of runs) {
    t.equal(run.end, 'done', run.traces.join());
    t.equal(run.states.length, 1, 'its state was released');
    t.same(run.leftovers, []);
  }
  const ids = tenant.sandbox.rows('company').map(({ id }) => Number(id));
  const wanted = [0, 1000].flatMap((from) => Array.from({ length: rows }, (_, at) => from + at));
  t.same(
    ids.sort((a, b) => a - b),
    wanted,
    'every row of both, each once',
  );
  t.equal(tenant.sandbox.ownJobs.length, 2 * rows, 'no file was sent twice');
  return runs;
}

/** Per job: calls left after its submission, as its connector logged. */
function reportedLeft(runs: readonly InProcessResult[]): Map<string, number> {
  const lines = runs.flatMap(({ logs }) => readLogs('submitted', logs));
  return new Map(lines.map(({ job, leftThisHour }) => [job, leftThisHour]));
}

/** Jobs whose connector counted more calls left than there were, apart from one made meanwhile. */
function unawareOf({ sandbox }: Tenant<FakeClock>, runs: readonly InProcessResult[]): string[] {
  const reported = reportedLeft(runs);
  const { ownJobs: jobs } = sandbox;
  return jobs.flatMap(({ id, acceptedElapsed: at }, index) => {
    const made = jobs.slice(0, index + 1).filter(({ acceptedElapsed }) => at - acceptedElapsed < hour).length;
    // Later jobs without rejected rows are logged together.
    const left = reported.get(id) ?? 0;
    return left <= 10 - made + 1 ? [] : [`${id}: ${left} left after ${made}`];
  });
}

for (const operation of ['UPSERT', 'INSERT'] as const) {
  t.test(`two syncs by ${operation} share the calls of the hours`, async (t) => {
    const tenant = await startLongTenant(t);
    const runs = await bothOn(t, tenant, operation);
    const { calls, busiestHour } = { calls: tenant.sandbox.calls, busiestHour: tenant.sandbox.busiestHour() };
    t.ok(busiestHour.calls <= 11, `the busiest hour: ${busiestHour.calls}`);
    const refused = calls.filter(({ kind, status }) => kind === 'submit' && status === 429);
    t.ok(refused.length <= 2, `${refused.length} submissions were refused`);
    t.same(unawareOf(tenant, runs), [], 'each counts the calls of the other');
  });
}

t.test('if every call counts, two syncs share them too', async (t) => {
  const tenant = await startLongTenant(t, { countedCalls: 'all_calls', callsPerHour: 30, callsPerDay: 200 });
  const quota = { counted_calls: 'all_calls', calls_per_hour: 30, calls_per_day: 200 };
  await bothOn(t, tenant, 'UPSERT', quota);
  // The list shows jobs with the calls set aside for them, but no reads: allow for those at the start.
  t.ok(tenant.sandbox.busiestHour().calls <= 33, `the busiest hour: ${tenant.sandbox.busiestHour().calls}`);
});

t.test('two built programs of one connection at the same time', async (t) => {
  const config = { files: { max_rows: 1 }, quota: { calls_per_hour: 6, max_wait_minutes: 1 } };
  const program = await setUpProgram(t, { streams: ['accounts'], config, sandbox: { callsPerHour: null } });
  const start = async (id: string, keys: readonly string[]) => {
    const running = program.start('write', { env: environmentOf({ run: id, attempt: 0 }) });
    await running.write(records('accounts', ...keys));
    running.end();
    return running.ended;
  };
  const ends = { '7': ['quota_spent', 'attempt_replaced'], '8': ['quota_spent'] };
  const syncs = [start('7', ['A1', 'A2', 'A3', 'A4', 'A5']), start('8', ['B1', 'B2', 'B3', 'B4'])];
  const results = await Promise.all(syncs);
  for (const [result, allowed] of results.map((each, at) => [each, Object.values(ends)[at] ?? []] as const)) {
    holdsAlways(t, result, program);
    const codes = codesOf(result);
    t.equal(codes.length, result.code === 0 ? 0 : 1);
    t.ok(
      codes.every((code) => allowed.includes(code)),
      `it succeeds, lacks calls, or stops because its rows are older: ${codes}`,
    );
  }
  const made = program.sandbox.busiestHour().calls;
  t.ok(made >= 4 && made <= 7, `${made} calls of both together`);
  const ids = program.sandbox.rows('Accounts').map((row) => row['Id']);
  t.equal(new Set(ids).size, made, 'a row for each');
});
