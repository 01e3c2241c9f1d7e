import t from 'tap';
import type { ConfiguredAirbyteStream } from '../airbyte/protocol.ts';
import type { StreamEntry } from '../config/types.ts';
import { ConnectorError } from '../errors.ts';
import { brokenError, makePlans, type Plans } from './plan.ts';

const text = { type: ['null', 'string'] };
const columns = {
  id: text,
  name: text,
  updated_at: { type: 'string', format: 'date-time' },
  address: { type: 'object', properties: { city: text } },
};

interface Changes extends Partial<Omit<ConfiguredAirbyteStream, 'stream'>> {
  readonly namespace?: string;
  readonly properties?: object;
  readonly source_defined_primary_key?: string[][];
  readonly source_defined_cursor?: boolean;
}

function stream(
  name: string,
  { namespace, properties = columns, source_defined_primary_key, source_defined_cursor, ...changes }: Changes = {},
): ConfiguredAirbyteStream {
  return {
    stream: {
      ...{ name, namespace, json_schema: { type: 'object', properties }, supported_sync_modes: ['full_refresh'] },
      ...(source_defined_primary_key && { source_defined_primary_key }),
      ...(source_defined_cursor !== undefined && { source_defined_cursor }),
    },
    sync_mode: 'full_refresh',
    destination_sync_mode: 'append_dedup',
    primary_key: [['id']],
    ...changes,
  };
}

function entry(name: string, changes: Partial<StreamEntry> = {}): StreamEntry {
  const defaults = {
    namespace: '',
    object: 'Company',
    operation: 'UPSERT',
    key_fields: [],
    fields: [],
    fields_text: '',
    naming: 'as_is',
    send_other_columns: false,
    load_after: [],
    latest_by: 'arrival',
    absent_columns: 'blank',
    unreadable_values: 'reject',
    repeated_rows: 'stop',
    checked_jobs: [],
    route: 'bulk_api',
    lookups: [],
  } as const;
  return { stream: name, ...structuredClone(defaults), ...changes } as StreamEntry;
}

const map = (...pairs: [string, string][]) => pairs.map(([column, field]) => ({ column, field }));

function plan(streams: ConfiguredAirbyteStream[], entries: StreamEntry[], load_unlisted_streams = false) {
  return makePlans({ streams, isClear: false }, { streams: entries, load_unlisted_streams });
}

t.test('the plan of an INSERT has what identifies its files, and its settings for repeated rows', async (t) => {
  t.match(planOne(stream('accounts')), { generation: undefined, sendsRepeated: false, checkedJobs: new Map() });
  const checked_jobs: StreamEntry['checked_jobs'] = [{ job: 'J1', loaded: 'all' }];
  const found = planOne(stream('accounts', { generation_id: 3 }), { repeated_rows: 'send', checked_jobs });
  t.match(found, { generation: 3, sendsRepeated: true });
  t.same([...(found.checkedJobs ?? [])], [['J1', 'all']]);
});

/** The plan of one stream. */
function planOne(configured: ConfiguredAirbyteStream, changes: Partial<StreamEntry> = {}) {
  const { plans, warnings, broken } = plan([configured], [entry(configured.stream.name, changes)]);
  if (broken.length > 0) throw brokenError(broken);
  const [only] = plans;
  if (!only || plans.length > 1) throw new Error('not one plan');
  return { ...only, warnings, fields: only.columns.map(({ path, field }) => `${path.join('>')}=${field}`) };
}

/** The error thrown, or the one for broken mappings. */
function refusal(run: () => unknown): ConnectorError {
  try {
    const { broken } = run() as Partial<Plans>;
    if (broken?.length) return brokenError(broken);
  } catch (error) {
    if (error instanceof ConnectorError) return error;
    throw error;
  }
  throw new Error('it was planned');
}

t.test('a stream goes to its object with every column under its own name', async (t) => {
  const { plans, warnings } = plan(
    [stream('accounts', { namespace: 'public', sync_mode: 'incremental' })],
    [entry('accounts')],
  );
  t.same(plans, [
    {
      id: 0,
      stream: { name: 'accounts', namespace: 'public' },
      label: 'public.accounts',
      object: 'Company',
      operation: 'UPSERT',
      keyFields: ['id'],
      keyColumns: [0],
      columns: [
        { path: ['id'], field: 'id', isDateTime: false },
        { path: ['name'], field: 'name', isDateTime: false },
        { path: ['updated_at'], field: 'updated_at', isDateTime: true },
        { path: ['address'], field: 'address', isDateTime: false },
      ],
      leftOut: new Set(),
      incremental: true,
      generation: undefined,
      sendsRepeated: false,
      checkedJobs: new Map(),
      parents: [],
    },
  ]);
  t.same(warnings, []);
});

t.test('columns of the schema that are not sent are listed as left out', async (t) => {
  const { plans } = plan(
    [stream('accounts')],
    [entry('accounts', { fields: [{ column: 'id', field: 'Id' }], key_fields: ['Id'] })],
  );
  t.same([...(plans[0]?.leftOut ?? [])].sort(), ['address', 'name', 'updated_at']);
});

