/** Finds its way in the JSON schema of a form: titles and order of a place, members of groups, lists and options. */
import type { JsonObject } from './protocol.ts';

/** A schema, as far as it is read besides what the validator reads. */
export interface FormSchema {
  readonly title?: string;
  readonly pattern_descriptor?: string;
  readonly airbyte_secret?: boolean;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, FormSchema>>;
  readonly items?: FormSchema;
  readonly oneOf?: readonly FormSchema[];
  readonly anyOf?: readonly FormSchema[];
  readonly allOf?: readonly FormSchema[];
}

/** A place in a form, and in a configuration. */
export interface Located {
  /** Entries of a list are counted from 1 and carry their name. */
  readonly titles: readonly string[];
  readonly field: FormSchema | undefined;
  readonly value: unknown;
  /** The position at each level of the form. */
  readonly order: readonly number[];
}

/** Follows a path such as `/streams/1/object`. */
export function locate(path: string, schema: FormSchema, config?: unknown): Located {
  const titles: string[] = [];
  const order: number[] = [];
  let field: FormSchema | undefined = schema;
  let value = config;
  for (const part of path.split('/').slice(1)) {
    value = valueAt(value, part);
    if (field?.items) {
      field = field.items;
      order.push(Number(part));
      titles.push(`${titles.pop()} ${Number(part) + 1}${entryName(field, value)}`);
    } else {
      order.push(namesOf(field).indexOf(part));
      field = memberOf(field, part);
      pushTitle(titles, field?.title ?? part);
    }
  }
  return { titles, field, value, order };
}

/** Airbyte's form shows no titles of groups, so that a setting's own may begin with it: `Quota: Calls per Hour`. */
export function pushTitle(titles: string[], title: string): void {
  if (titles.length > 0 && title.startsWith(`${titles.at(-1)}: `)) titles.pop();
  titles.push(title);
}

function valueAt(value: unknown, part: string): unknown {
  return typeof value === 'object' && value !== null ? (value as JsonObject)[part] : undefined;
}

/** The first member of an entry, if it is a plain name: people know an entry by it rather than by its number. */
function entryName({ properties = {} }: FormSchema, entry: unknown): string {
  const [[name, schema] = []] = Object.entries(properties);
  const value = name === undefined || schema?.airbyte_secret ? undefined : valueAt(entry, name);
  return typeof value === 'string' && /^[\w.-]{1,60}$/.test(value) ? ` (${value})` : '';
}

/** Whether a place comes before another: negative if so. */
export function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((position, level) => position !== other[level]);
  return at < 0 ? one.length - other.length : (one[at] as number) - (other[at] ?? -1);
}

/** The names of all members, those of options included. */
export function namesOf(schema: FormSchema | undefined): string[] {
  if (schema === undefined) return [];
  return [...new Set([...Object.keys(schema.properties ?? {}), ...optionsOf(schema).flatMap(namesOf)])];
}

/** The schema of a member, which may be in an option of the form. */
export function memberOf(schema: FormSchema | undefined, name: string): FormSchema | undefined {
  if (schema === undefined) return undefined;
  const { properties = {} } = schema;
  if (Object.hasOwn(properties, name)) return properties[name];
  return optionsOf(schema)
    .map((option) => memberOf(option, name))
    .find((found) => found !== undefined);
}

export function optionsOf({ oneOf = [], anyOf = [], allOf = [] }: FormSchema): FormSchema[] {
  return [...oneOf, ...anyOf, ...allOf];
}

/** The member whose constant chooses the option of a `oneOf`, as Airbyte's form expects; undefined: there is none. */
function chooserOf(options: readonly FormSchema[]): string | undefined {
  const [first, ...others] = options;
  const isConstant = (option: FormSchema, name: string) =>
    typeof option.properties?.[name]?.const === 'string' && option.required?.includes(name) === true;
  return Object.keys(first?.properties ?? {}).find((name) =>
    [first ?? {}, ...others].every((option) => isConstant(option, name)),
  );
}

/**
 * The schema with the keyword `discriminator` at each choice of options: the validator then compares a value with the
 * option that it has chosen, reports only that option's faults, and fills in its defaults.
 */
export function withChoosers<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(withChoosers) as T;
  if (!isObject(schema)) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, withChoosers(value)]));
  const { oneOf } = schema as FormSchema;
  const propertyName = Array.isArray(oneOf) ? chooserOf(oneOf) : undefined;
  return (propertyName === undefined ? inner : { ...inner, discriminator: { propertyName } }) as T;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
