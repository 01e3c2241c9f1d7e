/** Which entries are drafted for a catalog, and what is said of the rest. */
import t from 'tap';
import type { ConfiguredAirbyteStream } from '../airbyte/protocol.ts';
import type { FieldDescription, ObjectDescription } from '../model.ts';
import { draftEntries, type EntryDraft, targetsOf } from './draft.ts';

function stream(
  name: string,
  columns: readonly string[],
  more: Partial<ConfiguredAirbyteStream> & { readonly namespace?: string } = {},
): ConfiguredAirbyteStream {
  const { namespace, ...configured } = more;
  const properties = Object.fromEntries(columns.map((column) => [column, { type: 'string' }]));
  return {
    stream: {
      ...{ name, json_schema: { type: 'object', properties }, supported_sync_modes: ['incremental'] },
      ...(namespace !== undefined && { namespace }),
    },
    ...{ sync_mode: 'incremental', destination_sync_mode: 'append_dedup', primary_key: [['id']], ...configured },
  };
}

function object(
  name: string,
  ...fields: (string | (Partial<FieldDescription> & { name: string }))[]
): ObjectDescription {
  const described = fields.map((field) => ({
    ...{ options: [], lookupObjects: [] },
    ...(typeof field === 'string' ? { name: field } : field),
  }));
  return { name, type: 'CUSTOM', createable: true, fields: described };
}

function draft(
  streams: readonly ConfiguredAirbyteStream[],
  objects?: readonly ObjectDescription[],
  entries: readonly EntryDraft[] = [],
) {
  const targets = targetsOf(streams, entries, objects);
  return draftEntries(targets, new Map((objects ?? []).map((each) => [each.name, each])));
}

const company = object('company', 'Name', 'External_Id__gc', { name: 'ARR__gc', label: 'Annual Revenue' }, 'Region');

t.test('a stream named like an object, and columns named like its fields', async (t) => {
  t.same(
    draft(
      [stream('companies', ['name', 'external_id', 'annual_revenue'], { primary_key: [['external_id']] })],
      [company],
    ),
    {
      entries: [
        {
          ...{ stream: 'companies', object: 'company', operation: 'UPSERT', key_fields: ['External_Id__gc'] },
          fields: [
            { column: 'name', field: 'Name' },
            { column: 'external_id', field: 'External_Id__gc' },
            { column: 'annual_revenue', field: 'ARR__gc' },
          ],
        },
      ],
      notes: [],
    },
  );
});

const operations: [mode: string, keys: string[][] | undefined, operation: string, keyFields: string[] | undefined][] = [
  ['append_dedup', [['name']], 'UPSERT', ['Name']],
  ['update', [['name']], 'UPDATE', ['Name']],
  ['append', [['name']], 'UPSERT', ['Name']],
  ['append', undefined, 'INSERT', undefined],
  ['append', [['gone']], 'INSERT', undefined],
  ['append_dedup', [['gone']], 'UPSERT', []],
  ['append_dedup', [['data', 'id']], 'UPSERT', []],
  ['overwrite', [['name']], 'UPSERT', ['Name']],
];
for (const [mode, primary_key, operation, key_fields] of operations) {
  t.test(`${mode} with the primary key ${JSON.stringify(primary_key)} is ${operation}`, async (t) => {
    const changes = { destination_sync_mode: mode, primary_key: primary_key ?? [] } as Partial<ConfiguredAirbyteStream>;
    const { entries } = draft([stream('company', ['name', 'gone'], changes)], [company]);
    t.match(entries, [{ operation, key_fields }]);
  });
}

const readOnly = { createable: false, updateable: false };
const notes: [what: string, columns: string[], fields: ObjectDescription, note: string][] = [
  ['columns without a field', ['id', 'a', 'b'], object('o', 'Id'), 'no field for the columns "a", "b".'],
  [
    'a formula',
    ['id', 'margin'],
    object('o', 'Id', { name: 'Margin__gc', formula: true }),
    'column "margin" is left out, as "Margin__gc" cannot be written.',
  ],
  [
    'a read-only field',
    ['id', 'created'],
    object('o', 'Id', { name: 'Created', ...readOnly }),
    'column "created" is left out, as "Created" cannot be written.',
  ],
  [
    'two fields alike',
    ['id', 'arr'],
    object('o', 'Id', { name: 'A__gc', label: 'ARR' }, { name: 'B__gc', label: 'arr' }),
    'column "arr" is left out: it may mean "A__gc", "B__gc".',
  ],
  [
    'a required field without a column',
    ['id'],
    object('o', 'Id', { name: 'Day', required: true }, { name: 'Kind', required: true, hasDefault: true }),
    'no column for "Day", which a new record must have.',
  ],
  ['a key without a field', ['name'], object('o', 'Name'), 'name the Key Fields by which UPSERT finds a record.'],
];
for (const [what, columns, described, note] of notes) {
  t.test(`it is said: ${what}`, async (t) => {
    const drafted = draft([stream('o', columns)], [described]);
    t.equal(drafted.entries.length, 1);
    t.same(drafted.notes, [`o → o: ${note}`]);
  });
}

t.test('streams without an object are left out, with the nearest name', async (t) => {
  const user = { ...object('gsuser', 'Id'), label: 'User' };
  const objects = [company, object('case__gc', 'Id'), object('case', 'Id'), user];
  const { entries, notes } = draft(
    [
      stream('compny', ['id']),
      stream('users', ['id']),
      stream('invoices', ['id']),
      stream('cases', ['id']),
      stream('company', ['colour']),
    ],
    objects,
  );
  t.same(entries, []);
  t.same(notes, [
    'Stream "compny" is left out: no object is named like it; the nearest is "company".',
    'Stream "users" is left out: "gsuser" cannot be loaded in bulk.',
    'Stream "invoices" is left out: no object is named like it.',
    'Stream "cases" is left out: it may mean "case__gc", "case".',
    'Stream "company" is left out: company has no field for any of its columns.',
  ]);
});