t.test(
  'streams with the same schema and mapping have the same columns, keys and lists, and others their own',
  async (t) => {
    const checked = [{ job: 'J000001', loaded: 'all' }] as const;
    const { plans } = plan(
      [stream('a'), stream('b'), stream('c', { properties: { id: { type: 'string' } } })],
      [entry('a'), entry('b', { object: 'Other', checked_jobs: [...checked] }), entry('c')],
    );
    const [one, other, third] = plans;
    for (const part of ['columns', 'keyColumns', 'keyFields', 'leftOut', 'parents'] as const)
      t.equal(one?.[part], other?.[part], part);
    t.match([one?.object, other?.object], ['Company', 'Other']);
    t.same([...(one?.checkedJobs ?? [])], []);
    t.same([...(other?.checkedJobs ?? [])], [['J000001', 'all']]);
    t.same(third?.columns, [{ path: ['id'], field: 'id', isDateTime: false }]);
  },
);

t.test('a Clear has no plan, whatever is configured', async (t) => {
  const catalog = { streams: [stream('a', { destination_sync_mode: 'overwrite' })], isClear: true };
  t.same(makePlans(catalog, { streams: [entry('b', { load_after: ['b'] })], load_unlisted_streams: false }), {
    plans: [],
    broken: [],
    warnings: [],
    notes: [],
  });
});

t.test('overwritten streams together with others are rejected by name', async (t) => {
  const overwritten = stream('orders', { destination_sync_mode: 'overwrite' });
  t.throws(() => plan([stream('a'), overwritten], [entry('a'), entry('orders')]), {
    code: 'overwrite_mixed',
    failureType: 'config_error',
    stream: { name: 'orders' },
    message: /^The sync mode of orders overwrites/,
  });
});

t.test('plans have the order of the catalog', async (t) => {
  const { plans } = plan([stream('b'), stream('a')], [entry('a', { object: 'A' }), entry('b', { object: 'B' })]);
  t.same(
    plans.map(({ id, object }) => [id, object]),
    [
      [0, 'B'],
      [1, 'A'],
    ],
  );
});

const columnCases: readonly [string, Changes, Partial<StreamEntry>, string[]][] = [
  [
    'only named columns are sent, in the order of the entry',
    {},
    { fields: map(['name', 'Name'], ['id', 'Id__gc']) },
    ['name=Name', 'id=Id__gc'],
  ],
  [
    'the other columns follow if they are to be sent',
    {},
    { fields: map(['name', 'Name']), send_other_columns: true },
    ['name=Name', 'id=id', 'updated_at=updated_at', 'address=address'],
  ],
  [
    'a dotted path leads into nested data',
    {},
    { fields: map(['id', 'Id'], ['address.city', 'City']) },
    ['id=Id', 'address>city=City'],
  ],
  [
    'a column that a path leads into counts as named',
    {},
    { fields: map(['id', 'Id'], ['address.city', 'City']), send_other_columns: true },
    ['id=Id', 'address>city=City', 'name=name', 'updated_at=updated_at'],
  ],
  [
    'a column may be sent whole and in part',
    {},
    { fields: map(['id', 'Id'], ['address.city', 'City'], ['address', 'Address']) },
    ['id=Id', 'address>city=City', 'address=Address'],
  ],
  [
    'a column may go to two fields',
    {},
    { fields: map(['id', 'Id'], ['id', 'External_ID']) },
    ['id=Id', 'id=External_ID'],
  ],
  [
    'an exact name takes precedence over a path',
    { properties: { id: text, 'a.b': text, a: { properties: { b: text } } } },
    { fields: map(['id', 'id'], ['a.b', 'AB']) },
    ['id=id', 'a.b=AB'],
  ],
  [
    'a path may lead anywhere in an object that declares no members',
    { properties: { id: text, tags: { type: 'object' } } },
    { fields: map(['id', 'id'], ['tags.a.b', 'AB']) },
    ['id=id', 'tags>a>b=AB'],
  ],
  [
    'a path goes through unions',
    { properties: { id: text, a: { oneOf: [{ type: 'null' }, { type: 'object', properties: { b: text } }] } } },
    { fields: map(['id', 'id'], ['a.b', 'AB']) },
    ['id=id', 'a>b=AB'],
  ],
  [
    "Airbyte's own columns are left out",
    { properties: { id: text, _ab_cdc_deleted_at: text, _airbyte_raw_id: text, _abc: text } },
    {},
    ['id=id', '_abc=_abc'],
  ],
  [
    "Airbyte's own columns are left out of the others too",
    { properties: { id: text, name: text, _ab_cdc_lsn: text } },
    { fields: map(['id', 'Id']), send_other_columns: true },
    ['id=Id', 'name=name'],
  ],
  [
    "Airbyte's own columns are sent if named",
    { properties: { id: text, _ab_cdc_lsn: text } },
    { fields: map(['id', 'Id'], ['_ab_cdc_lsn', 'LSN']) },
    ['id=Id', '_ab_cdc_lsn=LSN'],
  ],
];
for (const [name, changes, entryChanges, fields] of columnCases) {
  t.test(name, async (t) => {
    t.same(planOne(stream('accounts', changes), entryChanges).fields, fields);
  });
}

