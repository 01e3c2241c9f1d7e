/** The mapping and the tenant's metadata at the start of `write`: what stops a stream, and what never does. */
import t, { type Test } from 'tap';
import {
  type InProcessResult,
  type InProcessSync,
  runInProcess,
  type Source,
} from '../integration_tests/support/run_in_process.ts';
import {
  catalogOf,
  configOf,
  entryOf,
  logsAt,
  records,
  released,
  state,
} from '../integration_tests/support/small_sync.ts';
import { codesOf } from '../integration_tests/support/sync.ts';
import { second } from './clock.ts';
import type { FaultRule } from './sandbox/faults.ts';
import type { ObjectRules, SandboxOptions, UnknownObjectStyle } from './sandbox/options.ts';

const streams = ['accounts', 'contacts'];
const lines = streams.map((stream) => `${records(stream, 'A1', 'A2')}${state(stream)}`).join('');
const fields = { Id: {}, Name: {} };
const objects: Record<string, ObjectRules> = { Accounts: { fields }, Contacts: { fields } };
/** The same but for one field, which `accounts` sends. */
const renamed: Record<string, ObjectRules> = { ...objects, Accounts: { fields: { Id: {}, Name__gc: {} } } };

async function sync(t: Test, sandbox: Partial<SandboxOptions>, options: Partial<InProcessSync> = {}) {
  const result = await runInProcess({
    ...{ config: configOf(streams), catalog: catalogOf(streams), input: Buffer.from(lines), sandbox },
    ...options,
  });
  if (!options.tenant) t.teardown(() => result.sandbox.close());
  return result;
}

/** The usual configuration with another setting. */
const withMapping = (mapping: string) => ({ ...configOf(streams), preflight: { mapping, values: 'off' } });
const submissions = ({ sandbox }: InProcessResult) => sandbox.ownJobs.map(({ object }) => object).sort();

t.test('a mapping that fits is loaded without a word, at the cost of one call of metadata', async (t) => {
  const result = await sync(t, { objects });
  t.equal(result.end, 'done');
  t.same(logsAt(result, 'WARN'), []);
  t.equal(result.sandbox.metadataCalls.length, 1);
  t.equal(released(result), 'accounts 1, contacts 1');
});

t.test('a stream that the tenant has no field for fails alone, before anything of it is sent', async (t) => {
  const result = await sync(t, { objects: renamed });
  t.equal(result.end, 'failed');
  t.same(submissions(result), ['Contacts']);
  t.equal(released(result), 'contacts 1');
  t.same(codesOf(result), ['mapping_unfit']);
  t.match(result.traces, [
    /^config_error The mapping of "accounts" does not fit this tenant: Fields: "Accounts" has no field "Name" \(did you mean "Name__gc"\?\)\. /,
  ]);
  t.equal(logsAt(result, 'ERROR').length, 1, 'and it is reported at once');
});

for (const unknownObject of ['absent', '404', '400', 'result_false'] satisfies UnknownObjectStyle[]) {
  t.test(`an object that the tenant does not have: ${unknownObject}`, async (t) => {
    const streams = [entryOf('accounts', { object: 'Acounts' }), entryOf('contacts')];
    const result = await sync(t, { objects, unknownObject }, { config: { ...configOf([]), streams } });
    t.same(submissions(result), ['Contacts']);
    t.match(result.traces, [/Object: "Acounts" does not exist in this tenant \(did you mean "accounts"\?\)\./]);
  });
}

t.test('a stream that Gainsight has loaded before is loaded again, with a warning', async (t) => {
  const tenantObjects: Record<string, ObjectRules> = { ...objects };
  const first = await sync(t, { objects: tenantObjects });
  t.equal(first.end, 'done');
  tenantObjects['Accounts'] = { fields: { ...fields, Name: { described: { formula: true } } } };
  const { sandbox, clock, exchanges, metadataExchanges } = first;
  const tenant = { sandbox, clock, exchanges, metadataExchanges };
  const second = await sync(t, {}, { tenant, identity: { run: '8', attempt: 0 } });
  t.equal(second.end, 'done');
  t.same(logsAt(second, 'WARN'), [
    'The mapping of "accounts" may not fit this tenant: Fields: "Name" is a formula, which Gainsight computes. It is loaded nevertheless: Gainsight has loaded this stream into the object before.',
  ]);
  t.equal(second.sandbox.ownJobs.length, 4);
});

