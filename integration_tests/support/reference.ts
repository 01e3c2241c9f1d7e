/** The simple reference: the rows that an input must result in, computed record by record from the documented rules. */
import { parseCatalog } from '../../src/airbyte/catalog.ts';
import type { ConfiguredAirbyteStream } from '../../src/airbyte/protocol.ts';
import { label } from '../../src/airbyte/streams.ts';
import type { Config } from '../../src/config/config.ts';
import type { StreamEntry } from '../../src/config/types.ts';
import type { Operation } from '../../src/model.ts';
import { type Json, readJson } from './json_text.ts';
import { type Cell, cellOf, csvBytes, type Written } from './reference_cells.ts';

/** Why a row is not in Gainsight: the field, and the beginning of the reason. */
export interface ReferenceReject {
  readonly field: string | null;
  readonly reason: string;
}

/** A record and what the connector does with it. */
export interface ReferenceRecord {
  readonly cells: readonly Cell[];
  readonly result: 'sent' | 'skipped' | 'rejected';
  /** For a skipped deletion with a key, this key: waiting rows with it are not sent. */
  readonly deletes?: string | undefined;
  readonly reject?: ReferenceReject | undefined;
  /** The fields whose columns it has, even as null. */
  readonly has: ReadonlySet<string>;
}

/** A stream with its records in order. */
export interface ReferenceStream {
  /** `namespace.name`, or the bare name. */
  readonly label: string;
  readonly object: string;
  readonly operation: Operation;
  /** The CSV header. */
  readonly fields: readonly string[];
  readonly keyFields: readonly string[];
  readonly parents: readonly string[];
  readonly maxBytes: number;
  readonly maxRows: number;
  /** Columns that no record had when the first file was closed are left out of the files. */
  readonly leavesOut: boolean;
  /** Order of two rows with the same key: the greater number is later; undefined: the second is. */
  readonly versions: number[] | undefined;
  readonly records: ReferenceRecord[];
  /** The source reported the stream as complete. */
  complete: boolean;
}

/** A state, and how many records came before it. */
export interface ReferenceState {
  readonly text: string;
  /** Its stream's label; `*`: all streams; undefined: a stream that the catalog lacks. */
  readonly scope: string | undefined;
  /** Records of each stream before it. */
  readonly before: ReadonlyMap<string, number>;
  /** Records of a stream that the catalog lacks may come before it. */
  readonly isLost: boolean;
}

export interface Reference {
  readonly streams: readonly ReferenceStream[];
  readonly states: readonly ReferenceState[];
}

interface Column {
  readonly path: readonly string[];
  readonly field: string;
  readonly isDateTime: boolean;
}

interface Stream extends ReferenceStream {
  readonly cursor: readonly string[];
  /** Values that the source did not read are sent as they come. */
  readonly sendsUnread: boolean;
  readonly descriptor: Descriptor;
  readonly columns: readonly Column[];
}

/** Reads an input. */
export function readInput(config: Config, catalogText: string, lines: readonly string[]): Reference {
  const { streams: configured, isClear } = parseCatalog(catalogText);
  const streams = new Map(
    (isClear ? [] : configured).map((each) => [label(each.stream), streamOf(each, configured, config)] as const),
  );
  const states: ReferenceState[] = [];
  // Names of streams that the catalog lacks but that had records.
  const lost = new Set<string>();
  for (const text of lines.filter((line) => line.trim() !== '')) {
    const message = members(readJson(text));
    const type = textOf(message?.get('type'));
    if (type === 'RECORD') takeRecord(members(message?.get('record')), streams, config, lost);
    if (type === 'TRACE') takeStatus(JSON.parse(text), streams);
    if (type !== 'STATE') continue;
    const before = new Map([...streams].map(([name, { records }]) => [name, records.length]));
    const state = JSON.parse(text).state;
    states.push({ text, scope: scopeOf(state, streams), before, isLost: isLost(state, lost) });
  }
  return { streams: [...streams.values()], states };
}

