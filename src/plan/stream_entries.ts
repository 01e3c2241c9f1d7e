/** Finds the entry of each stream, and makes one for those without. */
import type { ConfiguredAirbyteStream, StreamDescriptor } from '../airbyte/protocol.ts';
import { label, streamKey } from '../airbyte/streams.ts';
import type { StreamEntry } from '../config/types.ts';
import { ConnectorError } from '../errors.ts';
import { nameList } from '../names.ts';
import { didYouMean, trimmed } from './near_names.ts';

/** The entries, matched with the streams. */
export interface Match {
  /** For each stream its entry; undefined if none names it; `stream_ambiguous` if it has two, or shares its entry. */
  readonly entries: readonly (StreamEntry | ConnectorError | undefined)[];
  /** Entries that match no stream of the catalog. */
  readonly idle: readonly StreamEntry[];
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
  return { entries: matched, idle: entries.filter((_, position) => !served.has(position)) };
}

/** The entry used for a stream without one. */
export function unlistedEntry({ stream, destination_object_name }: ConfiguredAirbyteStream): StreamEntry {
  return {
    stream: stream.name,
    namespace: stream.namespace ?? '',
    object: destination_object_name || stream.name,
    operation: 'UPSERT',
    key_fields: [],
    fields: [],
    send_other_columns: false,
    load_after: [],
    latest_by: 'arrival',
    absent_columns: 'blank',
    unreadable_values: 'reject',
    repeated_rows: 'stop',
    checked_jobs: [],
  };
}

/** The error for a stream without an entry. */
export function unlisted(stream: StreamDescriptor, idle: readonly StreamEntry[]): ConnectorError {
  const names = idle.map((entry) => label({ name: entry.stream, namespace: entry.namespace }));
  const meant = didYouMean(label(stream), names) || didYouMean(stream.name, names);
  const without = names.length === 0 ? '' : `; entries without a stream are ${nameList(names)}${meant}`;
  return new ConnectorError('stream_unlisted', { stream: nameList([label(stream)]), idle: without }, { stream });
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
