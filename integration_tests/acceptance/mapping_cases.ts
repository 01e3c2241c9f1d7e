/** Streams that are mapped in the connection, in the form, or in both: what Gainsight holds, or why they are refused. */
import { type AcceptanceCase, dedupOf, recordOf, stateOf, streamOf } from './acceptance.ts';
import { idName, int, number, rowsOf, string, upsert } from './cases.ts';

/** A stream that the connection itself maps to an object, as Airbyte's API and Terraform can. */
const mapped = (name: string, destination_object_name: string, mode: string, key?: string) =>
  streamOf(
    name,
    { Id__gc: int, Name: string },
    { destination_object_name, destination_sync_mode: mode, primary_key: key === undefined ? [] : [[key]] },
  );

/** The cases: what the form can contain, and what Airbyte's API can send. */
export const mappingCases: readonly AcceptanceCase[] = [
  ...(
    [
      ['the least entry: columns named like the fields', {}, ['Id__gc', 'Name', 'annual_revenue']],
      [
        'a mapping as text, pasted from a sheet',
        { fields_text: '# columns of the view\nId__gc\tId__gc\r\nName\tName\r\n\r\nannual_revenue = ARR__gc' },
        ['Id__gc', 'Name', 'ARR__gc'],
      ],
      [
        'fields named by the rule, with an exception',
        { naming: 'gainsight_custom', fields_text: 'Name = Name' },
        ['Id__gc', 'Name', 'Annual_Revenue__gc'],
      ],
    ] as const
  ).map(([what, more, fields]) => ({
    of: 'Mapping in the form',
    what,
    config: { streams: [upsert('companies', 'Company', more)] },
    syncs: [1, 2].map((at) => ({
      streams: [dedupOf('companies', { Id__gc: int, Name: string, annual_revenue: number }, 'Id__gc')],
      lines: [recordOf('companies', `{"Id__gc":1,"Name":"a","annual_revenue":${at}.50}`), stateOf('companies', { at })],
    })),
    rows: { Company: rowsOf(fields, ['1', 'a', '2.50']) },
  })),
  {
    of: 'Airbyte API, destinationObjectName',
    what: 'the connection alone maps streams: object, operation by the sync mode, keys and columns under their new names',
    config: { streams: [] },
    syncs: [
      {
        streams: [mapped('companies', 'Company', 'append_dedup', 'Id__gc')],
        lines: ['"a"', '"b"', '"c"'].map((name, at) =>
          recordOf('companies', `{"Id__gc":${1 + (at % 2)},"Name":${name}}`),
        ),
      },
      {
        streams: [
          mapped('companies', 'Company', 'update', 'Id__gc'),
          mapped('renamed', 'Company', 'update', 'Id__gc'),
          mapped('logins', 'Login__gc', 'append'),
        ],
        lines: [
          recordOf('companies', '{"Id__gc":1,"Name":"d"}'),
          recordOf('renamed', '{"Id__gc":2,"Name":"e"}'),
          recordOf('logins', '{"Id__gc":1,"Name":"f"}'),
          recordOf('logins', '{"Id__gc":1,"Name":"f"}'),
        ],
      },
    ],
    rows: {
      Company: rowsOf(['Id__gc', 'Name'], ['2', 'e'], ['1', 'd']),
      Login__gc: rowsOf(['Id__gc', 'Name'], ['1', 'f'], ['1', 'f']),
    },
  },
  {
    of: 'Airbyte API, destinationObjectName and an entry',
    what: 'the entry takes precedence, with a warning that names both',
    config: { streams: [upsert('companies', 'Account')] },
    syncs: [
      {
        streams: [mapped('companies', 'Company', 'append_dedup', 'Id__gc')],
        lines: [recordOf('companies', '{"Id__gc":1,"Name":"a"}')],
        warns: ['Stream companies is mapped in the connection and in an entry of "Streams", and the entry takes'],
      },
    ],
    rows: { Account: rowsOf(['Id__gc', 'Name'], ['1', 'a']), Company: [] },
  },
  {
    of: 'Destination Namespace: Destination-defined',
    what: 'an entry with a namespace does not match, and the message names the setting',
    config: { streams: [upsert('companies', 'Company', { namespace: 'public' })] },
    syncs: [
      {
        streams: [dedupOf('companies', idName, 'id')],
        lines: [recordOf('companies', '{"id":1}')],
        refused: 'stream_unlisted',
        says: [
          'The connection selects the stream "companies", and no entry of "Streams" names it',
          'Entry 1 names "companies" in the namespace "public", and the connection sends it without one',
          'set "Destination Namespace" to "Source-defined", or leave the namespace out of the entry',
        ],
      },
    ],
    rows: { Company: [] },
  },
  {
    of: 'Destination Namespace: Destination-defined, two schemas with one table',
    what: 'is refused, and the message names the setting',
    config: { streams: [upsert('companies', 'Company')] },
    syncs: [
      {
        streams: [dedupOf('companies', idName, 'id'), dedupOf('companies', idName, 'id')],
        lines: [recordOf('companies', '{"id":1}')],
        refused: 'stream_twice',
        says: ['sends two streams as companies', 'set "Destination Namespace" to "Source-defined"'],
      },
    ],
    rows: { Company: [] },
  },
  {
    of: 'Stream Prefix',
    what: 'an entry without the prefix does not match, and the message names the prefix',
    config: { streams: [upsert('companies', 'Company')] },
    syncs: [
      {
        streams: [dedupOf('wh_companies', idName, 'id')],
        lines: [recordOf('wh_companies', '{"id":1}')],
        refused: 'stream_unlisted',
        says: ['seems to have the "Stream Prefix" "wh_": name the stream "wh_companies" in the entry'],
      },
    ],
    rows: { Company: [] },
  },
  {
    of: 'Airbyte API, syncMode of a deletion',
    what: 'is refused in words of its own',
    config: { streams: [upsert('companies', 'Company')] },
    syncs: [
      {
        streams: [mapped('companies', 'Company', 'soft_delete', 'Id__gc')],
        lines: [recordOf('companies', '{"Id__gc":1}')],
        refused: 'sync_mode_unsupported',
        says: [
          'soft_delete for companies (it deletes rows, which this destination cannot)',
          'Choose "Append + Deduped", "Append" or "Update" for every stream',
          'in Terraform set its `sync_mode`, such as incremental_deduped_history, incremental_append or incremental_update',
        ],
      },
    ],
    rows: { Company: [] },
  },
  ...['overwrite', 'overwrite_dedup'].map((mode) => ({
    of: 'Airbyte API without syncMode',
    what: `${mode} for every stream is refused with the first record, and is no fault of the connection if it is a Clear`,
    config: { streams: [upsert('companies', 'Company')] },
    syncs: [
      {
        streams: [mapped('companies', 'Company', mode, 'Id__gc')],
        lines: [recordOf('companies', '{"Id__gc":1}')],
        refused: 'clear_with_records',
        says: [
          'Every stream of the connection is set to overwrite, as in a Clear, but a record of companies came',
          'as Airbyte sets it also where its API or Terraform is given no `sync_mode`',
          'set its `sync_mode`, such as incremental_deduped_history or full_refresh_append',
        ],
      },
    ],
    rows: { Company: [] },
  })),
  {
    of: 'Airbyte API without syncMode for one stream',
    what: 'overwrite besides other modes is refused before any record',
    config: { streams: [upsert('companies', 'Company')] },
    syncs: [
      {
        streams: [
          mapped('companies', 'Company', 'overwrite', 'Id__gc'),
          mapped('logins', 'Login__gc', 'append_dedup', 'Id__gc'),
        ],
        lines: [recordOf('logins', '{"Id__gc":1}')],
        refused: 'overwrite_mixed',
        says: ['The sync mode of companies overwrites', 'no `sync_mode`', 'such as incremental_deduped_history'],
      },
    ],
    rows: { Company: [], Login__gc: [] },
  },
];