function streamOf(
  { stream, primary_key, destination_object_name, destination_sync_mode, cursor_field }: ConfiguredAirbyteStream,
  all: readonly ConfiguredAirbyteStream[],
  config: Config,
): Stream {
  const entry = entryOf(stream, all, config.streams);
  const { fields = [], key_fields = [], load_after = [], object = stream.name } = entry ?? {};
  const byMode = { append: 'INSERT', update: 'UPDATE' } as Readonly<Record<string, Operation>>;
  const operation = entry?.operation ?? ((destination_object_name && byMode[destination_sync_mode]) || 'UPSERT');
  const columns = columnsOf(stream.json_schema as Schema, fields, entry?.send_other_columns ?? false);
  const chosen = (primary_key ?? []).length > 0 ? primary_key : stream.source_defined_primary_key;
  const primary = (chosen ?? []).map((path) => columns.find((column) => column.path.join('\0') === path.join('\0')));
  const keyFields = key_fields.length > 0 ? key_fields : primary.map((column) => column?.field ?? 'no such column');
  return {
    ...{
      label: label(stream),
      descriptor: stream,
      object: entry ? object : destination_object_name || object,
      operation,
      columns,
    },
    fields: columns.map(({ field }) => field),
    keyFields: operation === 'INSERT' ? [] : keyFields,
    leavesOut: entry?.absent_columns === 'leave_out' && operation !== 'INSERT',
    versions: entry?.latest_by === 'cursor' ? [] : undefined,
    cursor: cursor_field ?? [],
    sendsUnread: entry?.unreadable_values === 'send',
    parents: all
      .filter(({ stream: other }) => [other.name, label(other)].some((name) => load_after.includes(name)))
      .map(({ stream: other }) => label(other)),
    maxBytes: config.files.max_bytes,
    maxRows: config.files.max_rows,
    records: [],
    complete: false,
  };
}

/**
 * Without a namespace an entry means the stream without one; if there is none, any with its name, or `namespace.name`.
 */
function entryOf(
  stream: Descriptor,
  all: readonly ConfiguredAirbyteStream[],
  entries: readonly StreamEntry[],
): StreamEntry | undefined {
  const own = stream.namespace ?? '';
  const hasTwin = all.some(({ stream: { name, namespace } }) => name === stream.name && !namespace);
  const names = [own && `${own}.${stream.name}`, hasTwin ? '' : stream.name];
  return (
    entries.find((each) => each.stream === stream.name && each.namespace === own) ??
    entries.find((each) => each.namespace === '' && names.includes(each.stream))
  );
}

