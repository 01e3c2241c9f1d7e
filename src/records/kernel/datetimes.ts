/** Date-times as sources write them -> the format that the user chose. */

import type { Values } from '../../config/types.ts';

/** Where something is to be done. */
export type DateTimeFormat = Exclude<Values['datetime_format'], 'as_is'>;

const zone = '(?:[Zz]|[Uu][Tt][Cc]|([+-])(\\d\\d):?(\\d\\d)?)';
const pattern = new RegExp(`^(\\d{4}-\\d\\d-\\d\\d)(?:[Tt ](\\d\\d:\\d\\d)(?::(\\d\\d)(?:\\.(\\d+))?)? ?${zone}?)?$`);

/** A moment, as exactly as it was written. */
export interface Moment {
  /** Whole seconds since 1970. */
  readonly seconds: number;
  /** The digits behind the point. */
  readonly fraction: string;
}

/**
 * Reads an RFC 3339 text. White space around it does not matter; a space may stand for the `T`, and `UTC` for the `Z`;
 * without an offset it is UTC; seconds may be missing, and so may the time, which is midnight then.
 * @returns undefined where it is no such text
 */
export function readDateTime(text: string): Moment | undefined {
  const [, date, time = '00:00', second = '00', fraction = '', sign, hours = '0', minutes = '0'] =
    pattern.exec(text.trim()) ?? [];
  const local = Date.parse(`${date}T${time}:${second}Z`);
  // Date.parse lets 30 February and 24:00 pass into the next day.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(`${date}T${time}:${second}`)) return undefined;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60;
  return { seconds: local / 1000 + (sign === '-' ? offset : -offset), fraction };
}

/**
 * Formats what {@link readDateTime} reads; what is finer than a millisecond is cut off.
 * @returns undefined where it is no such text, or no moment of the years 0 to 9999
 */
export function formatDateTime(text: string, format: DateTimeFormat): string | undefined {
  const moment = readDateTime(text);
  if (moment === undefined) return undefined;
  const milliseconds = moment.seconds * 1000 + Number(moment.fraction.slice(0, 3).padEnd(3, '0'));
  const iso = new Date(milliseconds).toISOString();
  if (iso.length !== '2024-01-01T00:00:00.000Z'.length) return undefined;
  return format === 'epoch_milliseconds' ? String(milliseconds) : iso;
}