t.test('an entry keeps its object and settings; one that maps columns stays as it is', async (t) => {
  const columns = ['id', 'name'];
  const started: EntryDraft = { stream: 'accounts', object: 'company', operation: 'UPDATE', load_after: ['b'] };
  const mapped: EntryDraft = { stream: 'b', object: 'company', fields: [{ column: 'x', field: 'Y' }] };
  const ruled: EntryDraft = { stream: 'c', object: 'company', naming: 'gainsight_custom' };
  const { entries } = draft(
    ['accounts', 'b', 'c'].map((name) => stream(name, columns)),
    [company],
    [mapped, started, ruled],
  );
  t.same(entries, [{ ...started, key_fields: [], fields: [{ column: 'name', field: 'Name' }] }, mapped, ruled]);
});

t.test('the id is sent as a key only', async (t) => {
  const described = object('o', 'Name', { name: 'Gsid', ...readOnly });
  const [key, none] = [{ primary_key: [['gsid']] }, { primary_key: [['name']] }];
  t.match(draft([stream('o', ['gsid', 'name'], key)], [described]), {
    entries: [{ key_fields: ['Gsid'], fields: [{ field: 'Gsid' }, { field: 'Name' }] }],
    notes: [],
  });
  t.match(draft([stream('o', ['gsid', 'name'], none)], [described]), {
    entries: [{ key_fields: ['Name'], fields: [{ field: 'Name' }] }],
    notes: ['o → o: column "gsid" is left out, as "Gsid" is not the key.'],
  });
});

t.test('an entry is kept if no column has a field, and its empty key is filled in', async (t) => {
  const entry: EntryDraft = { stream: 'a', object: 'company', key_fields: [], fields: [] };
  t.same(draft([stream('a', ['colour'])], [company], [entry]), {
    entries: [entry],
    notes: ['a → company: company has no field for any of its columns.'],
  });
  const filled = draft([stream('a', ['name'], { primary_key: [['name']] })], [company], [entry]);
  t.match(filled.entries, [{ key_fields: ['Name'], fields: [{ field: 'Name' }] }]);
});

t.test('the object that the connection names comes before one of the same name', async (t) => {
  const { entries } = draft(
    [stream('company', ['id'], { destination_object_name: 'case' })],
    [company, object('case', 'Id')],
  );
  t.match(entries, [{ object: 'case', fields: [{ column: 'id', field: 'Id' }] }]);
});

t.test('a namespace is written only where two streams share a name', async (t) => {
  const streams = [
    stream('company', ['name'], { namespace: 'eu' }),
    stream('company', ['name'], { namespace: 'us' }),
    stream('case', ['id'], { namespace: 'eu' }),
  ];
  const { entries } = draft(streams, [company, object('case', 'Id')]);
  t.same(
    entries.map(({ namespace }) => namespace),
    ['eu', 'us', undefined],
  );
});

t.test("Airbyte's own columns are not mapped, and a schema without columns is said", async (t) => {
  const [own, none] = [stream('company', ['name', '_ab_cdc_lsn', '_airbyte_meta', ' ']), stream('case', [])];
  const { entries, notes } = draft([own, none], [company, object('case', 'Id')]);
  t.match(entries, [{ fields: [{ column: 'name' }] }, { object: 'case', fields: [] }]);
  t.ok(notes.some((note) => note.startsWith('case → case: its schema names no column')));
});

t.test('of nested data it is said how a part of it is mapped', async (t) => {
  const members = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, { type: 'number' }]));
  const properties = {
    id: { type: 'string' },
    account: { type: ['null', 'object'], properties: members(['arr', 'v1.0', 'seats', 'tier']) },
    'extra.data': { type: 'object' },
    tags: { type: 'array', items: { type: 'object', properties: members(['a']) } },
  };
  const nested = { ...stream('accounts', []), destination_object_name: 'company' };
  const streams = [{ ...nested, stream: { ...nested.stream, json_schema: { type: 'object', properties } } }];
  const note =
    'accounts → company: nested data in "account", "extra.data"; to load a part of it, map its path with dots as the column, such as "account.arr", "account.v1\\\\.0", "account.seats".';
  t.match(draft(streams).notes, [note]);
  t.ok(draft(streams, [object('company', 'Name')]).notes.includes(note), 'where no column has a field');
  t.strictSame(
    draft([stream('accounts', ['id', 'name'])]).notes.filter((each) => each.includes('nested')),
    [],
  );
});

t.test('without the tenant, names follow the convention for custom ones', async (t) => {
  const columns = ['id', 'NAME', 'annual_revenue', 'Annual Revenue', 'arr__gc'];
  const { entries, notes } = draft([stream('companies', columns), stream('product_usage', ['id'])]);
  t.same(entries, [
    {
      ...{ stream: 'companies', object: 'Company', operation: 'UPSERT', key_fields: ['Id__gc'] },
      fields: [
        { column: 'id', field: 'Id__gc' },
        { column: 'NAME', field: 'Name' },
        { column: 'annual_revenue', field: 'Annual_Revenue__gc' },
        { column: 'arr__gc', field: 'Arr__gc' },
      ],
    },
    {
      ...{ stream: 'product_usage', object: 'Product_Usage__gc', operation: 'UPSERT', key_fields: ['Id__gc'] },
      fields: [{ column: 'id', field: 'Id__gc' }],
    },
  ]);
  t.same(notes, [
    'companies → Company: column "Annual Revenue" is left out, as "annual_revenue" goes to "Annual_Revenue__gc".',
  ]);
});
