/** Reads what a stream's JSON schema declares about its columns, through unions and lists of types. */

/** A JSON schema, or a part of one. May contain anything. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The columns, or members, that a schema declares, in its order; empty if it declares none. */
export function membersOf(schema: JsonSchema): Map<string, JsonSchema> {
  const members = new Map<string, JsonSchema>();
  for (const variant of variantsOf(schema)) {
    const properties = variant['properties'];
    if (!isSchema(properties)) continue;
    for (const [name, member] of Object.entries(properties)) {
      const known = members.get(name);
      const own = isSchema(member) ? member : {};
      // Two variants of a union may both declare the member: it may then be either.
      members.set(name, known ? { anyOf: [known, own] } : own);
    }
  }
  return members;
}

/** Whether a value may be a date-time: by its format, or by Airbyte's own type if a source gives no format. */
export function isDateTime(schema: JsonSchema): boolean {
  return variantsOf(schema).some(
    ({ format, airbyte_type: type }) =>
      format === 'date-time' ||
      (format === undefined && (type === 'timestamp_with_timezone' || type === 'timestamp_without_timezone')),
  );
}

/**
 * How values are ordered: as numbers, or as dates with or without a time; undefined: the schema declares neither, or
 * both.
 */
export function orderOf(schema: JsonSchema): 'number' | 'date-time' | undefined {
  const variants = variantsOf(schema);
  const isDate = isDateTime(schema) || variants.some(({ format }) => format === 'date');
  const isNumber = variants.some(({ type }) => [type].flat().some((each) => each === 'number' || each === 'integer'));
  if (isDate === isNumber) return undefined;
  return isDate ? 'date-time' : 'number';
}

/** Whether a value may be of the type: the schema allows it, or declares nothing. */
export function mayBe(schema: JsonSchema, wanted: 'object' | 'array' | 'string'): boolean {
  return variantsOf(schema).some(({ type, oneOf, anyOf, allOf }) => {
    if (type === undefined) return ![oneOf, anyOf, allOf].some(Array.isArray);
    return Array.isArray(type) ? type.includes(wanted) : type === wanted;
  });
}

/** The schema of a list's elements; may be empty. */
export function elementOf(schema: JsonSchema): JsonSchema {
  const items = variantsOf(schema).flatMap((variant) => (isSchema(variant['items']) ? variant['items'] : []));
  return items.length === 1 ? (items[0] as JsonSchema) : { anyOf: items.length > 0 ? items : [{}] };
}

/** A schema and all variants in its unions, at any depth. */
function variantsOf(schema: JsonSchema): JsonSchema[] {
  const variants = [schema];
  // The list grows during the loop.
  for (const variant of variants) {
    for (const union of ['oneOf', 'anyOf', 'allOf']) {
      const members = variant[union];
      if (!Array.isArray(members)) continue;
      // Not push(...members), which fails for a union of 100,000 members.
      for (const member of members) if (isSchema(member)) variants.push(member);
    }
  }
  return variants;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
