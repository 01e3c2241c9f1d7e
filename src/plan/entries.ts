/** Which entry of the configuration serves which stream of the catalog. */
import { label } from '../airbyte/label.ts';
import type { StreamEntry } from '../config/types.ts';
import { ConnectorError } from '../errors.ts';
import type { StreamName } from '../model.ts';

/** The entries, laid beside the streams. */
export interface Match {
  /** For each stream its entry; undefined where none names it. */
  readonly entries: readonly (StreamEntry | undefined)[];
  /** Entries that name no stream of the catalog. */
  readonly idle: readonly StreamEntry[];
}

/**
 * Finds each stream's entry. An entry without a namespace names the stream of its name in any namespace.
 * @throws {ConnectorError} `stream_ambiguous`, where a stream has two entries or an entry two streams
 */
export function matchEntries(streams: readonly StreamName[], entries: readonly StreamEntry[]): Match {
  const positions = positionsByName(entries);
  const servedBy = new Map<number, StreamName>();
  const matched = streams.map((stream) => {
    const position = positionFor(stream, positions);
    const other = position !== undefined && servedBy.get(position);
    if (other) throw twoStreams(position, other, stream);
    if (position !== undefined) servedBy.set(position, stream);
    return position === undefined ? undefined : entries[position];
  });
  return { entries: matched, idle: entries.filter((_, position) => !servedBy.has(position)) };
}

function positionFor(stream: StreamName, positions: ReadonlyMap<string, readonly number[]>): number | undefined {
  const exact = stream.namespace ? (positions.get(address(stream.name, stream.namespace)) ?? []) : [];
  const found = [...exact, ...(positions.get(address(stream.name, '')) ?? [])];
  if (found.length > 1) throw twoEntries(stream, found);
  return found[0];
}

function positionsByName(entries: readonly StreamEntry[]): Map<string, number[]> {
  const positions = new Map<string, number[]>();
  for (const [position, { stream, namespace }] of entries.entries()) {
    const key = address(stream, namespace);
    const known = positions.get(key);
    if (known) known.push(position);
    else positions.set(key, [position]);
  }
  return positions;
}

function address(name: string, namespace: string): string {
  return JSON.stringify([namespace, name]);
}

function twoEntries(stream: StreamName, positions: readonly number[]): ConnectorError {
  const numbers = positions
    .map((position) => position + 1)
    .sort((a, b) => a - b)
    .join(' and ');
  const detail = `The stream ${label(stream)} is named by the entries ${numbers} of "Streams"`;
  return new ConnectorError('stream_ambiguous', { detail }, { stream });
}

function twoStreams(position: number, one: StreamName, other: StreamName): ConnectorError {
  const detail = `Entry ${position + 1} of "Streams" names two streams, ${label(one)} and ${label(other)}`;
  return new ConnectorError('stream_ambiguous', { detail });
}
