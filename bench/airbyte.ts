/** The catalog and the settings of a connection that loads the benchmark's streams. */
import type { ConfiguredCatalog } from '../src/airbyte/catalog.ts';
import type { Configuration } from '../src/config/types.ts';
import type { Operation } from '../src/model.ts';
import type { BenchStream } from './task.ts';

/** The configured catalog, every column of any type. */
export function catalogOf(streams: readonly BenchStream[], operation: Operation): ConfiguredCatalog {
  const type = ['null', 'string', 'number', 'boolean', 'array'];
  const isInsert = operation === 'INSERT';
  return {
    isClear: false,
    streams: streams.map(({ name, columns, keys }) => ({
      stream: {
        name,
        namespace: 'warehouse',
        json_schema: {
          type: 'object',
          properties: Object.fromEntries(columns.map((column) => [column.name, { type }])),
        },
        supported_sync_modes: ['full_refresh', 'incremental'],
      },
      sync_mode: 'full_refresh',
      destination_sync_mode: isInsert ? 'append' : 'append_dedup',
      primary_key: keys.map((key) => [key]),
    })),
  };
}

/** The settings that map each stream to an object with its own name. */
export function mappingOf(
  streams: readonly BenchStream[],
  operation: Operation,
): Pick<Configuration, 'streams' | 'load_unlisted_streams'> {
  return {
    load_unlisted_streams: false,
    streams: streams.map(({ name }) => ({
      ...{ stream: name, namespace: '', object: `${name}__gc`, operation },
      ...{ key_fields: [], fields: [], fields_text: '', naming: 'as_is', send_other_columns: false, load_after: [] },
      ...{ latest_by: 'arrival', absent_columns: 'blank', unreadable_values: 'reject' },
      ...{ repeated_rows: 'stop', checked_jobs: [], route: 'bulk_api', lookups: [] },
    })),
  };
}

/** A state of the stream, including its line feed. */
export function stateLine(stream: string, id: number): string {
  const state = `{"stream_descriptor":{"name":"${stream}","namespace":"warehouse"},"stream_state":{"cursor":${id}}}`;
  return `{"type":"STATE","state":{"type":"STREAM","stream":${state},"id":${id}}}\n`;
}

/** The status COMPLETE of the stream, including its line feed. */
export function completeLine(stream: string): string {
  const status = `{"stream_descriptor":{"name":"${stream}","namespace":"warehouse"},"status":"COMPLETE"}`;
  return `{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":1767603600000,"stream_status":${status}}}\n`;
}

/** The settings of a whole sync against a sandbox that counts no calls. */
export function settingsOf(streams: readonly BenchStream[], operation: Operation, url: string): object {
  return {
    domain: 'bench',
    access_key: 'key',
    api_base_url: url,
    ...mappingOf(streams, operation),
    quota: { calls_per_hour: 1_000_000, calls_per_day: 1_000_000 },
    polling: { list_lag_seconds: 0 },
  };
}
