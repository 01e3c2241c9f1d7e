/** Maps streams to objects: object, operation, keys, columns. Rejects what cannot work before any record is read. */
import type { ConfiguredCatalog } from '../airbyte/catalog.ts';
import { membersOf, orderOf } from '../airbyte/json_schema.ts';
import type { ConfiguredAirbyteStream, StreamDescriptor } from '../airbyte/protocol.ts';
import { label } from '../airbyte/streams.ts';
import type { Configuration, StreamEntry } from '../config/types.ts';
import { ConnectorError } from '../errors.ts';
import type { Column, CursorColumn, Plan } from '../model.ts';
import { nameList } from '../names.ts';
import { type ChosenColumns, columnsOf, keyColumnsOf, leftOutOf, schemaAt } from './columns.ts';
import { orderStreams } from './load_order.ts';
import { unorderedNotes } from './shared_objects.ts';
import { matchEntries, refuseUnlisted, unlistedEntry } from './stream_entries.ts';

/** One plan per stream of the catalog, in its order, and messages for the user. */
export interface Plans {
  readonly plans: readonly Plan[];
  readonly warnings: readonly string[];
  /** Worth a line in the log, but not a warning. */
  readonly notes: readonly string[];
}

type Mapping = Pick<Configuration, 'streams' | 'load_unlisted_streams'>;

/**
 * Plans the sync. A Clear has no plan.
 * @throws {ConnectorError} of type `config_error` if catalog and configuration do not fit together
 */
export function makePlans(catalog: ConfiguredCatalog, config: Mapping): Plans {
  if (catalog.isClear) return { plans: [], warnings: [], notes: [] };
  refuseOverwrite(catalog.streams);
  const names = catalog.streams.map(({ stream }) => stream);
  const match = matchEntries(names, config.streams);
  if (!config.load_unlisted_streams) refuseUnlisted(names.filter((_, id) => match.entries[id] === undefined));
  const entries = catalog.streams.map((stream, id) => match.entries[id] ?? unlistedEntry(stream));
  const order = orderStreams(
    names,
    entries.map(({ load_after }) => load_after),
  );
  const made = catalog.streams.map((stream, id) =>
    makePlan(id, stream, entries[id] as StreamEntry, order.parents[id] ?? []),
  );
  const plans = made.map(({ plan }) => plan);
  return {
    plans,
    warnings: [...ignored(match.idle, order.unknown), ...made.flatMap(({ warnings }) => warnings)],
    notes: [...made.flatMap(({ notes }) => notes), ...unorderedNotes(plans)],
  };
}

function makePlan(
  id: number,
  configured: ConfiguredAirbyteStream,
  entry: StreamEntry,
  parents: readonly number[],
): { plan: Plan } & Omit<ChosenColumns, 'columns'> {
  const { json_schema } = configured.stream;
  const stream = nameOf(configured);
  const { columns, warnings, notes } = columnsOf(stream, json_schema, entry);
  const keyColumns = keysOf(stream, configured, entry, columns);
  const latestBy = latestByOf(stream, configured, entry);
  const unmatchedKey = unmatchedKeyOf(keyColumns, columns, primaryKeyOf(configured));
  const plan: Plan = {
    id,
    stream,
    label: label(stream),
    object: entry.object,
    operation: entry.operation,
    keyFields: keyColumns.map((position) => columns[position]?.field as string),
    keyColumns,
    columns,
    leftOut: leftOutOf(json_schema, columns),
    incremental: configured.sync_mode === 'incremental',
    ...(unmatchedKey !== undefined && { unmatchedKey }),
    ...(latestBy && { latestBy }),
    ...(entry.absent_columns === 'leave_out' && { absentColumns: entry.absent_columns }),
    ...(entry.unreadable_values !== 'reject' && { unreadableValues: entry.unreadable_values }),
    generation: configured.generation_id,
    sendsRepeated: entry.repeated_rows === 'send',
    checkedJobs: new Map(entry.checked_jobs.map(({ job, loaded }) => [job, loaded])),
    parents,
  };
  return { plan, warnings: [...warningsOf(plan, configured), ...warnings], notes };
}

/** @throws {ConnectorError} `latest_by_unusable` if the stream's cursor does not define an order of its rows */
function latestByOf(
  stream: StreamDescriptor,
  { cursor_field, stream: { source_defined_cursor, default_cursor_field, json_schema } }: ConfiguredAirbyteStream,
  { latest_by, operation }: StreamEntry,
): CursorColumn | undefined {
  if (latest_by !== 'cursor') return undefined;
  const refuse = (detail: string) =>
    new ConnectorError('latest_by_unusable', { stream: label(stream), detail }, { stream });
  if (operation === 'INSERT') throw refuse('INSERT adds every row, so that none is kept in place of another');
  if (source_defined_cursor) throw refuse('the source defines its cursor, and does not say how it is ordered');
  const path = [cursor_field, default_cursor_field].find((each) => each !== undefined && each.length > 0);
  if (path === undefined) throw refuse('the connection names none');
  const schema = schemaAt(membersOf(json_schema).get(path[0] as string), path.slice(1));
  const kind = schema && orderOf(schema);
  if (kind === undefined)
    throw refuse(`its column ${nameList([path.join('.')])} is neither of numbers nor of date-times in the schema`);
  return { path, kind };
}