const keyCases: readonly [string, Changes, Partial<StreamEntry>, string[], number[]][] = [
  ['named keys win over the catalog', {}, { key_fields: ['name'] }, ['name'], [1]],
  [
    'named keys are fields, not columns',
    {},
    { fields: map(['id', 'Name'], ['name', 'Id']), key_fields: ['Name'] },
    ['Name'],
    [0],
  ],
  [
    'the primary key is mapped to its field',
    {},
    { fields: map(['name', 'Name'], ['id', 'External_ID']) },
    ['External_ID'],
    [1],
  ],
  ['the first of two fields stands for the primary key', {}, { fields: map(['id', 'A'], ['id', 'B']) }, ['A'], [0]],
  [
    'a primary key may be composite and nested',
    { primary_key: [['address', 'city'], ['id']] },
    { fields: map(['id', 'Id'], ['address.city', 'City']) },
    ['City', 'Id'],
    [1, 0],
  ],
  ['a key named twice is one key', {}, { key_fields: ['id', 'id'] }, ['id'], [0]],
  [
    "without a chosen primary key the source's own counts",
    { primary_key: [], source_defined_primary_key: [['name']] },
    {},
    ['name'],
    [1],
  ],
  ['INSERT has no keys, whatever entry and catalog say', {}, { operation: 'INSERT', key_fields: ['nonsense'] }, [], []],
  ['INSERT needs no primary key', { primary_key: [] }, { operation: 'INSERT' }, [], []],
  ['UPDATE has keys', {}, { operation: 'UPDATE' }, ['id'], [0]],
];
for (const [name, changes, entryChanges, keyFields, keyColumns] of keyCases) {
  t.test(name, async (t) => {
    t.match(planOne(stream('accounts', changes), entryChanges), { keyFields, keyColumns });
  });
}

const refusals: readonly [string, Changes, Partial<StreamEntry>, string, RegExp][] = [
  ['UPSERT without any key', { primary_key: [] }, {}, 'keys_missing', /accounts is to be loaded by UPSERT/],
  [
    'UPDATE without any key',
    { primary_key: [[]] },
    { operation: 'UPDATE' },
    'keys_missing',
    /accounts is to be loaded by UPDATE/,
  ],
  [
    'a key that is not a field',
    {},
    { key_fields: ['ID'] },
    'key_not_sent',
    /Key field "ID" of the stream accounts is not among the fields sent: "id", "name", "updated_at", "address" \(did you mean "id"\?\)\./,
  ],
  [
    'a primary key that is not mapped',
    {},
    { fields: map(['name', 'Name']) },
    'key_not_sent',
    /Key field "id" .* not among the fields sent: "Name"\./,
  ],
  [
    'a nested primary key that is not mapped',
    { primary_key: [['address', 'city']] },
    {},
    'key_not_sent',
    /Key field "address\.city"/,
  ],
  [
    'two columns to one field',
    {},
    { fields: map(['id', 'Name'], ['name', 'Name']) },
    'field_twice',
    /accounts, id and name, are mapped to the same field Name/,
  ],
  [
    'another column that takes a named field',
    {},
    { fields: map(['id', 'name']), send_other_columns: true },
    'field_twice',
    /id and name, are mapped to the same field name/,
  ],
  [
    'a column that is not in the schema',
    {},
    { fields: map(['id', 'Id'], ['nam', 'Name']) },
    'column_unknown',
    /Column "nam" of the stream accounts is not in its schema \(did you mean "name"\?\)\. It has: "id", "name", "updated_at", "address"\./,
  ],
  [
    'a path to a member that is not in the schema',
    {},
    { fields: map(['id', 'Id'], ['address.town', 'City']) },
    'column_unknown',
    /Column "address\.town" .* as no path leads there from "address"/,
  ],
  [
    'a path into a number',
    { properties: { id: text, seats: { type: ['null', 'integer'] } } },
    { fields: map(['id', 'Id'], ['seats.first', 'Name']) },
    'column_unknown',
    /Column "seats\.first" .* as no path leads there from "seats"/,
  ],
  [
    'a path with a hole',
    { properties: { id: text, a: {} } },
    { fields: map(['id', 'Id'], ['a..b', 'Name']) },
    'column_unknown',
    /Column "a\.\.b"/,
  ],
  [
    'no column at all',
    { properties: { _ab_id: text } },
    { operation: 'INSERT' },
    'no_columns',
    /accounts has no column/,
  ],
  [
    'a field with a line feed',
    {},
    { fields: map(['id', 'I\nd']) },
    'config_invalid',
    /column "id" of the stream accounts/,
  ],
  ['a field with a carriage return', {}, { fields: map(['id', 'Id\r']) }, 'config_invalid', /column "id"/],
  ['a field with a NUL', {}, { fields: map(['id', 'I\0d']) }, 'config_invalid', /column "id"/],
  [
    'a column whose name is not a valid field name',
    { properties: { id: text, 'a\nb': text } },
    {},
    'config_invalid',
    /column "a\\nb".*map it in "Fields"/,
  ],
  ['a blank field', {}, { fields: map(['id', ' ']) }, 'config_invalid', /column "id"/],
  ['a key with a comma', {}, { fields: map(['id', 'a,b']) }, 'config_invalid', /key field "a,b" .* holds a comma/],
];
for (const [name, changes, entryChanges, code, message] of refusals) {
  t.test(`${name} is rejected`, async (t) => {
    const error = refusal(() =>
      planOne(stream('accounts', { namespace: undefined as never, ...changes }), entryChanges),
    );
    t.match(error, { code, failureType: 'config_error', message, stream: { name: 'accounts' } });
  });
}

