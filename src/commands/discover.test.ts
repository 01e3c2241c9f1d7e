/** What `discover` lists: of the tenant where its metadata can be read, else of the configuration. */
import t, { type Test } from 'tap';
import { setUpLoad } from '../../integration_tests/support/load_setup.ts';
import type { DestinationOperation } from '../airbyte/protocol.ts';
import { parseConfig } from '../config/config.ts';
import type { FaultScript } from '../sandbox/faults.ts';
import type { FieldRule, ObjectRules, SandboxOptions } from '../sandbox/options.ts';
import { discover } from './discover.ts';

const off: Partial<SandboxOptions> = { metadata: 'off' };

async function discovered(t: Test, streams: readonly object[], sandbox: Partial<SandboxOptions>) {
  const setup = await setUpLoad(t, sandbox);
  const lines: string[] = [];
  const output = { log: (level: string, text: string) => void lines.push(`${level} ${text}`) };
  const config = parseConfig(JSON.stringify({ domain: 'acme', access_key: 'k', streams }));
  const { operations } = await discover(config, setup.client, {
    clock: setup.clock,
    output,
    stop: new AbortController().signal,
  });
  t.same(setup.sandbox.calls, [], 'no call of the Bulk API');
  return { operations, lines, metadataCalls: setup.sandbox.metadataCalls.length };
}

/** Of operations their object and sync mode. */
const namesOf = (operations: readonly DestinationOperation[]) =>
  operations.map(({ object_name, sync_mode }) => `${object_name} ${sync_mode}`);

const readOnly = { createable: false, updateable: false, readOnly: true };
const fields: Record<string, FieldRule> = {
  Gsid: { described: { dataType: 'GSID', ...readOnly } },
  Name: { maxLength: 250, described: { indexed: true } },
  Domain: { described: { dataType: 'EMAIL', indexed: true } },
  Region: { required: true },
  Currency: { required: true, described: { defaultValue: 'USD' } },
  ARR: { type: 'number', described: { dataType: 'CURRENCY', indexed: true } },
  Share: { described: { dataType: 'PERCENTAGE' } },
  Site: { described: { dataType: 'URL' } },
  Live: { type: 'boolean' },
  Since: { type: 'date' },
  Seen: { type: 'datetime' },
  Stage: { picklist: ['Open', 'Won'], described: { inactive: ['Lost'] } },
  Level: { picklist: ['1'], described: { optionsByCategory: true } },
  Tags: { picklist: ['a', 'b'], described: { dataType: 'MULTISELECTDROPDOWNLIST' } },
  Data: { described: { dataType: 'JSON' } },
  Parent: { described: { dataType: 'LOOKUP', lookup: ['company'] } },
  Odd: { described: { dataType: 'SOMETHING' } },
  Margin: { described: { formula: true } },
  Secret: { described: { hidden: true } },
  ModifiedDate: { type: 'datetime', described: readOnly },
};
const tenant: Record<string, ObjectRules> = {
  company: { fields },
  usage__gc: { fields: { Gsid: fields['Gsid'] as FieldRule, Day__gc: { type: 'date' } } },
  raw_events: { fields: {}, objectType: 'SYSTEM' },
  closed__gc: { fields: {}, createable: false },
  gsuser: { fields: {} },
  company_person: { fields: {} },
};

t.test('without streams, each object that can be loaded is listed with each mode', async (t) => {
  const { operations, lines, metadataCalls } = await discovered(t, [], { objects: tenant });
  t.same(namesOf(operations), [
    'company append_dedup',
    'company append',
    'company update',
    'usage__gc append_dedup',
    'usage__gc append',
    'usage__gc update',
  ]);
  t.same(lines, []);
  t.equal(metadataCalls, 2);
});

t.test('fields have the types of the tenant; formulas, hidden and read-only ones are left out', async (t) => {
  const { operations } = await discovered(t, [], { objects: tenant });
  const text = { type: 'string' };
  t.same(operations[0], {
    object_name: 'company',
    sync_mode: 'append_dedup',
    json_schema: {
      type: 'object',
      properties: {
        Gsid: text,
        Name: { ...text, maxLength: 250 },
        Domain: { ...text, format: 'email' },
        Region: text,
        Currency: text,
        ARR: { type: 'number' },
        Share: { type: 'number' },
        Site: { ...text, format: 'uri' },
        Live: { type: 'boolean' },
        Since: { ...text, format: 'date' },
        Seen: { ...text, format: 'date-time' },
        Stage: { ...text, enum: ['Open', 'Won'] },
        Level: text,
        Tags: { type: 'array', items: { ...text, enum: ['a', 'b'] } },
        Data: { type: 'object' },
        Parent: text,
        Odd: text,
      },
      required: ['Name', 'Region'],
      additionalProperties: false,
    },
    matching_keys: [['Gsid'], ['Name'], ['Domain']],
  });
});

