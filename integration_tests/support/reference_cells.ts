/** The reference's cells: a JSON value as the text that Gainsight must hold, and the size of rows. */
import { stringify } from 'csv-stringify/sync';
import type { Values } from '../../src/config/types.ts';
import type { Json } from './json_text.ts';

/** What Gainsight holds: null if the file has an empty cell. */
export type Cell = string | null;

/** A cell, and whether a file can contain it. */
export interface Written {
  readonly cell: Cell;
  /** There is no value. */
  readonly isNull?: boolean;
  /** The beginning of the reason why no file can contain the value. */
  readonly fault?: string | undefined;
}

/** The cell of a value; undefined is an absent one. */
export function cellOf(value: Json | undefined, isDateTime: boolean, formats: Values): Written {
  if (value === undefined || value.text === 'null')
    return { cell: formats.null_text === '' ? null : formats.null_text, isNull: true };
  if (isDateTime && formats.datetime_format !== 'as_is') return dateTime(value, formats);
  if (value.kind === 'object') return { cell: value.text };
  if (value.kind === 'array') return list(value, formats);
  if (value.kind === 'string' && formats.trim) return { cell: Buffer.from(value.value).toString().trim() };
  return scalar(value, formats);
}

function scalar(value: Json, { boolean_format }: Values): Written {
  // Buffers write a lone surrogate as U+FFFD.
  if (value.kind === 'string') return { cell: Buffer.from(value.value).toString() };
  if (value.kind === 'number') return number(value.text);
  if (boolean_format === '1_0') return { cell: value.text === 'true' ? '1' : '0' };
  return { cell: value.text };
}

/** Computed with whole numbers, so that no digit is lost. */
function number(text: string): Written {
  const [mantissa = '', exponent] = text.toLowerCase().split('e');
  if (exponent === undefined) return { cell: text };
  if (Math.abs(Number(exponent)) > 400) return { cell: text, fault: 'the number has an exponent beyond ±400' };
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const decimals = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  if (decimals <= 0) return { cell: `${sign}${digits * 10n ** BigInt(-decimals)}` };
  const scale = 10n ** BigInt(decimals);
  return { cell: `${sign}${digits / scale}.${String(digits % scale).padStart(decimals, '0')}` };
}

/** Rewrites forms such as `2026-03-05 10:00 UTC` to one that JavaScript parses. */
function dateTime(value: Json, { datetime_format, null_text }: Values): Written {
  if (value.kind !== 'string') return { cell: value.text, fault: 'the value is no date-time' };
  const text = value.value.trim();
  if (text === '') return { cell: null_text === '' ? null : null_text, isNull: true };
  const [, day = '', time = 'T00:00', zone = ''] =
    /^(\d{4}-\d\d-\d\d)([Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)? ?(.*)$/.exec(text) ?? [];
  const offset = /^([+-]\d\d):?(\d\d)?$/.exec(zone);
  const utc = /^(z|utc)?$/i.test(zone) ? 'Z' : 'no zone';
  const moment = new Date(`${day}T${time.slice(1)}${offset ? `${offset[1]}:${offset[2] ?? '00'}` : utc}`);
  const isMoment = !(Number.isNaN(moment.getTime()) || time.includes('24:'));
  if (!isMoment) return { cell: value.value, fault: 'the value is no date-time' };
  return { cell: datetime_format === 'epoch_milliseconds' ? String(moment.getTime()) : moment.toISOString() };
}

/** Scalars joined by separators, nulls left out; with objects or arrays among them, the text as it came. */
function list(value: Extract<Json, { kind: 'array' }>, formats: Values): Written {
  if (value.items.some(({ kind }) => kind === 'array' || kind === 'object')) return { cell: value.text };
  const items = value.items.filter(({ text }) => text !== 'null').map((item) => scalar(item, formats));
  const texts = items.map(({ cell }) => cell ?? '');
  const joined = texts.join(formats.list_separator);
  const fault = items.find((item) => item.fault)?.fault;
  if (fault !== undefined) return { cell: value.text, fault };
  const found = texts.length === 0 ? [] : joined.split(formats.list_separator);
  if (found.every((text, at) => text === texts[at])) return { cell: joined };
  return { cell: value.text, fault: 'an element of the list contains the list separator' };
}

/** Length of rows in bytes in the CSV dialect, by csv-stringify; null is an empty cell. */
export function csvBytes(rows: readonly (readonly Cell[])[]): number {
  return Buffer.byteLength(
    stringify(
      rows.map((row) => [...row]),
      {
        record_delimiter: '\n',
        eof: true,
        quoted_match: [/^$/, /^ | $/],
        quote_record_delimiter: true,
        cast: { null: () => ({ value: '', quoted_match: [] }) } as never,
      },
    ),
  );
}
