/** Configurations and catalogs that cannot work are rejected before anything is read or sent, with instructions. */
import t from 'tap';
import { allOrQuarter } from '../conservation/quarter.ts';
import {
  catalogOf,
  type ExpectedFailure,
  entryOf,
  holdsFailure,
  records,
  type SetUpOptions,
  setUpProgram,
  state,
} from '../support/small_sync.ts';
import { accessKey } from '../support/tenant.ts';

interface Case extends ExpectedFailure {
  readonly name: string;
  readonly program?: SetUpOptions;
  /** Flags that replace the usual ones. */
  readonly flags?: (usual: readonly string[]) => readonly string[];
  readonly env?: Record<string, string>;
}

const invalid = { code: 'config_invalid', type: 'config_error' } as const;
const settings = 'Correct it in the destination settings and test the connection.';
const renamed = (fields: readonly (readonly [string, string])[], more = {}) => ({
  program: {
    config: {
      streams: [entryOf('accounts', { fields: fields.map(([column, field]) => ({ column, field })), ...more })],
    },
    streams: ['accounts'],
  },
});

const configCases: readonly Case[] = [
  {
    ...{ name: 'a configuration that is not JSON', code: 'config_unreadable', type: 'config_error' },
    program: { config: `{"domain": "acme", "access_key": ${JSON.stringify(accessKey)},` },
    says: ['it is not JSON: line 1, column ', 'Save the destination again in Airbyte'],
  },
  {
    ...{ name: 'a configuration given in place of its path', code: 'config_unreadable', type: 'config_error' },
    flags: ([, , ...catalog]) => ['--config', JSON.stringify({ access_key: accessKey }), ...catalog],
    says: ['there is no such file', 'check the path given with --config'],
  },
  {
    ...{ name: 'no configuration', code: 'arguments_invalid', type: 'config_error' },
    flags: ([, , ...catalog]) => catalog,
    says: ['write needs --config and the path of a file', '--help'],
  },
  {
    ...{ name: 'fields that are missing, all of them named', ...invalid },
    program: { config: { access_key: undefined, domain: undefined, streams: [{ stream: 'accounts' }] } },
    says: [
      'Access Key is missing',
      'Gainsight Domain is missing',
      'Streams 1 (accounts) > Object is missing',
      settings,
    ],
  },
  {
    ...{ name: 'fields of a wrong type', ...invalid },
    program: { config: { access_key: 7, files: { max_megabytes: '75' }, streams: 'accounts' } },
    says: ['Access Key must be a text', 'Largest File in MB must be a number', 'Streams must be a list', settings],
  },
  {
    ...{ name: 'a domain that is none', ...invalid },
    program: { config: { domain: 'acme/home' } },
    says: ['Gainsight Domain must have no path', settings],
  },
  {
    ...{ name: 'separate files for INSERT', ...invalid },
    program: {
      config: { streams: [entryOf('accounts', { operation: 'INSERT', unreadable_values: 'separate_file' })] },
    },
    says: ['Streams 1 (accounts) > Unreadable Values must not be separate_file for INSERT', settings],
  },
  {
    ...{ name: 'the access key in the field of the domain', ...invalid },
    program: { config: { domain: accessKey } },
    says: ['Gainsight Domain must', settings],
  },
  {
    ...{ name: 'records over a socket', code: 'data_channel_unsupported', type: 'config_error' },
    env: { DATA_CHANNEL_MEDIUM: 'SOCKET' },
    says: ['over SOCKET', 'from standard input only', 'DATA_CHANNEL_MEDIUM'],
  },
];

