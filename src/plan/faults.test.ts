/** Faults that the configuration alone shows: every one of them is found, and nothing that can work is called a fault. */
import t from 'tap';
import type { StreamEntry } from '../config/types.ts';
import { mappingFaults, mappingHints } from './faults.ts';
import { unlistedEntry } from './stream_entries.ts';

const map = (...pairs: [string, string][]) => pairs.map(([column, field]) => ({ column, field }));

function entry(name: string, changes: Partial<StreamEntry> = {}): StreamEntry {
  const stream = { name, json_schema: {}, supported_sync_modes: [] };
  const configured = { stream, sync_mode: 'full_refresh', destination_sync_mode: 'append_dedup' } as const;
  return { ...unlistedEntry(configured), object: 'Company', ...changes };
}

const textsOf = (found: ReturnType<typeof mappingFaults>) => found.map(({ path, text }) => `${path} ${text}`);
const faultsOf = (...entries: (StreamEntry | undefined)[]) => {
  const names = entries.every((each) => each !== undefined) ? entries : undefined;
  return textsOf(mappingFaults(entries, names, false));
};
const hintsOf = (...entries: StreamEntry[]) => textsOf(mappingHints(entries, false));

const lookup = {
  ...{ field: 'Company__gc', object: 'Company', match_field: 'External_ID__gc' },
  ...{ on_none: 'reject' as const, on_several: 'reject' as const },
};

