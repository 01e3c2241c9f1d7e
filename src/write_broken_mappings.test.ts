/** Streams whose mapping does not fit the catalog, in a whole sync: what is loaded, which states are released. */
import t, { type Test } from 'tap';
import { type InProcessResult, runInProcess } from '../integration_tests/support/run_in_process.ts';
import { codesOf } from '../integration_tests/support/sync.ts';
import type { FaultRule } from './sandbox/faults.ts';

const names = ['accounts', 'contacts', 'usage', 'visits'];

const record = (stream: string, id: number) =>
  JSON.stringify({ type: 'RECORD', record: { stream, data: { id: `${id}`, name: 'n' }, emitted_at: 1 } });
const stateOf = (name: string, cursor: number) => {
  const stream = { stream_descriptor: { name }, stream_state: { cursor } };
  return JSON.stringify({ type: 'STATE', state: { type: 'STREAM', stream } });
};
const globalState = (cursor: number) =>
  JSON.stringify({ type: 'STATE', state: { type: 'GLOBAL', global: { shared_state: { cursor }, stream_states: [] } } });
const legacyState = (cursor: number) => JSON.stringify({ type: 'STATE', state: { data: { cursor } } });

const usual = names.flatMap((name) => [record(name, 1), record(name, 2), stateOf(name, 2)]);

interface Options {
  readonly lines?: readonly string[];
  readonly config?: object;
  /** What becomes of each file for `visits`. */
  readonly submissions?: FaultRule['do'];
}

/** A sync of all streams, each into the object with its name by `id`; these entries differ. */
async function sync(t: Test, entries: Record<string, object | null>, options: Options = {}) {
  const { lines = usual, config = {}, submissions } = options;
  const properties = { id: { type: 'string' }, name: { type: 'string' } };
  const streams = names.flatMap((stream) => {
    const entry = entries[stream];
    return entry === null ? [] : [{ stream, object: stream, key_fields: ['id'], ...entry }];
  });
  const run = await runInProcess({
    config: { streams, ...config },
    catalog: {
      streams: names.map((name) => ({
        stream: { name, json_schema: { properties } },
        ...{ sync_mode: 'incremental', destination_sync_mode: 'append_dedup' },
      })),
    },
    // A line at a time.
    input: async function* () {
      for (const line of lines) yield Buffer.from(`${line}\n`);
    },
    ...(submissions && { sandbox: { script: [{ on: 'submit', object: 'visits', do: submissions }] } }),
  });
  t.teardown(() => run.sandbox.close());
  t.same(run.leftovers, []);
  return run;
}

const fields = [
  { column: 'id', field: 'id' },
  { column: 'nam', field: 'Name' },
];
const broken = { fields };

const released = ({ states }: InProcessResult) =>
  states.map((text) => JSON.parse(text).state.stream?.stream_descriptor.name);
const loaded = ({ sandbox }: InProcessResult) => names.filter((name) => sandbox.rows(name).length > 0);
const summaryOf = ({ logs }: InProcessResult, name: string) =>
  logs.find((line) => line.startsWith(`INFO ${name} → `) && line.includes(' accepted'));
const errors = ({ logs }: InProcessResult) => logs.filter((line) => line.startsWith('ERROR'));

t.test('a stream with a broken mapping fails alone, and is named at the start', async (t) => {
  const run = await sync(t, { contacts: broken });
  t.same([run.end, codesOf(run)], ['failed', ['column_unknown']]);
  t.same(loaded(run), ['accounts', 'usage', 'visits']);
  t.same(released(run), ['accounts', 'usage', 'visits']);
  t.match(errors(run), [
    /^ERROR Column "nam" of the stream contacts is not in its schema \(did you mean "name"\?\)\. It has: "id", "name"\. Correct/,
  ]);
  t.ok(
    run.logs.indexOf(errors(run)[0] ?? '') < run.logs.findIndex((line) => line.includes('submitted')),
    'at the start',
  );
  t.match(summaryOf(run, 'contacts'), ': 2 records: 0 accepted, 2 not loaded');
  t.match(
    run.messages.find(({ type }) => type === 'TRACE'),
    {
      trace: { error: { failure_type: 'config_error', stream_descriptor: { name: 'contacts' } } },
    },
  );
});