const mappingCases: readonly Case[] = [
  {
    ...{ name: 'keys without a mapped column', ...invalid },
    ...renamed([['Id', 'External_Id__gc']]),
    says: ['Streams 1 (accounts) > Key Fields 1 "Id" is a column: name its field, "External_Id__gc"', settings],
  },
  {
    ...{ name: 'a key that is not a column', code: 'key_not_sent', type: 'config_error', stream: 'accounts' },
    program: {
      config: { streams: [entryOf('accounts', { key_fields: ['id'] })] },
      streams: ['accounts'],
    },
    says: [
      'Key field "id" of the stream accounts',
      'among the fields sent: "Id", "Name" (did you mean "Id"?)',
      'Under',
    ],
  },
  {
    ...{ name: 'no keys at all', code: 'keys_missing', type: 'config_error', stream: 'contacts' },
    program: { config: { streams: [entryOf('contacts', { key_fields: [] })] }, streams: ['contacts'] },
    says: ['contacts is to be loaded by UPSERT', 'Name "Key Fields"', 'or use the operation INSERT'],
  },
  {
    ...{ name: 'an unknown column', code: 'column_unknown', type: 'config_error', stream: 'accounts' },
    ...renamed([
      ['Id', 'Id'],
      ['Names', 'Name'],
    ]),
    says: ['Column "Names" of the stream accounts is not in its schema', 'It has: "Id", "Name"', 'refresh the schema'],
  },
  {
    ...{ name: 'two columns to one field', ...invalid },
    ...renamed([
      ['Id', 'Id'],
      ['Name', 'Id'],
    ]),
    says: ['Streams 1 (accounts) > Fields 2 (Name) > Field "Id" is already the field of Fields 1', settings],
  },
  {
    ...{ name: 'another column to one field', code: 'field_twice', type: 'config_error', stream: 'accounts' },
    ...renamed([['Name', 'Id']], { send_other_columns: true }),
    says: ['accounts, Name and Id, are mapped to the same field Id', 'map only one column to each field'],
  },
  {
    ...{ name: 'streams that load after each other', ...invalid },
    program: {
      config: {
        streams: [entryOf('accounts', { load_after: ['contacts'] }), entryOf('contacts', { load_after: ['accounts'] })],
      },
    },
    says: ['Load After forms a cycle: accounts after contacts after accounts: remove one of these names', settings],
  },
];

const catalogCases: readonly Case[] = [
  {
    ...{ name: 'no catalog', code: 'arguments_invalid', type: 'config_error' },
    flags: ([flag, path]) => [`${flag}`, `${path}`],
    says: ['write needs --catalog and the path of a file', '--help'],
  },
  {
    ...{ name: 'a missing catalog', code: 'catalog_unreadable', type: 'config_error' },
    flags: ([flag, path]) => [`${flag}`, `${path}`, '--catalog', `${path}.no`],
    says: ['there is no such file', 'check the path given with --catalog'],
  },
  {
    ...{ name: 'a catalog that is not JSON', code: 'catalog_unreadable', type: 'config_error' },
    program: { catalog: '{"streams": [' },
    says: ['it is not JSON', 'refresh its schema and save it'],
  },
  {
    ...{ name: 'overwrite together with append', code: 'overwrite_mixed', type: 'config_error', stream: 'contacts' },
    program: {
      catalog: { streams: [...catalogOf(['accounts']).streams, ...catalogOf(['contacts'], 'overwrite').streams] },
    },
    says: ['The sync mode of contacts overwrites', 'Choose "Append" or "Append + Deduped" for every stream'],
  },
  {
    ...{ name: 'a stream without an entry', code: 'stream_unlisted', type: 'config_error', stream: 'contacts' },
    program: { config: { streams: [entryOf('accounts')] }, streams: ['contacts'] },
    says: [
      'selects the stream "contacts"',
      'entries without a stream are "accounts"',
      'Add an entry',
      'switch on "Load Unlisted Streams"',
    ],
  },
];

t.jobs = 3;
for (const { name, program, flags, env = {}, ...expected } of allOrQuarter(
  [...configCases, ...mappingCases, ...catalogCases],
  'settings',
)) {
  t.test(name, { buffered: true }, async (t) => {
    const place = await setUpProgram(t, program);
    const input = records('accounts', 'A1') + state('accounts');
    const result = await place.run('write', input, { env }, flags?.(place.flags));
    holdsFailure(t, result, place, expected);
    t.same(place.sandbox.calls, [], 'no call');
    t.ok(result.lines.length <= 2, 'only the TRACE, and at most the opening line before it');
  });
}