t.test('all faults of a stream, and of all streams, are in one error; the other streams are planned', async (t) => {
  const broken = { fields: map(['nam', 'Name'], ['Stage__gc', 'address']), key_fields: ['Nam', 'Name'] };
  const entries = [entry('a', broken), entry('b'), entry('c', { key_fields: ['name', 'x,y'], load_after: ['a'] })];
  const made = plan([stream('a'), stream('b'), stream('c')], entries);
  t.same(
    made.broken.map(({ plan, faults }) => [plan.label, plan.object, ...faults.map(({ code }) => code)]),
    [
      ['a', 'Company', 'column_unknown', 'column_unknown', 'key_not_sent'],
      ['c', 'Company', 'key_not_sent'],
    ],
  );
  t.same(
    made.plans.map(({ id, parents, keyFields }) => [id, parents, keyFields]),
    [
      [0, [], ['Name']],
      [1, [], ['id']],
      [2, [0], ['name']],
    ],
  );
  const { code, message, stream: only } = brokenError(made.broken);
  t.same([code, only], ['mapping_broken', undefined]);
  for (const words of [
    'does not fit the schema of the connection: there are 4 faults. 1. Column "nam" of the stream a is not in its schema (did you mean "name"?). It has',
    '2. Column "Stage__gc" of the stream a is not in its schema; column and field look swapped, as the schema has "address". It has',
    '3. Key field "Nam" of the stream a is not among the fields sent: "Name", "address" (did you mean "Name"?). Under',
    '4. Key field "x,y" of the stream c is not among',
  ])
    t.match(message, words);
  t.same(brokenError(made.broken.slice(0, 1)).stream, { name: 'a' });
});

t.test('a key that is a column of another field, and a column put as field, are recognised', async (t) => {
  const renamed = { fields: map(['id', 'External_Id']), key_fields: ['id'] };
  t.match(
    refusal(() => planOne(stream('a'), renamed)).message,
    /"External_Id" \(it is a column, whose field is "External_Id"\)/,
  );
  const swapped = planOne(stream('a'), { fields: map(['id', 'Id'], ['Name', 'name']), key_fields: ['Id'] });
  t.match(swapped.warnings, [/^Column "Name" and field "name" in "Fields" of a look swapped: "name" is the column/]);
});

t.test('a comma is allowed in a field that is not a key', async (t) => {
  t.same(planOne(stream('accounts'), { fields: map(['id', 'Id'], ['name', 'a,b']) }).fields, ['id=Id', 'name=a,b']);
});

t.test('a stream that no entry names is rejected', async (t) => {
  const error = refusal(() => plan([stream('a'), stream('b')], [entry('a')]));
  t.match(error, { code: 'stream_unlisted', stream: { name: 'b' } });
  t.match(error.message, /selects the stream "b", and no entry of "Streams" names it\. /);
  const many = refusal(() =>
    plan([stream('companies'), stream('b')], [entry('warehouse.companies'), entry('compnies')]),
  );
  t.match(many, { code: 'mapping_broken', stream: undefined });
  const [meant, idle] = [
    'Entry 1 names "companies" in the namespace "warehouse"',
    'entries without a stream are "warehouse.companies", "compnies"',
  ];
  t.match(
    many.message,
    `there are 2 faults. 1. The connection selects the stream "companies", and no entry of "Streams" names it. ${meant}, and`,
  );
  t.match(many.message, `2. The connection selects the stream "b", and no entry of "Streams" names it; ${idle}. Add`);
});

t.test('an unlisted stream is loaded into the object of its own name, or the one that the catalog names', async (t) => {
  const { plans } = plan(
    [stream('Company'), stream('b', { destination_object_name: 'B__gc' }), stream('c')],
    [entry('c', { object: 'C' })],
    true,
  );
  t.same(
    plans.map(({ object, operation, keyFields }) => [object, operation, keyFields[0]]),
    [
      ['Company', 'UPSERT', 'id'],
      ['B__gc', 'UPSERT', 'id'],
      ['C', 'UPSERT', 'id'],
    ],
  );
  t.match(
    refusal(() => plan([stream('Company', { primary_key: [] })], [], true)),
    { code: 'keys_missing' },
  );
});

