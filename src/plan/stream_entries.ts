/** Finds the entry of each stream, and makes one for those without. */
import type { ConfiguredAirbyteStream, DestinationSyncMode, StreamDescriptor } from '../airbyte/protocol.ts';
import { label, streamKey } from '../airbyte/streams.ts';
import type { StreamEntry } from '../config/types.ts';
import { ConnectorError } from '../errors.ts';
import type { Operation, Plan } from '../model.ts';
import { nameList, trimmed } from '../names.ts';
import type { IdleEntries } from './unlisted_streams.ts';

/** The entries, matched with the streams. */
export interface Match {
  /** For each stream its entry; undefined if none names it; `stream_ambiguous` if it has two, or shares its entry. */
  readonly entries: readonly (StreamEntry | ConnectorError | undefined)[];
  readonly idle: IdleEntries;
}

/**
 * Finds each stream's entry. An entry without a namespace means the stream of its name without one; if there is none,
 * the stream of its name in any namespace, or the one that it names as `namespace.name`. White space at the ends of a
 * stream's name is left out of its entry.
 */
export function matchEntries(streams: readonly StreamDescriptor[], entries: readonly StreamEntry[]): Match {
  const positions = positionsByName(entries);
  const bare = new Set(streams.filter(({ namespace }) => !namespace).map(({ name }) => name));
  const exact = new Set(streams.map(streamKey));
  const found = streams.map((stream) => {
    const own = positionsFor(stream, positions, bare);
    const short = { name: trimmed(stream.name), namespace: trimmed(stream.namespace ?? '') };
    return own.length > 0 || exact.has(streamKey(short)) ? own : positionsFor(short, positions, bare);
  });
  const served = new Map<number, StreamDescriptor[]>();
  for (const [id, stream] of streams.entries())
    for (const position of found[id] ?? []) served.set(position, [...(served.get(position) ?? []), stream]);
  const matched = streams.map((stream, id) => {
    const [position, ...others] = found[id] ?? [];
    const [one, other] = position === undefined ? [] : (served.get(position) ?? []);
    if (position !== undefined && others.length > 0) return twoEntries(stream, [position, ...others]);
    if (position !== undefined && one && other) return twoStreams(position, stream, [one, other]);
    return position === undefined ? undefined : entries[position];
  });
  const numbered = entries.map((entry, position) => ({ entry, number: position + 1 }));
  return { entries: matched, idle: numbered.filter((_, position) => !served.has(position)) };
}

/** Whether the connection itself says which object a stream is loaded into: it then needs no entry. */
export function isMapped({ destination_object_name }: ConfiguredAirbyteStream): boolean {
  return destination_object_name !== undefined && destination_object_name !== '';
}

/** The operations that correspond to the sync modes of a stream that the connection maps to an object. */
const operationOf: Readonly<Partial<Record<DestinationSyncMode, Operation>>> = {
  append: 'INSERT',
  append_dedup: 'UPSERT',
  update: 'UPDATE',
};

/**
 * The entry used for a stream without one: the object that the connection names, by the operation of its sync mode; or
 * else the object of the stream's name, by UPSERT.
 */
export function unlistedEntry(configured: ConfiguredAirbyteStream): StreamEntry {
  const { stream, destination_object_name, destination_sync_mode } = configured;
  const operation = isMapped(configured) ? operationOf[destination_sync_mode] : undefined;
  return {
    stream: stream.name,
    namespace: stream.namespace ?? '',
    object: destination_object_name || stream.name,
    operation: operation ?? 'UPSERT',
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
  };
}

/**
 * Warns where an entry differs from what the connection itself says of a stream: the entry takes precedence.
 * @param primaryKey of the connection
 */
export function warnOfPrecedence(
  { label, object, operation: planned, addsOnly, keyFields, columns }: Plan,
  configured: ConfiguredAirbyteStream,
  primaryKey: readonly (readonly string[])[],
): string[] {
  const { destination_object_name: named = '', destination_sync_mode: mode } = configured;
  if (!isMapped(configured)) return [];
  const differences: string[] = [];
  const differ = (what: string, ours: string, theirs: string) =>
    differences.push(`${what} ${ours} instead of ${theirs}`);
  if (named !== object) differ('the object', nameList([object]), nameList([named]));
  const operation = addsOnly ? 'INSERT' : planned;
  const usual = operationOf[mode];
  if (usual !== undefined && usual !== operation) differ('the operation', operation, `${usual} of its sync mode`);
  const fieldAt = (path: readonly string[]) =>
    columns.find((column) => String(column.path) === String(path))?.field ?? path.join('.');
  const keys = primaryKey.map(fieldAt);
  const isKeyed = usual !== 'INSERT' && keyFields.length > 0 && keys.length > 0;
  if (isKeyed && !isSame(keyFields, keys)) differ('the key fields', nameList(keyFields), nameList(keys));
  if (differences.length === 0) return [];
  return [
    `Stream ${label} is mapped in the connection and in an entry of "Streams", and the entry takes precedence: ${differences.join(', ')}.`,
  ];
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return String([...new Set(some)].toSorted()) === String([...new Set(others)].toSorted());
}

/** @param bare names of streams without a namespace */
function positionsFor(
  stream: StreamDescriptor,
  positions: ReadonlyMap<string, readonly number[]>,
  bare: ReadonlySet<string>,
): readonly number[] {
  const named = (name: string) => positions.get(streamKey({ name })) ?? [];
  if (!stream.namespace) return named(stream.name);
  return [
    ...(positions.get(streamKey(stream)) ?? []),
    ...[stream.name, label(stream)].filter((name) => !bare.has(name)).flatMap(named),
  ];
}

function positionsByName(entries: readonly StreamEntry[]): Map<string, number[]> {
  const positions = new Map<string, number[]>();
  for (const [position, { stream, namespace }] of entries.entries()) {
    const key = streamKey({ name: stream, namespace });
    const known = positions.get(key);
    if (known) known.push(position);
    else positions.set(key, [position]);
  }
  return positions;
}

function twoEntries(stream: StreamDescriptor, positions: readonly number[]): ConnectorError {
  const numbers = positions
    .map((position) => position + 1)
    .sort((a, b) => a - b)
    .join(' and ');
  const detail = `The stream ${label(stream)} is named by the entries ${numbers} of "Streams"`;
  return new ConnectorError('stream_ambiguous', { detail }, { stream });
}

function twoStreams(
  position: number,
  stream: StreamDescriptor,
  [one, other]: readonly [StreamDescriptor, StreamDescriptor],
): ConnectorError {
  const detail = `Entry ${position + 1} of "Streams" names two streams, ${label(one)} and ${label(other)}`;
  return new ConnectorError('stream_ambiguous', { detail }, { stream });
}
