/** The configured catalog: which streams the connection selects, and their schemas. */
import { validateCatalog } from './catalog_validator.ts';
import { parseJson, readText } from './json_file.ts';
import type {
  AirbyteStream,
  ConfiguredAirbyteCatalog,
  ConfiguredAirbyteStream,
  DestinationSyncMode,
  StreamDescriptor,
} from './protocol.ts';
import { SharedValues } from './shared_values.ts';
import { label, streamKey } from './streams.ts';
import { sharedError, type TracedError } from './traced_error.ts';
import type { Violation } from './validator.ts';

/** A valid catalog. */
export interface ConfiguredCatalog extends ConfiguredAirbyteCatalog {
  /** Every stream is set to overwrite. If the specification does not offer that, this is Airbyte's Clear. */
  readonly isClear: boolean;
}

const allModes: readonly DestinationSyncMode[] = ['append', 'append_dedup', 'overwrite', 'update', 'soft_delete'];

/**
 * Reads and checks the file given with `--catalog`.
 * @param modes the offered sync modes, as for {@link parseCatalog}
 * @throws {TracedError} as {@link parseCatalog}
 */
export async function readCatalog(path: string, modes?: readonly DestinationSyncMode[]): Promise<ConfiguredCatalog> {
  return parseCatalog(await readText(path, 'catalog_unreadable'), modes);
}

/**
 * Checks the text of a configured catalog. Members that are null are removed; members that are not in the protocol
 * stay.
 * @param modes the offered sync modes; default: all. `overwrite` is always accepted, as Airbyte's Clear uses it; so is
 * `overwrite_dedup`, which older platforms send for a Clear.
 * @throws {TracedError} `catalog_unreadable`, `catalog_invalid`, `sync_mode_unsupported`, `stream_twice`
 */
export function parseCatalog(text: string, modes = allModes): ConfiguredCatalog {
  const value = parseJson(text, 'catalog_unreadable');
  const faults = validateCatalog(value) ? [] : (validateCatalog.errors ?? []).map(wordFault);
  if (faults.length > 0) throw invalid(faults.slice(0, 10).join('; '));
  const shared = new SharedValues();
  const streams = (value as { streams: WrittenStream[] }).streams.map((stream) => clean(stream, shared));
  refuseModes(streams, modes);
  refuseTwins(streams);
  const isClear = streams.length > 0 && streams.every((stream) => stream.destination_sync_mode === 'overwrite');
  return { streams, isClear };
}

function invalid(detail: string): TracedError {
  return sharedError('catalog_invalid', { detail });
}

function refuseTwins(streams: readonly ConfiguredAirbyteStream[]): void {
  const seen = new Set<string>();
  for (const stream of streams.map(nameOf)) {
    const identity = streamKey(stream);
    if (seen.has(identity)) throw sharedError('stream_twice', { stream: label(stream) }, { stream });
    seen.add(identity);
  }
}

/** A stream as a file may contain it: any member null, and some absent. */
type WrittenStream = Omit<ConfiguredAirbyteStream, 'stream' | 'destination_sync_mode'> & {
  readonly stream: Omit<AirbyteStream, 'json_schema' | 'supported_sync_modes'>;
  readonly destination_sync_mode: DestinationSyncMode | 'overwrite_dedup';
};

function clean(
  { stream, destination_sync_mode: mode, ...configured }: WrittenStream,
  shared: SharedValues,
): ConfiguredAirbyteStream {
  return {
    ...withoutNulls(configured, shared),
    stream: {
      ...{ json_schema: shared.of({}), supported_sync_modes: shared.of([configured.sync_mode]) },
      ...withoutNulls(stream, shared),
    },
    destination_sync_mode: mode === 'overwrite_dedup' ? 'overwrite' : shared.of(mode),
  };
}

/** Names are different anyway. */
function withoutNulls<T extends object>(members: T, shared: SharedValues): T {
  const given = Object.entries(members).filter(([, value]) => value !== null);
  return Object.fromEntries(given.map(([name, value]) => [name, name === 'name' ? value : shared.of(value)])) as T;
}

/** Airbyte's API accepts modes that its form does not offer for this destination. */
function refuseModes(streams: readonly ConfiguredAirbyteStream[], offered: readonly DestinationSyncMode[]): void {
  const accepted = new Set<string>([...offered, 'overwrite']);
  const refused = streams.filter(({ destination_sync_mode: mode }) => !accepted.has(mode));
  const [first] = refused;
  if (first === undefined) return;
  const named = (mode: string) => refused.filter((each) => each.destination_sync_mode === mode).map(nameOf);
  const detail = [...new Set(refused.map(({ destination_sync_mode: mode }) => mode))]
    .map((mode) => `${mode} for ${named(mode).map(label).join(', ')} (${whyRefused(mode)})`)
    .join('; ');
  const form = listed(offered.map((mode) => modeNames[mode].form));
  const api = listed(offered.map((mode) => modeNames[mode].api));
  const stream = refused.length === 1 ? nameOf(first) : undefined;
  throw sharedError('sync_mode_unsupported', { detail, form, api }, { stream });
}

function nameOf({ stream: { name, namespace } }: ConfiguredAirbyteStream): StreamDescriptor {
  return namespace === undefined ? { name } : { name, namespace };
}

function whyRefused(mode: string): string {
  if (mode === 'soft_delete') return 'it deletes rows, which this destination cannot';
  return mode in modeNames ? 'this destination does not offer it' : 'this version of the connector does not know it';
}

/** What Airbyte's form calls a mode, and its API and Terraform together with the way in which the source reads. */
const modeNames: Readonly<Record<DestinationSyncMode, { readonly form: string; readonly api: string }>> = {
  append: { form: '"Append"', api: 'incremental_append' },
  append_dedup: { form: '"Append + Deduped"', api: 'incremental_deduped_history' },
  overwrite: { form: '"Overwrite"', api: 'full_refresh_overwrite' },
  update: { form: '"Update"', api: 'incremental_update' },
  soft_delete: { form: '"Soft Delete"', api: 'incremental_soft_delete' },
};

function listed(names: readonly string[]): string {
  return names.join(', ').replace(/, (?=[^,]*$)/, ' or ');
}

/** `stream 3: sync_mode is missing`; streams are counted from 1. */
function wordFault({ instancePath, keyword, message, params }: Violation): string {
  const [, , index, ...path] = instancePath.split('/');
  const where = index === undefined ? '' : `stream ${Number(index) + 1}: `;
  const name = index === undefined && instancePath !== '' ? 'streams' : path.join('.');
  if (keyword === 'required') return `${where}${[...path, params['missingProperty']].join('.')} is missing`;
  if (keyword === 'enum') return `${where}${name} must be one of ${(params['allowedValues'] as string[]).join(', ')}`;
  return `${where}${name || 'it'} ${message}`;
}
