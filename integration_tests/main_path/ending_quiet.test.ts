/** Syncs that succeed: nothing to do, nothing to load, messages that a destination ignores. */
import t from 'tap';
import type { Program } from '../support/program.ts';
import {
  catalogOf,
  holdsAlways,
  holdsFailure,
  logsAt,
  recordLine,
  records,
  released,
  setUpProgram,
  state,
} from '../support/small_sync.ts';

const callsOf = ({ sandbox }: Program) => sandbox.calls.map(({ kind }) => kind);

t.jobs = 4;

for (const [name, input] of [
  ['no input', ''],
  ['blank lines', '\n\n  \r\n\t\n'],
  ['a byte of white space without a line feed', ' '],
] as const) {
  t.test(`${name}: exit 0 and no job`, { buffered: true }, async (t) => {
    const program = await setUpProgram(t);
    const result = await program.run('write', input);
    holdsAlways(t, result, program);
    t.equal(result.code, 0);
    t.same(callsOf(program), ['list'], 'only whether the key is accepted');
    t.same(logsAt(result, 'WARN'), []);
  });
}

t.test('a state without records is released without a job', { buffered: true }, async (t) => {
  const program = await setUpProgram(t);
  const result = await program.run('write', state('accounts', 1) + state('contacts', 2) + state('accounts', 3));
  holdsAlways(t, result, program);
  t.equal(result.code, 0);
  t.equal(released(result), 'accounts 1, contacts 2, accounts 3');
  t.same(callsOf(program), ['list']);
});

t.test(
  'blank lines, carriage returns and a last line without a line feed are accepted',
  { buffered: true },
  async (t) => {
    const program = await setUpProgram(t, { streams: ['accounts'] });
    const lines = `\n${records('accounts', 'A1').replace('\n', ' \r\n')} \r\n\n${records('accounts', 'A2')}`;
    const result = await program.run('write', Buffer.from(lines + state('accounts').trimEnd()));
    holdsAlways(t, result, program);
    t.equal(result.code, 0);
    t.equal(released(result), 'accounts 1');
    t.equal(program.sandbox.rows('Accounts').length, 2);
  },
);

t.test('unsupported messages and columns are skipped, with one warning each', { buffered: true }, async (t) => {
  const program = await setUpProgram(t, { streams: ['accounts'] });
  const twice = (text: string) => `${text}\n${text}\n`;
  const input = [
    twice('{"type":"LOG","log":{"level":"INFO","message":"canary-row"}}'),
    twice('{"type":"CONTROL","control":{}}'),
    twice('{"type":"SPEC","spec":{}}'),
    twice('{"type":"TRACE","trace":{"type":"ESTIMATE","emitted_at":1}}'),
    twice(recordLine('accounts', '{"Id":"A1","Name":"canary-row","Age":1,"_airbyte_x":2}')),
    twice(recordLine('accounts', '{"Id":"A2"}').replace('"emitted_at":1', '"emitted_at":1,"new":{"a":[1]}')),
    state('accounts').replace('"id":1', '"id":1,"unheard_of":true'),
  ].join('');
  const result = await program.run('write', input);
  holdsAlways(t, result, program);
  t.equal(result.code, 0);
  t.same(logsAt(result, 'WARN'), [
    'Messages of the type SPEC are not meant for a destination and are ignored.',
    "Column Age of accounts is not in the catalog's schema and is not sent. If it is to be sent, refresh the schema of the connection.",
  ]);
  t.equal(result.messages.filter(({ type, state: held }) => type === 'STATE' && held.unheard_of === true).length, 1);
  t.match(program.sandbox.rows('Accounts'), [{ Id: 'A1' }, { Id: 'A2' }]);
  t.equal(program.sandbox.jobs.length, 1);
});

t.test('the state of a stream that the catalog lacks comes back at once', { buffered: true }, async (t) => {
  const program = await setUpProgram(t, { streams: ['accounts'] });
  const running = program.start('write');
  await running.write(records('accounts', 'A1') + state('accounts', 1) + state('orders', 2));
  await running.line((line) => line.includes('"name":"orders"'));
  t.notOk(callsOf(program).includes('submit'), 'nothing is sent yet, and the input is open');
  running.end();
  const result = await running.ended;
  holdsAlways(t, result, program);
  t.equal(result.code, 0);
  t.equal(released(result), 'orders 2, accounts 1');
});

t.test('a Clear passes its states through and makes no call', { buffered: true }, async (t) => {
  const program = await setUpProgram(t, {
    catalog: catalogOf(['accounts', 'orders'], 'overwrite'),
    config: { streams: [] },
  });
  const empty = (stream: string) =>
    `{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"${stream}"},"stream_state":null}}}\n`;
  const result = await program.run('write', empty('accounts') + empty('orders') + empty('gone'));
  holdsAlways(t, result, program);
  t.equal(result.code, 0);
  const states = result.messages.flatMap(({ type, state: { stream } = {} }) => (type === 'STATE' ? [stream] : []));
  t.same(
    states.map(({ stream_descriptor, stream_state }) => [stream_descriptor.name, stream_state]),
    [
      ['accounts', null],
      ['orders', null],
      ['gone', null],
    ],
  );
  t.same(program.sandbox.calls, []);
});

t.test('a record in a Clear ends it, and makes no call', { buffered: true }, async (t) => {
  const program = await setUpProgram(t, { catalog: catalogOf(['accounts', 'contacts'], 'overwrite') });
  const result = await program.run('write', state('contacts') + records('accounts', 'A1') + state('accounts', 2));
  holdsFailure(t, result, program, {
    ...{ code: 'clear_with_records', type: 'config_error', stream: 'accounts' },
    says: ['a record of accounts came', 'Choose "Append" or "Append + Deduped"'],
  });
  t.equal(released(result), 'contacts 1', 'the states before it');
  t.same(program.sandbox.calls, []);
});

for (const flags of [
  ['--state', '/no/such/file', '--verbose'],
  ['--configs=x', '-d', '--', 'more'],
]) {
  t.test(`unknown flags are ignored: ${flags.join(' ')}`, { buffered: true }, async (t) => {
    const program = await setUpProgram(t);
    const result = await program.run('write', '', {}, [...program.flags, ...flags]);
    holdsAlways(t, result, program);
    t.equal(result.code, 0);
  });
}

t.test('`spec` prints one line, whatever the environment contains', { buffered: true }, async (t) => {
  const program = await setUpProgram(t);
  const result = await program.run('spec', '', { env: { DATA_CHANNEL_MEDIUM: 'SOCKET', LOG_LEVEL: 'TRACE' } }, ['--x']);
  holdsAlways(t, result, program);
  t.equal(result.code, 0);
  t.equal(result.lines.length, 1);
  t.equal(result.messages[0]?.type, 'SPEC');
});
