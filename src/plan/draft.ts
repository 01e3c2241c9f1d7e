/** Drafts entries for streams: the object by the stream's name, the fields by the names of its columns. */
import { type JsonSchema, mayBe, membersOf } from '../airbyte/json_schema.ts';
import type { ConfiguredAirbyteStream } from '../airbyte/protocol.ts';
import { label } from '../airbyte/streams.ts';
import type { FieldMapping, StreamEntry } from '../config/types.ts';
import { ConnectorError } from '../errors.ts';
import type { ObjectDescription, ObjectSummary, Operation } from '../model.ts';
import { nameList } from '../names.ts';
import { fieldNameOf, listedFields } from './field_names.ts';
import { isId, isLoadable, isRequired, isWritable } from './loadable.ts';
import { matchNames, mostSuggestions, type Named, nearestOf } from './name_match.ts';
import { matchEntries } from './stream_entries.ts';

/** An entry as a configuration contains it: what is left out has its default. */
export type EntryDraft = Pick<StreamEntry, 'stream' | 'object'> & Partial<StreamEntry>;

/** A stream, and what is known of its target. */
export interface StreamTarget {
  readonly configured: ConfiguredAirbyteStream;
  /** Undefined if no object could be found. */
  readonly object: string | undefined;
  /** The entry that exists already. */
  readonly entry: EntryDraft | undefined;
  /** Several streams have this name. */
  readonly needsNamespace: boolean;
  /** Why there is no object; empty if there is one. */
  readonly notes: readonly string[];
}

/** Entries, and sentences for the user. */
export interface Draft {
  readonly entries: readonly EntryDraft[];
  readonly notes: readonly string[];
}

/** Standard objects and fields that every tenant has. */
const standardObjects: readonly Named[] = [{ name: 'Company' }, { name: 'Relationship' }];
const standardFields: readonly Named[] = [{ name: 'Name' }, { name: 'Gsid' }];

/**
 * Finds the object of each stream: that of its entry, that of the connection, or the one that is named like it.
 * @param objects those of the tenant; undefined: by the convention for names alone
 * @throws {ConnectorError} `stream_ambiguous`
 */
export function targetsOf(
  streams: readonly ConfiguredAirbyteStream[],
  entries: readonly EntryDraft[],
  objects: readonly ObjectSummary[] | undefined,
): StreamTarget[] {
  const match = matchEntries(
    streams.map(({ stream }) => stream),
    entries as readonly StreamEntry[],
  );
  const names = streams.map(({ stream }) => stream.name);
  const known = objects?.filter(isLoadable) ?? standardObjects;
  const found = matchNames([...new Set(names)], known, { plurals: true });
  const others = objects?.filter((object) => !isLoadable(object)) ?? [];
  const closed = matchNames([...new Set(names)], others, { plurals: true }).matched;
  let suggestions = 0;
  const whyNot = (name: string): string => {
    const alike = found.ambiguous.get(name);
    if (alike) return `it may mean ${nameList(alike.map(({ name }) => name))}`;
    const other = closed.get(name);
    if (other) return `${nameList([other.name])} cannot be loaded in bulk`;
    const near = suggestions++ < mostSuggestions ? nearestOf(name, known) : undefined;
    return `no object is named like it${near ? `; the nearest is ${nameList([near.name])}` : ''}`;
  };
  return streams.map((configured, at) => {
    const { name } = configured.stream;
    const entry = match.entries[at];
    if (entry instanceof ConnectorError) throw entry;
    const guess = objects ? undefined : fieldNameOf(name, 'gainsight_custom');
    const object = (entry?.object ?? configured.destination_object_name) || (found.matched.get(name)?.name ?? guess);
    const needsNamespace = names.filter((each) => each === name).length > 1;
    const left = `Stream ${nameList([label(configured.stream)])} is left out`;
    const notes = object === undefined ? [`${left}: ${whyNot(name)}.`] : [];
    return { configured, entry, object, needsNamespace, notes };
  });
}

/**
 * Drafts the entry of each stream that has an object. An entry that maps columns already stays as it is.
 * @param described the objects whose fields are known, by the names of {@link StreamTarget.object}; for others the
 * convention for names decides
 */
