/** Maps streams to objects: object, operation, keys, columns. Finds what cannot work before any record is read. */
import type { ConfiguredCatalog } from '../airbyte/catalog.ts';
import { numbered } from '../airbyte/config_schema.ts';
import { type JsonSchema, membersOf, orderOf } from '../airbyte/json_schema.ts';
import type { ConfiguredAirbyteStream, StreamDescriptor } from '../airbyte/protocol.ts';
import { SharedValues } from '../airbyte/shared_values.ts';
import { label } from '../airbyte/streams.ts';
import type { Configuration, StreamEntry } from '../config/types.ts';
import { ConnectorError } from '../errors.ts';
import { formatOperation } from '../format.ts';
import type { Column, CursorColumn, Lookup, Plan } from '../model.ts';
import { nameList } from '../names.ts';
import { type ChosenColumns, columnsOf, keyColumnsOf, leftOutOf, type ReportFault, schemaAt } from './columns.ts';
import { isExcluded } from './excluded_objects.ts';
import { crossedFields, nameFault } from './faults.ts';
import { orderStreams } from './load_order.ts';
import { mostSuggestions } from './name_match.ts';
import { hasKeys, keysText, mostObjectKeys, usesObjectApi } from './route_faults.ts';
import { unorderedNotes } from './shared_objects.ts';
import { isMapped, matchEntries, unlistedEntry, warnOfPrecedence } from './stream_entries.ts';
import { hintFor, type IdleEntries, unlisted } from './unlisted_streams.ts';

/** One plan per stream of the catalog, in its order, and messages for the user. */
export interface Plans {
  readonly plans: readonly Plan[];
  /** Streams whose mapping does not fit the catalog, so that they cannot be loaded. */
  readonly broken: readonly BrokenMapping[];
  readonly warnings: readonly string[];
  /** Worth a line in the log, but not a warning. */
  readonly notes: readonly string[];
}

/** A stream that cannot be loaded, and all that is wrong with it. */
export interface BrokenMapping {
  /** Names the stream, its place in the load order and, as far as they are known, its object and fields. */
  readonly plan: Plan;
  readonly faults: readonly ConnectorError[];
}

type Mapping = Pick<Configuration, 'streams' | 'load_unlisted_streams'>;

/**
 * Plans the sync. A Clear has no plan.
 * @throws {ConnectorError} `overwrite_mixed`: which streams the connection is to overwrite is for its owner to decide
 * before any is loaded
 */
export function makePlans(catalog: ConfiguredCatalog, config: Mapping): Plans {
  if (catalog.isClear) return { plans: [], broken: [], warnings: [], notes: [] };
  refuseOverwrite(catalog.streams);
  const names = catalog.streams.map(({ stream }) => stream);
  const match = matchEntries(names, config.streams);
  const hints: string[] = [];
  let without = 0;
  const entries = catalog.streams.map((stream, id) => {
    const entry = match.entries[id];
    if (entry || isMapped(stream)) return entry ?? unlistedEntry(stream);
    const idle = without++ < mostSuggestions ? match.idle : [];
    if (!config.load_unlisted_streams) return unlisted(nameOf(stream), idle);
    const hint = hintFor(nameOf(stream), idle);
    if (hint !== undefined) hints.push(`${hint}.`);
    return unlistedEntry(stream);
  });
  const order = orderStreams(
    names,
    entries.map((entry) => (entry instanceof ConnectorError ? [] : entry.load_after)),
  );
  const shared = new SharedValues();
  const made = catalog.streams.map((stream, id) => {
    const entry = entries[id] as StreamEntry | ConnectorError;
    const place = { id, parents: shared.of(order.parents[id] ?? []), shared };
    const cyclic = order.cyclic.get(id);
    if (!(entry instanceof ConnectorError)) return makePlan(place, stream, entry, cyclic ? [cyclic] : []);
    return { ...makePlan(place, stream, unlistedEntry(stream)), faults: [entry], warnings: [], notes: [] };
  });
  const plans = made.map(({ plan }) => plan);
  return {
    plans,
    broken: made.filter(({ faults }) => faults.length > 0),
    warnings: [...ignored(match.idle, order.unknown), ...hints, ...made.flatMap(({ warnings }) => warnings)],
    notes: [...made.flatMap(({ notes }) => notes), ...unorderedNotes(plans)],
  };
}

