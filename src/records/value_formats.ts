/** Passes the plans and the user's formats of values to the kernel, which encodes them: `kernel/cells.ts`. */

import type { Values } from '../config/types.ts';
import type { Plan } from '../model.ts';
import { dateTimeFormats, heldTextBytes, type Kernel, keptBytes, type PlanSizes } from './kernel/kernel.ts';

/** Why a value cannot be a cell, by the kernel's number. */
export const faults: readonly string[] = [
  'unknown',
  'the number has an exponent beyond ±400',
  'the value is no date-time',
  'the value is no date-time of the years 0 to 9999',
  'an element of the list contains the list separator',
];

/** A plan in the kernel's memory: `EncodingPlan` in `kernel/plan.ts`. */
export interface KernelPlan {
  readonly place: number;
  /** Position in the kernel's `numbers` of each column's field index, or -1. */
  readonly fields: number;
  /** Position of each column's start in the latest row, and of the row's end. */
  readonly cellStart: number;
}

/** Memory that {@link writePlan} takes for all plans. */
export function sizesOf(plans: readonly Plan[], formats: Values): PlanSizes {
  const texts = textsOf(formats).reduce((sum, text) => sum + keptBytes(Buffer.byteLength(text)), 0);
  const bytesOf = (columns: number) =>
    keptBytes(4 * columns) + keptBytes(4 * columns + 4) + keptBytes(columns) + texts + keptBytes(4 * planNumbers);
  const innerOf = ({ columns }: Plan) => columns.filter(({ path }) => path.length > 1).length;
  const inner = plans.reduce((most, plan) => Math.max(most, innerOf(plan)), 0);
  const heldTexts = inner > 0 ? keptBytes(heldTextBytes) : 0;
  return { bytes: heldTexts + plans.reduce((sum, { columns }) => sum + bytesOf(columns.length), 0), inner };
}

/** Length of a plan, in 32-bit numbers. */
const planNumbers = 15;

/** Texts shared by all rows: no value, true, false, and the separator in lists. */
function textsOf({ null_text, boolean_format, list_separator }: Values): string[] {
  return [null_text, ...(boolean_format === '1_0' ? ['1', '0'] : ['true', 'false']), list_separator];
}

/** Writes a plan into the kernel's memory, where it stays. */
export function writePlan(
  kernel: Kernel,
  { columns, keyColumns, unreadableValues }: Pick<Plan, 'columns' | 'keyColumns' | 'unreadableValues'>,
  formats: Values,
): KernelPlan {
  const count = columns.length;
  const text = (text: string) => {
    const bytes = Buffer.from(text);
    const at = kernel.keep(bytes.length);
    kernel.bytes.set(bytes, at);
    return [at, bytes.length];
  };
  const [fields, cellStart] = [kernel.keep(4 * count), kernel.keep(4 * count + 4)];
  const dateTimes = kernel.keep(count);
  const format = dateTimeFormats.indexOf(formats.datetime_format);
  for (const [column, { isDateTime }] of columns.entries()) kernel.bytes[dateTimes + column] = isDateTime ? format : 0;
  const hasSpecialSeparator = Number(/[",\r\n]/.test(formats.list_separator));
  const seeksUnread = unreadableValues !== 'send' || keyColumns.length > 0;
  const flags = [hasSpecialSeparator, Number(formats.trim), Number(seeksUnread)];
  const table = [count, fields, dateTimes, cellStart, ...textsOf(formats).flatMap(text), ...flags];
  const place = kernel.keep(4 * planNumbers);
  kernel.numbers.set(table, place / 4);
  return { place, fields: fields / 4, cellStart: cellStart / 4 };
}
