/** Finds settings that a form does not know, and the known ones that were probably meant. */
import { type FormSchema, isObject, memberOf, namesOf } from './form_schema.ts';
import { nearest } from './nearest.ts';
import type { JsonObject } from './protocol.ts';

/** A member of a configuration that the schema does not know, and that is therefore without effect. */
export interface UnknownSetting {
  /** The group or entry that has it: `/streams/1`. */
  readonly path: string;
  readonly name: string;
  /** The known setting that was probably meant, and the titles of the group that has it. */
  readonly meant?: { readonly name: string; readonly place: string; readonly isHere: boolean } | undefined;
  /** The settings of this place. */
  readonly known: readonly string[];
}

/** Members that Airbyte's platform and its tools add to a configuration, whatever the schema says. */
const airbytesOwn: ReadonlySet<string> = new Set(['destinationType']);

/** The settings of a configuration that the schema does not know. */
export function unknownSettings(schema: FormSchema, config: JsonObject): UnknownSetting[] {
  const places = placesOf(schema);
  const unknown: UnknownSetting[] = [];
  visit(schema, config, '', (group, path, name) => {
    if (path === '' && airbytesOwn.has(name)) return;
    const known = namesOf(group);
    unknown.push({ path, name, known, meant: meantBy(name, known, places) });
  });
  return unknown;
}

type OnUnknown = (schema: FormSchema, path: string, name: string) => void;

function visit(schema: FormSchema | undefined, value: unknown, path: string, onUnknown: OnUnknown): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    for (const [at, entry] of value.entries()) visit(schema.items, entry, `${path}/${at}`, onUnknown);
    return;
  }
  // A group that declares no members may have any.
  if (!isObject(value) || namesOf(schema).length === 0) return;
  for (const [name, member] of Object.entries(value)) {
    const known = memberOf(schema, name);
    if (known) visit(known, member, `${path}/${name}`, onUnknown);
    else onUnknown(schema, path, name);
  }
}

/** All settings by name, with the titles of the first group that has it. */
function placesOf(schema: FormSchema, titles: readonly string[] = [], places = new Map<string, string>()) {
  for (const name of namesOf(schema)) if (!places.has(name)) places.set(name, titles.join(' > '));
  for (const name of namesOf(schema)) {
    const member = memberOf(schema, name);
    const inner = member?.items ?? member;
    if (inner) placesOf(inner, [...titles, member?.title ?? name], places);
  }
  return places;
}

/** A setting of the same place comes first, then one of this very name elsewhere. */
function meantBy(name: string, known: readonly string[], places: Map<string, string>): UnknownSetting['meant'] {
  const here = nearest(name, known);
  if (here !== undefined) return { name: here, place: places.get(here) ?? '', isHere: true };
  const elsewhere = places.has(name) ? name : nearest(name, [...places.keys()]);
  return elsewhere === undefined ? undefined : { name: elsewhere, place: places.get(elsewhere) ?? '', isHere: false };
}