/** @param found what is wrong with the stream besides its columns and keys */
function makePlan(
  { id, parents, shared }: Pick<Plan, 'id' | 'parents'> & { readonly shared: SharedValues },
  configured: ConfiguredAirbyteStream,
  entry: StreamEntry,
  found: readonly ConnectorError[] = [],
): BrokenMapping & Omit<ChosenColumns, 'columns'> {
  const { json_schema } = configured.stream;
  const stream = nameOf(configured);
  const faults = [...found];
  const report: ReportFault = (fault) => faults.push(fault);
  // That of an entry is checked before; this one may be the connection's.
  const fault = nameFault(entry.object);
  if (fault !== undefined) report(new ConnectorError('object_unusable', { stream: label(stream), fault }, { stream }));
  const chosen = columnsOf(stream, json_schema, entry, report);
  const { warnings, notes } = chosen;
  const columns = shared.of(chosen.columns);
  const keyColumns = keysOf(stream, configured, { ...entry, columns }, report);
  const latestBy = latestByOf(stream, configured, entry, report);
  const unmatchedKey = unmatchedKeyOf(keyColumns, columns, primaryKeyOf(configured));
  const addsOnly = entry.operation === 'INSERT' && entry.route === 'object_api';
  const lookups = lookupsOf(stream, entry, columns, report);
  const plan: Plan = {
    id,
    stream,
    label: label(stream),
    object: entry.object,
    operation: addsOnly ? 'UPSERT' : entry.operation,
    columns,
    ...oftenEqual(json_schema, columns, keyColumns, entry, shared),
    incremental: configured.sync_mode === 'incremental',
    ...(unmatchedKey !== undefined && { unmatchedKey }),
    ...(latestBy && { latestBy }),
    ...(entry.absent_columns === 'leave_out' && { absentColumns: entry.absent_columns }),
    ...(entry.unreadable_values !== 'reject' && { unreadableValues: entry.unreadable_values }),
    generation: configured.generation_id,
    sendsRepeated: entry.repeated_rows === 'send',
    ...(entry.route !== 'bulk_api' && { route: entry.route }),
    ...(addsOnly && { addsOnly }),
    ...(lookups.length > 0 && { lookups }),
    parents,
  };
  if (faults.length > 0) return { plan, faults, warnings: [], notes: [] };
  const overruled = warnOfPrecedence(plan, configured, primaryKeyOf(configured));
  const crossed = crossedFields(entry).map(({ name, text }) => `${name} of ${plan.label} ${text}.`);
  return { plan, faults, warnings: [...overruled, ...warningsOf(plan, configured), ...crossed, ...warnings], notes };
}

/** Parts of a plan that many plans have alike. */
function oftenEqual(
  schema: JsonSchema,
  columns: Plan['columns'],
  keyColumns: readonly number[],
  { checked_jobs }: StreamEntry,
  shared: SharedValues,
) {
  const leftOut = leftOutOf(schema, columns);
  const checkedJobs = new Map(checked_jobs.map(({ job, loaded }) => [job, loaded]));
  return {
    keyFields: shared.of(keyColumns.map((position) => columns[position]?.field as string)),
    keyColumns: shared.of(keyColumns),
    leftOut: shared.of(leftOut, `left out ${JSON.stringify([...leftOut])}`),
    checkedJobs: shared.of(checkedJobs, `checked jobs ${JSON.stringify(checked_jobs)}`),
  };
}

/** One error for all streams whose mapping is broken: the only fault itself, or all of them, numbered. */
export function brokenError(broken: readonly BrokenMapping[]): ConnectorError {
  const faults = broken.flatMap((each) => each.faults);
  const texts = [...new Set(faults.map(({ message }) => message.replace(/\.$/, '')))];
  const [first] = faults;
  if (first && texts.length === 1) return first;
  const stream = broken.length === 1 ? broken[0]?.plan.stream : undefined;
  return new ConnectorError('mapping_broken', { detail: numbered(texts) }, { stream, faults: texts });
}

/** @param report called with `latest_by_unusable` if the stream's cursor does not define an order of its rows */
function latestByOf(
  stream: StreamDescriptor,
  { cursor_field, stream: { source_defined_cursor, default_cursor_field, json_schema } }: ConfiguredAirbyteStream,
  { latest_by, operation }: StreamEntry,
  report: ReportFault,
): CursorColumn | undefined {
  if (latest_by !== 'cursor') return undefined;
  const refuse = (detail: string): undefined =>
    void report(new ConnectorError('latest_by_unusable', { stream: label(stream), detail }, { stream }));
  if (operation === 'INSERT') return refuse('INSERT adds every row, so that none is kept in place of another');
  if (source_defined_cursor) return refuse('the source defines its cursor, and does not say how it is ordered');
  const path = [cursor_field, default_cursor_field].find((each) => each !== undefined && each.length > 0);
  if (path === undefined) return refuse('the connection names none');
  const schema = schemaAt(membersOf(json_schema).get(path[0] as string), path.slice(1));
  const kind = schema && orderOf(schema);
  if (kind === undefined)
    return refuse(`its column ${nameList([path.join('.')])} is neither of numbers nor of date-times in the schema`);
  return { path, kind };
}

