/** What Airbyte's acceptance suites send to a destination, and what Gainsight holds then; the parts of such cases. */
import type { StoredRow } from '../../src/sandbox/store.ts';
import { type AcceptanceCase, dedupOf, globalState, recordOf, stateOf, streamOf } from './acceptance.ts';

/** A column of whole numbers. */
export const int = { type: ['null', 'integer'] };
export const number = { type: ['null', 'number'] };
export const string = { type: ['null', 'string'] };
const boolean = { type: ['null', 'boolean'] };
const zoned = { type: ['null', 'string'], format: 'date-time', airbyte_type: 'timestamp_with_timezone' };
const unzoned = { type: ['null', 'string'], format: 'date-time', airbyte_type: 'timestamp_without_timezone' };
const zonedTime = { type: ['null', 'string'], format: 'time', airbyte_type: 'time_with_timezone' };
const unzonedTime = { type: ['null', 'string'], format: 'time', airbyte_type: 'time_without_timezone' };
const date = { type: ['null', 'string'], format: 'date' };
const unknown = { type: 'potato' };

/** An entry of "Streams": INSERT corresponds to Airbyte's append. */
const insert = (stream: string, object: string, more: object = {}) => ({
  stream,
  object,
  operation: 'INSERT',
  ...more,
});
export const upsert = (stream: string, object: string, more: object = {}) => ({ stream, object, ...more });
/** Rows of `test_stream` are added to the object `Test`. */
export const append = { streams: [insert('test_stream', 'Test')] };
const dedup = { streams: [upsert('test_stream', 'Test')] };
export const idName = { id: int, name: string };

/** Rows from JSON texts, with these columns; an absent value is null. */
export const rowsOf = (columns: readonly string[], ...rows: readonly (readonly (string | null)[])[]): StoredRow[] =>
  rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null])));

const people = { id1: int, id2: int, updated_at: zoned, name: string, _ab_cdc_deleted_at: zoned };
const person = (id1: string, id2: number, updated: string, more: string) =>
  recordOf('test_stream', `{"id1":${id1},"id2":${id2},"updated_at":"2000-01-${updated}Z"${more}}`);
const peopleSyncs = (id1: string): AcceptanceCase['syncs'] => [
  {
    streams: [dedupOf('test_stream', { ...people, id1: id1.startsWith('"') ? string : int }, 'id1', 'id2')],
    lines: [
      person(id1, 200, '01T00:00:00', ',"name":"Alice1","_ab_cdc_deleted_at":null'),
      person(id1, 200, '01T00:01:00', ',"name":"Alice2","_ab_cdc_deleted_at":null'),
      person(id1, 201, '01T00:02:00', ',"name":"Bob1"'),
    ],
  },
  {
    streams: [dedupOf('test_stream', { ...people, id1: id1.startsWith('"') ? string : int }, 'id1', 'id2')],
    lines: [
      person(id1, 200, '02T00:00:00', ',"name":"Alice3","_ab_cdc_deleted_at":null'),
      person(id1, 201, '02T00:00:00', ',"name":"Bob2"'),
      person(id1, 201, '02T00:01:00', ',"_ab_cdc_deleted_at":"1970-01-01T00:00:00Z"'),
      person(id1, 202, '02T00:00:00', ',"name":"Charlie1"'),
      person(id1, 202, '02T00:01:00', ',"_ab_cdc_deleted_at":"1970-01-01T00:00:00Z"'),
      person(id1, 203, '02T00:01:00', ',"_ab_cdc_deleted_at":"1970-01-01T00:00:00Z"'),
      stateOf('test_stream'),
    ],
  },
];
const key = (id1: string) => id1.replaceAll('"', '');
const mirrored = (id1: string) =>
  rowsOf(
    ['id1', 'id2', 'updated_at', 'name'],
    [key(id1), '200', '2000-01-02T00:00:00Z', 'Alice3'],
    [key(id1), '201', '2000-01-01T00:02:00Z', 'Bob1'],
  );

