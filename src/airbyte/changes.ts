/** `meta.changes` of a record: the values that did not come through as they were. */
import type { FieldChange } from '../model.ts';
import { JsonCursor } from './json_cursor.ts';

const [openBrace, changesKey] = [0x7b, Buffer.from('changes')];

export const noChanges: readonly FieldChange[] = [];

/**
 * Reads the changes out of a `meta` that was found to be valid JSON. Nearly always there are none.
 * @param meta where its value starts
 */
export function readChanges(buffer: Buffer, meta: number): readonly FieldChange[] {
  const json = new JsonCursor(buffer);
  if (buffer[meta] !== openBrace) return noChanges;
  let text = '[]';
  let end = meta + 1;
  for (let value = json.member(end, true); value >= 0; value = json.member(end, false)) {
    const isChanges = json.keyIs(changesKey);
    end = json.value(value);
    // An empty list, as most sources send it, need not even become a string.
    if (isChanges) text = end - value === 2 ? '[]' : buffer.toString('utf8', value, end);
  }
  if (text === '[]') return noChanges;
  const changes: unknown = JSON.parse(text);
  return Array.isArray(changes) ? changes.filter(isFieldChange) : noChanges;
}

function isFieldChange(entry: unknown): entry is FieldChange {
  if (typeof entry !== 'object' || entry === null) return false;
  const { field, change } = entry as Partial<FieldChange>;
  return typeof field === 'string' && typeof change === 'string';
}
