/** What `check` says of a mapping that the tenant's metadata contradicts: mistakes people make, and broken answers. */

import t, { type Test } from 'tap';
import { worldOf } from '../../integration_tests/support/check_world.ts';
import { countCalls } from '../../integration_tests/support/counted_client.ts';
import { FakeClock } from '../../integration_tests/support/fake_clock.ts';
import { startTenant } from '../../integration_tests/support/tenant.ts';
import { parseConfig } from '../config/config.ts';
import { createClient } from '../gainsight/client.ts';
import type { FaultRule } from '../sandbox/faults.ts';
import type { ObjectRules, SandboxOptions } from '../sandbox/options.ts';
import { check } from './check.ts';

const objects: Record<string, ObjectRules> = {
  Company: {
    fields: {
      Gsid: { described: { dataType: 'GSID', createable: false, updateable: false, readOnly: true } },
      Name: { required: true },
      Account_Id__gc: {},
      Annual_Revenue__gc: { type: 'number' },
      Health__gc: { type: 'number', described: { formula: true } },
      Modified_Day__gc: { type: 'date', described: { readOnly: true } },
      Owner__gc: { described: { createable: false, updateable: false } },
      Notes__gc: { described: { dataType: 'RICHTEXTAREA' } },
    },
  },
  Touchpoint__gc: { label: 'Customer Touchpoint', fields: { Subject__gc: {} } },
  Email_Log: { objectType: 'SYSTEM', createable: false, fields: { Subject: {} } },
  GsUser: { label: 'User', fields: { Email: {} } },
};

/** An entry, as in the configuration. */
type Entry = Readonly<Record<string, unknown>>;

const fits: Entry = {
  ...{ stream: 'accounts', object: 'Company', key_fields: ['Account_Id__gc'] },
  fields: [
    { column: 'id', field: 'Account_Id__gc' },
    { column: 'name', field: 'Name' },
  ],
};
const sends = (field: string): Entry => ({ ...fits, fields: [...(fits['fields'] as []), { column: 'x', field }] });

async function setUp(t: Test, options: Partial<SandboxOptions> = {}) {
  const clock = new FakeClock();
  const { sandbox } = await startTenant(clock, { accessKey: 'key', objects, ...options });
  const { client, isUnderway } = countCalls(
    createClient({ baseUrl: sandbox.url, accessKey: 'key', clock, userAgent: 'test' }),
  );
  t.teardown(clock.addBusy(() => isUnderway(sandbox)));
  t.teardown(() => sandbox.close());
  const run = (entries: readonly Entry[], settings: object = {}) => {
    const given = { domain: 'acme', access_key: 'key', api_base_url: sandbox.url, streams: entries, ...settings };
    const config = parseConfig(JSON.stringify(given));
    return check(config, client, worldOf(config, clock, 0));
  };
  return { sandbox, clock, run };
}

t.test('a mapping that the tenant has is confirmed, without a call of the quota', async (t) => {
  const { run, sandbox } = await setUp(t);
  t.match(await run([fits]), /left: 10 and 100\. The tenant has the objects and fields that "Streams" names\.$/);
  t.match(await run([]), /left: 10 and 100\. .* The metadata of the tenant can be read\.$/);
  t.equal(sandbox.busiestDay().calls, 0);
});

const mistakes: [mistake: string, entry: Entry, says: string][] = [
  [
    'a misspelt object',
    { ...fits, object: 'Compny' },
    'Object: "Compny" does not exist in this tenant (did you mean "company"?)',
  ],
  ['an object by its label', { ...fits, object: 'Customer Touchpoint' }, '(did you mean "touchpoint__gc"?)'],
  ['a custom object without its ending', { ...fits, object: 'Touchpoint' }, '(did you mean "touchpoint__gc"?)'],
  [
    'an object that takes no records',
    { stream: 'accounts', object: 'Email_Log' },
    'does not let records of "Email_Log" be added',
  ],
  ['the users', { stream: 'accounts', object: 'GsUser' }, '"GsUser" is excluded from Gainsight\'s bulk import'],
  [
    'a misspelt field',
    sends('Anual_Revenue__gc'),
    'has no field "Anual_Revenue__gc" (did you mean "Annual_Revenue__gc"?)',
  ],
  ['a field by its label', sends('Annual Revenue'), '(did you mean "Annual_Revenue__gc"?)'],
  ['a custom field without its ending', sends('annual_revenue'), '(did you mean "Annual_Revenue__gc"?)'],
  [
    'a misspelt field of a mapping as text',
    { ...fits, fields_text: 'revenue = Anual_Revenue__gc' },
    'has no field "Anual_Revenue__gc" (did you mean "Annual_Revenue__gc"?)',
  ],
  ['a formula', sends('Health__gc'), '"Health__gc" is a formula'],
  ['a read-only field', sends('Modified_Day__gc'), '"Modified_Day__gc" cannot be written'],
  ['a field that nobody writes', sends('Owner__gc'), '"Owner__gc" cannot be written'],
  [
    'a misspelt key',
    { ...fits, fields: [], key_fields: ['Acount_Id__gc'] },
    'Key Fields: "Company" has no field "Acount_Id__gc" (did you mean "Account_Id__gc"?)',
  ],
  [
    'a key of rich text',
    { ...sends('Notes__gc'), key_fields: ['Notes__gc'] },
    '"Notes__gc" is of type RICHTEXTAREA, which cannot be a key',
  ],
  [
    'an INSERT without a required field',
    { ...fits, operation: 'INSERT', key_fields: [], fields: [{ column: 'id', field: 'Account_Id__gc' }] },
    'no column is mapped to "Name", which a new record of "Company" must have',
  ],
];
for (const [mistake, entry, says] of mistakes) {
  t.test(`it fails: ${mistake}`, async (t) => {
    const { run } = await setUp(t);
    await t.rejects(run([entry]), {
      ...{ code: 'mapping_unfit', failureType: 'config_error' },
      message: new RegExp(`^The mapping of "accounts" does not fit this tenant: .*${says.replace(/[.*?()]/g, '\\$&')}`),
    });
  });
}

