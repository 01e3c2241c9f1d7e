/** What a stream's JSON schema says of its columns, read through unions and lists of types. */

/** A JSON schema, or a part of one. Anything may stand in it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The columns, or members, that a schema declares, in its order; empty where it declares none. */
export function membersOf(schema: JsonSchema): Map<string, JsonSchema> {
  const members = new Map<string, JsonSchema>();
  for (const variant of variantsOf(schema)) {
    const properties = variant['properties'];
    if (!isSchema(properties)) continue;
    for (const [name, member] of Object.entries(properties)) {
      const known = members.get(name);
      const own = isSchema(member) ? member : {};
      // Two variants of one union may each declare the member: it is then either.
      members.set(name, known ? { anyOf: [known, own] } : own);
    }
  }
  return members;
}

/** Whether a value may be a date with a time of day. */
export function isDateTime(schema: JsonSchema): boolean {
  return variantsOf(schema).some((variant) => variant['format'] === 'date-time');
}

/** Whether a value may be an object: it says so, or it says nothing. */
export function mayBeObject(schema: JsonSchema): boolean {
  return variantsOf(schema).some(({ type, oneOf, anyOf, allOf }) => {
    if (type === undefined) return ![oneOf, anyOf, allOf].some(Array.isArray);
    return Array.isArray(type) ? type.includes('object') : type === 'object';
  });
}

/** A schema and all that its unions hold, to any depth. */
function variantsOf(schema: JsonSchema): JsonSchema[] {
  const variants = [schema];
  // The list grows while it is walked.
  for (const variant of variants) {
    for (const union of ['oneOf', 'anyOf', 'allOf']) {
      const members = variant[union];
      if (!Array.isArray(members)) continue;
      // Not push(...members), which a union of 100,000 members would break.
      for (const member of members) if (isSchema(member)) variants.push(member);
    }
  }
  return variants;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
