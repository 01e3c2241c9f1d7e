/** Compares JSON that a person has written with what it may contain: all faults at once, with the nearest name. */
import { nearest } from '../airbyte/nearest.ts';

/** What a value may be. `text`, or one of these texts; `map`: names of any kind, with values of one shape. */
export type Shape =
  | 'text'
  | 'number'
  | 'boolean'
  | { readonly oneOf: readonly (string | number)[] }
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly members: Readonly<Record<string, Shape>>; readonly required?: readonly string[] };

const words = { text: 'a text', number: 'a number', boolean: 'true or false' } as const;

/** Faults of a value, each with the path to it; empty: it has the shape. @param path to the value, in words */
export function faultsOfShape(value: unknown, shape: Shape, path: string): string[] {
  if (typeof shape === 'string') {
    const isRight = typeof value === (shape === 'text' ? 'string' : shape);
    return isRight ? [] : [`${path} must be ${words[shape]}`];
  }
  if ('oneOf' in shape) return shape.oneOf.includes(value as string) ? [] : [oneOfFault(value, shape.oneOf, path)];
  if ('list' in shape) {
    if (!Array.isArray(value)) return [`${path} must be a list: [ … ]`];
    return value.flatMap((each, at) => faultsOfShape(each, shape.list, `${path}[${at + 1}]`));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} must be a group: { … }`];
  if ('map' in shape)
    return Object.entries(value).flatMap(([name, each]) => faultsOfShape(each, shape.map, `${path}.${name}`));
  return faultsOfMembers(value as Readonly<Record<string, unknown>>, shape, path);
}

function faultsOfMembers(
  value: Readonly<Record<string, unknown>>,
  { members, required = [] }: Extract<Shape, { members: unknown }>,
  path: string,
): string[] {
  const known = Object.keys(members);
  const missing = required.filter((name) => value[name] === undefined).map((name) => `${path} needs "${name}"`);
  const wrong = Object.entries(value).flatMap(([name, each]) => {
    const shape = Object.hasOwn(members, name) ? members[name] : undefined;
    return shape ? faultsOfShape(each, shape, `${path}.${name}`) : [unknownName(name, known, path)];
  });
  return [...missing, ...wrong];
}

function unknownName(name: string, known: readonly string[], path: string): string {
  return `${path} has "${name}", which does not exist${suggestion(name, known)}`;
}

function oneOfFault(value: unknown, allowed: readonly (string | number)[], path: string): string {
  const known = allowed.map(String);
  const meant = typeof value === 'string' ? suggestion(value, known) : `: there are ${known.join(', ')}`;
  return `${path} cannot be ${JSON.stringify(value)}${meant}`;
}

/** `: did you mean "number"?`, or all names that there are. */
export function suggestion(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  if (meant !== undefined) return `: did you mean "${meant}"?`;
  return known.length === 0 ? '' : `: there are ${known.join(', ')}`;
}
