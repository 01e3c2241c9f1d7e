/** Assigns columns of a stream to Gainsight fields, and finds the key columns. */

import { elementOf, isDateTime, type JsonSchema, mayBe, membersOf } from '../airbyte/json_schema.ts';
import type { StreamDescriptor } from '../airbyte/protocol.ts';
import { label } from '../airbyte/streams.ts';
import type { StreamEntry } from '../config/types.ts';
import { ConnectorError } from '../errors.ts';
import type { Column } from '../model.ts';
import { nameList } from '../names.ts';
import { fieldNameOf, listedFields, sendsUnlisted } from './field_names.ts';
import { didYouMean, mostSuggestions } from './name_match.ts';

/** The columns of one stream's files, and messages for the user. */
export interface ChosenColumns {
  readonly columns: readonly Column[];
  readonly warnings: readonly string[];
  /** Names that were matched despite another spelling. */
  readonly notes: readonly string[];
}

type Mapping = Pick<StreamEntry, 'fields' | 'fields_text' | 'naming' | 'send_other_columns'>;

/** Takes what is wrong with a stream, which then cannot be loaded; further faults of it may follow. */
export type ReportFault = (fault: ConnectorError) => void;

/**
 * The columns of a stream's files: the named ones in the order of the entry, then the others in the order of the
 * schema.
 * @param report called with `column_unknown`, `no_columns`, `field_twice`, `config_invalid`
 */
export function columnsOf(
  stream: StreamDescriptor,
  schema: JsonSchema,
  entry: Mapping,
  report: ReportFault,
): ChosenColumns {
  const members = membersOf(schema);
  const notes: string[] = [];
  const swapped: string[] = [];
  let unknowns = 0;
  const named = listedFields(entry).map(({ column, field }) => {
    const found = resolve(column, members);
    if (!found) report(unknown(stream, { column, field }, members, unknowns++ < mostSuggestions));
    // A fault of the column is none of the keys, so its field still counts as one that is sent.
    if (!found) return { path: [column], field, isDateTime: false };
    const { path, schema: inner, meant } = found;
    if (meant !== undefined) notes.push(takenFor(stream, column, meant));
    if (meant !== undefined && members.has(field)) swapped.push(looksSwapped(stream, column, field));
    return { path, field, isDateTime: isDateTime(inner) };
  });
  const rest = sendsUnlisted(entry) ? others(named, members, entry.naming) : [];
  const columns = [...named, ...rest.filter(({ field }) => field.trim() !== '')];
  if (columns.length === 0) report(new ConnectorError('no_columns', { stream: label(stream) }, { stream }));
  reportBadFields(stream, columns, report);
  const nameless = rest.length + named.length - columns.length;
  const warnings = [...swapped, ...warnOfNameless(stream, nameless), ...warnOfAlike(stream, columns)];
  return { columns, warnings, notes };
}

/** Where case is all that differs, both may be right: the column is found, and the field may have its name. */
function looksSwapped(stream: StreamDescriptor, column: string, field: string): string {
  return `Column ${nameList([column])} and field ${nameList([field])} in "Fields" of ${label(stream)} look swapped: ${nameList([field])} is the column of the schema.`;
}

function takenFor(stream: StreamDescriptor, column: string, meant: string): string {
  return `Column ${nameList([column])} in "Fields" of ${label(stream)} is taken for ${nameList([meant])} of its schema.`;
}

/** A sheet has such a column if there is a cell outside its table. */
function warnOfNameless(stream: StreamDescriptor, columns: number): string[] {
  if (columns === 0) return [];
  return [`Stream ${label(stream)} has a column without a name, which is not sent: name it at the source to load it.`];
}

function warnOfAlike(stream: StreamDescriptor, columns: readonly Column[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { field } of columns) groups.set(fold(field), [...(groups.get(fold(field)) ?? []), field]);
  return [...groups.values()]
    .filter(({ length }) => length > 1)
    .map(
      (fields) =>
        `Stream ${label(stream)} sends the fields ${nameList(fields)}, which differ in case or spaces only: Gainsight may take them for one.`,
    );
}

