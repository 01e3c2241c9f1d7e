/** Jobs on the main path: several objects in parallel, one job at a time each, and large rows. */
import t from 'tap';
import { readLogs } from '../support/log_lines.ts';
import { fixtureStream, type StreamFixture } from '../support/streams.ts';
import { checkFixture } from './check_fixture.ts';

t.test('objects are loaded at the same time', async (t) => {
  const { run } = await checkFixture(t, fixtureStream('objects_in_parallel'));
  const spans = run.sandbox.jobs.map(({ object, acceptedAt, endedAfter = 0 }) => ({ object, acceptedAt, endedAfter }));
  const [first, second, ...later] = spans;
  t.not(first?.object, second?.object, 'each object gets a job before any gets a second');
  t.equal(first?.acceptedAt, second?.acceptedAt, 'at once');
  t.equal(later.length, 2);
  for (const { object, acceptedAt } of later) {
    const before = [first, second].find((span) => span?.object === object);
    const wait = acceptedAt - (before?.acceptedAt ?? 0) - (before?.endedAfter ?? 0);
    t.ok(wait >= 0 && wait <= 2500, `the next one ${wait} ms after the end`);
  }
});

t.test('files beyond the calls of the hour wait for the next hour, and this is logged', async (t) => {
  const { run } = await checkFixture(t, fixtureStream('quota_of_an_hour'));
  const starts = run.sandbox.jobs.map(({ acceptedAt }) => acceptedAt - (run.sandbox.jobs[0]?.acceptedAt ?? 0));
  t.ok(
    starts.slice(0, 10).every((start) => start < 60_000),
    'ten at once',
  );
  t.ok(
    starts.slice(10).every((start) => start > 3_600_000 && start < 3_700_000),
    `three an hour later: ${starts}`,
  );
  const waits = readLogs('quotaWait', run.logs);
  t.match(waits[0], { why: 'hour', until: String, toSend: /^\d files?, \d rows?/ });
  t.equal(waits.length, 2, 'at once and after twenty minutes');
});

t.test('a GLOBAL state that comes back is at the end of every INSERT file', async (t) => {
  const { files, states } = await checkFixture(t, fixtureStream('global_states_with_insert'));
  const ends = (label: string) => files.filter(({ stream }) => stream.label === label).map(({ upTo }) => upTo);
  // Events end where logins end: every second event has a login.
  t.same(
    ends('logins'),
    ends('events').map((upTo) => Math.ceil(upTo / 2)),
  );
  t.equal(states.length, ends('events').length);
});

function large(name: string, columns: readonly string[], rows: readonly object[]): StreamFixture {
  const properties = Object.fromEntries(columns.map((column) => [column, { type: ['null', 'string'] }]));
  const stream = { name: 'accounts', json_schema: { type: 'object', properties } };
  const modes = { sync_mode: 'incremental', destination_sync_mode: 'append_dedup', primary_key: [['id']] };
  const record = (data: object) =>
    JSON.stringify({ type: 'RECORD', record: { stream: 'accounts', data, emitted_at: 1 } });
  const state = { type: 'STREAM', stream: { stream_descriptor: { name: 'accounts' }, stream_state: { c: 1 } } };
  return {
    ...{ name, about: name, config: { streams: [{ stream: 'accounts', object: 'company' }] } },
    catalog: { streams: [{ stream, ...modes }] },
    lines: [...rows.map(record), JSON.stringify({ type: 'STATE', state })],
  };
}

t.test('two thousand columns', async (t) => {
  const columns = ['id', ...Array.from({ length: 1999 }, (_, at) => `column ${at}, "${at}"`)];
  const row = (id: number) =>
    Object.fromEntries(columns.map((column, at) => [column, at === 0 ? String(id) : `${at} ${'é'.repeat(at % 7)}`]));
  const sparse = { 'column 1998, "1998"': 'last', id: 'sparse' };
  const { run } = await checkFixture(t, large('wide', columns, [row(1), row(2), sparse, row(1)]));
  t.equal(Object.keys(run.sandbox.rows('company')[0] ?? {}).length, 2000);
});

t.test('a string of five megabytes', async (t) => {
  const plain = 'x'.repeat(5_000_000);
  const odd = 'a"b,\n\u2028😀\ud800\\'.repeat(100_000);
  const rows = [
    { id: '1', text: plain },
    { id: '2', text: odd },
    { id: '3', text: 'short' },
  ];
  const { run } = await checkFixture(t, large('long', ['id', 'text'], rows));
  t.equal(run.sandbox.rows('company')[0]?.['text'], plain);
});
