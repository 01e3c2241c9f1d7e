/** Date-times as sources write them -> the format that the user chose. */
import type { Values } from '../../config/types.ts';

/** Where something is to be done. */
export type DateTimeFormat = Exclude<Values['datetime_format'], 'as_is'>;

const pattern = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))? ?(?:[Zz]|([+-])(\d\d):?(\d\d)?)?$/;

/**
 * Formats an RFC 3339 text. A space may stand for the `T`; without an offset it is UTC; what is finer than a
 * millisecond is cut off.
 * @returns undefined where it is no such text, or no moment of the years 0 to 9999
 */
export function formatDateTime(text: string, format: DateTimeFormat): string | undefined {
  const [, date, time, fraction = '', sign, hours = '0', minutes = '0'] = pattern.exec(text) ?? [];
  const local = Date.parse(`${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  // Date.parse lets 30 February and 24:00 pass into the next day.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(`${date}T${time}`)) return undefined;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  const moment = sign === '-' ? local + offset : local - offset;
  const iso = new Date(moment).toISOString();
  if (iso.length !== '2024-01-01T00:00:00.000Z'.length) return undefined;
  return format === 'epoch_milliseconds' ? String(moment) : iso;
}