t.test('all faults of all streams come at once, numbered and with their streams', async (t) => {
  const { run } = await setUp(t);
  const leads = { stream: 'leads', object: 'Compny' };
  await t.rejects(run([sends('Health__gc'), { ...fits, stream: 'orders' }, leads]), {
    message:
      /^The mapping of "accounts", "leads" does not fit this tenant: 1\. accounts > Fields: "Health__gc" is a formula, which Gainsight computes; 2\. leads > Object: "Compny" does not exist/,
  });
});

t.test('what is not compared is not confirmed', async (t) => {
  const { run } = await setUp(t, { objects: { ...objects, Secret__gc: { fields: { Name: {} }, hidesFields: true } } });
  const secret = { stream: 'secrets', object: 'Secret__gc', key_fields: ['Nmae'] };
  const notSeen = 'The tenant shows no fields of "Secret__gc" to this access key, so these are not compared.';
  t.equal((await run([fits, secret])).split('left: 10 and 100. ')[1], notSeen);
  const doubtful = {
    ...fits,
    operation: 'INSERT',
    fields: [...(fits['fields'] as []), { column: 'n', field: 'NAME' }],
  };
  t.ok((await run([doubtful, secret])).endsWith(`"NAME" is spelled "Name" in "Company". ${notSeen}`));
});

t.test('a message lists twenty faults, and says how many there are', async (t) => {
  const { run } = await setUp(t);
  const entries = Array.from({ length: 30 }, (_, at) => ({ ...sends(`Wrong_${at}__gc`), stream: `s${at}` }));
  await t.rejects(run(entries), { message: /; 20\. s19 > Fields: [^;]*; and 10 more\. / });
});

t.test('on a connection that has worked, and with "warn", the same is part of the message', async (t) => {
  const { run, sandbox } = await setUp(t);
  const entries = [sends('Health__gc'), { stream: 'leads', object: 'Compny' }];
  const text =
    /left: .* The mapping of "accounts", "leads" may not fit this tenant: 1\. accounts > Fields: "Health__gc"/;
  t.match(await run(entries, { preflight: { mapping: 'warn' } }), text);
  const [other] = sandbox.addForeignJob({ object: 'Company', age: 60 });
  await t.rejects(run(entries), { code: 'mapping_unfit' }, 'a job of another client proves nothing');
  sandbox.renameJob(other ?? '', 'abcdefghijklmnopqrst.0.5.abcdefghij.41.0.abcdefgh.public.orders.csv');
  await t.rejects(run(entries), { code: 'mapping_unfit' }, 'nor does one of a stream that is not configured');
  sandbox.renameJob(other ?? '', 'abcdefghijklmnopqrst.0.5.abcdefghij.41.0.abcdefgh.public.accounts.csv');
  t.match(await run(entries), text);
});

t.test('"off" asks for nothing', async (t) => {
  const { run, sandbox } = await setUp(t);
  t.match(await run([{ ...fits, object: 'Compny' }], { preflight: { mapping: 'off' } }), /left: 10 and 100\.$/);
  t.same(sandbox.metadataCalls, []);
});

const broken: [answer: string, fault: FaultRule['do'], words: RegExp][] = [
  ['404', { kind: 'status', status: 404 }, /GU_404/],
  ['403', { kind: 'status', status: 403 }, /GU_403/],
  ['result: false with 200', { kind: 'result_false' }, /GU_1101/],
  ['an HTML page', { kind: 'status', status: 200, html: true }, /the answer cannot be read/],
  ['half an answer', { kind: 'accept_then_truncate_json' }, /the answer cannot be read/],
  ['empty data', { kind: 'empty' }, /the answer cannot be read/],
  ['no answer in time', { kind: 'delay', seconds: 600 }, /no answer within 20 seconds/],
  ['another shape', { kind: 'other_shape' }, /the answer cannot be read/],
];
for (const [answer, fault, words] of broken) {
  t.test(`it succeeds although metadata cannot be read: ${answer}`, async (t) => {
    const { run, clock } = await setUp(t, { script: [{ on: 'metadata', do: fault }] });
    const message = await run([{ ...fits, object: 'Compny' }]);
    t.match(message, /left: 10 and 100\. Gainsight's metadata cannot be read \(.*\), so the mapping is not compared/);
    t.match(message, words);
    t.ok(clock.elapsed() <= 20_000, `${clock.elapsed()} ms`);
  });
}
