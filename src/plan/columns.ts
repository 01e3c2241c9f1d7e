/** Which columns of a stream go to which Gainsight fields, and which of them are the key. */

import { isDateTime, type JsonSchema, mayBeObject, membersOf } from '../airbyte/json_schema.ts';
import type { StreamDescriptor } from '../airbyte/protocol.ts';
import { label } from '../airbyte/streams.ts';
import type { StreamEntry } from '../config/types.ts';
import { ConnectorError } from '../errors.ts';
import type { Column } from '../model.ts';

/**
 * The columns of a stream's files, in their order: the named ones as the entry lists them, then the others as the
 * schema does.
 * @throws {ConnectorError} `column_unknown`, `no_columns`, `field_twice`, `config_invalid`
 */
export function columnsOf(
  stream: StreamDescriptor,
  schema: JsonSchema,
  entry: Pick<StreamEntry, 'fields' | 'send_other_columns'>,
): Column[] {
  const members = membersOf(schema);
  const named = entry.fields.map(({ column, field }) => {
    const found = resolve(column, members);
    if (!found) throw unknown(stream, column, members);
    return { path: found.path, field, isDateTime: isDateTime(found.schema) };
  });
  const isWhole = entry.fields.length === 0 || entry.send_other_columns;
  const columns = isWhole ? [...named, ...others(named, members)] : named;
  if (columns.length === 0) throw new ConnectorError('no_columns', { stream: label(stream) }, { stream });
  refuseBadFields(stream, columns);
  return columns;
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
 * @throws {ConnectorError} `key_not_sent`, `config_invalid`
 */
export function keyColumnsOf(
  stream: StreamDescriptor,
  columns: readonly Column[],
  keyFields: readonly string[],
  primaryKey: readonly (readonly string[])[],
): number[] {
  const isNamed = keyFields.length > 0;
  const positions = new Map<string, number>();
  for (const [position, { field, path }] of columns.entries()) {
    const name = isNamed ? field : JSON.stringify(path);
    // A column may go to two fields: the first stands for the key.
    if (!positions.has(name)) positions.set(name, position);
  }
  const wanted: [string, string][] = isNamed
    ? keyFields.map((field) => [field, field])
    : primaryKey.map((path) => [JSON.stringify(path), path.join('.')]);
  const found = new Set<number>();
  for (const [name, shown] of wanted) {
    const position = positions.get(name);
    if (position === undefined) throw notSent(stream, shown, columns);
    refuseBadKey(stream, columns[position] as Column);
    found.add(position);
  }
  return [...found];
}

/** A column of exactly this name comes first, then a path into nested data as far as the schema allows one. */
function resolve(column: string, members: Map<string, JsonSchema>): { path: string[]; schema: JsonSchema } | undefined {
  const exact = members.get(column);
  if (exact) return { path: [column], schema: exact };
  const path = column.split('.');
  if (path.includes('')) return undefined;
  let schema = members.get(path[0] as string);
  for (const name of path.slice(1)) {
    if (!schema || !mayBeObject(schema)) return undefined;
    const inner = membersOf(schema);
    // An object that declares no members may hold any.
    schema = inner.size === 0 ? {} : inner.get(name);
  }
  return schema && { path, schema };
}

/** Columns that the entry does not name. What Airbyte adds for itself is sent only if named. */
function others(named: readonly Column[], members: Map<string, JsonSchema>): Column[] {
  const taken = new Set(named.map(({ path }) => path[0]));
  return [...members].flatMap(([name, schema]) => {
    const isAirbytes = name.startsWith('_ab_') || name.startsWith('_airbyte_');
    return isAirbytes || taken.has(name) ? [] : [{ path: [name], field: name, isDateTime: isDateTime(schema) }];
  });
}

function refuseBadFields(stream: StreamDescriptor, columns: readonly Column[]): void {
  const seen = new Map<string, Column>();
  for (const column of columns) {
    const { field, path } = column;
    const isBad = field.trim() === '' || ['\r', '\n', '\0'].some((character) => field.includes(character));
    if (isBad) throw badField(stream, column);
    const first = seen.get(field);
    if (first) {
      const twins = `${first.path.join('.')} and ${path.join('.')}`;
      throw new ConnectorError('field_twice', { stream: label(stream), columns: twins, field }, { stream });
    }
    seen.set(field, column);
  }
}

function badField(stream: StreamDescriptor, { path }: Column): ConnectorError {
  const column = JSON.stringify(path.join('.'));
  const detail = `column ${column} of the stream ${label(stream)} goes to a field whose name is empty or holds a line break; map it in "Fields"`;
  return new ConnectorError('config_invalid', { detail }, { stream });
}

/** The request lists the key fields with commas between them. */
function refuseBadKey(stream: StreamDescriptor, { field }: Column): void {
  if (!field.includes(',')) return;
  const detail = `key field ${JSON.stringify(field)} of the stream ${label(stream)} holds a comma, which Gainsight takes for the end of a name`;
  throw new ConnectorError('config_invalid', { detail }, { stream });
}

function unknown(stream: StreamDescriptor, column: string, members: Map<string, JsonSchema>): ConnectorError {
  const details = { stream: label(stream), column, columns: list([...members.keys()]) };
  return new ConnectorError('column_unknown', details, { stream });
}

function notSent(stream: StreamDescriptor, field: string, columns: readonly Column[]): ConnectorError {
  const details = { stream: label(stream), field, fields: list(columns.map((column) => column.field)) };
  return new ConnectorError('key_not_sent', details, { stream });
}

/** A table may have thousands of columns, a message may not. */
function list(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const reported = names.slice(0, 50).join(', ');
  return names.length > 50 ? `${reported} and ${names.length - 50} more` : reported;
}
