/** The plan of a sync against the sync itself: files, rows, calls of both APIs and times are the same on an idle tenant. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import t from 'tap';
import { parseCatalog } from '../../src/airbyte/catalog.ts';
import { systemClock } from '../../src/clock.ts';
import { type Config, parseConfig } from '../../src/config/config.ts';
import { quotaWindows } from '../../src/config/quota_windows.ts';
import { createClient } from '../../src/gainsight/client.ts';
import { Ledger } from '../../src/load/quota.ts';
import { makePlans } from '../../src/plan/plan.ts';
import { Spool } from '../../src/spool/spool.ts';
import { planSync, type SyncPlan } from '../../src/sync_plan.ts';
import { FakeClock } from '../support/fake_clock.ts';
import { runInProcess } from '../support/run_in_process.ts';
import { catalogOf, entryOf, recordLine, state } from '../support/small_sync.ts';
import { accessKey, settingsFor, startTenant } from '../support/tenant.ts';

const names = ['accounts', 'contacts', 'usage', 'tickets'];

/** Milliseconds that the sandbox takes for the rows of a job, once it is no longer pending. */
const aMoment = 0.001;

interface Source {
  readonly entries: readonly { readonly operation: string; readonly object: string; readonly isChild: boolean }[];
  /** Streams of the records, in order; a key of 0 is none. */
  readonly records: readonly { readonly stream: number; readonly key: number; readonly isState: boolean }[];
  readonly maxRows: number;
  readonly callsPerHour: number;
  /** Of the object API, by which an UPDATE goes. */
  readonly callsPerMinute: number;
  readonly jobSeconds: number;
  readonly listLagSeconds: number;
  readonly pollSeconds: number;
}

const sources = fc.record<Source>({
  entries: fc.array(
    fc.record({
      operation: fc.constantFrom('UPSERT', 'UPSERT', 'INSERT', 'UPDATE', 'UPDATE'),
      object: fc.constantFrom('A', 'B', 'C'),
      isChild: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  records: fc.array(fc.record({ stream: fc.nat(3), key: fc.nat(25), isState: fc.boolean() }), {
    minLength: 10,
    maxLength: 60,
  }),
  maxRows: fc.integer({ min: 4, max: 12 }),
  callsPerHour: fc.constantFrom(2, 10, 100),
  callsPerMinute: fc.constantFrom(1, 2, 100),
  jobSeconds: fc.constantFrom(1, 7, 61, 400),
  listLagSeconds: fc.constantFrom(0, 15),
  pollSeconds: fc.constantFrom(20, 60),
});

function settingsOf(source: Source): object {
  const { entries, maxRows, callsPerHour, callsPerMinute, listLagSeconds, pollSeconds } = source;
  return {
    streams: entries.map(({ operation, object, isChild }, at) =>
      entryOf(names[at] ?? '', {
        ...{ operation, object, ...(operation === 'UPDATE' && { route: 'object_api' }) },
        ...(isChild && at > 0 && { load_after: [names[at - 1]] }),
      }),
    ),
    files: { max_rows: maxRows },
    quota: { calls_per_hour: callsPerHour, object_api: { per_minute: callsPerMinute, reserved: 0 } },
    polling: { list_lag_seconds: listLagSeconds, max_interval_seconds: pollSeconds },
    rejected_rows: { fail_above_percent: 100 },
    preflight: { mapping: 'off' },
  };
}

function inputOf({ entries, records }: Source): Buffer {
  const lines = records
    .map((record) => ({ ...record, name: names[record.stream % entries.length] ?? '' }))
    .map(({ name, key, isState }, at) => {
      const line = recordLine(name, JSON.stringify({ Id: key === 0 ? null : `${key}`, Name: `n${at}` }));
      return `${line}\n${isState ? state(name, at) : ''}`;
    });
  const last = entries.map((_, at) => state(names[at] ?? '', records.length));
  return Buffer.from([...lines, ...last].join(''));
}

async function planOf(config: Config, catalog: object, input: Buffer, jobMs: number): Promise<SyncPlan> {
  const folder = mkdtempSync(join(tmpdir(), 'plan-'));
  const spool = await Spool.open({ parent: folder, limitBytes: 1e9, pid: process.pid, startTime: '2' });
  try {
    const parsed = parseCatalog(JSON.stringify(catalog));
    const client = createClient({
      baseUrl: 'https://nowhere.invalid/v1',
      accessKey,
      clock: systemClock,
      userAgent: '',
    });
    const ledger = new Ledger(quotaWindows(config.quota));
    const world = { client, clock: systemClock, spool, ledger, jobMs };
    const { plans } = makePlans(parsed, config);
    return await planSync(config, parsed, plans, Readable.from([input]), world);
  } finally {
    await spool.remove();
    rmSync(folder, { recursive: true });
  }
}

async function compare(source: Source): Promise<void> {
  const catalog = catalogOf(names.slice(0, source.entries.length));
  const input = inputOf(source);
  const sync = { config: settingsOf(source), catalog, input };
  const sandbox = { rowsPerSecond: 1e12, pendingSeconds: source.jobSeconds, callsPerHour: source.callsPerHour };
  const tenant = await startTenant(new FakeClock({ patience: 5000 }), sandbox);
  const known = Array.from({ length: 26 }, (_, key) => ({ Id: `${key}`, Name: 'old' }));
  for (const object of ['A', 'B', 'C']) tenant.sandbox.addRecords(object, known);
  const ran = await runInProcess({ ...sync, tenant });
  await ran.sandbox.close();
  const config = parseConfig(JSON.stringify(settingsFor(sync.config, 'http://127.0.0.1:1')));
  const plan = await planOf(config, catalog, input, source.jobSeconds * 1000 + aMoment);
  assert.equal(ran.end, plan.faults.length > 0 ? 'failed' : 'done', plan.faults.join('\n'));
  if (plan.faults.length > 0) return;
  const planned = plan.files.map(({ plan: { object }, rows, bytes, submittedMs }) => ({
    ...{ object, rows, bytes, second: Math.round(submittedMs / 1000) },
  }));
  const sent = ran.sandbox.ownJobs.map(({ object, rowCount, bytes, acceptedElapsed }) => ({
    ...{ object, rows: rowCount, bytes, second: Math.round(acceptedElapsed / 1000) },
  }));
  const order = (files: typeof sent) => files.map((file) => JSON.stringify(file)).sort();
  assert.deepEqual(order(planned), order(sent));
  assert.equal(plan.total.calls, ran.sandbox.calls.filter(({ kind }) => kind === 'submit').length);
  const { least, most } = plan.byCalls;
  assert.deepEqual([least, most], [ran.sandbox.objectCalls.length, ran.sandbox.objectCalls.length], 'calls');
  assert.equal(Math.round(plan.endMs / 1000), Math.round(ran.clock.elapsed() / 1000), 'the end');
}

t.test('a plan has the files, rows, calls and times of the sync that follows', async (t) => {
  await fc.assert(fc.asyncProperty(sources, compare), {
    ...{ seed: Number(process.env['SEED'] ?? 1), numRuns: Number(process.env['RUNS'] ?? 10) },
    // Each run is a whole sync: a smaller example is not worth hundreds of them.
    endOnFailure: true,
  });
  t.pass('on an idle tenant');
});