t.test('an object that cannot have its name fails its stream, as it does in an entry', async (t) => {
  const faults: [object: string, fault: string][] = [
    ['B__gc ', '"B__gc " has white space at an end: write "B__gc"'],
    [' ', 'must not be blank'],
    ['B\r\n__gc', '"B\\r\\n__gc" must not contain a line break'],
  ];
  for (const [object, fault] of faults) {
    const { broken } = plan([stream('a', { destination_object_name: object }), stream('b')], [], true);
    t.equal(broken.length, 1);
    t.match(broken[0]?.faults, [{ code: 'object_unusable', stream: { name: 'a' } }]);
    t.ok(broken[0]?.faults[0]?.message.startsWith(`Object of the stream a: ${fault}. Correct it where`), fault);
  }
  t.match(plan([stream('a ')], [], true).broken[0]?.faults, [{ code: 'object_unusable' }], 'as the name of a stream');
});

t.test("an entry's object wins over the catalog's", async (t) => {
  t.equal(planOne(stream('a', { destination_object_name: 'B' }), { object: 'A' }).object, 'A');
});

t.test('streams of one name are distinguished by their namespace', async (t) => {
  const streams = [stream('a', { namespace: 'x' }), stream('a', { namespace: 'y' }), stream('a')];
  const entries = [entry('a', { namespace: 'y', object: 'Y' }), entry('a', { namespace: 'x', object: 'X' })];
  t.same(
    plan(streams.slice(0, 2), entries).plans.map(({ object }) => object),
    ['X', 'Y'],
  );
  t.match(
    refusal(() => plan(streams, entries)),
    { code: 'stream_unlisted' },
  );
});

t.test('two entries for a stream, or two streams for an entry, are rejected', async (t) => {
  const [x, y] = [stream('a', { namespace: 'x' }), stream('a', { namespace: 'y' })];
  const code = 'stream_ambiguous';
  t.match(
    refusal(() => plan([x], [entry('b'), entry('a'), entry('a')])),
    { code, message: /The stream x\.a is named by the entries 2 and 3 of "Streams"\./ },
  );
  t.match(
    refusal(() => plan([x], [entry('a'), entry('a', { namespace: 'x' })])),
    { code, message: /entries 1 and 2/ },
  );
  t.match(
    refusal(() => plan([x, y], [entry('a')])),
    { code, message: /Entry 1 of "Streams" names two streams, x\.a and y\.a\./ },
  );
});

t.test('load_after becomes parents, by name or with the namespace', async (t) => {
  const streams = [stream('child'), stream('a', { namespace: 'x' }), stream('a', { namespace: 'y' }), stream('b')];
  const entries = (load_after: string[]) => [
    entry('child', { load_after }),
    entry('a', { namespace: 'x' }),
    entry('a', { namespace: 'y' }),
    entry('b'),
  ];
  const parents = (...names: string[]) => plan(streams, entries(names)).plans[0]?.parents;
  t.same(parents('b', 'y.a'), [3, 2]);
  t.same(parents('a'), [1, 2]);
  t.same(parents('a', 'x.a', 'b', 'b'), [1, 2, 3]);
  t.same(parents(), []);
});

t.test('a stream without a namespace and one of the same name with a namespace are different', async (t) => {
  const streams = [stream('a'), stream('a', { namespace: 'x' })];
  const objects = (...entries: StreamEntry[]) => plan(streams, entries).plans.map(({ object }) => object);
  t.same(objects(entry('a', { object: 'A' }), entry('a', { namespace: 'x', object: 'X' })), ['A', 'X']);
  t.match(
    refusal(() => plan(streams, [entry('a')])),
    { code: 'stream_unlisted', message: /x\.a/ },
  );
});

t.test('white space at the ends of the name of a stream is left out of its entry', async (t) => {
  const objects = (streams: ConfiguredAirbyteStream[], ...entries: StreamEntry[]) =>
    plan(streams, entries).plans.map(({ object }) => object);
  t.same(objects([stream(' a\u200b', { namespace: 'x ' })], entry('a', { namespace: 'x', object: 'A' })), ['A']);
  t.match(
    refusal(() => plan([stream('a'), stream('a ')], [entry('a')])),
    { code: 'stream_unlisted', stream: { name: 'a ' } },
  );
});

