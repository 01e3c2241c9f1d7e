/** How values are to be encoded, as the user chose; how they are: `kernel/cells.ts`. */
import { dateTimeFormats, type Kernel } from '../kernel/kernel.ts';
import type { Column } from '../model.ts';

/** `values` of the config. */
export interface ValueFormats {
  readonly null_text: string;
  readonly boolean_format: 'true_false' | '1_0';
  readonly datetime_format: 'as_is' | 'iso_utc_milliseconds' | 'epoch_milliseconds';
  readonly list_separator: string;
}

/** Why a value cannot be a cell, by the kernel's number. */
export const faults: readonly string[] = [
  'unknown',
  'the number has an exponent beyond ±400',
  'the value is no date-time',
  'the value is no date-time of the years 0 to 9999',
  'an element of the list contains the list separator',
];

/** A plan as the kernel reads it: `Plan` of `kernel/plan.ts`. */
export interface KernelPlan {
  readonly place: number;
  /** Of each column the field that has its value, or -1. */
  readonly fields: Int32Array;
  /** Of each column where its cell starts in the latest row; at last, where a further one would. */
  readonly cellStart: Int32Array;
}

/** Writes a plan into the kernel's memory, for good. @throws RangeError if there is none left */
export function writePlan(kernel: Kernel, columns: readonly Column[], formats: ValueFormats): KernelPlan {
  const count = columns.length;
  const { buffer } = kernel.bytes;
  const isBinary = formats.boolean_format === '1_0';
  const numbers = (length: number) => new Int32Array(buffer, kernel.keep(4 * length), length);
  const text = (text: string) => {
    const bytes = Buffer.from(text);
    const at = kernel.keep(bytes.length);
    kernel.bytes.set(bytes, at);
    return [at, bytes.length];
  };
  const [fields, cellStart] = [numbers(count), numbers(count + 1)];
  const dateTimes = new Uint8Array(buffer, kernel.keep(count), count);
  const format = dateTimeFormats.indexOf(formats.datetime_format);
  for (const [column, { isDateTime }] of columns.entries()) dateTimes[column] = isDateTime ? format : 0;
  const table = [
    ...[count, fields.byteOffset, dateTimes.byteOffset, cellStart.byteOffset],
    ...[formats.null_text, isBinary ? '1' : 'true', isBinary ? '0' : 'false', formats.list_separator].flatMap(text),
    Number(/[",\r\n]/.test(formats.list_separator)),
  ];
  const plan = numbers(table.length);
  plan.set(table);
  return { place: plan.byteOffset, fields, cellStart };
}