t.test('a new record has no id and no key, and an update needs no field', async (t) => {
  const { operations } = await discovered(t, [], { objects: tenant });
  const [, append, update] = operations;
  t.notOk(Object.hasOwn(append?.json_schema['properties'] as object, 'Gsid'));
  t.match(append, { sync_mode: 'append', json_schema: { required: ['Name', 'Region'] }, matching_keys: undefined });
  t.match(update, { sync_mode: 'update', json_schema: { required: undefined }, matching_keys: [['Gsid'], ['Name']] });
});

t.test('a configured object comes first, as it is spelled, with its keys and all that it names', async (t) => {
  const secret = { fields: [{ column: 's', field: 'Secret' }], send_other_columns: true };
  const streams = [
    { stream: 'a', object: 'Usage__gc', key_fields: ['Day__gc'] },
    { stream: 'b', object: 'Company', key_fields: ['Name', 'Region'], ...secret },
    { stream: 'c', object: 'COMPANY', operation: 'INSERT', key_fields: ['Stage'] },
  ];
  const { operations } = await discovered(t, streams, { objects: tenant });
  t.match(operations, [
    {
      object_name: 'Usage__gc',
      json_schema: { properties: { Day__gc: { format: 'date' } }, additionalProperties: false },
      matching_keys: [['Day__gc'], ['Gsid']],
    },
    { object_name: 'Usage__gc', sync_mode: 'append' },
    { object_name: 'Usage__gc', sync_mode: 'update' },
    {
      object_name: 'Company',
      json_schema: { properties: { Secret: { type: 'string' } } },
      matching_keys: [['Name', 'Region'], ['Gsid'], ['Name'], ['Domain']],
    },
    {},
    {},
  ]);
});

t.test('a configured field that the tenant lacks is left out and named, with the nearest one', async (t) => {
  const mapped = ['Nmae', 'Regoin', 'domain', 'Colour'].map((field) => ({ column: field, field }));
  const streams = [
    { stream: 'a', object: 'Company', key_fields: ['Nmae'], fields: mapped },
    { stream: 'b', object: 'company', key_fields: ['DOMAIN', 'Region'] },
  ];
  const { operations, lines } = await discovered(t, streams, { objects: tenant });
  const company = operations.find(({ object_name }) => object_name === 'Company');
  const properties = Object.keys(company?.json_schema['properties'] as object);
  for (const field of ['Nmae', 'Regoin', 'domain', 'DOMAIN', 'Colour']) t.notOk(properties.includes(field), field);
  t.same(
    company?.['matching_keys'],
    [['Domain', 'Region'], ['Gsid'], ['Name'], ['Domain']],
    'as the tenant spells them',
  );
  t.same(lines, [
    'WARN Left out, as "Company" has no such field, or does not show it to this access key: "Nmae" (did you mean "Name"?), "Regoin" (did you mean "Region"?), "Colour".',
  ]);
});

t.test('a configured object that the tenant lacks is left out and named', async (t) => {
  const { operations, lines } = await discovered(t, [{ stream: 'a', object: 'Compny' }], { objects: tenant });
  t.same([...new Set(operations.map(({ object_name }) => object_name))], ['company', 'usage__gc']);
  t.same(lines, ['WARN Left out, as this tenant has no such object: "Compny" (did you mean "company"?).']);
});

t.test('of an object whose fields the key may not see, the configuration says what there is', async (t) => {
  const objects: Record<string, ObjectRules> = {
    company: { fields, hidesFields: true },
    case: { fields, hidesFields: true },
  };
  const streams = [{ stream: 'a', object: 'Company', operation: 'UPDATE', key_fields: ['Name'] }];
  const { operations } = await discovered(t, streams, { objects });
  t.same(namesOf(operations), ['Company update', 'case append_dedup', 'case append', 'case update']);
  t.match(operations[0], { json_schema: { properties: { Name: {} } }, matching_keys: [['Name']] });
  t.match(operations[1], { json_schema: { properties: {}, additionalProperties: true } });
});

t.test('a hundred objects are described, and the others listed by name', async (t) => {
  const names = Array.from({ length: 130 }, (_, at) => `O${at}__gc`);
  const objects = Object.fromEntries(names.map((name) => [name, { fields: { Name: {} } }]));
  const { operations, metadataCalls, lines } = await discovered(t, [{ stream: 's', object: 'O129__gc' }], { objects });
  t.equal(metadataCalls, 5);
  t.same(lines, []);
  const objectsOf = (isOpen: boolean) =>
    new Set(
      operations.flatMap(({ object_name, json_schema }) =>
        json_schema['additionalProperties'] === isOpen ? [object_name] : [],
      ),
    );
  t.equal(objectsOf(false).size, 100);
  t.ok(objectsOf(false).has('O129__gc'), 'the configured one is described');
  t.equal(objectsOf(true).size, 30);
});