t.test('a stream may be named with its namespace in one text', async (t) => {
  const both = [stream('a', { namespace: 'x' }), stream('b', { namespace: 'x' })];
  const { plans, warnings } = plan(both, [entry('x.b', { object: 'B' }), entry('x.a', { object: 'A' })]);
  t.same([plans.map(({ object }) => object), warnings], [['A', 'B'], []]);
  const twins = [stream('x.a'), stream('a', { namespace: 'x' })];
  const entries = [entry('x.a', { object: 'dotted' }), entry('a', { namespace: 'x', object: 'A' })];
  t.same(
    plan(twins, entries).plans.map(({ object }) => object),
    ['dotted', 'A'],
  );
  t.match(
    refusal(() => plan([both[0] as never], [entry('x.a'), entry('a')])),
    { code: 'stream_ambiguous', message: /entries 1 and 2/ },
  );
});

t.test('a column is found regardless of case and space around it, if only one matches', async (t) => {
  const properties = { 'Account ID ': text, '\ufeffid': text, Strasse: text, 'Stra\u00dfe': text, cafe\u0301: text };
  const planned = (column: string, more = {}) => {
    const changes = { properties: { ...properties, ...more }, primary_key: [['\ufeffid']] };
    return plan([stream('s', changes)], [entry('s', { fields: map([column, 'F']), key_fields: ['F'] })]);
  };
  const found = (column: string, more = {}) => {
    const { plans, notes } = planned(column, more);
    return { path: plans[0]?.columns[0]?.path, notes: notes.length };
  };
  t.same(found('account id'), { path: ['Account ID '], notes: 1 });
  t.same(found('Account ID '), { path: ['Account ID '], notes: 0 });
  t.same(found('id'), { path: ['\ufeffid'], notes: 1 });
  t.same(found('Caf\u00e9'), { path: ['cafe\u0301'], notes: 1 });
  t.same(found(' doc.x', { Doc: { type: 'object' } }), { path: ['Doc', 'x'], notes: 1 });
  t.match(
    refusal(() => planned('ACCOUNT ID', { 'account id': text })),
    { code: 'column_unknown', message: /It has: "Account ID ", "\\ufeffid"/ },
  );
});

t.test('a path leads into objects, lists and texts; a dot may belong to a name', async (t) => {
  const properties = {
    id: text,
    traits: { type: 'object' },
    contacts: {
      type: ['null', 'array'],
      items: { type: 'object', properties: { email: text, at: columns.updated_at } },
    },
    json: text,
    'a\\.b': text,
  };
  const found = (column: string) => {
    const changes = { fields: map(['id', 'Id'], [column, 'F']), key_fields: ['Id'] };
    const { path, isDateTime } = planOne(stream('s', { properties }), changes).columns[1] ?? {};
    return { path, isDateTime };
  };
  t.same(found('traits.plan\\.name'), { path: ['traits', 'plan.name'], isDateTime: false });
  t.same(found('contacts.0.email'), { path: ['contacts', '0', 'email'], isDateTime: false });
  t.same(found('contacts.12.at'), { path: ['contacts', '12', 'at'], isDateTime: true });
  t.same(found('json.a.b'), { path: ['json', 'a', 'b'], isDateTime: false });
  t.same(found('a\\.b'), { path: ['a\\.b'], isDateTime: false });
  for (const column of ['contacts.email', 'contacts.0.phone', 'contacts.-1.email'])
    t.match(
      refusal(() => found(column)),
      { code: 'column_unknown' },
      column,
    );
});

t.test('a schema without columns does not restrict them', async (t) => {
  const changes = { fields: map(['id', 'Id'], ['a.b', 'B']), key_fields: ['Id'] };
  t.same(planOne(stream('s', { properties: {} }), changes).fields, ['id=Id', 'a>b=B']);
});

t.test('a column without a name is left out', async (t) => {
  const { fields, warnings, leftOut } = planOne(stream('s', { properties: { id: text, '': text, ' ': text } }));
  t.same(fields, ['id=id']);
  t.same([...(leftOut ?? [])], ['', ' ']);
  t.match(warnings, [/^Stream s has a column without a name/]);
});

t.test('fields that look alike are warned of', async (t) => {
  const changes = { fields: map(['id', 'Id'], ['name', 'ID '], ['updated_at', 'Other']), key_fields: ['Id'] };
  t.match(planOne(stream('s'), changes).warnings, [
    /sends the fields "Id", "ID ", which differ in case or spaces only/,
  ]);
});

t.test('keys that do not contain the primary key are reported', async (t) => {
  t.equal(planOne(stream('s'), { key_fields: ['name'] }).unmatchedKey, 'id');
  t.equal(planOne(stream('s'), { key_fields: ['name', 'id'] }).unmatchedKey, undefined);
  t.equal(planOne(stream('s', { primary_key: [] }), { key_fields: ['name'] }).unmatchedKey, undefined);
});

