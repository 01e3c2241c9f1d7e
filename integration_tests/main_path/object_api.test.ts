/** Whole syncs by the object API: what Gainsight has afterwards, the states, the counts, and which calls were made. */
import t, { type Test } from 'tap';
import { FakeClock } from '../support/fake_clock.ts';
import { readLogs } from '../support/log_lines.ts';
import { type InProcessResult, runInProcess } from '../support/run_in_process.ts';
import { startTenant } from '../support/tenant.ts';

interface Step {
  readonly entry?: object;
  readonly config?: object;
  readonly tenant?: InProcessResult;
  readonly attempt?: number;
  readonly records: readonly object[];
}

const object = 'Visit__gc';
const columns = ['Id__gc', 'Name__gc', 'Amount__gc'];

async function sync(t: Test, { attempt = 0, entry, config, tenant, records }: Step): Promise<InProcessResult> {
  const state = { type: 'STREAM', stream: { stream_descriptor: { name: 'visits' }, stream_state: { seq: 1 } } };
  const lines = [
    ...records.map((data) => ({ type: 'RECORD', record: { stream: 'visits', data, emitted_at: 1 } })),
    { type: 'STATE', state },
  ];
  const json_schema = { type: 'object', properties: Object.fromEntries(columns.map((name) => [name, {}])) };
  const stream = { name: 'visits', json_schema, supported_sync_modes: ['incremental'] };
  const run = await runInProcess({
    config: {
      streams: [
        { stream: 'visits', object, operation: 'UPSERT', key_fields: ['Id__gc'], route: 'object_api', ...entry },
      ],
      rejected_rows: { fail_above_percent: 100 },
      ...config,
    },
    catalog: { streams: [{ stream, sync_mode: 'incremental', destination_sync_mode: 'append_dedup' }] },
    input: Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
    identity: { run: '7', attempt },
    ...(tenant && { tenant }),
  });
  if (!tenant) t.teardown(() => run.sandbox.close());
  return run;
}

const visits = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, at) => ({ Id__gc: `v${at}`, Name__gc: `n${at}`, Amount__gc: at, ...more }));

/** Each row of the object as its cells in the order of {@link columns}. */
const rowsOf = ({ sandbox }: InProcessResult) =>
  sandbox.rows(object).map((row) => columns.map((name) => row[name] ?? null).join(' '));

t.test('an UPSERT adds what is missing and changes what is there; a field that is absent stays', async (t) => {
  const first = await sync(t, { records: visits(60) });
  t.equal(first.end, 'done', first.logs.join('\n'));
  t.equal(rowsOf(first).length, 60);
  // As the command `plan` says it: a record and the keys are asked for before any of 60 is written.
  const says =
    /^INFO Plan: 1 batch, 60 rows of 1 stream by the object API · (\d+) to (\d+) calls, if it refuses no record · /;
  const [, least, most] = first.logs.map((line) => says.exec(line)).find((found) => found) ?? [];
  t.same([least, most], [5, 34], first.logs.join('\n'));
  const { length: made } = first.sandbox.objectCalls;
  t.ok(Number(least) <= made && made <= Number(most), `${made} calls`);
  const second = await sync(t, {
    tenant: first,
    records: [{ Id__gc: 'v3', Amount__gc: null }, { Id__gc: 'v4', Name__gc: 'new' }, ...visits(61).slice(60)],
  });
  t.equal(second.end, 'done', second.logs.join('\n'));
  const rows = rowsOf(second);
  t.equal(rows.length, 61);
  t.ok(rows.includes('v3 n3 '), 'null clears, and what is absent stays');
  t.ok(rows.includes('v4 new 4'));
  t.match(readLogs('total', second.logs)[0], { records: 3, accepted: 3, rejected: 0 });
  t.equal(second.sandbox.ownJobs.length, 0, 'no file was sent');
  t.equal(second.states.length, 1);
});

t.test(
  'a list whose element contains the list separator is sent as it is, and rejected where a file may come',
  async (t) => {
    const records = [
      { Id__gc: 'v0', Name__gc: ['Red; dark', 'Blue'] },
      { Id__gc: 'v1', Name__gc: ['Red', 'Blue'] },
    ];
    const run = await sync(t, { records });
    t.same([run.end, readLogs('total', run.logs)[0]?.['rejected']], ['done', 0], run.logs.join('\n'));
    const stored = (sandbox: InProcessResult['sandbox']) => sandbox.rows(object).map(({ Name__gc }) => Name__gc);
    // The sandbox keeps a list as its elements, joined.
    t.same(stored(run.sandbox), ['Red; dark;Blue', 'Red;Blue']);
    const either = await sync(t, { records, entry: { route: 'auto' } });
    t.match(either.logs.join('\n'), /an element of the list contains the list separator/);
    t.equal(stored(either.sandbox).length, 1);
  },
);