t.test('streams that load after a broken one are not loaded, as after any stream that failed', async (t) => {
  const run = await sync(t, {
    contacts: broken,
    usage: { load_after: ['contacts'] },
    visits: { load_after: ['usage'] },
  });
  t.same([run.end, loaded(run), released(run)], ['failed', ['accounts'], ['accounts']]);
  t.match(errors(run), [/Not loaded any further, as they load after it: usage, visits\.$/]);
  t.match(run.traces, [/Not loaded because of that: usage, visits\.$/]);
});

t.test('the faults of all streams are in one message', async (t) => {
  const run = await sync(t, { accounts: null, contacts: broken, usage: { key_fields: ['Id'] } });
  t.same([run.end, codesOf(run), loaded(run)], ['failed', ['mapping_broken'], ['visits']]);
  t.equal(errors(run).length, 1);
  for (const words of [
    'there are 3 faults. 1. The connection selects the stream "accounts", and no entry of "Streams" names it. Add',
    '2. Column "nam" of the stream contacts',
    '3. Key field "Id" of the stream usage is not among the fields sent: "id", "name" (did you mean "id"?). Under',
  ]) {
    t.match(errors(run)[0], words);
    t.match(run.traces[0], words);
  }
});

t.test('if no stream is left, nothing is read and no call is made', async (t) => {
  const all = { accounts: broken, contacts: broken, usage: { load_after: ['contacts'] }, visits: null };
  const run = await sync(t, all, { lines: ['this is not JSON'] });
  t.same([run.end, codesOf(run), run.states], ['failed', ['mapping_broken'], []]);
  t.same([run.sandbox.calls, run.lines.length], [[], 3], 'only the opening line, that of the report, and the TRACE');
});

for (const [type, state] of [
  ['GLOBAL', globalState],
  ['LEGACY', legacyState],
] as const)
  t.test(`under ${type} states the sync stops at the first of them`, async (t) => {
    const lines = [1, 2, 3, 4].flatMap((id) => [record('accounts', id), record('contacts', id), state(id)]);
    const run = await sync(t, { contacts: broken }, { lines });
    t.same([run.end, codesOf(run), run.states, loaded(run)], ['failed', ['column_unknown'], [], []]);
    t.match(errors(run), [/^ERROR Column "nam"/, /^ERROR Each state of this source covers all streams/]);
    t.match(summaryOf(run, 'accounts'), ': 1 record: 0 accepted, 1 not loaded', 'nothing more is read');
    const whole = await sync(t, {}, { lines });
    t.same([whole.end, whole.states.length, loaded(whole)], ['done', 4, ['accounts', 'contacts']]);
  });

t.test('any other failure is reported to Airbyte first, as a retry may help it', async (t) => {
  const run = await sync(t, { contacts: broken }, { submissions: { kind: 'status', status: 503 } });
  t.same([run.end, loaded(run)], ['failed', ['accounts', 'usage']]);
  t.match(run.traces, [/^transient_error /]);
  t.match(errors(run)[0], /Column "nam"/);
});

t.test('settings without effect and probable mistakes are each warned of once, and the sync goes on', async (t) => {
  const crossed = {
    fields: [
      { column: 'id', field: 'Name' },
      { column: 'name', field: 'id' },
    ],
  };
  const streams = names.map((stream) => ({
    stream,
    object: stream,
    key_fields: ['id'],
    ...(stream === 'usage' && crossed),
  }));
  const run = await sync(t, {}, { config: { streams, quotas: { calls_per_hour: 1 } } });
  const warnings = run.logs.filter((line) => line.startsWith('WARN'));
  t.match(warnings, [
    /^WARN Without effect: "quotas" is not a setting \(did you mean "quota"\?\)\.$/,
    /^WARN Fields 1 of usage looks crossed with Fields 2: column "id" goes to field "Name", and .* field "id"\.$/,
  ]);
  t.same([run.end, loaded(run)], ['done', names]);
});