t.test('the latest row of a key may be the one with the greatest cursor', async (t) => {
  const properties = {
    ...columns,
    lsn: { type: ['null', 'integer'] },
    day: { type: 'string', format: 'date' },
    stamp: { type: 'string', airbyte_type: 'timestamp_without_timezone' },
    doc: { type: 'object', properties: { at: columns.updated_at } },
  };
  const of = (cursor_field: string[] | undefined, changes = {}, entryChanges = {}) =>
    planOne(stream('s', { properties, ...(cursor_field && { cursor_field }), ...changes }), {
      latest_by: 'cursor',
      ...entryChanges,
    }).latestBy;
  t.same(of(['updated_at']), { path: ['updated_at'], kind: 'date-time' });
  t.same(of(['lsn']), { path: ['lsn'], kind: 'number' });
  t.same(of(['day']), { path: ['day'], kind: 'date-time' });
  t.same(of(['stamp']), { path: ['stamp'], kind: 'date-time' });
  t.same(of(['doc', 'at']), { path: ['doc', 'at'], kind: 'date-time' });
  t.equal(of(['lsn'], {}, { latest_by: 'arrival' }), undefined);
  for (const [cursor, changes, entryChanges, message] of [
    [undefined, {}, {}, /the connection names none/],
    [[], {}, {}, /the connection names none/],
    [['name'], {}, {}, /column "name" is neither of numbers nor of date-times/],
    [['gone'], {}, {}, /column "gone"/],
    [['lsn'], {}, { operation: 'INSERT' }, /INSERT adds every row/],
    [['lsn'], { source_defined_cursor: true }, {}, /the source defines its cursor/],
  ] as const)
    t.match(
      refusal(() => of(cursor && [...cursor], changes, entryChanges)),
      { code: 'latest_by_unusable', failureType: 'config_error', stream: { name: 's' }, message },
    );
});

t.test('a cycle in load_after is named, and fails the streams in it alone', async (t) => {
  const circle = (pairs: Record<string, string[]>) => {
    const { broken } = plan(
      Object.keys(pairs).map((name) => stream(name)),
      Object.entries(pairs).map(([name, load_after]) => entry(name, { load_after })),
    );
    return { failed: broken.map(({ plan }) => plan.label).join(), error: brokenError(broken) };
  };
  const code = 'load_after_cycle';
  t.match(circle({ a: ['a'] }), { failed: 'a', error: { code, message: /forms a cycle: a after a\./ } });
  t.match(circle({ a: ['b'], b: ['c'], c: ['a'] }), {
    ...{ failed: 'a,b,c', error: { message: /: a after b after c after a\./ } },
  });
  t.match(circle({ leaf: ['a'], root: [], a: ['root', 'b'], b: ['a'] }), {
    ...{ failed: 'a,b', error: { message: /: a after b after a\./ } },
  });
  t.match(circle({ a: ['b'], b: ['a'], c: ['d', 'b'], d: ['c'] }), {
    ...{
      failed: 'a,b,c,d',
      error: { code: 'mapping_broken', message: /: a after b after a\..*: c after d after c\./ },
    },
  });
});

t.test('a diamond is not a cycle', async (t) => {
  const entries = [
    entry('d', { load_after: ['b', 'c'] }),
    entry('b', { load_after: ['a'] }),
    entry('c', { load_after: ['a'] }),
    entry('a'),
  ];
  t.same(
    plan(
      ['d', 'b', 'c', 'a'].map((name) => stream(name)),
      entries,
    ).plans.map(({ parents }) => parents),
    [[1, 2], [3], [3], []],
  );
});

t.test('entries and names that match no stream are ignored with one warning', async (t) => {
  const entries = [
    entry('a', { load_after: ['gone', 'x.gone', 'gone'] }),
    entry('b'),
    entry('c', { namespace: 'x', load_after: ['d'] }),
  ];
  t.same(plan([stream('a')], entries).warnings, [
    'Ignored, because this connection selects no such stream: the entries b, x.c of "Streams" and the names gone, x.gone in "Load After".',
  ]);
});

t.test('likely mistakes are warned of', async (t) => {
  const properties = { a: text, b: text, c: text, d: text };
  const key_fields = ['a', 'b', 'c', 'd'];
  t.match(planOne(stream('s', { properties }), { key_fields }).warnings, [/^Stream s has 4 key fields \(a, b, c, d\)/]);
  t.same(planOne(stream('s', { properties }), { key_fields: key_fields.slice(1) }).warnings, []);
  for (const object of [
    'User',
    'gsuser',
    'GSUser',
    'Person',
    'Company Person',
    'company_person',
    'CompanyPerson',
    'Relationship_Person',
  ]) {
    t.match(planOne(stream('s'), { object }).warnings, [/^Stream s goes to .* excludes/], object);
  }
  for (const object of ['Company', 'User__gc', 'Users_by_Day__gc', 'Relationship', 'Person2'])
    t.same(planOne(stream('s'), { object }).warnings, [], object);
  t.match(planOne(stream('s'), { operation: 'INSERT' }).warnings, [
    /^Stream s is set to "Append \+ Deduped" and loaded by INSERT/,
  ]);
  t.same(planOne(stream('s', { destination_sync_mode: 'append' }), { operation: 'INSERT' }).warnings, []);
});

