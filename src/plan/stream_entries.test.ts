/** Where a stream's object, operation and keys come from: its entry, or the connection. */
import t from 'tap';
import type { ConfiguredAirbyteStream, DestinationSyncMode } from '../airbyte/protocol.ts';
import type { StreamEntry } from '../config/types.ts';
import { makePlans } from './plan.ts';
import { unlistedEntry } from './stream_entries.ts';

const text = { type: ['null', 'string'] };

/** A stream as the platform sends it: its columns have the names that the connection gives them. */
function companies(
  mode: DestinationSyncMode,
  object: string | undefined,
  primaryKey: readonly string[],
): ConfiguredAirbyteStream {
  const properties = { Id__gc: text, Name: text };
  return {
    stream: { name: 'companies', json_schema: { type: 'object', properties }, supported_sync_modes: ['incremental'] },
    ...{ sync_mode: 'incremental', destination_sync_mode: mode, primary_key: primaryKey.map((column) => [column]) },
    ...(object !== undefined && { destination_object_name: object }),
  };
}

/** `OPERATION OBJECT by KEYS`, and the warnings; or the codes of the faults. */
function planned(configured: ConfiguredAirbyteStream, entry: Partial<StreamEntry> | undefined, isLoaded = false) {
  const streams = entry === undefined ? [] : [{ ...unlistedEntry(configured), operation: 'UPSERT', ...entry } as const];
  const config = { streams, load_unlisted_streams: isLoaded };
  const { plans, broken, warnings } = makePlans({ streams: [configured], isClear: false }, config);
  const [{ operation, object, keyFields } = { operation: '', object: '', keyFields: [] }] = plans;
  const codes = broken.flatMap(({ faults }) => faults.map(({ code }) => code));
  return [codes.join(', ') || `${operation} ${object} by ${keyFields.join(', ') || 'none'}`, ...warnings];
}

const precedes =
  'Stream companies is mapped in the connection and in an entry of "Streams", and the entry takes precedence:';
const deduped =
  'Stream companies is set to "Append + Deduped" and loaded by INSERT, which adds every row again and removes no duplicates.';
const addsToo = (operation: string) =>
  `Stream companies is set to "Update" and loaded by ${operation}, which also adds rows: choose the operation UPDATE to change existing rows only.`;

type Mode = DestinationSyncMode;
type Keys = readonly string[];
type Entry = Partial<StreamEntry> | undefined;
/** Connection: mode, object, primary key; then the entry, and what becomes of them. */
const mappings: readonly [Mode, string | undefined, Keys, Entry, plan: string, ...warnings: string[]][] = [
  ['append', 'Company', [], undefined, 'INSERT Company by none'],
  ['append', 'Company', ['Id__gc'], undefined, 'INSERT Company by none'],
  ['append_dedup', 'Company', ['Id__gc'], undefined, 'UPSERT Company by Id__gc'],
  ['append_dedup', 'Company', ['Name', 'Id__gc'], undefined, 'UPSERT Company by Name, Id__gc'],
  ['append_dedup', 'Company', [], undefined, 'keys_missing'],
  ['append_dedup', 'Company', ['Gone'], undefined, 'key_not_sent'],
  ['update', 'Company', ['Id__gc'], undefined, 'UPDATE Company by Id__gc'],
  ['update', 'Company', [], undefined, 'keys_missing'],
  ['append', undefined, ['Id__gc'], undefined, 'stream_unlisted'],
  ['update', undefined, ['Id__gc'], undefined, 'stream_unlisted'],
  ['append_dedup', '', ['Id__gc'], undefined, 'stream_unlisted'],

  ['append_dedup', 'Company', ['Id__gc'], { object: 'Company' }, 'UPSERT Company by Id__gc'],
  ['append_dedup', 'Company', ['Id__gc'], { object: 'Company', key_fields: ['Id__gc'] }, 'UPSERT Company by Id__gc'],
  ['update', 'Company', ['Id__gc'], { object: 'Company', operation: 'UPDATE' }, 'UPDATE Company by Id__gc'],
  ['append', 'Company', ['Id__gc'], { object: 'Company', operation: 'INSERT' }, 'INSERT Company by none'],
  [
    ...(['append_dedup', 'Company', ['Id__gc'], { object: 'Account__gc' }, 'UPSERT Account__gc by Id__gc'] as const),
    `${precedes} the object "Account__gc" instead of "Company".`,
  ],
  [
    ...(['append', 'Company', ['Id__gc'], { object: 'Company' }, 'UPSERT Company by Id__gc'] as const),
    `${precedes} the operation UPSERT instead of INSERT of its sync mode.`,
  ],
  [
    ...(['update', 'Company', ['Id__gc'], { object: 'Company' }, 'UPSERT Company by Id__gc'] as const),
    `${precedes} the operation UPSERT instead of UPDATE of its sync mode.`,
    addsToo('UPSERT'),
  ],
  [
    'append_dedup',
    'Company',
    ['Id__gc'],
    { object: 'Company', operation: 'INSERT' },
    'INSERT Company by none',
    `${precedes} the operation INSERT instead of UPSERT of its sync mode.`,
    deduped,
  ],
  [
    'append_dedup',
    'Company',
    ['Id__gc'],
    { object: 'Company', key_fields: ['Name'] },
    'UPSERT Company by Name',
    `${precedes} the key fields "Name" instead of "Id__gc".`,
  ],
  [
    'append_dedup',
    'Company',
    ['Id__gc'],
    {
      object: 'Account__gc',
      ...{ operation: 'UPDATE', key_fields: ['Key__gc', 'Name'] },
      fields: [
        { column: 'Id__gc', field: 'Key__gc' },
        { column: 'Name', field: 'Name' },
      ],
    },
    'UPDATE Account__gc by Key__gc, Name',
    `${precedes} the object "Account__gc" instead of "Company", the operation UPDATE instead of UPSERT of its sync mode, the key fields "Key__gc", "Name" instead of "Key__gc".`,
  ],

  ['append', undefined, ['Id__gc'], { object: 'Company' }, 'UPSERT Company by Id__gc'],
  ['update', undefined, ['Id__gc'], { object: 'Company' }, 'UPSERT Company by Id__gc', addsToo('UPSERT')],
];
for (const [mode, object, keys, entry, ...wanted] of mappings) {
  const connection = `${mode}, ${object === undefined ? 'no object' : `object "${object}"`}, key ${keys.join(', ') || 'none'}`;
  t.test(`${connection}, ${entry ? `entry ${JSON.stringify(entry)}` : 'no entry'}: ${wanted[0]}`, async (t) => {
    t.same(planned(companies(mode, object, keys), entry), wanted);
  });
}

const unlisted: readonly [Mode, string | undefined, plan: string, ...warnings: string[]][] = [
  ['append', undefined, 'UPSERT companies by Id__gc'],
  ['append_dedup', undefined, 'UPSERT companies by Id__gc'],
  ['update', undefined, 'UPSERT companies by Id__gc', addsToo('UPSERT')],
  ['append', 'Company', 'INSERT Company by none'],
  ['update', 'Company', 'UPDATE Company by Id__gc'],
];
for (const [mode, object, ...wanted] of unlisted) {
  t.test(`${mode}, ${object ?? 'no object'}, with "Load Unlisted Streams": ${wanted[0]}`, async (t) => {
    t.same(planned(companies(mode, object, ['Id__gc']), undefined, true), wanted);
  });
}