function nameOf({ stream: { name, namespace } }: ConfiguredAirbyteStream): StreamDescriptor {
  return namespace === undefined ? { name } : { name, namespace };
}

/** INSERT has no keys, whatever the catalog says; UPSERT and UPDATE could not find their rows without. */
function keysOf(
  stream: StreamDescriptor,
  configured: ConfiguredAirbyteStream,
  { operation, key_fields }: StreamEntry,
  columns: Plan['columns'],
): number[] {
  if (operation === 'INSERT') return [];
  const primaryKey = primaryKeyOf(configured);
  if (key_fields.length === 0 && primaryKey.length === 0) {
    throw new ConnectorError('keys_missing', { stream: label(stream), operation }, { stream });
  }
  return keyColumnsOf(stream, columns, key_fields, primaryKey);
}

/** For the sync mode "Append" the form asks for no primary key; the catalog then contains only the source's own. */
function primaryKeyOf({ primary_key, stream }: ConfiguredAirbyteStream): (readonly string[])[] {
  const chosen = (primary_key ?? []).filter((path) => path.length > 0);
  return chosen.length > 0 ? chosen : (stream.source_defined_primary_key ?? []).filter((path) => path.length > 0);
}

/** If all streams are set to overwrite, this is Airbyte's Clear; single ones are not supported. */
function refuseOverwrite(streams: readonly ConfiguredAirbyteStream[]): void {
  const overwritten = streams.filter((stream) => stream.destination_sync_mode === 'overwrite');
  if (overwritten.length === 0) return;
  const [first] = overwritten;
  const details = { streams: overwritten.map(({ stream }) => label(stream)).join(', ') };
  const stream = first && overwritten.length === 1 ? nameOf(first) : undefined;
  throw new ConnectorError('overwrite_mixed', details, { stream });
}

function ignored(idle: readonly StreamEntry[], unknown: readonly string[]): string[] {
  const entries = idle.map(({ stream, namespace }) => label({ name: stream, namespace }));
  const parts = [
    ...(entries.length > 0 ? [`the entries ${entries.join(', ')} of "Streams"`] : []),
    ...(unknown.length > 0 ? [`the names ${unknown.join(', ')} in "Load After"`] : []),
  ];
  return parts.length > 0 ? [`Ignored, because this connection selects no such stream: ${parts.join(' and ')}.`] : [];
}

/** Objects excluded from Gainsight's own bulk import, without spaces, underscores and capitals. */
const excluded = new Set(['user', 'gsuser', 'person', 'companyperson', 'relationshipperson']);

function warningsOf(plan: Plan, { destination_sync_mode }: ConfiguredAirbyteStream): string[] {
  const warnings: string[] = [];
  if (plan.keyFields.length > 3) {
    warnings.push(
      `Stream ${plan.label} has ${plan.keyFields.length} key fields (${plan.keyFields.join(', ')}); Gainsight documents three at most.`,
    );
  }
  if (excluded.has(plan.object.toLowerCase().replace(/[^a-z0-9]/g, ''))) {
    warnings.push(
      `Stream ${plan.label} goes to ${plan.object}, which Gainsight's own bulk import excludes: its files may be refused.`,
    );
  }
  if (plan.operation === 'INSERT' && destination_sync_mode === 'append_dedup') {
    warnings.push(
      `Stream ${plan.label} is set to "Append + Deduped" and loaded by INSERT, which adds every row again and removes no duplicates.`,
    );
  }
  if (plan.operation !== 'INSERT' && (plan.sendsRepeated || (plan.checkedJobs?.size ?? 0) > 0)) {
    const settings = [plan.sendsRepeated && '"Repeated Rows"', plan.checkedJobs?.size && '"Checked Jobs"'];
    warnings.push(
      `Stream ${plan.label} is loaded by ${plan.operation}: ${settings.filter(Boolean).join(' and ')} of its entry has an effect on INSERT only.`,
    );
  }
  return warnings;
}

/** The primary key, if different rows by that key may have the same key in Gainsight. */
function unmatchedKeyOf(
  keyColumns: readonly number[],
  columns: readonly Column[],
  primaryKey: readonly (readonly string[])[],
): string | undefined {
  const paths = new Set(keyColumns.map((column) => JSON.stringify(columns[column]?.path)));
  const isMatched = keyColumns.length === 0 || primaryKey.every((path) => paths.has(JSON.stringify(path)));
  return isMatched ? undefined : primaryKey.map((path) => path.join('.')).join(', ');
}