/** Columns of the schema that no column of the plan reads. */
export function leftOutOf(schema: JsonSchema, columns: readonly Column[]): Set<string> {
  const sent = new Set(columns.map(({ path }) => path[0]));
  return new Set([...membersOf(schema).keys()].filter((name) => !sent.has(name)));
}

/**
 * The positions of the key fields in `columns`.
 * @param keyFields Gainsight fields; empty means `primaryKey`
 * @param primaryKey paths of columns
 * @param report called with `key_not_sent`, `config_invalid`
 */
export function keyColumnsOf(
  stream: StreamDescriptor,
  columns: readonly Column[],
  keyFields: readonly string[],
  primaryKey: readonly (readonly string[])[],
  report: ReportFault,
): number[] {
  const isNamed = keyFields.length > 0;
  const positions = new Map<string, number>();
  for (const [position, { field, path }] of columns.entries()) {
    const name = isNamed ? field : JSON.stringify(path);
    // A column may go to two fields: the first one is the key.
    if (!positions.has(name)) positions.set(name, position);
  }
  const wanted: [string, string][] = isNamed
    ? keyFields.map((field) => [field, field])
    : primaryKey.map((path) => [JSON.stringify(path), path.join('.')]);
  const found = new Set<number>();
  for (const [name, shown] of wanted) {
    const position = positions.get(name);
    if (position === undefined) {
      report(notSent(stream, shown, columns, isNamed));
      continue;
    }
    if (columns[position]?.field.includes(',')) report(badKey(stream, columns[position]));
    found.add(position);
  }
  return [...found];
}

interface Resolved {
  readonly path: string[];
  readonly schema: JsonSchema;
  /** The actual name of the column, if it was spelled differently. */
  readonly meant?: string | undefined;
}

/**
 * Finds a column: by its exact name; then as a path into nested data, as far as the schema allows; then both again
 * regardless of case and surrounding space, if only one column matches.
 */
function resolve(column: string, members: Map<string, JsonSchema>): Resolved | undefined {
  const exact = members.get(column);
  if (exact) return { path: [column], schema: exact };
  const path = splitPath(column);
  if (path.includes('')) return undefined;
  // A schema without columns does not restrict them.
  if (members.size === 0) return { path, schema: {} };
  const [first = '', ...inner] = path;
  const found = schemaAt(members.get(first), inner);
  if (found) return { path, schema: found };
  const whole = onlyAlike(column, members);
  if (whole !== undefined) return { path: [whole], schema: members.get(whole) ?? {}, meant: whole };
  const outer = onlyAlike(first, members);
  const schema = outer === undefined ? undefined : schemaAt(members.get(outer), inner);
  return outer !== undefined && schema ? { path: [outer, ...inner], schema, meant: outer } : undefined;
}

/** Names separated by dots; `\.` is a dot within a name. */
export function splitPath(column: string): string[] {
  return column.split(/(?<!\\)\./).map((name) => name.replaceAll('\\.', '.'));
}

/** The schema of a nested value; undefined: there is no such value. */
export function schemaAt(outer: JsonSchema | undefined, path: readonly string[]): JsonSchema | undefined {
  return path.reduce<JsonSchema | undefined>((schema, name) => schema && memberOf(schema, name), outer);
}

function memberOf(schema: JsonSchema, name: string): JsonSchema | undefined {
  if (mayBe(schema, 'object')) {
    const members = membersOf(schema);
    // An object that declares no members may have any.
    if (members.size === 0 || members.has(name)) return members.get(name) ?? {};
  }
  if (mayBe(schema, 'array') && /^\d+$/.test(name)) return elementOf(schema);
  // Databases deliver JSON as text.
  return mayBe(schema, 'string') && !isDateTime(schema) ? {} : undefined;
}