t.test('a stream counts as loaded before where the list of jobs names its object by the label', async (t) => {
  const tenantObjects: Record<string, ObjectRules> = {
    ...objects,
    Accounts__gc: { label: 'The Accounts__gc Object', fields },
  };
  const streams = [entryOf('accounts', { object: 'Accounts__gc' })];
  const config = { ...configOf([]), streams };
  const of = {
    config,
    catalog: catalogOf(['accounts']),
    input: Buffer.from(`${records('accounts', 'A1')}${state('accounts')}`),
  };
  const first = await sync(t, { objects: tenantObjects, objectNames: 'label' }, of);
  t.equal(first.end, 'done');
  t.match(
    first.exchanges.find(({ path }) => path === '/bulk/jobs/J000001')?.body,
    { data: { objectName: 'The Accounts__gc Object' } },
    'the tenant gives the label back',
  );
  tenantObjects['Accounts__gc'] = {
    label: 'The Accounts__gc Object',
    fields: { Id: {}, Name: { described: { formula: true } } },
  };
  const { sandbox, clock, exchanges, metadataExchanges } = first;
  const tenant = { sandbox, clock, exchanges, metadataExchanges };
  const second = await sync(t, {}, { ...of, tenant, identity: { run: '8', attempt: 0 } });
  t.equal(second.end, 'done');
  t.match(
    logsAt(second, 'WARN')[0],
    /It is loaded nevertheless: Gainsight has loaded this stream into the object before/,
  );
});

t.test('what was loaded into another object says nothing about this one', async (t) => {
  for (const [name, object, says] of [
    ['an object that does not exist', 'Acounts', /Object: "Acounts" does not exist in this tenant/],
    ['an object of another kind', 'Tickets', /"Tickets" has no field "Id"/],
  ] as const) {
    const first = await sync(t, { objects: { ...objects, Tickets: { fields: { Number: {} } } } });
    t.equal(first.end, 'done', name);
    const { sandbox, clock, exchanges, metadataExchanges } = first;
    const tenant = { sandbox, clock, exchanges, metadataExchanges };
    const streams = [entryOf('accounts', { object }), entryOf('contacts')];
    const changed = { tenant, identity: { run: '8', attempt: 0 }, config: { ...configOf([]), streams } };
    const second = await sync(t, {}, changed);
    t.equal(second.end, 'failed', name);
    t.same(codesOf(second), ['mapping_unfit'], name);
    t.match(second.traces, [says], name);
    t.same(logsAt(second, 'WARN'), [], name);
    t.same(submissions(second), ['Accounts', 'Contacts', 'Contacts'], name);
  }
});

t.test('doubts are warnings, and every finding is one with "warn"', async (t) => {
  const doubtful: Record<string, ObjectRules> = {
    ...objects,
    Contacts: { fields: { ...fields, Email: { required: true } } },
  };
  const doubts = await sync(t, { objects: doubtful });
  t.same(logsAt(doubts, 'WARN').slice(0, 1), [
    'The mapping of "contacts" may not fit this tenant: Fields: no column is mapped to "Email", which a new record of "Contacts" must have.',
  ]);
  t.same(submissions(doubts), ['Accounts', 'Contacts']);
  const warned = await sync(t, { objects: renamed }, { config: withMapping('warn') });
  t.match(logsAt(warned, 'WARN')[0], /^The mapping of "accounts" may not fit this tenant: Fields: "Accounts" has no/);
  t.same(submissions(warned), ['Accounts', 'Contacts']);
});

t.test('"off" asks for nothing', async (t) => {
  const result = await sync(t, { objects: renamed }, { config: withMapping('off') });
  t.equal(result.sandbox.metadataCalls.length, 0);
  t.same(submissions(result), ['Accounts', 'Contacts']);
});

t.test('fields that the key may not see are no fault', async (t) => {
  const hidden = { ...renamed, Accounts: { fields, hidesFields: true } };
  const result = await sync(t, { objects: hidden });
  t.equal(result.end, 'done');
  t.same(logsAt(result, 'WARN'), []);
  t.match(
    logsAt(result, 'INFO').join('\n'),
    'The tenant shows no fields of "Accounts" to this access key, so these are',
  );
});