function nameOf({ stream: { name, namespace } }: ConfiguredAirbyteStream): StreamDescriptor {
  return namespace === undefined ? { name } : { name, namespace };
}

/** INSERT has no keys, whatever the catalog says; UPSERT and UPDATE could not find their rows without. */
function keysOf(
  stream: StreamDescriptor,
  configured: ConfiguredAirbyteStream,
  { operation, key_fields, route, columns }: StreamEntry & Pick<Plan, 'columns'>,
  report: ReportFault,
): number[] {
  if (!hasKeys({ operation, route })) return [];
  const primaryKey = primaryKeyOf(configured);
  if (key_fields.length === 0 && primaryKey.length === 0) {
    report(new ConnectorError('keys_missing', { stream: label(stream), operation }, { stream }));
  }
  const found = keyColumnsOf(stream, columns, key_fields, primaryKey, report);
  // The key fields of an entry are checked before; these are the connection's.
  if (usesObjectApi({ route }) && found.length > mostObjectKeys) {
    const detail = `the primary key of the stream ${label(stream)} ${keysText(found.length)}`;
    report(new ConnectorError('config_invalid', { detail }, { stream }));
  }
  return found;
}

/** @param report called with `config_invalid` for a field to which no column goes */
function lookupsOf(
  stream: StreamDescriptor,
  { lookups }: StreamEntry,
  columns: readonly Column[],
  report: ReportFault,
): readonly Lookup[] {
  const sent = new Set(columns.map(({ field }) => field));
  return lookups.map(({ field, object, match_field: matchField, on_none: onNone, on_several: onSeveral }) => {
    const detail = `no column of the stream ${label(stream)} goes to ${nameList([field])}, a field of its Lookups`;
    if (!sent.has(field)) report(new ConnectorError('config_invalid', { detail }, { stream }));
    return { field, object, matchField, onNone, onSeveral };
  });
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

function ignored(idle: IdleEntries, unknown: readonly string[]): string[] {
  const entries = idle.map(({ entry: { stream, namespace } }) => label({ name: stream, namespace }));
  const parts = [
    ...(entries.length > 0 ? [`the entries ${entries.join(', ')} of "Streams"`] : []),
    ...(unknown.length > 0 ? [`the names ${unknown.join(', ')} in "Load After"`] : []),
  ];
  return parts.length > 0 ? [`Ignored, because this connection selects no such stream: ${parts.join(' and ')}.`] : [];
}

function warningsOf(plan: Plan, { destination_sync_mode }: ConfiguredAirbyteStream): string[] {
  const warnings: string[] = [];
  if (plan.keyFields.length > 3 && !plan.route) {
    warnings.push(
      `Stream ${plan.label} has ${plan.keyFields.length} key fields (${plan.keyFields.join(', ')}); Gainsight documents three at most.`,
    );
  }
  if (isExcluded(plan.object)) {
    warnings.push(
      plan.route === 'object_api'
        ? `Stream ${plan.label} goes to ${plan.object} by the object API, which Gainsight documents for Company, Relationship and custom objects: its records may be refused.`
        : `Stream ${plan.label} goes to ${plan.object}, which Gainsight's own bulk import excludes: its files may be refused.`,
    );
  }
  if (plan.operation === 'INSERT' && destination_sync_mode === 'append_dedup') {
    warnings.push(
      `Stream ${plan.label} is set to "Append + Deduped" and loaded by INSERT, which adds every row again and removes no duplicates.`,
    );
  }
  if (plan.operation !== 'UPDATE' && destination_sync_mode === 'update') {
    warnings.push(
      `Stream ${plan.label} is set to "Update" and loaded by ${formatOperation(plan)}, which also adds rows: choose the operation UPDATE to change existing rows only.`,
    );
  }
  if (plan.operation !== 'INSERT' && (plan.sendsRepeated || (plan.checkedJobs?.size ?? 0) > 0)) {
    const settings = [plan.sendsRepeated && '"Repeated Rows"', plan.checkedJobs?.size && '"Checked Jobs"'];
    warnings.push(
      `Stream ${plan.label} is loaded by ${formatOperation(plan)}: ${settings.filter(Boolean).join(' and ')} of its entry has an effect on INSERT${plan.addsOnly ? ' by files' : ''} only.`,
    );
  }
  if (plan.route === 'object_api' && plan.absentColumns === 'leave_out') {
    warnings.push(
      `Stream ${plan.label} is loaded by the object API: "Absent Columns" of its entry has no effect there, as a field that a record does not have stays as it is.`,
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
