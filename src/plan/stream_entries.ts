/** Finds the entry of each stream, and makes one for those without. */
import type { ConfiguredAirbyteStream, StreamDescriptor } from '../airbyte/protocol.ts';
import { label, streamKey } from '../airbyte/streams.ts';
import type { StreamEntry } from '../config/types.ts';
import { ConnectorError } from '../errors.ts';

/** The entries, matched with the streams. */
export interface Match {
  /** For each stream its entry; undefined if none names it. */
  readonly entries: readonly (StreamEntry | undefined)[];
  /** Entries that match no stream of the catalog. */
  readonly idle: readonly StreamEntry[];
}

/**
 * Finds each stream's entry. An entry without a namespace means the stream of its name without one; if there is none,
 * the stream of its name in any namespace, or the one that it names as `namespace.name`.
 * @throws {ConnectorError} `stream_ambiguous` if a stream has two entries or an entry two streams
 */
export function matchEntries(streams: readonly StreamDescriptor[], entries: readonly StreamEntry[]): Match {
  const positions = positionsByName(entries);
  const bare = new Set(streams.filter(({ namespace }) => !namespace).map(({ name }) => name));
  const servedBy = new Map<number, StreamDescriptor>();
  const matched = streams.map((stream) => {
    const position = positionFor(stream, positions, bare);
    const other = position !== undefined && servedBy.get(position);
    if (other) throw twoStreams(position, other, stream);
    if (position !== undefined) servedBy.set(position, stream);
    return position === undefined ? undefined : entries[position];
  });
  return { entries: matched, idle: entries.filter((_, position) => !servedBy.has(position)) };
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

/** @throws {ConnectorError} `stream_unlisted` if there are any */
export function refuseUnlisted(streams: readonly StreamDescriptor[]): void {
  if (streams.length === 0) return;
  const [first] = streams;
  const others = streams.length > 1 ? ` (and ${streams.length - 1} others like it)` : '';
  const details = { stream: `${label(first as StreamDescriptor)}${others}` };
  throw new ConnectorError('stream_unlisted', details, { stream: streams.length === 1 ? first : undefined });
}

/** @param bare names of streams without a namespace */
function positionFor(
  stream: StreamDescriptor,
  positions: ReadonlyMap<string, readonly number[]>,
  bare: ReadonlySet<string>,
): number | undefined {
  const named = (name: string) => positions.get(streamKey({ name })) ?? [];
  const found = stream.namespace
    ? [
        ...(positions.get(streamKey(stream)) ?? []),
        ...[stream.name, label(stream)].filter((name) => !bare.has(name)).flatMap(named),
      ]
    : named(stream.name);
  if (found.length > 1) throw twoEntries(stream, found);
  return found[0];
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

function twoStreams(position: number, one: StreamDescriptor, other: StreamDescriptor): ConnectorError {
  const detail = `Entry ${position + 1} of "Streams" names two streams, ${label(one)} and ${label(other)}`;
  return new ConnectorError('stream_ambiguous', { detail });
}
