/** What of a tenant's metadata can be loaded in bulk. What the tenant leaves out counts as possible. */
import type { FieldDescription, ObjectSummary } from '../model.ts';
import { isExcluded } from './excluded_objects.ts';

/** Whether records of the object can be loaded in bulk. */
export function isLoadable({ name, type, createable }: ObjectSummary): boolean {
  return createable !== false && type !== 'SYSTEM' && !isExcluded(name);
}

/** Whether a value can be loaded into the field. */
export function isWritable({ readOnly, formula, createable, updateable }: FieldDescription): boolean {
  return !readOnly && !formula && (createable !== false || updateable !== false);
}

/** Whether a new record of the object must have a value in the field. */
export function isRequired(field: FieldDescription, object: Pick<ObjectSummary, 'name'>): boolean {
  if (field.hasDefault || field.hidden || field.createable === false || !isWritable(field)) return false;
  // Metadata does not mark it, but Gainsight's own pages demand it.
  return field.required === true || (object.name.toLowerCase() === 'company' && field.name === 'Name');
}

/** Whether the field is the id that every object has: it finds records, and is never changed. */
export function isId({ name }: Pick<FieldDescription, 'name'>): boolean {
  return name.toLowerCase() === 'gsid';
}
