/** A file to load as a sync of its own: its rows as records, a configuration and a catalog for their stream alone. */
import { parseCatalog } from '../airbyte/catalog.ts';
import type { JsonObject } from '../airbyte/protocol.ts';
import { label } from '../airbyte/streams.ts';
import { parseConfig } from '../config/config.ts';
import type { Identity } from '../load/route.ts';
import type { FlowRun } from '../run_flow.ts';
import type { PlanFile } from '../settle/rejects/plan_file.ts';
import type { LoadFile } from './load_file.ts';

/** What `write` needs to load a file. */
export interface LoadSync {
  /** As in the file given with `--config`. */
  readonly settings: JsonObject;
  /** As in the file given with `--catalog`. */
  readonly catalog: JsonObject;
  readonly identity: Identity;
  /** Airbyte messages, a line each. */
  input(): AsyncIterable<Buffer>;
}

/** Settings that apply to the rows, as they stand in the file. */
const rowSettings = { load_unlisted_streams: false, deleted_rows: 'send' };
const modeOf = { INSERT: 'append', UPDATE: 'update', UPSERT: 'append_dedup' } as const;
const chunkLength = 65_536;

/**
 * Makes the sync of a file.
 * @param settings of the connection; may be wrong where a file is not concerned
 */
export function loadSync(file: LoadFile, settings: JsonObject): LoadSync {
  const { plan } = file;
  const { stream, object, operation, key_fields, null_text } = plan;
  const columns = file.fields.map((_, at) => `c${at}`);
  const entry = {
    ...answersOf(plan, settings),
    ...{ stream: stream.name, namespace: stream.namespace ?? '', object, operation, key_fields },
    fields: file.fields.map((field, at) => ({ column: columns[at], field })),
    // The file was checked for them.
    unreadable_values: 'send',
    ...routeOf(plan),
  };
  const { rejected_rows, values, ...others } = settings;
  return {
    settings: {
      ...{ ...others, ...rowSettings, streams: [entry], values: { null_text, ...separatorOf(plan, values) } },
      rejected_rows: rejectSettings((rejected_rows ?? {}) as JsonObject),
    },
    catalog: { streams: [streamOf(plan, columns)] },
    identity: identityOf(file),
    input: () => chunksOf(linesOf(file, columns)),
  };
}

/** @throws {TracedError} `config_invalid` */
export function flowOf({ settings, catalog, identity, input }: LoadSync): FlowRun {
  const config = parseConfig(JSON.stringify(settings));
  return { config, catalog: parseCatalog(JSON.stringify(catalog)), identity, input, isOfFile: true };
}

/** The settings of the entry of a plan's stream, as they came; undefined without an entry. */
export function entryOf({ stream: { name, namespace } }: PlanFile, settings: JsonObject): JsonObject | undefined {
  const stream = { name, namespace: namespace ?? '' };
  const entries = Array.isArray(settings['streams']) ? (settings['streams'] as readonly JsonObject[]) : [];
  return entries.find((each) => {
    const { stream: named, namespace: space = '' } = (each ?? {}) as { stream?: unknown; namespace?: unknown };
    return (named === name && (space === '' || space === stream.namespace)) || named === label(stream);
  });
}

/** The settings of an entry by which the rows go the way on which they were rejected. */
function routeOf({ adds_only, lookups, route }: PlanFile): object {
  if (route === undefined) return {};
  const found = lookups?.map(({ field, object, matchField, onNone, onSeveral }) => {
    return { field, object, match_field: matchField, on_none: onNone, on_several: onSeveral };
  });
  return { route, ...(adds_only && { operation: 'INSERT' }), ...(found && { lookups: found }) };
}

/** The object API takes lists apart that are one cell in the file. */
function separatorOf({ route }: PlanFile, values: unknown): object {
  const { list_separator } = (values ?? {}) as { list_separator?: unknown };
  return route === undefined || list_separator === undefined ? {} : { list_separator };
}

/** What the user has said about earlier jobs of an INSERT. */
function answersOf(plan: PlanFile, settings: JsonObject): object {
  const { checked_jobs, repeated_rows } = (plan.operation === 'INSERT' && entryOf(plan, settings)) || {};
  return { ...(checked_jobs !== undefined && { checked_jobs }), ...(repeated_rows !== undefined && { repeated_rows }) };
}

/** What a sync does besides loading its rows: waiting rows ride along, old files are removed. */
const besides: Readonly<Record<string, unknown>> = { retry: 'off', keep_days: 0 };

/** Nothing but the rows of the file is loaded, and a person decides what too many rejected ones are. */
function rejectSettings(given: JsonObject): JsonObject {
  const off = Object.keys(besides).filter((name) => given[name] !== undefined);
  return { ...given, fail_above_percent: 100, ...Object.fromEntries(off.map((name) => [name, besides[name]])) };
}

function streamOf({ stream: { name, namespace }, operation }: PlanFile, columns: readonly string[]): object {
  const properties = Object.fromEntries(columns.map((column) => [column, { type: ['null', 'string'] }]));
  return {
    stream: { name, ...(namespace !== null && { namespace }), json_schema: { type: 'object', properties } },
    // What earlier loads have sent counts, as in the syncs of an incremental stream.
    sync_mode: 'incremental',
    destination_sync_mode: modeOf[operation],
  };
}

/**
 * Every load of the file is an attempt of one run. A load that was killed may still be sending its rows: only as a
 * later attempt an INSERT waits until that is over. The other operations may send a row twice.
 */
function identityOf({ run, plan: { operation } }: LoadFile): Identity {
  return { run, attempt: operation === 'INSERT' ? 1 : 0 };
}

function* linesOf(file: LoadFile, columns: readonly string[]): Generator<string> {
  const { name, namespace } = file.plan.stream;
  const descriptor = { ...(namespace !== null && { namespace }) };
  // An absent value may have been written as an empty cell: it must not clear its field.
  const leavesEmpty = file.plan.route === 'object_api';
  for (const cells of file.cells()) {
    const data = Object.fromEntries(
      columns.map((column, at) => [column, cells[at]]).filter(([, cell]) => !leavesEmpty || (cell ?? '') !== ''),
    );
    yield JSON.stringify({ type: 'RECORD', record: { stream: name, ...descriptor, data, emitted_at: 0 } });
  }
  const status = { stream_descriptor: { name, ...descriptor }, status: 'COMPLETE' };
  yield JSON.stringify({ type: 'TRACE', trace: { type: 'STREAM_STATUS', emitted_at: 0, stream_status: status } });
}

async function* chunksOf(lines: Iterable<string>): AsyncGenerator<Buffer> {
  let text = '';
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < chunkLength) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}
