/** The configured catalog: which streams the connection selects, and what their schemas say of their columns. */
import { Ajv, type ErrorObject } from 'ajv';
import { parseJson, readText } from './json_file.ts';
import type { JsonSchema } from './json_schema.ts';
import type { DestinationSyncMode, StreamDescriptor } from './protocol.ts';
import { label, streamKey } from './streams.ts';
import { sharedError, type TracedError } from './traced_error.ts';

/** How the source reads a stream. */
export type SyncMode = 'full_refresh' | 'incremental';

/** Overwrite comes with Airbyte's Clear, although `spec` does not offer it. */
type OfferedSyncMode = Extract<DestinationSyncMode, 'append' | 'append_dedup' | 'overwrite'>;

/** A stream of the source. */
export interface AirbyteStream extends StreamDescriptor {
  readonly json_schema: JsonSchema;
  /** Paths of the fields that the source itself takes for the key. */
  readonly source_defined_primary_key?: readonly (readonly string[])[] | undefined;
  /** The source itself chooses what it resumes by, and says nothing of its order. */
  readonly source_defined_cursor?: boolean | undefined;
  readonly default_cursor_field?: readonly string[] | undefined;
}

/** A stream as the connection has set it up. */
export interface ConfiguredAirbyteStream {
  readonly stream: AirbyteStream;
  readonly sync_mode: SyncMode;
  /** The protocol's other modes are refused here. */
  readonly destination_sync_mode: OfferedSyncMode;
  /** Paths of the fields that the connection takes for the key. */
  readonly primary_key?: readonly (readonly string[])[] | undefined;
  readonly destination_object_name?: string | undefined;
  /** Path of the field by which the source resumes. */
  readonly cursor_field?: readonly string[] | undefined;
  /** Counted up by the platform when the stream is refreshed or cleared. */
  readonly generation_id?: number | undefined;
}

/** The streams that the connection selects. */
export interface ConfiguredAirbyteCatalog {
  readonly streams: readonly ConfiguredAirbyteStream[];
}

/** A catalog that is fit to be worked with. */
export interface ConfiguredCatalog extends ConfiguredAirbyteCatalog {
  /** Every stream is set to overwrite, which is Airbyte's Clear: states pass, and nothing is to be loaded. */
  readonly isClear: boolean;
}

/**
 * Reads and checks the file given with `--catalog`.
 * @throws {TracedError} `catalog_unreadable`, `catalog_invalid`
 */
export async function readCatalog(path: string): Promise<ConfiguredCatalog> {
  return parseCatalog(await readText(path, 'catalog_unreadable'));
}

/**
 * Checks the text of a configured catalog. Fields that are not needed here are ignored.
 * @throws {TracedError} `catalog_unreadable`, `catalog_invalid`
 */
export function parseCatalog(text: string): ConfiguredCatalog {
  const value = parseJson(text, 'catalog_unreadable');
  if (!validate(value)) throw invalid((validate.errors ?? []).slice(0, 10).map(wordFault).join('; '));
  const streams = value.streams.map(clean);
  refuseTwins(streams);
  const isClear = streams.length > 0 && streams.every((stream) => stream.destination_sync_mode === 'overwrite');
  return { streams, isClear };
}

function invalid(detail: string): TracedError {
  return sharedError('catalog_invalid', { detail });
}

function refuseTwins(streams: readonly ConfiguredAirbyteStream[]): void {
  const seen = new Set<string>();
  for (const { stream } of streams) {
    const identity = streamKey(stream);
    if (seen.has(identity)) throw invalid(`it selects the stream ${label(stream)} twice`);
    seen.add(identity);
  }
}

/** A stream as it may be written: a missing value as null. */
interface WrittenStream {
  stream: {
    name: string;
    namespace?: string | null;
    json_schema?: JsonSchema | null;
    source_defined_primary_key?: string[][] | null;
    source_defined_cursor?: boolean | null;
    default_cursor_field?: string[] | null;
  };
  sync_mode: SyncMode;
  destination_sync_mode: OfferedSyncMode | 'overwrite_dedup';
  primary_key?: string[][] | null;
  destination_object_name?: string | null;
  cursor_field?: string[] | null;
  generation_id?: number | null;
}

function clean(written: WrittenStream): ConfiguredAirbyteStream {
  const { stream, sync_mode, destination_sync_mode: mode } = written;
  return {
    stream: {
      name: stream.name,
      namespace: stream.namespace ?? undefined,
      json_schema: stream.json_schema ?? {},
      source_defined_primary_key: stream.source_defined_primary_key ?? undefined,
      source_defined_cursor: stream.source_defined_cursor ?? undefined,
      default_cursor_field: stream.default_cursor_field ?? undefined,
    },
    sync_mode,
    destination_sync_mode: mode === 'overwrite_dedup' ? 'overwrite' : mode,
    primary_key: written.primary_key ?? undefined,
    destination_object_name: written.destination_object_name ?? undefined,
    cursor_field: written.cursor_field ?? undefined,
    generation_id: written.generation_id ?? undefined,
  };
}

const text = { type: 'string' } as const;
const path = { type: 'array', nullable: true, items: text } as const;
const paths = { type: 'array', nullable: true, items: { type: 'array', items: text } } as const;
// Our own schemas need no check by the schema of schemas, which takes longer to compile than they do.
const validate = new Ajv({ allErrors: true, strict: true, meta: false, validateSchema: false }).compile<{
  streams: WrittenStream[];
}>({
  type: 'object',
  required: ['streams'],
  properties: {
    streams: {
      type: 'array',
      items: {
        type: 'object',
        required: ['stream', 'sync_mode', 'destination_sync_mode'],
        properties: {
          stream: {
            type: 'object',
            required: ['name'],
            properties: {
              name: { ...text, minLength: 1 },
              namespace: { ...text, nullable: true },
              json_schema: { type: 'object', nullable: true },
              source_defined_primary_key: paths,
              source_defined_cursor: { type: 'boolean', nullable: true },
              default_cursor_field: path,
            },
          },
          sync_mode: { enum: ['full_refresh', 'incremental'] },
          destination_sync_mode: { enum: ['append', 'append_dedup', 'overwrite', 'overwrite_dedup'] },
          primary_key: paths,
          destination_object_name: { ...text, nullable: true },
          cursor_field: path,
          generation_id: { type: 'integer', nullable: true },
        },
      },
    },
  },
});

/** `stream 3: sync_mode is missing`; streams are counted from 1. */
function wordFault({ instancePath, keyword, message, params }: ErrorObject): string {
  const [, , index, ...path] = instancePath.split('/');
  const where = index === undefined ? '' : `stream ${Number(index) + 1}: `;
  const name = index === undefined && instancePath !== '' ? 'streams' : path.join('.');
  if (keyword === 'required') return `${where}${[...path, params['missingProperty']].join('.')} is missing`;
  if (keyword === 'enum') return `${where}${name} must be one of ${params['allowedValues'].join(', ')}`;
  return `${where}${name || 'it'} ${message}`;
}
