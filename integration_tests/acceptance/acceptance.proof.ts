/** Airbyte's acceptance tests of destinations, as far as they apply to one without tables of its own, on the built program. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import t from 'tap';
import { holdsAlways, setUpProgram } from '../support/small_sync.ts';
import { flagsOf, holdsCase, recordOf, stateOf, streamOf } from './acceptance.ts';
import { append, cases, int } from './cases.ts';
import { mappingCases } from './mapping_cases.ts';

t.jobs = 6;

for (const each of [...cases, ...mappingCases]) {
  t.test(`${each.of}: ${each.what}`, { buffered: true }, async (t) => {
    await holdsCase(t, each);
  });
}

for (const DEPLOYMENT_MODE of ['OSS', 'CLOUD']) {
  t.test(`SpecTest, DAT testGetSpec: the specification, ${DEPLOYMENT_MODE}`, { buffered: true }, async (t) => {
    const program = await setUpProgram(t);
    const result = await program.run('spec', '', { env: { DEPLOYMENT_MODE } }, []);
    holdsAlways(t, result, program);
    t.equal(result.code, 0);
    const file = readFileSync(createRequire(import.meta.url).resolve('#spec.json'), 'utf8');
    t.same(result.messages, [{ type: 'SPEC', spec: JSON.parse(file) }]);
    // DAT specNormalizationValueShouldBeCorrect, specDBTValueShouldBeCorrect: neither is supported.
    t.notMatch(file, /supportsNormalization|supportsDBT/);
  });
}

for (const [config, status, message] of [
  [{}, 'SUCCEEDED', /Connected to/],
  [{ access_key: 'another' }, 'FAILED', /refuses the access key/],
  [{ domain: '' }, 'FAILED', /Gainsight Domain/],
] as const) {
  t.test(`CheckIntegrationTest, DAT testCheckConnection: ${message}`, { buffered: true }, async (t) => {
    const program = await setUpProgram(t, { config });
    const result = await program.run('check', '', {}, program.flags.slice(0, 2));
    holdsAlways(t, result, program);
    t.equal(result.code, 0);
    t.match(result.messages, [{ type: 'CONNECTION_STATUS', connectionStatus: { status, message } }]);
  });
}

const accounts = { fields: { Id: { required: true }, Seats: { type: 'number' } } } as const;
for (const [name, sandbox, operation] of [
  ["the tenant's objects", { objects: { accounts } }, { properties: { Id: { type: 'string' } }, required: ['Id'] }],
  ['the configured objects', {}, { properties: { Id: {} } }],
] as const) {
  t.test(`DiscoverIntegrationTest: one catalog of ${name}`, { buffered: true }, async (t) => {
    const program = await setUpProgram(t, { streams: ['accounts'], sandbox });
    const result = await program.run('discover', '', {}, program.flags.slice(0, 2));
    holdsAlways(t, result, program);
    const catalogs = result.messages.filter(({ type }) => type !== 'LOG');
    t.equal(catalogs.length, 1);
    t.match(catalogs[0]?.['destination_catalog'].operations[0], {
      ...{ object_name: 'Accounts', sync_mode: 'append_dedup', matching_keys: [['Id']] },
      json_schema: operation,
    });
  });
}

for (const isKilled of [true, false]) {
  const end = isKilled ? 'killed' : 'stopped';
  t.test(
    `Bulk testMidSyncCheckpointingStreamState: ${end} after its state came back`,
    { buffered: true },
    async (t) => {
      // One call an hour: the second file still waits when the signal comes, however slow this machine is.
      const config = { ...append, files: { max_rows: 1 }, quota: { calls_per_hour: 1 } };
      const program = await setUpProgram(t, { config });
      const flags = flagsOf(program, [streamOf('test_stream', { id: int })]);
      const running = program.start('write', {}, flags);
      await running.write(recordOf('test_stream', '{"id":12}'));
      await running.write(stateOf('test_stream', { foo: 'bar1' }));
      // A file that is full is sent at once, whether a state waits or not.
      for (const id of [13, 14]) await running.write(recordOf('test_stream', `{"id":${id}}`));
      const state = await running.line((line) => line.includes('"type":"STATE"'));
      running.kill(isKilled ? 'SIGKILL' : 'SIGTERM');
      const { code } = await running.ended;
      t.equal(code, isKilled ? null : 143);
      t.match(JSON.parse(state), {
        state: {
          stream: { stream_descriptor: { name: 'test_stream' }, stream_state: { foo: 'bar1' } },
          destinationStats: { recordCount: 1, rejectedRecordCount: 0 },
        },
      });
      const next = await program.run('write', '', { env: { WORKER_JOB_ID: '2' } }, flags);
      holdsAlways(t, next, program);
      t.equal(next.code, 0);
      t.same(program.sandbox.rows('Test'), [{ id: '12' }]);
    },
  );
}