const funky = '~!@#$%^&*()`[]{}|;\':",./<>?';
const funkyColumns = { [`id${funky}`]: int, [`updated_at${funky}`]: zoned, [`name${funky}`]: string };
const funkyRecord = recordOf(
  'test_stream',
  JSON.stringify({ [`id${funky}`]: 1, [`updated_at${funky}`]: '2000-01-01T00:00:00Z', [`name${funky}`]: 'Alice1' }),
);
const funkyStreams = [
  ...['streamWithCamelCase', 'stream_with_underscores', 'STREAM_WITH_ALL_CAPS', 'CapitalCase'],
  ...['stream_with_spécial_character', 'stream_name_with_operator+1', 'stream_name_with_numbers_123'],
  ...['1stream_with_a_leading_number', 'groups'],
];
const funkyFields = [
  ...['fieldWithCamelCase', 'field_with_underscore', 'FIELD_WITH_ALL_CAPS', 'field_with_spécial_character'],
  ...['field_name_with_operator+1', 'field_name_with_numbers_123', '1field_with_a_leading_number', 'order'],
  ...['ProperCase', 'Foo.Bar', 'authorization'],
];
const funkyNamespaces = ['test_spøcial', 'test_operator-1', '99', 'namespace with spaces', 'Ünïcode'];

const big = '99999999999999999999999999999999';
const allTypes = {
  ...{ id: int, struct: { type: 'object', properties: { foo: number } }, string, number, integer: int, boolean },
  ...{ timestamp_with_timezone: zoned, timestamp_without_timezone: unzoned },
  ...{ time_with_timezone: zonedTime, time_without_timezone: unzonedTime, date },
};
const containers = {
  ...{
    id: int,
    schematized_object: { type: 'object', properties: idName },
    empty_object: { type: 'object', properties: {} },
  },
  ...{ schemaless_object: { type: 'object' }, schematized_array: { type: 'array', items: int } },
  schemaless_array: { type: 'array' },
};
const rates = { id: int, currency: string, date: zoned, HKD: number, NZD: number, USD: number };
const rate = (id: number, currency: string, day: string, more: string) =>
  recordOf('exchange_rate', `{"id":${id},"currency":"${currency}","date":"2020-${day}T00:00:00Z",${more}}`);
const firstRates = [
  rate(1, 'USD', '08-29', '"NZD":0.12,"HKD":2.13'),
  rate(1, 'USD', '08-30', '"NZD":1.14,"HKD":7.15'),
  globalState(1),
  rate(1, 'USD', '08-31', '"NZD":1.14,"HKD":7.15,"USD":10.16'),
  rate(2, 'EUR', '09-01', '"NZD":1.14,"HKD":10.5'),
  globalState(2),
];
const ratesConfig = { streams: [insert('exchange_rate', 'Rate')] };