const faults: readonly [what: string, changes: Partial<StreamEntry>, found: string[]][] = [
  [
    'white space at an end',
    { stream: 'a ', object: ' Company', fields: map(['id', 'Id\u00a0']), key_fields: ['\u200bId'], load_after: ['b '] },
    [
      '/streams/0/stream "a " has white space at an end: write "a"',
      '/streams/0/object " Company" has white space at an end: write "Company"',
      '/streams/0/fields/0/field "Id\\u00a0" has white space at an end: write "Id"',
      '/streams/0/key_fields/0 "\\u200bId" has white space at an end: write "Id"',
      '/streams/0/load_after/0 "b " has white space at an end: write "b"',
    ],
  ],
  [
    'a blank name',
    { object: ' ', key_fields: ['\t'] },
    ['/streams/0/object must not be blank', '/streams/0/key_fields/0 must not be blank'],
  ],
  [
    'a line break in a field',
    { fields: map(['id', 'I\nd']) },
    ['/streams/0/fields/0/field "I\\nd" must not contain a line break'],
  ],
  [
    'a field twice',
    { fields: map(['id', 'Name'], ['x', 'X'], ['name', 'Name']) },
    ['/streams/0/fields/2/field "Name" is already the field of Fields 1: map one column to each field'],
  ],
  [
    'a key field twice',
    { key_fields: ['Name', 'Region__gc', 'Name'] },
    ['/streams/0/key_fields/2 "Name" is already Key Fields 1: remove one of the two'],
  ],
  [
    'several key fields in one',
    { key_fields: ['Name, Region__gc'] },
    [
      '/streams/0/key_fields/0 "Name, Region__gc" has a comma, which Gainsight takes for the end of a name: give each key field an item of its own, "Name", "Region__gc"',
    ],
  ],
  [
    'a key that is a column',
    { fields: map(['id', 'Id__gc'], ['name', 'Name']), key_fields: ['id'] },
    ['/streams/0/key_fields/0 "id" is a column: name its field, "Id__gc"'],
  ],
  [
    'a key that is a column, with other columns',
    { fields: map(['id', 'Id__gc']), key_fields: ['id'], send_other_columns: true },
    ['/streams/0/key_fields/0 "id" is a column: name its field, "Id__gc"'],
  ],
  [
    'a key that is not mapped',
    { fields: map(['id', 'Id__gc'], ['name', 'Name']), key_fields: ['Region'] },
    [
      '/streams/0/key_fields/0 "Region" is not among the fields of this entry, "Id__gc", "Name": name one of these, or map the missing column in "Fields"',
    ],
  ],
  [
    'a key without its suffix, and one in another case',
    { fields: map(['arr_total', 'ARR__gc'], ['n', 'NAME']), key_fields: ['ARR', 'Name'] },
    [
      '/streams/0/key_fields/0 "ARR" is not among the fields of this entry, "ARR__gc", "NAME" (did you mean "ARR__gc"?): name one of these, or map the missing column in "Fields"',
      '/streams/0/key_fields/1 "Name" is not among the fields of this entry, "ARR__gc", "NAME" (did you mean "NAME"?): name one of these, or map the missing column in "Fields"',
    ],
  ],
  [
    'an object with a line break',
    { object: 'Com\npany' },
    ['/streams/0/object "Com\\npany" must not contain a line break'],
  ],
  [
    'a line of the text that is no mapping',
    { fields_text: '# key\nid = Id\n\nname' },
    ['/streams/0/fields_text has "name" in line 4, which is neither column = Field nor two cells of a sheet'],
  ],
  [
    'a field twice, in the text too',
    { fields: map(['id', 'Id']), fields_text: 'key = Id\nname = Name\ntitle = Name', key_fields: ['Id'] },
    [
      '/streams/0/fields_text line 1: "Id" is already the field of Fields 1: map one column to each field',
      '/streams/0/fields_text line 3: "Name" is already the field of Fields as Text (line 2): map one column to each field',
    ],
  ],
  [
    'a key that the text does not map',
    { fields_text: 'id = Id__gc', key_fields: ['Id'] },
    [
      '/streams/0/key_fields/0 "Id" is not among the fields of this entry, "Id__gc" (did you mean "Id__gc"?): name one of these, or map the missing column in "Fields"',
    ],
  ],
  [
    'a key under the name that its column has before the rule',
    { naming: 'gainsight_custom', fields_text: 'name = Name', key_fields: ['Name', 'account_id', 'Region__gc'] },
    ['/streams/0/key_fields/1 "account_id" is not a field that Naming gives: name the field, as "Account_Id__gc"'],
  ],
  [
    'a cursor that decides for INSERT',
    { operation: 'INSERT', latest_by: 'cursor' },
    [
      '/streams/0/latest_by must not be cursor for INSERT, which adds every row, so that none is kept in place of another',
    ],
  ],
  [
    'an INSERT by the object API without keys',
    { operation: 'INSERT', route: 'object_api' },
    [
      '/streams/0/key_fields must not be empty for INSERT by the object API, which adds the records whose key is not there yet',
    ],
  ],
  [
    'an INSERT that is to choose its route',
    { operation: 'INSERT', route: 'auto' },
    ['/streams/0/route must not be auto for INSERT: choose object_api with Key Fields, or bulk_api'],
  ],
  [
    'a key of four fields for the object API',
    { route: 'auto', key_fields: ['A', 'B', 'C', 'D'] },
    ['/streams/0/key_fields has 4 fields, and the object API takes 3 at most: choose fewer, or Route bulk_api'],
  ],
  [
    'a cursor that decides by the object API',
    { route: 'object_api', latest_by: 'cursor' },
    [
      '/streams/0/latest_by must not be cursor with Route object_api, where a field that a record does not have is taken from the record of its key that came before',
    ],
  ],
  [
    'lookups of files',
    { lookups: [lookup] },
    ['/streams/0/lookups must be empty with Route bulk_api, which the Bulk API does not have: choose Route object_api'],
  ],
  [
    'lookups of either route',
    { route: 'auto', lookups: [lookup] },
    ['/streams/0/lookups must be empty with Route auto, as files of the Bulk API have none: choose Route object_api'],
  ],
  [
    'lookups that cannot work',
    {
      ...{ route: 'object_api', key_fields: ['Id__gc'] },
      fields: map(['id', 'Id__gc'], ['company', 'Company__gc']),
      lookups: [
        lookup,
        lookup,
        { ...lookup, field: 'company' },
        { ...lookup, field: 'Id__gc', object: ' ', match_field: 'a ' },
      ],
    },
    [
      '/streams/0/lookups/1/field "Company__gc" is already the field of Lookups 1: remove one of the two',
      '/streams/0/lookups/2/field "company" is a column: name its field, "Company__gc"',
      '/streams/0/lookups/3/field "Id__gc" is a key field, by which records are found: a lookup may fill any other field',
      '/streams/0/lookups/3/object must not be blank',
      '/streams/0/lookups/3/match_field "a " has white space at an end: write "a"',
    ],
  ],
];
for (const [what, changes, found] of faults)
  t.test(`${what} is a fault`, async (t) => {
    t.same(faultsOf(entry('accounts', changes), entry('b')), found);
  });