const broken: [answer: string, fault: FaultRule['do']][] = [
  ['404', { kind: 'status', status: 404 }],
  ['403', { kind: 'status', status: 403 }],
  ['result: false with 200', { kind: 'result_false' }],
  ['an HTML page', { kind: 'status', status: 200, html: true }],
  ['half an answer', { kind: 'accept_then_truncate_json' }],
  ['empty data', { kind: 'empty' }],
  ['no answer in time', { kind: 'delay', seconds: 600 }],
  ['another shape', { kind: 'other_shape' }],
];
/** Without the time that a late answer takes, and the sandbox's port. */
const plain = (line: string) =>
  line.replace(/(Total of .* in )\d+ s:/, '$1time:').replace(/ 127\.0\.0\.1:\d+,/, ' host,');

t.test('a broken answer costs one line, and changes nothing else', async (t) => {
  // Lines of what goes on at the same time come in any order. So one stream loads after the other, the records come once
  // Gainsight has answered, and the first job gets its answer once all files are closed: time moves when all else is done.
  const config = { ...configOf([]), streams: [entryOf('accounts'), entryOf('contacts', { load_after: ['accounts'] })] };
  const slow: FaultRule = { on: 'submit', nth: 1, do: { kind: 'delay', seconds: 1 } };
  const input: Source = async function* (clock) {
    await clock.sleep(second);
    yield Buffer.from(lines);
  };
  const off = { ...config, preflight: { mapping: 'off', values: 'off' } };
  const without = await sync(t, { objects, script: [slow] }, { config: off, input });
  t.equal(without.end, 'done');
  for (const [answer, fault] of broken) {
    const result = await sync(t, { objects, script: [slow, { on: 'metadata', do: fault }] }, { config, input });
    const line = result.lines.filter((each) => each.includes("Gainsight's metadata cannot be read ("));
    t.equal(line.length, 1, answer);
    t.same(result.lines.filter((each) => !line.includes(each)).map(plain), without.lines.map(plain), answer);
    t.same(submissions(result), ['Accounts', 'Contacts'], answer);
  }
});

t.test('metadata that does not answer delays the first record by ten seconds', async (t) => {
  const script: FaultRule[] = [{ on: 'metadata', do: { kind: 'delay', seconds: 600 } }];
  let readAt: number | undefined;
  const result = await sync(
    t,
    { script },
    {
      input: async function* (clock) {
        readAt = clock.elapsed();
        yield Buffer.from(lines);
      },
    },
  );
  t.equal(readAt, 10_000);
  t.same(logsAt(result, 'WARN'), []);
  t.match(
    logsAt(result, 'INFO').join('\n'),
    'metadata cannot be read (no answer within 10 seconds), so the mapping and the values are not',
  );
});

t.test('it is loaded where it cannot be known whether it was loaded before', async (t) => {
  const script: FaultRule[] = [{ on: 'list', nth: 2, do: { kind: 'delay', seconds: 60 } }];
  const result = await sync(t, { objects: renamed, script });
  t.match(logsAt(result, 'WARN')[0], /It is loaded nevertheless: it is not known whether Gainsight has loaded this/);
  t.same(submissions(result), ['Accounts', 'Contacts']);
});

t.test('a list that does not answer is waited for once, however many streams do not fit', async (t) => {
  const names = Array.from({ length: 8 }, (_, at) => `s${at}`);
  const script: FaultRule[] = [{ on: 'list', nth: 2, do: { kind: 'delay', seconds: 60 } }];
  let readAt: number | undefined;
  const result = await sync(
    t,
    { objects, script },
    {
      config: { ...configOf([]), streams: names.map((name) => entryOf(name, { object: 'Acounts' })) },
      catalog: catalogOf(names),
      input: async function* (clock) {
        readAt = clock.elapsed();
        yield Buffer.from(names.map((name) => `${records(name, 'A1')}${state(name)}`).join(''));
      },
    },
  );
  t.equal(readAt, 10_000);
  t.equal(logsAt(result, 'WARN').filter((line) => line.includes('It is loaded nevertheless')).length, 8);
});

t.test('a stop while metadata is read ends the sync as any other', async (t) => {
  const stop = new AbortController();
  const script: FaultRule[] = [{ on: 'metadata', do: { kind: 'delay', seconds: 5 } }];
  const running = sync(t, { script, onExchange: () => undefined }, { stop: stop.signal });
  await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  const result = await running;
  t.equal(result.end, 'stopped');
  t.match(logsAt(result, 'WARN'), [/^Stopped by a request before the end of the input\./], 'and nothing of metadata');
});