/** The cases, in the order of Airbyte's suites. */
export const cases: readonly AcceptanceCase[] = [
  {
    of: 'Bulk testBasicWrite; DAT testSync',
    what: 'one record and its state: an undeclared column is not sent, a change of a column that is not sent has no effect',
    config: append,
    syncs: [
      {
        streams: [streamOf('test_stream', { id: int })],
        lines: [
          recordOf('test_stream', '{"id":5678,"undeclared":"asdf"}', {
            changes: [{ field: 'foo', change: 'NULLED', reason: 'SOURCE_FIELD_SIZE_LIMITATION' }],
          }),
          stateOf('test_stream'),
        ],
        warns: ['Column undeclared of test_stream is not in the catalog'],
      },
    ],
    rows: { Test: [{ id: '5678' }] },
  },
  {
    of: 'Bulk testBasicWrite, on a platform without refreshes',
    what: 'no COMPLETE and no generations are needed',
    config: append,
    syncs: [
      {
        streams: [
          streamOf('test_stream', { id: int }, { generation_id: null, minimum_generation_id: null, sync_id: null }),
        ],
        lines: [recordOf('test_stream', '{"id":1}'), stateOf('test_stream')],
        isComplete: false,
      },
    ],
    rows: { Test: [{ id: '1' }] },
  },
  {
    of: 'Bulk testNamespaces; DAT testSyncWriteSameTableNameDifferentNamespace, testSyncUsesAirbyteStreamNamespaceIfNotNull',
    what: 'streams of one name in different namespaces, and in none, do not mix',
    config: {
      load_unlisted_streams: true,
      streams: ['1', '2'].map((each) => upsert('test_stream', `Test_${each}`, { namespace: `ns_${each}` })),
    },
    syncs: [
      {
        streams: ['ns_1', 'ns_2', undefined].map((namespace) =>
          streamOf('test_stream', { id: int }, { ...(namespace && { namespace }), primary_key: [['id']] }),
        ),
        lines: [
          recordOf('test_stream', '{"id":1234}', { namespace: 'ns_1' }),
          recordOf('test_stream', '{"id":5678}', { namespace: 'ns_2' }),
          recordOf('test_stream', '{"id":91011}'),
          stateOf('test_stream', { n: 2 }, 'ns_2'),
          stateOf('test_stream', { n: 1 }, 'ns_1'),
          stateOf('test_stream', { n: 0 }),
        ],
      },
    ],
    rows: { Test_1: [{ id: '1234' }], Test_2: [{ id: '5678' }], test_stream: [{ id: '91011' }] },
  },
  {
    of: 'Bulk testFunkyCharacters; DAT testNamespaces, testSync of the edge case catalog',
    what: 'names of streams, fields and namespaces may contain any characters',
    config: { load_unlisted_streams: true, streams: [] },
    syncs: [
      {
        streams: [
          ...funkyStreams.map((name) => streamOf(name, { id: int }, { primary_key: [['id']] })),
          ...funkyNamespaces.map((namespace, at) =>
            streamOf(`spaced_${at}`, { id: int }, { namespace, primary_key: [['id']] }),
          ),
          streamOf(
            'fields',
            { id: int, ...Object.fromEntries(funkyFields.map((name) => [name, string])) },
            {
              primary_key: [['id']],
            },
          ),
        ],
        lines: [
          ...funkyStreams.flatMap((name) => [recordOf(name, '{"id":42}'), stateOf(name)]),
          ...funkyNamespaces.flatMap((namespace, at) => [
            recordOf(`spaced_${at}`, '{"id":42}', { namespace }),
            stateOf(`spaced_${at}`, {}, namespace),
          ]),
          recordOf(
            'fields',
            JSON.stringify({ id: 42, ...Object.fromEntries(funkyFields.map((name) => [name, 'foo\nbar'])) }),
          ),
          stateOf('fields'),
        ],
      },
    ],
    rows: {
      ...Object.fromEntries(funkyStreams.map((name) => [name, [{ id: '42' }]])),
      ...Object.fromEntries(funkyNamespaces.map((_, at) => [`spaced_${at}`, [{ id: '42' }]])),
      fields: [{ id: '42', ...Object.fromEntries(funkyFields.map((name) => [name, 'foo\nbar'])) }],
    },
  },
  {
    of: 'Bulk testFunkyCharactersDedup',
    what: 'keys of such names are mapped to fields of Gainsight',
    config: {
      streams: [
        upsert('test_stream', 'Test', {
          fields: Object.keys(funkyColumns).map((column, at) => ({ column, field: ['Id', 'Updated', 'Name'][at] })),
        }),
      ],
    },
    syncs: ['', ''].map(() => ({
      streams: [dedupOf('test_stream', funkyColumns, `id${funky}`)],
      lines: [funkyRecord, stateOf('test_stream')],
    })),
    rows: { Test: rowsOf(['Id', 'Updated', 'Name'], ['1', '2000-01-01T00:00:00Z', 'Alice1']) },
  },
  {
    of: 'Bulk testFunkyCharactersDedup, unmapped',
    what: 'a key with a comma in its name is rejected before anything is sent',
    config: dedup,
    syncs: [
      {
        streams: [dedupOf('test_stream', funkyColumns, `id${funky}`)],
        ...{ lines: [funkyRecord], refused: 'config_invalid' },
      },
    ],
    rows: { Test: [] },
  },
  {
    of: 'Bulk testAppend; DAT testIncrementalSync',
    what: 'a second sync adds its rows to those of the first',
    config: ratesConfig,
    syncs: [
      { streams: [streamOf('exchange_rate', rates, { sync_mode: 'incremental' })], lines: firstRates, withheld: 0 },
      {
        streams: [streamOf('exchange_rate', rates, { sync_mode: 'incremental', sync_id: 43 })],
        lines: [rate(1, 'USD', '03-31', '"HKD":10.1,"NZD":700.1'), globalState(2)],
        warns: ['exchange_rate: 1 column in the schema'],
      },
    ],
    rows: {
      Rate: rowsOf(
        ['id', 'currency', 'date', 'HKD', 'NZD', 'USD'],
        ['1', 'USD', '2020-08-29T00:00:00Z', '2.13', '0.12'],
        ['1', 'USD', '2020-08-30T00:00:00Z', '7.15', '1.14'],
        ['1', 'USD', '2020-08-31T00:00:00Z', '7.15', '1.14', '10.16'],
        ['2', 'EUR', '2020-09-01T00:00:00Z', '10.5', '1.14'],
        ['1', 'USD', '2020-03-31T00:00:00Z', '10.1', '700.1'],
      ),
    },
  },
  {
    of: 'DAT testIncrementalDedupeSync',
    what: 'a key of four columns of several types: a later row replaces an earlier one, within a sync and across syncs',
    config: { streams: [upsert('exchange_rate', 'Rate')] },
    syncs: [
      {
        streams: [dedupOf('exchange_rate', rates, 'id', 'currency', 'date', 'NZD')],
        ...{ lines: firstRates, warns: ['Stream exchange_rate has 4 key fields'] },
      },
      {
        streams: [dedupOf('exchange_rate', rates, 'id', 'currency', 'date', 'NZD')],
        lines: [
          rate(2, 'EUR', '09-01', '"HKD":10.5,"NZD":1.14'),
          rate(1, 'USD', '09-01', '"HKD":5.4,"NZD":1.14'),
          rate(1, 'USD', '08-30', '"HKD":8.0,"NZD":1.14'),
          globalState(3),
        ],
        warns: ['Stream exchange_rate has 4 key fields', 'exchange_rate: 1 column in the schema'],
      },
    ],
    rows: {
      Rate: rowsOf(
        ['id', 'currency', 'date', 'HKD', 'NZD', 'USD'],
        ['1', 'USD', '2020-08-29T00:00:00Z', '2.13', '0.12'],
        ['1', 'USD', '2020-08-30T00:00:00Z', '8.0', '1.14'],
        ['1', 'USD', '2020-08-31T00:00:00Z', '7.15', '1.14', '10.16'],
        ['2', 'EUR', '2020-09-01T00:00:00Z', '10.5', '1.14'],
        ['1', 'USD', '2020-09-01T00:00:00Z', '5.4', '1.14'],
      ),
    },
  },
  {
    of: 'DAT testSecondSync',
    what: 'a second sync leaves other objects unchanged',
    config: { streams: [upsert('exchange_rate', 'Rate'), upsert('DummyCatalog', 'Dummy')] },
    syncs: [
      { streams: [dedupOf('DummyCatalog', { id: int }, 'id')], lines: [recordOf('DummyCatalog', '{"id":1}')] },
      { streams: [dedupOf('exchange_rate', { id: int }, 'id')], lines: [recordOf('exchange_rate', '{"id":2}')] },
    ].map((sync) => ({ ...sync, warns: ['Ignored, because this connection selects no such stream'] })),
    rows: { Dummy: [{ id: '1' }], Rate: [{ id: '2' }] },
  },
  {
    of: 'Bulk testAppendSchemaEvolution, testAppendJsonSchemaEvolution, testOverwriteSchemaEvolution (its third sync)',
    what: 'columns may go, come and change their type between two syncs',
    config: append,
    syncs: [
      {
        streams: [streamOf('test_stream', { id: int, to_drop: string, to_change: int, a: unknown })],
        lines: [recordOf('test_stream', '{"id":42,"to_drop":"val1","to_change":42,"a":"foo1"}')],
      },
      {
        streams: [streamOf('test_stream', { id: int, to_change: string, to_add: string, a: string })],
        lines: [recordOf('test_stream', '{"id":42,"to_change":"val2","to_add":"val3","a":"foo2"}')],
      },
    ],
    rows: {
      Test: [
        { id: '42', to_drop: 'val1', to_change: '42', a: 'foo1' },
        { id: '42', to_change: 'val2', a: 'foo2', to_add: 'val3' },
      ],
    },
  },
  {
    of: 'Bulk testDedup',
    what: 'the last row of a key wins; rows deleted before they were sent are not sent, and others stay, as Gainsight cannot delete',
    config: dedup,
    syncs: peopleSyncs('1'),
    rows: { Test: mirrored('1') },
  },
  {
    of: 'Bulk testDedupWithStringKey',
    what: 'the same by a text',
    config: dedup,
    syncs: peopleSyncs('"9cf974de-52cf-4194-9f3d-7efa76ba4d84"'),
    rows: { Test: mirrored('"9cf974de-52cf-4194-9f3d-7efa76ba4d84"') },
  },
  {
    of: 'Bulk testDedup, CdcDeletionMode.SOFT_DELETE',
    what: 'deleted rows are sent with their deletion column, if configured',
    config: {
      deleted_rows: 'send',
      streams: [
        upsert('test_stream', 'Test', {
          fields: [{ column: '_ab_cdc_deleted_at', field: 'Deleted_At__gc' }],
          send_other_columns: true,
        }),
      ],
    },
    syncs: peopleSyncs('1'),
    rows: {
      Test: rowsOf(
        ['Deleted_At__gc', 'id1', 'id2', 'updated_at', 'name'],
        [null, '1', '200', '2000-01-02T00:00:00Z', 'Alice3'],
        ...[201, 202, 203].map((id) => ['1970-01-01T00:00:00Z', '1', `${id}`, '2000-01-02T00:01:00Z']),
      ),
    },
  },
  {
    of: 'Bulk testDedupNoCursor, testDedupChangeCursor',
    what: 'no cursor is needed, and another one changes nothing: order decides',
    config: dedup,
    syncs: [
      {
        streams: [dedupOf('test_stream', { ...idName, c1: int }, 'id')],
        lines: [recordOf('test_stream', '{"id":1,"c1":9,"name":"a"}')],
      },
      {
        streams: [{ ...dedupOf('test_stream', { ...idName, c2: int }, 'id'), cursor_field: ['c2'] }],
        lines: [recordOf('test_stream', '{"id":1,"c2":1,"name":"b"}'), stateOf('test_stream')],
      },
    ],
    rows: { Test: [{ id: '1', name: 'b', c1: '9', c2: '1' }] },
  },
  {
    of: 'Bulk testDedupChangePk',
    what: 'after a change of the key rows are matched by the new one',
    config: dedup,
    syncs: [
      {
        streams: [dedupOf('test_stream', { id1: int, id2: int, id3: int, name: string }, 'id1', 'id2')],
        lines: [recordOf('test_stream', '{"id1":1,"id2":200,"name":"foo_100"}')],
        warns: ['test_stream: 1 column in the schema'],
      },
      {
        streams: [dedupOf('test_stream', { id1: int, id2: int, id3: int, name: string }, 'id1', 'id3')],
        lines: [recordOf('test_stream', '{"id1":1,"id3":200,"name":"foo_200"}')],
        warns: ['test_stream: 1 column in the schema'],
      },
    ],
    rows: {
      Test: rowsOf(['id1', 'id2', 'id3', 'name'], ['1', '200', null, 'foo_100'], ['1', null, '200', 'foo_200']),
    },
  },
  {
    of: 'Bulk testManyStreamsCompletion',
    what: '21 streams',
    config: { load_unlisted_streams: true, streams: [] },
    syncs: [
      {
        streams: Array.from({ length: 21 }, (_, at) => dedupOf(`test_stream_${at}`, idName, 'id')),
        lines: Array.from({ length: 21 }, (_, at) => [
          recordOf(`test_stream_${at}`, `{"id":1,"name":"foo_${at}"}`),
          stateOf(`test_stream_${at}`),
        ]).flat(),
      },
    ],
    rows: Object.fromEntries(
      Array.from({ length: 21 }, (_, at) => [`test_stream_${at}`, [{ id: '1', name: `foo_${at}` }]]),
    ),
  },
  {
    of: 'DAT testSyncWithLargeRecordBatch',
    what: '400 blocks of records and states: each state comes back with its count',
    config: dedup,
    syncs: [
      {
        streams: [dedupOf('test_stream', idName, 'id')],
        lines: Array.from({ length: 400 }, (_, at) => [
          recordOf('test_stream', `{"id":1,"name":"a${at}"}`),
          recordOf('test_stream', `{"id":2,"name":"b${at}"}`),
          stateOf('test_stream', { at }),
        ]).flat(),
      },
    ],
    rows: {
      Test: [
        { id: '1', name: 'a399' },
        { id: '2', name: 'b399' },
      ],
    },
  },
  {
    of: 'Bulk testBasicTypes; DAT testDataTypeTestWithNormalization, testAirbyteTimeTypes',
    what: 'every type arrives as its text, digit for digit; values of a wrong type are left to Gainsight',
    config: append,
    syncs: [
      {
        streams: [streamOf('test_stream', allTypes)],
        lines: [
          `{"id":1,"string":"foo","number":42.1,"integer":42,"boolean":true,
            "timestamp_with_timezone":"2023-01-23T11:34:56-01:00","timestamp_without_timezone":"2023-01-23T12:34:56",
            "time_with_timezone":"11:34:56-01:00","time_without_timezone":"12:34:56","date":"2023-01-23"}`,
          `{"id":2,"string":null,"number":null,"integer":null,"boolean":null,"timestamp_with_timezone":null,
            "timestamp_without_timezone":null,"time_with_timezone":null,"time_without_timezone":null,"date":null}`,
          '{"id":3}',
          `{"id":4,"struct":{"foo":50000.0000000000000001},"number":50000.0000000000000001,"integer":${big},
            "number":1.0000000000000000000000000000000000000000e39}`,
          `{"id":5,"string":{},"number":"foo","integer":"foo","boolean":"foo","timestamp_with_timezone":"foo",
            "timestamp_without_timezone":"foo","time_with_timezone":"foo","time_without_timezone":"foo","date":"foo"}`,
          `{"id":6,"number":-2.0000000000000000000000000000000000000000e39,"integer":-${big}}`,
          `{"id":7,"timestamp_with_timezone":"2023-01-23T11:34:00-01:00","timestamp_without_timezone":"2023-01-23T12:34:00",
            "time_with_timezone":"11:34:00-01:00","time_without_timezone":"12:34:00"}`,
          '{"id":8,"integer":0,"number":0.0}',
          '{"id":9,"integer":-1,"number":-1.0}',
          '{"id":10,"number":50000.0000000000000001,"date":"0044-03-15 BC"}',
        ].map((data) => recordOf('test_stream', data)),
      },
    ],
    rows: {
      Test: rowsOf(
        Object.keys(allTypes),
        [
          ...['1', null, 'foo', '42.1', '42', 'true', '2023-01-23T11:34:56-01:00', '2023-01-23T12:34:56'],
          ...['11:34:56-01:00', '12:34:56', '2023-01-23'],
        ],
        ['2'],
        ['3'],
        ['4', '{"foo":50000.0000000000000001}', null, `1${'0'.repeat(39)}.0`, big],
        ['5', null, '{}', ...Array.from({ length: 8 }, () => 'foo')],
        ['6', null, null, `-2${'0'.repeat(39)}.0`, `-${big}`],
        [
          '7',
          null,
          null,
          null,
          null,
          null,
          '2023-01-23T11:34:00-01:00',
          '2023-01-23T12:34:00',
          '11:34:00-01:00',
          '12:34:00',
        ],
        ['8', null, null, '0.0', '0'],
        ['9', null, null, '-1.0', '-1'],
        ['10', null, null, '50000.0000000000000001', null, null, null, null, null, null, '0044-03-15 BC'],
      ),
    },
  },
  {
    of: 'Bulk testContainerTypes; DAT testProblematicTypes',
    what: 'objects and mixed lists arrive as their JSON, lists of plain values joined, their nulls left out',
    config: append,
    syncs: [
      {
        streams: [streamOf('test_stream', containers)],
        lines: [
          `{"id":1,"schematized_object":{"id":1,"name":"Joe","undeclared":42},"empty_object":{},
            "schemaless_object":{"uuid":"38F52396","probability":1.5},"schematized_array":[10,null],
            "schemaless_array":[10,"foo",null,{"bar":"qua"}]}`,
          `{"id":2,"schematized_object":{"id":2,"name":"Jane"},"empty_object":{"extra":"stuff"},
            "schemaless_object":{"address":{"street":"113 Hickey Rd"},"flags":[true,false,false]},
            "schematized_array":[],"schemaless_array":[]}`,
          '{"id":3,"schematized_object":null,"empty_object":null,"schemaless_object":null,"schematized_array":null,"schemaless_array":null}',
        ].map((data) => recordOf('test_stream', data)),
      },
    ],
    rows: {
      Test: rowsOf(
        Object.keys(containers),
        [
          ...['1', '{"id":1,"name":"Joe","undeclared":42}', '{}', '{"uuid":"38F52396","probability":1.5}'],
          ...['10', '[10,"foo",null,{"bar":"qua"}]'],
        ],
        [
          ...['2', '{"id":2,"name":"Jane"}', '{"extra":"stuff"}'],
          ...['{"address":{"street":"113 Hickey Rd"},"flags":[true,false,false]}', '', ''],
        ],
        ['3'],
      ),
    },
  },
  {
    of: 'Bulk testUnknownTypes, testUnions',
    what: 'unknown types and unions are sent as the value that came',
    config: append,
    syncs: [
      {
        streams: [
          streamOf('test_stream', {
            ...{ id: int, name: unknown, combined_type: { type: ['string', 'integer'] } },
            either: { oneOf: [{ type: 'object', properties: { id: int } }, { type: 'integer' }] },
          }),
        ],
        lines: [
          '{"id":1,"name":"ex falso quodlibet","combined_type":"string1","either":{"id":"seal-one-hippity"}}',
          '{"id":2,"name":7,"combined_type":20,"either":{}}',
          '{"id":3,"name":null,"combined_type":null,"either":null}',
        ].map((data) => recordOf('test_stream', data)),
      },
    ],
    rows: {
      Test: rowsOf(
        ['id', 'name', 'combined_type', 'either'],
        ['1', 'ex falso quodlibet', 'string1', '{"id":"seal-one-hippity"}'],
        ['2', '7', '20', '{}'],
        ['3'],
      ),
    },
  },
  {
    of: 'DAT testLineBreakCharacters',
    what: 'line breaks of every kind stay inside their values',
    config: ratesConfig,
    syncs: [
      {
        streams: [streamOf('exchange_rate', rates)],
        lines: [
          recordOf(
            'exchange_rate',
            '{"id":1,"currency":"USD\u2028","date":"2020-03-\\n31T00:00:00Z\\r","HKD":10.1,"NZD":700.1}',
          ),
          globalState(2),
        ],
        warns: ['exchange_rate: 1 column in the schema'],
      },
    ],
    rows: {
      Rate: rowsOf(
        ['id', 'currency', 'date', 'HKD', 'NZD', 'USD'],
        ['1', 'USD\u2028', '2020-03-\n31T00:00:00Z\r', '10.1', '700.1'],
      ),
    },
  },
  {
    of: 'DAT testSyncNotFailsWithNewFields',
    what: 'fields that come after the schema was read are not sent; a warning is logged once',
    config: ratesConfig,
    syncs: [
      {
        streams: [streamOf('exchange_rate', { id: int })],
        lines: [
          ...[1, 2].map((id) => recordOf('exchange_rate', `{"id":${id},"newFieldString":"Value for new field"}`)),
          globalState(2),
        ],
        warns: ['Column newFieldString of exchange_rate is not in the catalog'],
      },
    ],
    rows: { Rate: [{ id: '1' }, { id: '2' }] },
  },
  {
    of: 'DAT testAirbyteFields, its changes of the source',
    what: 'a row with a value that the source dropped is rejected, so that no field is blanked; a truncated value causes a warning',
    config: { ...dedup, rejected_rows: { fail_above_percent: 100 } },
    syncs: [
      {
        streams: [dedupOf('test_stream', idName, 'id')],
        lines: [
          recordOf('test_stream', '{"id":1,"name":null}', {
            changes: [{ field: 'name', change: 'NULLED', reason: 'SOURCE_SERIALIZATION_ERROR' }],
          }),
          recordOf('test_stream', '{"id":2,"name":"cut"}', {
            changes: [{ field: 'name', change: 'TRUNCATED', reason: 'SOURCE_FIELD_SIZE_LIMITATION' }],
          }),
          stateOf('test_stream'),
        ],
        rejectedRows: 1,
        warns: ['The source cut values of name in test_stream short'],
      },
    ],
    rows: { Test: [{ id: '2', name: 'cut' }] },
  },
  {
    of: 'Bulk testNoColumns',
    what: 'a stream without columns is rejected before anything is sent',
    config: append,
    syncs: [
      {
        streams: [streamOf('test_stream', {})],
        lines: [recordOf('test_stream', '{"foo":"bar"}')],
        refused: 'no_columns',
      },
    ],
    rows: { Test: [] },
  },
  {
    of: 'Bulk testNoData; WriteInitializationTest',
    what: 'a sync without records succeeds',
    config: append,
    syncs: [
      { streams: [streamOf('test_stream', { id: int })], lines: [] },
      { streams: [streamOf('test_stream', { id: int })], lines: [stateOf('test_stream')], isComplete: false },
    ],
    rows: { Test: [] },
  },
  {
    of: 'Bulk testClear, testTruncateRefreshNoData',
    what: 'a Clear, in either of its forms, removes nothing from Gainsight, and its state comes back',
    config: append,
    syncs: [
      { streams: [streamOf('test_stream', { id: int })], lines: [recordOf('test_stream', '{"id":42}')] },
      {
        streams: [streamOf('test_stream', { id: int }, { generation_id: 13, minimum_generation_id: 13 })],
        lines: [globalState(0)],
      },
      {
        streams: [streamOf('test_stream', { id: int }, { destination_sync_mode: 'overwrite' })],
        lines: [globalState(0)],
      },
    ],
    rows: { Test: [{ id: '42' }] },
  },
  {
    of: 'Bulk testTruncateRefresh, testInterruptedTruncateWithPriorData, resumeAfterCancelledTruncate',
    what: 'a refresh that is interrupted and then finished removes no row of an older generation and loses none',
    config: append,
    syncs: [
      ...[41, 42, 42, 43].map((generation_id, at) => ({
        streams: [
          streamOf('test_stream', idName, { generation_id, minimum_generation_id: at % 3 === 0 ? 0 : generation_id }),
        ],
        lines: [recordOf('test_stream', `{"id":${at},"name":"sync_${at}"}`), stateOf('test_stream', { at })],
        isComplete: at !== 1,
      })),
    ],
    rows: { Test: rowsOf(['id', 'name'], ['0', 'sync_0'], ['1', 'sync_1'], ['2', 'sync_2'], ['3', 'sync_3']) },
  },
];