t.test('an UPDATE takes a call for fifty rows, and reads no list of jobs', async (t) => {
  const first = await sync(t, { records: visits(120) });
  const second = await sync(t, {
    tenant: first,
    entry: { operation: 'UPDATE' },
    records: visits(120, { Name__gc: 'x' }),
  });
  t.equal(second.end, 'done', second.logs.join('\n'));
  t.ok(rowsOf(second).every((row) => row.includes(' x ')));
  t.match(second.logs.at(-2), /1 batch, 3 calls of the object API/);
  const ends = second.logs.filter((text) => text.includes('visits → Visit__gc') && text.includes('120 rows'));
  t.match(ends, [/ done with 3 calls of the object API: 120 rows accepted \(120 updated\), 0 rejected · request /]);
  t.equal(ends.length, 1, 'one line of its end');
});

t.test('an INSERT by keys leaves what is there as it is', async (t) => {
  const first = await sync(t, { records: visits(2) });
  const second = await sync(t, {
    tenant: first,
    entry: { operation: 'INSERT' },
    records: visits(3, { Name__gc: 'x' }),
  });
  t.equal(second.end, 'done', second.logs.join('\n'));
  t.same(rowsOf(second).toSorted(), ['v0 n0 0', 'v1 n1 1', 'v2 x 2']);
  t.match(second.logs.join('\n'), /visits → Visit__gc by INSERT \(by keys\), key Id__gc/);
});

t.test('auto sends small batches by calls and large ones as files', async (t) => {
  const config = { quota: { object_api: { auto_rows: 2 } } };
  const first = await sync(t, { config, entry: { route: 'auto' }, records: visits(3) });
  t.equal(first.end, 'done', first.logs.join('\n'));
  t.equal(first.sandbox.ownJobs.length, 1);
  t.match(
    first.logs.join('\n'),
    /3 rows go by a file of the Bulk API, as "Quota: Object API: Most Rows for Auto" is 2/,
  );
  const second = await sync(t, {
    config,
    tenant: first,
    entry: { route: 'auto' },
    records: visits(2, { Name__gc: 'x' }),
  });
  t.equal(second.end, 'done', second.logs.join('\n'));
  t.same(rowsOf(second).toSorted(), ['v0 x 0', 'v1 x 1', 'v2 n2 2']);
  t.equal(second.sandbox.ownJobs.length, 1);
  t.match(second.logs.join('\n'), /2 rows go by the object API/);
});

t.test('auto, started again: a file waits for what calls of the attempt before may still do', async (t) => {
  const config = { quota: { object_api: { auto_rows: 2 } } };
  const first = await sync(t, { config, entry: { route: 'auto' }, records: visits(2) });
  const startedAt = first.clock.elapsed();
  const second = await sync(t, { config, tenant: first, entry: { route: 'auto' }, attempt: 1, records: visits(3) });
  t.equal(second.end, 'done', second.logs.join('\n'));
  t.equal(second.sandbox.ownJobs.length, 1);
  const submitted = second.sandbox.calls.find(({ kind }) => kind === 'submit');
  t.ok((submitted?.elapsed ?? 0) - startedAt >= 10 * 60_000, 'ten minutes after the start');
  t.match(second.logs.join('\n'), /3 records of Visit__gc are not sent before/);
});

t.test('a file waits for a lost update of its object: done late, that would bring older values back', async (t) => {
  const script = [{ on: 'update', nth: 1, do: { kind: 'drop_then_write', seconds: 300 } }] as const;
  const tenant = await startTenant(new FakeClock(), { script });
  t.teardown(() => tenant.sandbox.close());
  tenant.sandbox.addRecords(object, [{ Id__gc: 'v0', Name__gc: 'oldest' }]);
  const lineOf = (stream: string, Name__gc: string) =>
    `${JSON.stringify({ type: 'RECORD', record: { stream, data: { Id__gc: 'v0', Name__gc }, emitted_at: 1 } })}\n`;
  const streamOf = (name: string) => ({
    ...{ sync_mode: 'incremental', destination_sync_mode: 'append_dedup' },
    stream: { name, json_schema: { properties: { Id__gc: {}, Name__gc: {} } }, supported_sync_modes: ['incremental'] },
  });
  const usual = { object, key_fields: ['Id__gc'] };
  const run = await runInProcess({
    tenant,
    config: {
      streams: [
        { stream: 'calls', operation: 'UPDATE', route: 'object_api', ...usual },
        { stream: 'files', operation: 'UPSERT', load_after: ['calls'], ...usual },
      ],
    },
    catalog: { streams: ['calls', 'files'].map(streamOf) },
    input: Buffer.from(lineOf('calls', 'older') + lineOf('files', 'newest')),
  });
  t.equal(run.end, 'done', run.logs.join('\n'));
  const submitted = tenant.sandbox.calls.find(({ kind }) => kind === 'submit');
  t.ok((submitted?.elapsed ?? 0) >= 10 * 60_000, 'ten minutes after the loss');
  await tenant.clock.sleep(10 * 60_000);
  t.same(
    tenant.sandbox.rows(object).map(({ Name__gc }) => Name__gc),
    ['newest'],
  );
  t.match(run.logs.join('\n'), /1 record of Visit__gc is not changed before/);
});
