/** Which Gainsight field a column goes to: as an entry lists it, or by the entry's rule for names. */

import type { FieldMapping, StreamEntry } from '../config/types.ts';
import { readFieldsText } from './fields_text.ts';

/** The columns that an entry lists with their fields, in `fields` and then in `fields_text`. */
export function listedFields({
  fields,
  fields_text,
}: Pick<StreamEntry, 'fields' | 'fields_text'>): readonly FieldMapping[] {
  return [...fields, ...readFieldsText(fields_text).fields];
}

/** Whether the columns that an entry does not list are sent as well. */
export function sendsUnlisted(entry: Pick<StreamEntry, 'fields' | 'fields_text' | 'naming' | 'send_other_columns'>) {
  return entry.send_other_columns || entry.naming !== 'as_is' || listedFields(entry).length === 0;
}

/** The field of a column that the entry does not list. */
export function fieldNameOf(column: string, naming: StreamEntry['naming']): string {
  return naming === 'gainsight_custom' ? customFieldOf(column) : column;
}

/**
 * The API name that Gainsight gives to a custom field: its words begin with capitals and are joined by `_`, and `__gc`
 * follows. Words keep the case of their other letters, unless the whole name is in capitals, as Snowflake has it. A
 * column without letters and digits keeps its name.
 */
function customFieldOf(column: string): string {
  const bare = column.trim().replace(/__gc$/i, '');
  const cased = bare === bare.toUpperCase() ? bare.toLowerCase() : bare;
  const words = cased.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  if (words.length === 0) return column;
  return `${words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('_')}__gc`;
}
