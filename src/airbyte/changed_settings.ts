/** Finds the settings that a user has changed, without the secrets among them. */
import { isDeepStrictEqual } from 'node:util';
import { type FormSchema, isObject, memberOf } from './form_schema.ts';
import type { JsonObject } from './protocol.ts';

/**
 * The settings that differ from their defaults, in their groups. Left out are secrets, and whatever the schema does not
 * know: it may be a secret in the wrong place.
 */
export function changedSettings(schema: FormSchema, config: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(config).flatMap(([name, value]) => {
      const member = memberOf(schema, name);
      const changed = member && changedValue(member, value);
      return changed === undefined ? [] : [[name, changed]];
    }),
  );
}

/** Undefined if it is the default, or secret. */
function changedValue(schema: FormSchema, value: unknown): unknown {
  if (schema.airbyte_secret || isDeepStrictEqual(value, schema.default)) return undefined;
  if (Array.isArray(value)) {
    const { items } = schema;
    // Entries keep their place, even if nothing of them is shown.
    return items && value.map((entry) => changedValue(items, entry) ?? null);
  }
  if (!isObject(value)) return value;
  const members = changedSettings(schema, value);
  return Object.keys(members).length > 0 ? members : undefined;
}