t.test('long lists of names are shortened in messages', async (t) => {
  const properties = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`c${index}`, text]));
  const { message } = refusal(() => planOne(stream('s', { properties })));
  t.match(message, '"c49" and 1950 more');
  t.ok(message.length < 1000);
});

t.test('ten thousand streams in one chain, and two thousand columns, are planned quickly', async (t) => {
  const names = Array.from({ length: 10_000 }, (_, index) => `s${index}`);
  const entries = names.map((name, index) => entry(name, { load_after: index === 0 ? [] : [`s${index - 1}`] }));
  const { plans } = plan(names.map((name) => stream(name)).reverse(), entries);
  t.same(plans[0]?.parents, [1]);
  const properties = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`c${index}`, text]));
  const fields = Object.keys(properties).map((column) => ({ column, field: column.toUpperCase() }));
  t.equal(
    planOne(stream('s', { properties }), { fields, send_other_columns: true, key_fields: ['C19999'] }).keyColumns[0],
    19_999,
  );
});

t.test('the settings for repeated rows and checked jobs apply to INSERT alone', (t) => {
  const said = { repeated_rows: 'send', checked_jobs: [{ job: 'J1', loaded: 'all' }] } satisfies Partial<StreamEntry>;
  const checked = planOne(stream('s'), { ...said, operation: 'INSERT' });
  t.match(checked, { sendsRepeated: true, warnings: [] });
  t.same([...(checked.checkedJobs ?? [])], [['J1', 'all']]);
  const none = { repeated_rows: 'stop', checked_jobs: [] } as const;
  for (const one of [
    { ...said, checked_jobs: [] },
    { ...said, repeated_rows: 'stop' as const },
  ])
    t.match(planOne(stream('s'), { ...none, ...one, key_fields: ['id'] }).warnings, [
      /^Stream s is loaded by UPSERT: "(Repeated Rows|Checked Jobs)" of its entry has an effect on INSERT only\.$/,
    ]);
  t.end();
});

const byObjectApi = { route: 'object_api', key_fields: ['id'] } satisfies Partial<StreamEntry>;
const toCompany = { object: 'Company', match_field: 'External_ID__gc', on_none: 'empty', on_several: 'first' } as const;

t.test('a plan names its route where it is not that of the Bulk API', (t) => {
  t.notOk('route' in planOne(stream('s'), { key_fields: ['id'] }));
  t.match(planOne(stream('s'), byObjectApi), { route: 'object_api', operation: 'UPSERT', warnings: [] });
  t.match(planOne(stream('s'), { ...byObjectApi, route: 'auto', operation: 'UPDATE' }), {
    ...{ route: 'auto', operation: 'UPDATE', warnings: [] },
  });
  t.end();
});

t.test('an INSERT by the object API is an UPSERT that only adds', (t) => {
  const planned = planOne(stream('s'), { ...byObjectApi, operation: 'INSERT' });
  t.match(planned, { operation: 'UPSERT', addsOnly: true, keyFields: ['id'], keyColumns: [0] });
  t.notOk('addsOnly' in planOne(stream('s'), { operation: 'INSERT' }));
  t.end();
});

t.test('the lookups of a plan are those of its entry, and need a column', (t) => {
  const field = 'name';
  const { lookups } = planOne(stream('s'), { ...byObjectApi, lookups: [{ field, ...toCompany }] });
  t.same(lookups, [{ field, object: 'Company', matchField: 'External_ID__gc', onNone: 'empty', onSeveral: 'first' }]);
  t.match(
    refusal(() => planOne(stream('s'), { ...byObjectApi, lookups: [{ field: 'Owner__gc', ...toCompany }] })).message,
    /no column of the stream s goes to "Owner__gc", a field of its Lookups/,
  );
  t.end();
});

t.test('the object API takes three key fields, also of the connection', (t) => {
  const names = ['a', 'b', 'c', 'd'];
  const properties = Object.fromEntries(names.map((name) => [name, {}]));
  const planned = (keys: readonly string[]) =>
    planOne(stream('s', { properties, primary_key: keys.map((key) => [key]) }), { route: 'auto' });
  t.same(planned(names.slice(1)).keyFields, names.slice(1));
  t.match(
    refusal(() => planned(names)).message,
    /the primary key of the stream s has 4 fields, and the object API takes 3 at most/,
  );
  t.end();
});

t.test('settings without effect by the object API', (t) => {
  const said = { ...byObjectApi, absent_columns: 'leave_out' } satisfies Partial<StreamEntry>;
  t.match(planOne(stream('s'), said).warnings, [/"Absent Columns" of its entry has no effect there/]);
  t.same(planOne(stream('s'), { ...said, route: 'auto' }).warnings, []);
  const repeated = { ...byObjectApi, operation: 'INSERT', repeated_rows: 'send' } satisfies Partial<StreamEntry>;
  t.match(planOne(stream('s'), repeated).warnings, [
    /^Stream s is loaded by INSERT \(by keys\): "Repeated Rows" of its entry has an effect on INSERT by files only\.$/,
  ]);
  t.end();
});
