/** Converts date-times as sources write them to the format that the user chose. */

import type { Values } from '../../config/types.ts';

/** Formats that require a conversion. */
export type DateTimeFormat = Exclude<Values['datetime_format'], 'as_is'>;

const zone = '(?:[Zz]|[Uu][Tt][Cc]|([+-])(\\d\\d):?(\\d\\d)?)';
const pattern = new RegExp(`^(\\d{4}-\\d\\d-\\d\\d)(?:[Tt ](\\d\\d:\\d\\d)(?::(\\d\\d)(?:\\.(\\d+))?)? ?${zone}?)?$`);

/** A moment, with the precision it was written in. */
export interface Moment {
  /** Whole seconds since 1970. */
  readonly seconds: number;
  /** The digits after the decimal point. */
  readonly fraction: string;
}

/**
 * Reads an RFC 3339 text. Allows white space around it, a space for the `T`, `UTC` for the `Z`, missing seconds and a
 * missing time (midnight). Without an offset it is UTC.
 * @returns undefined if it is not such a text
 */
export function readDateTime(text: string): Moment | undefined {
  const [, date, time = '00:00', second = '00', fraction = '', sign, hours = '0', minutes = '0'] =
    pattern.exec(text.trim()) ?? [];
  const local = Date.parse(`${date}T${time}:${second}Z`);
  // Date.parse accepts 30 February and 24:00 as times of the next day.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(`${date}T${time}:${second}`)) return undefined;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60;
  return { seconds: local / 1000 + (sign === '-' ? offset : -offset), fraction };
}

/**
 * Formats what {@link readDateTime} reads, truncated to milliseconds.
 * @returns undefined if the text is no date-time or its year is not between 0 and 9999
 */
export function formatDateTime(text: string, format: DateTimeFormat): string | undefined {
  const moment = readDateTime(text);
  if (moment === undefined) return undefined;
  const milliseconds = moment.seconds * 1000 + Number(moment.fraction.slice(0, 3).padEnd(3, '0'));
  const iso = new Date(milliseconds).toISOString();
  if (iso.length !== '2024-01-01T00:00:00.000Z'.length) return undefined;
  return format === 'epoch_milliseconds' ? String(milliseconds) : iso;
}