t.test('where a call fails midway, the objects described until then keep their fields', async (t) => {
  const names = Array.from({ length: 60 }, (_, at) => `O${at}__gc`);
  const objects = Object.fromEntries(names.map((name) => [name, { fields: { Name: {} } }]));
  const script: FaultScript = [{ on: 'metadata', nth: 3, do: { kind: 'status', status: 503 } }];
  const { operations, lines } = await discovered(t, [], { objects, script });
  const typed = operations.filter(({ json_schema }) => json_schema['additionalProperties'] === false);
  t.equal(new Set(typed.map(({ object_name }) => object_name)).size, 25);
  t.equal(new Set(operations.map(({ object_name }) => object_name)).size, 60);
  t.match(lines, [
    /^WARN Not every object can be described \(.*503.*\): the others are listed without their fields\.$/,
  ]);
  t.equal(lines.length, 1);
});

t.test('while Gainsight does not answer, a line says why there is no catalog yet', async (t) => {
  const objects = { Company: { fields } };
  const waitOf = (nth: number): FaultScript => [{ on: 'metadata', nth, do: { kind: 'delay', seconds: 20 } }];
  const notice = 'WARN Gainsight has not answered for 5 s. The connector waits for about a minute at most.';
  for (const [call, nth] of [
    ['the list of objects', 1],
    ['their description', 2],
  ] as const) {
    const { operations, lines } = await discovered(t, [], { objects, script: waitOf(nth) });
    t.same(lines, [notice], call);
    t.equal(operations.length, 3, call);
  }
});

t.test('without metadata the configuration is listed, and one line says so', async (t) => {
  const { operations, lines } = await discovered(t, [], off);
  t.same(operations, []);
  t.match(lines, [/^WARN Metadata cannot be read \(.+\): only what the configuration names is listed/]);
  const empty = await discovered(t, [], { objects: {} });
  t.match(empty.lines, [/^WARN Metadata cannot be read \(the list of objects is empty\)/]);
});

t.test('without metadata an object is offered with the mode of its operation and its keys', async (t) => {
  const key_fields = ['Name', 'Region'];
  const streams = [
    { stream: 'a', object: 'Company', key_fields },
    { stream: 'b', object: 'A', operation: 'UPDATE', key_fields },
    { stream: 'c', object: 'B', operation: 'INSERT', key_fields },
  ];
  const json_schema = { type: 'object', properties: { Name: {}, Region: {} }, additionalProperties: true };
  const { operations } = await discovered(t, streams, off);
  t.same(operations, [
    { object_name: 'Company', sync_mode: 'append_dedup', json_schema, matching_keys: [key_fields] },
    { object_name: 'A', sync_mode: 'update', json_schema, matching_keys: [key_fields] },
    { object_name: 'B', sync_mode: 'append', json_schema: { ...json_schema, properties: {} } },
  ]);
});

t.test('without metadata other fields are not allowed if only the named ones are sent', async (t) => {
  const entry = { stream: 's', object: 'O', fields: [{ column: 'a', field: 'A' }] };
  const streams = [
    entry,
    { ...entry, stream: 'p', object: 'P', send_other_columns: true },
    { ...entry, stream: 'q', object: 'Q', fields_text: 'b = B' },
    { ...entry, stream: 'r', object: 'R', naming: 'gainsight_custom' },
  ];
  t.match((await discovered(t, streams, off)).operations, [
    { json_schema: { properties: { A: {} }, additionalProperties: false } },
    { json_schema: { additionalProperties: true } },
    { json_schema: { properties: { A: {}, B: {} }, additionalProperties: false } },
    { json_schema: { additionalProperties: true } },
  ]);
});

t.test('without metadata entries with the same object and mode become one operation', async (t) => {
  const streams = [
    { stream: 'a', object: 'O', key_fields: ['A'], fields: [{ column: 'a', field: 'A' }] },
    { stream: 'b', object: 'O', key_fields: ['B'], fields: [{ column: 'b', field: 'B' }] },
    { stream: 'c', object: 'O', key_fields: ['A'], fields: [{ column: 'a', field: 'A' }] },
    { stream: 'd', object: 'O', operation: 'UPDATE', key_fields: ['B'] },
    { stream: 'e', object: 'O', operation: 'INSERT' },
  ];
  const { operations } = await discovered(t, streams, off);
  t.same(namesOf(operations), ['O append_dedup', 'O update', 'O append']);
  t.match(operations[0], {
    matching_keys: [['A'], ['B']],
    json_schema: { properties: { A: {}, B: {} }, additionalProperties: false },
  });
});
