/** The fields of columns: listed as fields or as text, and named by rule. */
import t from 'tap';
import type { StreamEntry } from '../config/types.ts';
import { fieldNameOf } from './field_names.ts';
import { makePlans } from './plan.ts';
import { unlistedEntry } from './stream_entries.ts';

const names: readonly [column: string, field: string][] = [
  ['annual_revenue', 'Annual_Revenue__gc'],
  ['arr', 'Arr__gc'],
  ['ANNUAL_REVENUE', 'Annual_Revenue__gc'],
  ['Annual_Revenue', 'Annual_Revenue__gc'],
  ['Account_ARR', 'Account_ARR__gc'],
  ['accountARR', 'AccountARR__gc'],
  ['annual revenue', 'Annual_Revenue__gc'],
  [' annual-revenue ', 'Annual_Revenue__gc'],
  ['__annual__revenue_', 'Annual_Revenue__gc'],
  ['annual_revenue__gc', 'Annual_Revenue__gc'],
  ['ANNUAL_REVENUE__GC', 'Annual_Revenue__gc'],
  ['Annual_Revenue__gc', 'Annual_Revenue__gc'],
  ['30_day_usage', '30_Day_Usage__gc'],
  ['2024', '2024__gc'],
  ['größe_in_mb', 'Größe_In_Mb__gc'],
  ['%', '%'],
];
for (const [column, field] of names) {
  t.test(`gainsight_custom: ${JSON.stringify(column)} goes to ${field}`, async (t) => {
    t.equal(fieldNameOf(column, 'gainsight_custom'), field);
    t.equal(fieldNameOf(column, 'as_is'), column);
  });
}

const text = { type: ['null', 'string'] };
const properties = { id: text, name: text, annual_revenue: text, address: { type: 'object' }, _ab_cdc_lsn: text };
const configured = {
  stream: { name: 's', json_schema: { type: 'object', properties }, supported_sync_modes: ['full_refresh' as const] },
  ...({ sync_mode: 'full_refresh', destination_sync_mode: 'append_dedup', primary_key: [['id']] } as const),
};

/** `column=Field` for each, and then the keys. */
function planned(entry: Partial<StreamEntry>): string {
  const streams = [{ ...unlistedEntry(configured), ...entry }];
  const { plans } = makePlans({ streams: [configured], isClear: false }, { streams, load_unlisted_streams: false });
  const columns = plans[0]?.columns.map(({ path, field }) => `${path.join('.')}=${field}`);
  return `${columns?.join(' ')} by ${plans[0]?.keyFields}`;
}

const nameToName = [{ column: 'name', field: 'Name' }];
const entries: readonly [what: string, Partial<StreamEntry>, plan: string][] = [
  ['stream and object alone', {}, 'id=id name=name annual_revenue=annual_revenue address=address by id'],
  [
    'text instead of fields',
    { fields_text: 'id = Id__gc\naddress.city\tCity' },
    'id=Id__gc address.city=City by Id__gc',
  ],
  ['text beside fields', { fields: nameToName, fields_text: 'id = Id__gc' }, 'name=Name id=Id__gc by Id__gc'],
  ['text of comments alone lists nothing', { fields_text: '# none' }, planned({})],
  [
    'text and the other columns',
    { fields_text: 'id = Id__gc', send_other_columns: true },
    'id=Id__gc name=name annual_revenue=annual_revenue address=address by Id__gc',
  ],
  [
    'a rule for all names, keys included',
    { naming: 'gainsight_custom' },
    'id=Id__gc name=Name__gc annual_revenue=Annual_Revenue__gc address=Address__gc by Id__gc',
  ],
  [
    'a rule with an exception',
    { naming: 'gainsight_custom', fields: nameToName },
    'name=Name id=Id__gc annual_revenue=Annual_Revenue__gc address=Address__gc by Id__gc',
  ],
  [
    'a rule with exceptions as text, one of them the key',
    { naming: 'gainsight_custom', fields_text: 'id = External_ID__gc\naddress.city = City' },
    'id=External_ID__gc address.city=City name=Name__gc annual_revenue=Annual_Revenue__gc by External_ID__gc',
  ],
  [
    'a key under the name of the rule',
    { naming: 'gainsight_custom', key_fields: ['Name__gc'] },
    'id=Id__gc name=Name__gc annual_revenue=Annual_Revenue__gc address=Address__gc by Name__gc',
  ],
];
for (const [what, entry, plan] of entries) {
  t.test(what, async (t) => {
    t.equal(planned(entry), plan);
  });
}

t.test('two columns that the rule gives one name are refused', async (t) => {
  const twins = { ...configured.stream.json_schema, properties: { id: text, arr: text, ARR: text } };
  const stream = { ...configured, stream: { ...configured.stream, json_schema: twins } };
  const streams = [{ ...unlistedEntry(stream), naming: 'gainsight_custom' as const }];
  const { broken } = makePlans({ streams: [stream], isClear: false }, { streams, load_unlisted_streams: false });
  t.match(broken, [
    { faults: [{ code: 'field_twice', message: /arr and ARR, are mapped to the same field Arr__gc/ }] },
  ]);
});
