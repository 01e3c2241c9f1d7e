/** An object of the tenant as Airbyte's data activation shows it: fields with JSON types, and possible keys. */
import type { JsonObject } from '../airbyte/protocol.ts';
import type { FieldDescription, ObjectDescription, Operation } from '../model.ts';
import { isId, isRequired, isWritable } from './loadable.ts';

/** What the configuration names of an object: fields that it has. */
export interface NamedFields {
  /** Each is one key. */
  readonly keys: readonly (readonly string[])[];
  /** Fields that columns are mapped to. */
  readonly fields: readonly string[];
}

/** Types by which Gainsight documents that records are found. */
const keyTypes = new Set(['STRING', 'NUMBER', 'EMAIL']);

/**
 * The JSON schema of what can be sent to an object. Hidden fields are left out unless the configuration names them.
 * @param named fields of the object
 */
export function objectSchema(
  object: ObjectDescription,
  operation: Operation,
  { keys, fields }: NamedFields,
): JsonObject {
  const named = new Set([...fields, ...(operation === 'INSERT' ? [] : keys.flat())]);
  const sent = object.fields.filter((field) => {
    if (isId(field)) return operation !== 'INSERT';
    return isWritable(field) && (!field.hidden || named.has(field.name));
  });
  const required = operation === 'UPDATE' ? [] : sent.filter((field) => isRequired(field, object));
  return {
    type: 'object',
    properties: Object.fromEntries(sent.map((field) => [field.name, fieldSchema(field)])),
    ...(required.length > 0 && { required: required.map(({ name }) => name) }),
    additionalProperties: false,
  };
}

/**
 * The keys by which UPSERT and UPDATE may find records: those of the configuration, the id, and each field that
 * Gainsight indexes or takes for the record's name. Whether a field is unique the tenant does not say.
 */
export function matchingKeys({ fields }: Pick<ObjectDescription, 'fields'>, { keys }: NamedFields): string[][] {
  const id = fields.filter(isId);
  const proposed = fields.filter(
    (field) =>
      (field.indexed || field.nameField) && keyTypes.has(field.dataType ?? '') && isWritable(field) && !field.hidden,
  );
  const all = [...keys, ...[...id, ...proposed].map(({ name }) => [name])];
  return [...new Map(all.map((key) => [JSON.stringify(key), [...key]])).values()];
}

function fieldSchema({ dataType, length, options }: FieldDescription): JsonObject {
  switch (dataType) {
    case 'STRING':
      return { type: 'string', ...(length !== undefined && length > 0 && { maxLength: length }) };
    case 'EMAIL':
      return { type: 'string', format: 'email' };
    case 'URL':
      return { type: 'string', format: 'uri' };
    case 'DATE':
      return { type: 'string', format: 'date' };
    case 'DATETIME':
      return { type: 'string', format: 'date-time' };
    case 'NUMBER':
    case 'CURRENCY':
    case 'PERCENTAGE':
    case 'JSONNUMBER':
      return { type: 'number' };
    case 'BOOLEAN':
    case 'JSONBOOLEAN':
      return { type: 'boolean' };
    case 'PICKLIST':
      return { type: 'string', ...labelsOf(options) };
    case 'MULTISELECTDROPDOWNLIST':
      return { type: 'array', items: { type: 'string', ...labelsOf(options) } };
    case 'JSON':
      return { type: 'object' };
    default:
      return { type: 'string' };
  }
}

/** A tenant may leave out the items: then any is possible. */
function labelsOf(options: FieldDescription['options']): JsonObject {
  const labels = [...new Set(options.filter(({ active }) => active).map(({ label }) => label))];
  return labels.length > 0 ? { enum: labels } : {};
}