export function draftEntries(
  targets: readonly StreamTarget[],
  described: ReadonlyMap<string, ObjectDescription>,
): Draft {
  const drafts = targets.map((target) => draftEntry(target, described.get(target.object ?? '')));
  return { entries: drafts.flatMap(({ entries }) => entries), notes: drafts.flatMap(({ notes }) => notes) };
}

function draftEntry(target: StreamTarget, description: ObjectDescription | undefined): Draft {
  const { configured, entry, object, needsNamespace } = target;
  if (object === undefined) return { entries: [], notes: target.notes };
  if (entry && mapsColumns(entry)) return { entries: [entry], notes: [] };
  const { stream } = configured;
  const columns = columnsOf(configured);
  const isKnown = description !== undefined && description.fields.length > 0;
  const mapping = isKnown ? matchedFields(columns, description) : conventionalFields(columns);
  if (columns.length > 0 && mapping.fields.length === 0) {
    const why = `${object} has no field for any of its columns`;
    const nested = nestedNotes(configured).map((note) => `${label(stream)} → ${object}: ${note}.`);
    if (entry) return { entries: [entry], notes: [`${label(stream)} → ${object}: ${why}.`, ...nested] };
    return { entries: [], notes: [`Stream ${nameList([label(stream)])} is left out: ${why}.`, ...nested] };
  }
  const keys = entry?.key_fields?.length ? entry.key_fields : keyFieldsOf(configured, mapping.fields);
  const operation = entry?.operation ?? operationOf(configured, keys);
  const isSent = ({ field }: FieldMapping) =>
    !isId({ name: field }) || (operation !== 'INSERT' && keys.includes(field));
  const fields = mapping.fields.filter(isSent);
  const draft: EntryDraft = {
    ...{ stream: stream.name, object, operation },
    ...(needsNamespace && stream.namespace && { namespace: stream.namespace }),
    ...entry,
    ...(operation !== 'INSERT' && { key_fields: keys }),
    fields,
  };
  const notes = [
    ...mapping.notes,
    ...nestedNotes(configured),
    ...idNotes(mapping.fields, fields),
    ...keyNotes(draft),
    ...modeNotes(configured),
  ];
  if (isKnown && operation !== 'UPDATE') notes.push(...requiredNotes(description, fields));
  if (columns.length === 0) notes.push('its schema names no column; each one is sent under its own name');
  return { entries: [draft], notes: notes.map((note) => `${label(stream)} → ${object}: ${note}.`) };
}

function mapsColumns({ fields = [], fields_text = '', naming = 'as_is' }: EntryDraft): boolean {
  return listedFields({ fields, fields_text }).length > 0 || naming !== 'as_is';
}

/** Without Airbyte's own, which are rarely meant. */
function columnsOf({ stream }: ConfiguredAirbyteStream): string[] {
  const columns = [...membersOf(stream.json_schema).keys()];
  return columns.filter((name) => name.trim() !== '' && !/^_(?:ab|airbyte)_/.test(name));
}

/** Examples of paths at most. */
const mostPaths = 3;

/** Nested data is one column, and a part of it a path with dots. */
function nestedNotes(configured: ConfiguredAirbyteStream): string[] {
  const columns = new Set(columnsOf(configured));
  const nested = [...membersOf(configured.stream.json_schema)].filter(
    ([name, schema]) => columns.has(name) && isNested(schema),
  );
  if (nested.length === 0) return [];
  const paths = nested.flatMap(([name, schema]) => {
    const inner = [...membersOf(schema).keys()].slice(0, mostPaths);
    return inner.map((each) => [name, each].map((part) => part.replaceAll('.', '\\.')).join('.'));
  });
  const shown = paths.length > 0 ? nameList(paths.slice(0, mostPaths)) : `${nested[0]?.[0]}.…`;
  return [
    `nested data in ${nameList(nested.map(([name]) => name))}; to load a part of it, map its path with dots as the column, such as ${shown}`,
  ];
}

function isNested(schema: JsonSchema): boolean {
  return membersOf(schema).size > 0 || (schema['type'] !== undefined && mayBe(schema, 'object'));
}

