/** Reads a configuration despite its faults: the command `plan` says all that is wrong at once, and no fault hides another. */
import type { ConfiguredCatalog } from '../airbyte/catalog.ts';
import type { JsonObject, StreamDescriptor } from '../airbyte/protocol.ts';
import { label } from '../airbyte/streams.ts';
import { TracedError } from '../airbyte/traced_error.ts';
import type { Config } from '../config/config.ts';
import type { StreamEntry } from '../config/types.ts';
import { spokenToPerson } from '../errors.ts';
import type { Plan } from '../model.ts';
import { type Mapping, mappingOfEntry } from '../plan/preflight.ts';

/**
 * A configuration with those entries of `streams` that are valid by themselves.
 * @returns undefined if the other settings are not valid
 */
export function soundPart(settings: JsonObject, parse: (settings: JsonObject) => Config): Config | undefined {
  const { domain, api_base_url, load_unlisted_streams } = settings;
  const ignored: string[] = [];
  const withEntries = (entries: readonly unknown[]) =>
    collecting(ignored, () => parse({ domain, api_base_url, load_unlisted_streams, streams: entries }));
  return withEntries(
    entriesIn(settings)
      .map(alone)
      .filter((entry) => withEntries([entry])),
  );
}

/** The entries as they are written, whatever they are. */
function entriesIn({ streams }: JsonObject): readonly unknown[] {
  return Array.isArray(streams) ? streams : [];
}

/** An entry without what it says of others. */
function alone(entry: unknown): JsonObject {
  const { load_after: _, ...rest } = (typeof entry === 'object' && entry !== null ? entry : {}) as JsonObject;
  return rest;
}

/** The catalog without the streams whose entries are not valid. */
export function mappedIn(
  catalog: ConfiguredCatalog,
  settings: JsonObject,
  { streams: sound }: Config,
): ConfiguredCatalog {
  const named = entriesIn(settings).map((entry) => alone(entry)['stream']);
  const isFit = ({ stream }: ConfiguredCatalog['streams'][number]) =>
    entryOf(stream, sound) !== undefined || !(named.includes(stream.name) || named.includes(label(stream)));
  return { ...catalog, streams: catalog.streams.filter(isFit) };
}

export function entryOf(stream: StreamDescriptor, entries: readonly StreamEntry[]): StreamEntry | undefined {
  return entries.find((entry) => entry.stream === stream.name || entry.stream === label(stream));
}

/** What the entries of streams say whose mapping does not fit the catalog: columns that are gone hide nothing else. */
export function mappingsOf(broken: readonly Plan[], entries: readonly StreamEntry[]): Mapping[] {
  return broken.flatMap(({ stream, label: named }) => {
    const entry = entryOf(stream, entries);
    return entry ? [{ ...mappingOfEntry(entry), stream: named }] : [];
  });
}

/** The result; undefined if it fails for what the user must correct. */
export function collecting<T>(faults: string[], make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof TracedError) || error.failureType !== 'config_error') throw error;
    faults.push(...faultsOf(error));
    return undefined;
  }
}

/** What is wrong, a sentence each. */
export function faultsOf({ faults }: TracedError): string[] {
  return faults.map((fault) => spokenToPerson(fault.endsWith('.') ? fault : `${fault}.`));
}