function onlyAlike(name: string, members: Map<string, JsonSchema>): string | undefined {
  const alike = [...members.keys()].filter((each) => fold(each) === fold(name));
  return alike.length === 1 ? alike[0] : undefined;
}

/** Normalises names that look the same, or nearly so, to a person. */
function fold(name: string): string {
  return name.normalize('NFC').trim().toLowerCase();
}

/** Columns that the entry does not name. Airbyte's own columns are sent only if named. */
function others(named: readonly Column[], members: Map<string, JsonSchema>, naming: StreamEntry['naming']): Column[] {
  const taken = new Set(named.map(({ path }) => path[0]));
  return [...members].flatMap(([name, schema]) => {
    const isAirbytes = name.startsWith('_ab_') || name.startsWith('_airbyte_');
    if (isAirbytes || taken.has(name)) return [];
    return [{ path: [name], field: fieldNameOf(name, naming), isDateTime: isDateTime(schema) }];
  });
}

function reportBadFields(stream: StreamDescriptor, columns: readonly Column[], report: ReportFault): void {
  const seen = new Map<string, Column>();
  for (const column of columns) {
    const { field, path } = column;
    const isBad = field.trim() === '' || ['\r', '\n', '\0'].some((character) => field.includes(character));
    if (isBad) report(badField(stream, column));
    const first = seen.get(field);
    if (first) {
      const twins = `${first.path.join('.')} and ${path.join('.')}`;
      report(new ConnectorError('field_twice', { stream: label(stream), columns: twins, field }, { stream }));
    }
    seen.set(field, column);
  }
}

function badField(stream: StreamDescriptor, { path }: Column): ConnectorError {
  const column = JSON.stringify(path.join('.'));
  const detail = `column ${column} of the stream ${label(stream)} goes to a field whose name is empty or holds a line break; map it in "Fields"`;
  return new ConnectorError('config_invalid', { detail }, { stream });
}

/** The request separates key fields by commas. */
function badKey(stream: StreamDescriptor, { field }: Column): ConnectorError {
  const detail = `key field ${JSON.stringify(field)} of the stream ${label(stream)} holds a comma, which Gainsight takes for the end of a name`;
  return new ConnectorError('config_invalid', { detail }, { stream });
}

function unknown(
  stream: StreamDescriptor,
  { column, field }: StreamEntry['fields'][number],
  members: Map<string, JsonSchema>,
  isExplained: boolean,
): ConnectorError {
  const names = { stream: label(stream), column: nameList([column]), columns: nameList([...members.keys()]) };
  const why = isExplained ? whyUnknown(column, field, members) : '';
  return new ConnectorError('column_unknown', { ...names, why }, { stream });
}

function whyUnknown(column: string, field: string, members: Map<string, JsonSchema>): string {
  const [first = '', ...inner] = splitPath(column);
  if (inner.length > 0 && members.has(first)) return `, as no path leads there from ${nameList([first])}`;
  // Names that differ in case do not count here: fields are often named like their columns.
  if (members.has(field)) return `; column and field look swapped, as the schema has ${nameList([field])}`;
  return didYouMean(column, [...members.keys()]);
}

/** @param isNamed whether the entry names the field; otherwise it is the primary key of the connection */
function notSent(
  stream: StreamDescriptor,
  field: string,
  columns: readonly Column[],
  isNamed: boolean,
): ConnectorError {
  const fields = columns.map((column) => column.field);
  const mapped = columns.find(({ path }) => path.length === 1 && path[0] === field);
  const ofColumn = mapped && ` (it is a column, whose field is ${nameList([mapped.field])})`;
  const hint = isNamed ? (ofColumn ?? didYouMean(field, fields)) : '';
  const details = { stream: label(stream), field: nameList([field]), fields: nameList(fields), hint };
  return new ConnectorError('key_not_sent', details, { stream });
}