interface Schema extends Typed {
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The named columns, then, if the entry names none or asks for them, the others of the schema. */
function columnsOf(schema: Schema, named: StreamEntry['fields'], others: boolean): Column[] {
  const properties = schema.properties ?? {};
  const columns = named.map(({ column, field }) => {
    const path = pathOf(column, Object.keys(properties));
    const found = path.reduce<Schema | undefined>((level, name) => level?.properties?.[name], schema);
    return { path, field, isDateTime: found !== undefined && isDate(found) };
  });
  if (named.length > 0 && !others) return columns;
  const taken = new Set(columns.map(({ path }) => path[0]));
  const rest = Object.entries(properties).filter(
    ([name]) => !taken.has(name) && !/^_ab_|^_airbyte_/.test(name) && name !== '',
  );
  return [...columns, ...rest.map(([name, member]) => ({ path: [name], field: name, isDateTime: isDate(member) }))];
}

function isDate({ format, airbyte_type: type }: Typed): boolean {
  return format === 'date-time' || (format === undefined && `${type}`.startsWith('timestamp_'));
}

interface Typed {
  readonly format?: string;
  readonly airbyte_type?: string;
}

/** An exact column name; a path, in which `\\.` is a dot of a name; or a similar name. */
function pathOf(column: string, names: readonly string[]): string[] {
  if (names.includes(column)) return [column];
  const [first = '', ...inner] = column
    .replaceAll('\\.', '\0')
    .split('.')
    .map((name) => name.replaceAll('\0', '.'));
  if (names.includes(first)) return [first, ...inner];
  const alike = (text: string) => names.find((name) => name.trim().toLowerCase() === text.trim().toLowerCase());
  const whole = alike(column);
  return whole === undefined ? [alike(first) ?? first, ...inner] : [whole];
}

function takeRecord(
  record: ReadonlyMap<string, Json> | undefined,
  streams: Map<string, Stream>,
  config: Config,
  lost: Set<string>,
): void {
  const name = textOf(record?.get('stream')) ?? '';
  const stream = named({ name, namespace: textOf(record?.get('namespace')) }, streams);
  const data = record?.get('data');
  if (!stream) lost.add(name.toLowerCase());
  if (!stream || !data) return;
  const deletedAt = members(data)?.get('_ab_cdc_deleted_at');
  const written = stream.columns.map(({ path, isDateTime }) => cellOf(valueAt(data, path), isDateTime, config.values));
  const cells = written.map(({ cell }) => cell);
  const has = new Set(stream.columns.filter(({ path }) => valueAt(data, path) !== undefined).map(({ field }) => field));
  stream.versions?.push(versionOf(valueAt(data, stream.cursor)));
  const isDeleted = deletedAt !== undefined && deletedAt.text !== 'null';
  if (isDeleted && config.deleted_rows === 'skip') {
    const deletes = stream.operation === 'INSERT' || keyless(stream, written) ? undefined : keyTextOf(stream, cells);
    return void stream.records.push({ cells, has, result: 'skipped', deletes });
  }
  const { changes = [] }: { changes?: Change[] } = JSON.parse(record?.get('meta')?.text ?? '{}');
  const reject =
    nulled(stream, changes) ??
    shortKey(stream, changes) ??
    unwritable(stream, written) ??
    unread(stream, cells) ??
    empty(stream, cells) ??
    keyless(stream, written) ??
    tooLarge(stream, cells);
  if (reject)
    stream.records.push({
      cells: written.map(({ cell, isNull }) => (isNull ? null : cell)),
      has,
      result: 'rejected',
      reject,
    });
  else stream.records.push({ cells, has, result: 'sent' });
}

/** As precise as the fixtures need: numbers and date-times, no value lowest. */
function versionOf(value: Json | undefined): number {
  if (value?.kind === 'number') return Number(value.text);
  const moment = value?.kind === 'string' ? Date.parse(value.value) : Number.NaN;
  return Number.isNaN(moment) ? Number.NEGATIVE_INFINITY : moment;
}

interface Change {
  readonly field: string;
  readonly change: string;
}

function nulled({ columns }: Stream, changes: readonly Change[]): ReferenceReject | undefined {
  const column = columns.find((each) => isChanged(each, changes, 'NULLED'));
  return column && { field: column.field, reason: 'the source could not read the value' };
}

function shortKey({ columns, keyFields }: Stream, changes: readonly Change[]): ReferenceReject | undefined {
  const column = columns.find((each) => keyFields.includes(each.field) && isChanged(each, changes, 'TRUNCATED'));
  return column && { field: column.field, reason: 'the source cut the key field short' };
}

/** Whether the change is about the column, something that contains it, or something in it. */
function isChanged({ path }: Column, changes: readonly Change[], kind: string): boolean {
  const own = path.join('.');
  return changes.some(
    ({ field, change }) => change === kind && (`${own}.`.startsWith(`${field}.`) || field.startsWith(`${own}.`)),
  );
}

/** A text that is equal for rows with the same key. */
export function keyTextOf(
  { fields, keyFields }: Pick<ReferenceStream, 'fields' | 'keyFields'>,
  cells: readonly Cell[],
): string {
  return JSON.stringify(keyFields.map((field) => cells[fields.indexOf(field)] ?? null));
}

function unwritable({ fields }: Stream, cells: readonly Written[]): ReferenceReject | undefined {
  const at = cells.findIndex(({ fault }) => fault !== undefined);
  return at < 0 ? undefined : { field: fields[at] ?? null, reason: cells[at]?.fault ?? '' };
}

/** A placeholder of change data capture, or what Java prints for an object, also in a list or in nested data. */
function unread({ fields, keyFields, sendsUnread }: Stream, cells: readonly Cell[]): ReferenceReject | undefined {
  const texts = (cell: string) => [cell, ...cell.split(';'), ...cell.split('"')];
  const placeholders = [
    '__debezium_unavailable_value',
    'X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==',
    '5f5f646562657a69756d5f756e617661696c61626c655f76616c7565',
  ];
  const isUnread = (text: string) =>
    placeholders.includes(text) || /^(\[+[A-Z]|([a-z]+\.)+[A-Z][A-Za-z]*)@[0-9a-f]+$/.test(text);
  const isJudged = (column: number) => !sendsUnread || keyFields.includes(fields[column] ?? '');
  const at = cells.findIndex((cell, column) => isJudged(column) && texts(cell ?? '').some(isUnread));
  return at < 0 ? undefined : { field: fields[at] ?? null, reason: 'the source ' };
}

function empty({ fields }: Stream, cells: readonly Cell[]): ReferenceReject | undefined {
  if (fields.length > 1 || cells[0] !== null) return undefined;
  return { field: null, reason: 'no column has a value' };
}

function keyless({ fields, keyFields }: Stream, cells: readonly Written[]): ReferenceReject | undefined {
  const field = keyFields.find((key) => {
    const found = cells[fields.indexOf(key)];
    // Zero width characters are as invisible as spaces.
    return found === undefined || found.isNull || /^[\s\u200b-\u200f\u2060\ufeff]*$/.test(found.cell ?? '');
  });
  return field === undefined ? undefined : { field, reason: 'the key field has no value' };
}

function tooLarge({ fields, maxBytes }: Stream, cells: readonly Cell[]): ReferenceReject | undefined {
  if (csvBytes([fields]) + csvBytes([cells]) <= maxBytes) return undefined;
  return { field: null, reason: 'the row alone is larger than a file may be' };
}

function takeStatus(message: unknown, streams: Map<string, Stream>): void {
  const { stream_status: status } = (message as { trace: { stream_status?: Status } }).trace;
  const stream = status?.status === 'COMPLETE' && named(status.stream_descriptor, streams);
  if (stream) stream.complete = true;
}

/**
 * The stream with this name; or the only one that differs by case alone, or in that one of the two has no namespace.
 */
function named(given: Descriptor, streams: ReadonlyMap<string, Stream>): Stream | undefined {
  const exact = streams.get(label({ name: given.name, namespace: given.namespace ?? undefined }));
  if (exact) return exact;
  const lower = (text: string | null | undefined) => (text ?? '').toLowerCase();
  const alike = [...streams.values()].filter(({ descriptor: { name, namespace } }) => {
    if (lower(name) === lower(given.name) && lower(namespace) === lower(given.namespace)) return true;
    return name === given.name && (!namespace || !given.namespace);
  });
  return alike.length === 1 ? alike[0] : undefined;
}

interface Descriptor {
  readonly name: string;
  readonly namespace?: string | null | undefined;
}

/** Whether records of the state's stream, or of any if it is for all, may have come under another name. */
function isLost(state: Record<string, unknown>, lost: ReadonlySet<string>): boolean {
  if (state['type'] !== 'STREAM') return lost.size > 0;
  return lost.has((state['stream'] as Status).stream_descriptor.name.toLowerCase());
}

interface Status {
  readonly status: string;
  readonly stream_descriptor: Descriptor;
}

function scopeOf(state: Record<string, unknown>, streams: Map<string, Stream>): string | undefined {
  if (state['type'] !== 'STREAM') return '*';
  const { stream_descriptor: descriptor } = state['stream'] as Status;
  return named(descriptor, streams)?.label;
}

function valueAt(data: Json, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((value, name) => (value === undefined ? undefined : inside(value, name)), data);
}

/** A member of an object, an element of a list, or either of them in a text that contains JSON. */
function inside(value: Json, name: string): Json | undefined {
  if (value.kind === 'object') return value.members.get(name);
  if (value.kind === 'array') return /^\d+$/.test(name) ? value.items[Number(name)] : undefined;
  if (value.kind !== 'string') return undefined;
  try {
    const held = readJson(value.value);
    return held.kind === 'string' ? undefined : inside(held, name);
  } catch {
    return undefined;
  }
}

function members(value: Json | undefined): ReadonlyMap<string, Json> | undefined {
  return value?.kind === 'object' ? value.members : undefined;
}

function textOf(value: Json | undefined): string | undefined {
  return value?.kind === 'string' ? value.value : undefined;
}
