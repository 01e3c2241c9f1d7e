/** The faults of an entry's route and lookups that the configuration alone shows. */
import type { StreamEntry } from '../config/types.ts';
import { nameList } from '../names.ts';

/** The object API takes no more key fields in a call. */
export const mostObjectKeys = 3;

/** Whether rows are spooled for the object API. */
export function usesObjectApi({ route }: Pick<StreamEntry, 'route'>): boolean {
  return route !== 'bulk_api';
}

/** Whether key fields find the rows: an INSERT by the object API first asks which keys exist. */
export function hasKeys({ operation, route }: Pick<StreamEntry, 'operation' | 'route'>): boolean {
  return operation !== 'INSERT' || route === 'object_api';
}

/** What is wrong with the route of an entry; paths follow that of the entry. */
export function routeFaults(entry: StreamEntry): { path: string; text: string }[] {
  if (!usesObjectApi(entry)) return [];
  const { key_fields, latest_by, operation, route } = entry;
  const faults: { path: string; text: string }[] = [];
  const add = (setting: keyof StreamEntry, text: string) => faults.push({ path: `/${setting}`, text });
  if (operation === 'INSERT' && route === 'auto')
    add('route', 'must not be auto for INSERT: choose object_api with Key Fields, or bulk_api');
  if (operation === 'INSERT' && route === 'object_api' && key_fields.length === 0)
    add(
      'key_fields',
      'must not be empty for INSERT by the object API, which adds the records whose key is not there yet',
    );
  if (key_fields.length > mostObjectKeys) add('key_fields', keysText(key_fields.length));
  if (operation !== 'INSERT' && route === 'object_api' && latest_by === 'cursor')
    add(
      'latest_by',
      'must not be cursor with Route object_api, where a field that a record does not have is taken from the record of its key that came before',
    );
  return faults;
}

/** Follows the name of the key fields, or of a stream. */
export function keysText(count: number): string {
  return `has ${count} fields, and the object API takes ${mostObjectKeys} at most: choose fewer, or Route bulk_api`;
}

/**
 * What is wrong with the lookups of an entry; paths follow that of the entry.
 * @param nameFault what is wrong with the name of an object or field
 * @param unsentFault why no column goes to a field
 */
export function lookupFaults(
  { key_fields, lookups, route }: StreamEntry,
  nameFault: (name: string) => string | undefined,
  unsentFault: (field: string) => string | undefined,
): { path: string; text: string }[] {
  if (lookups.length === 0) return [];
  if (route !== 'object_api') {
    const why = route === 'auto' ? 'as files of the Bulk API have none' : 'which the Bulk API does not have';
    return [{ path: '/lookups', text: `must be empty with Route ${route}, ${why}: choose Route object_api` }];
  }
  const first = new Map<string, number>();
  return lookups.flatMap(({ field, object, match_field }, at) => {
    const earlier = first.get(field);
    first.set(field, earlier ?? at + 1);
    const [name, key] = [nameList([field]), key_fields.includes(field)];
    const texts = {
      field:
        nameFault(field) ??
        (earlier === undefined
          ? undefined
          : `${name} is already the field of Lookups ${earlier}: remove one of the two`) ??
        (key ? `${name} is a key field, by which records are found: a lookup may fill any other field` : undefined) ??
        unsentFault(field),
      object: nameFault(object),
      match_field: nameFault(match_field),
    };
    return Object.entries(texts).flatMap(([setting, text]) =>
      text === undefined ? [] : [{ path: `/lookups/${at}/${setting}`, text }],
    );
  });
}