t.test('entries for the same stream are a fault; those that differ in the namespace are not', async (t) => {
  t.same(faultsOf(entry('a'), entry('b'), entry('a'), undefined, entry('a')), [
    '/streams/2 is for the same stream as entry 1, "a": remove one of the two',
    '/streams/4 is for the same stream as entry 1, "a": remove one of the two',
  ]);
  t.same(faultsOf(entry('a'), entry('a', { namespace: 'x' }), entry('x.a')), []);
});

t.test('a parent without an entry is a fault if it looks misspelt, unless streams need no entry', async (t) => {
  const child = entry('contacts', { load_after: ['companys', 'nowhere'] });
  t.same(faultsOf(entry('companies'), child), [
    '/streams/1/load_after/0 "companys" names no entry of "Streams" (did you mean "companies"?): name a stream as its entry does, or remove it',
  ]);
  t.same(hintsOf(entry('companies'), child), [
    '/streams/1/load_after/1 "nowhere" names no entry of "Streams", which is right only if the connection itself maps that stream to an object',
  ]);
  t.same([...mappingFaults([child], [child], true), ...mappingHints([child], true)], []);
  t.same(faultsOf(child, undefined), [], 'an entry that cannot be read may be the one');
  const names = ['a', 'public.a', 'public.b', 'b', 'x.c', 'd.e'];
  const parents = [entry('a'), entry('b', { namespace: 'public' }), entry('x.c'), entry('d.e')];
  t.same(faultsOf(...parents, entry('z', { load_after: [...names, 'c', 'e'] })), [], 'with or without a namespace');
});

t.test('every cycle is a fault', async (t) => {
  const entries = [
    ['a', ['a']],
    ['b', ['c']],
    ['c', ['d']],
    ['d', ['b', 'a']],
    ['e', ['a', 'b']],
  ] as const;
  t.same(faultsOf(...entries.map(([name, load_after]) => entry(name, { load_after: [...load_after] }))), [
    '/streams/0/load_after forms a cycle: a after a: remove one of these names from "Load After"',
    '/streams/1/load_after forms a cycle: b after c after d after b: remove one of these names from "Load After"',
  ]);
});

t.test('what can work is no fault', async (t) => {
  for (const changes of [
    {},
    { key_fields: ['anything'] },
    { fields: map(['id', 'Id']), key_fields: ['name'], send_other_columns: true },
    { fields: map(['id', 'a,b'], ['id', 'Id']), key_fields: ['Id'] },
    { fields: map(['id', 'name'], ['name', 'id']), key_fields: ['id'] },
    { operation: 'INSERT', key_fields: ['a,b', 'nonsense'] },
    { fields: map(['Account ID ', 'Id']), key_fields: ['Id'] },
    { object: 'Über uns', stream: 'a\nb', namespace: 'x\0y' },
    { fields_text: 'id = Id\nname\tName\n# a note', key_fields: ['Id', 'Name'] },
    { naming: 'gainsight_custom', key_fields: ['External_ID__gc'] },
  ] satisfies Partial<StreamEntry>[])
    t.same(faultsOf(entry('accounts', changes)), [], JSON.stringify(changes));
});

t.test('crossed fields and columns with white space at an end are pointed out', async (t) => {
  const fields = map(['name', 'Stage__gc'], ['id', 'Id'], ['stage', 'Name'], [' region', 'Region']);
  t.same(hintsOf(entry('a', { fields })), [
    '/streams/0/fields/3/column " region" has white space at an end: write "region" unless the column is named so',
    '/streams/0/fields/0 looks crossed with Fields 3: column "name" goes to field "Stage__gc", and column "stage" to field "Name"',
  ]);
  t.same(hintsOf(entry('a', { fields: map(['id', 'Id']), fields_text: 'name = Stage\nstage = Name' })), [
    '/streams/0/fields_text line 1: looks crossed with Fields as Text (line 2): column "name" goes to field "Stage", and column "stage" to field "Name"',
  ]);
  t.same(hintsOf(entry('a', { fields: map(['name', 'Name'], ['a', 'B'], ['b', 'C'], ['id', 'ID']) })), []);
});

t.test('a thousand cycles and entries are searched quickly', async (t) => {
  const entries = Array.from({ length: 5000 }, (_, at) => entry(`s${at}`, { load_after: [`s${at}`, `nowhere${at}`] }));
  t.equal(faultsOf(...entries).filter((text) => text.includes('cycle')).length, 20);
});