interface Mapping {
  readonly fields: readonly FieldMapping[];
  readonly notes: readonly string[];
}

function matchedFields(columns: readonly string[], { fields }: ObjectDescription): Mapping {
  const isOpen = (field: ObjectDescription['fields'][number]) => isWritable(field) || isId(field);
  const { matched, ambiguous } = matchNames(columns, fields.filter(isOpen));
  const rest = columns.filter((column) => !matched.has(column) && !ambiguous.has(column));
  const unwritable = matchNames(
    rest,
    fields.filter((field) => !isOpen(field)),
  ).matched;
  const missing = rest.filter((column) => !unwritable.has(column));
  const notes: string[] = [];
  if (missing.length > 0) notes.push(`no field for the columns ${nameList(missing)}`);
  for (const [column, { name }] of unwritable)
    notes.push(`column ${nameList([column])} is left out, as ${nameList([name])} cannot be written`);
  for (const [column, found] of ambiguous)
    notes.push(`column ${nameList([column])} is left out: it may mean ${nameList(found.map(({ name }) => name))}`);
  return {
    fields: [...matched].map(([column, { name }]) => ({ column, field: name })).sort(inOrderOf(columns)),
    notes,
  };
}

function inOrderOf(columns: readonly string[]) {
  const positions = new Map(columns.map((column, at) => [column, at]));
  return (a: FieldMapping, b: FieldMapping) => (positions.get(a.column) ?? 0) - (positions.get(b.column) ?? 0);
}

/** Two columns never go to one field. */
function conventionalFields(columns: readonly string[]): Mapping {
  const { matched } = matchNames(columns, standardFields);
  const taken = new Map<string, string>();
  const notes: string[] = [];
  for (const column of columns) {
    const field = matched.get(column)?.name ?? fieldNameOf(column, 'gainsight_custom');
    const other = taken.get(field);
    if (other === undefined) taken.set(field, column);
    else notes.push(`column ${nameList([column])} is left out, as ${nameList([other])} goes to ${nameList([field])}`);
  }
  return { fields: [...taken].map(([field, column]) => ({ column, field })), notes };
}

/** The fields of the primary key; empty if one of its columns has none. */
function keyFieldsOf({ primary_key, stream }: ConfiguredAirbyteStream, fields: readonly FieldMapping[]): string[] {
  const chosen = primary_key?.length ? primary_key : (stream.source_defined_primary_key ?? []);
  const keys = chosen.map((path) => fields.find(({ column }) => path.length === 1 && column === path[0])?.field);
  return keys.includes(undefined) ? [] : (keys as string[]);
}

/** INSERT adds a row for each record again, so it is for streams without a key. */
function operationOf({ destination_sync_mode: mode }: ConfiguredAirbyteStream, keys: readonly string[]): Operation {
  if (mode === 'update') return 'UPDATE';
  return mode === 'append' && keys.length === 0 ? 'INSERT' : 'UPSERT';
}

/** An id finds a record, and is never written. */
function idNotes(all: readonly FieldMapping[], sent: readonly FieldMapping[]): string[] {
  const left = all.filter((each) => !sent.includes(each));
  return left.map(
    ({ column, field }) => `column ${nameList([column])} is left out, as ${nameList([field])} is not the key`,
  );
}

function keyNotes({ operation, key_fields = [] }: EntryDraft): string[] {
  if (operation === 'INSERT') return ['it has no key, so INSERT adds each record again; for UPSERT name Key Fields'];
  return key_fields.length === 0 ? [`name the Key Fields by which ${operation} finds a record`] : [];
}

function modeNotes({ destination_sync_mode: mode }: ConfiguredAirbyteStream): string[] {
  return mode === 'overwrite' ? ['its sync mode overwrites, which this destination refuses'] : [];
}

function requiredNotes(object: ObjectDescription, fields: readonly FieldMapping[]): string[] {
  const sent = new Set(fields.map(({ field }) => field));
  const missing = object.fields.filter((field) => isRequired(field, object) && !sent.has(field.name));
  if (missing.length === 0) return [];
  return [`no column for ${nameList(missing.map(({ name }) => name))}, which a new record must have`];
}
