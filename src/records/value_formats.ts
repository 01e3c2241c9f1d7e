/** Passes the plans and the user's formats of values to the kernel, which encodes them: `kernel/cells.ts`. */

import type { Values } from '../config/types.ts';
import { type Plan, unreadMark } from '../model.ts';
import { type ColumnNames, isNested, nestedBytes } from './column_finder.ts';
import { cellOf } from './csv.ts';
import { dateTimeFormats, heldTextBytes, type Kernel, keptBytes, type PlanSizes } from './kernel/kernel.ts';
import * as positions from './kernel/positions.ts';
import type { ValueRule } from './value_rules.ts';

/** Why a value cannot be a cell, by the kernel's number. */
export const faults: Readonly<Record<number, string>> = {
  [positions.largeExponent]: 'the number has an exponent beyond ±400',
  [positions.noDateTime]: 'the value is no date-time',
  [positions.noYear]: 'the value is no date-time of the years 0 to 9999',
  [positions.heldSeparator]: 'an element of the list contains the list separator',
};

/** What the plans of one shape share in the kernel's memory. */
export interface KernelShape {
  /** An `EncodingPlan` of `kernel/plan.ts`, but for what differs from plan to plan. */
  readonly numbers: Int32Array;
  /** Position of each column's start in the latest row, and of the row's end. */
  readonly cellStart: number;
}

/** For the items of picklists: enough for fifty of the largest. Values of others are looked up outside of the kernel. */
const itemBytes = 1 << 20;

/** Memory that {@link writeShape}, {@link writePlan} and {@link writeChecks} take at most: if no two plans share a shape. */
export function sizesOf(plans: readonly Plan[], formats: Values): PlanSizes {
  const absentBytes = Math.max(1, Buffer.byteLength(formats.null_text));
  const texts = textsOf(formats).reduce((sum, [, text]) => sum + keptBytes(Buffer.byteLength(text)), 0);
  const bytesOf = (columns: number, keys: number) =>
    keptBytes(4 * columns) +
    keptBytes(4 * keys) +
    keptBytes(4 * columns + 4) +
    keptBytes(columns) +
    keptBytes(4 * positions.checkNumbers * columns) +
    keptBytes(4 * columns) +
    texts +
    keptBytes(absentBytes) +
    keptBytes(4 * positions.planNumbers);
  const heldTexts = plans.some(({ columns }) => columns.some(isNested)) ? keptBytes(heldTextBytes) : 0;
  const bytes = plans.reduce(
    (sum, { columns, keyColumns }) => sum + bytesOf(columns.length, keyColumns.length) + nestedBytes(columns),
    itemBytes + heldTexts,
  );
  // Each column may have a name of its own and that of what it is nested in; two more are those of a deletion and a cursor.
  const names = 2 + 2 * plans.reduce((most, { columns }) => Math.max(most, columns.length), 0);
  return { bytes, names };
}

/** Texts shared by all rows, with their positions in a plan. */
function textsOf({ null_text, boolean_format, list_separator }: Values): [position: number, text: string][] {
  const [yes, no] = boolean_format === '1_0' ? ['1', '0'] : ['true', 'false'];
  return [
    [positions.planNull, null_text],
    [positions.planTrue, yes],
    [positions.planFalse, no],
    [positions.planSeparator, list_separator],
  ];
}

/** Writes what the plans of one shape share into the kernel's memory, where it stays. */
export function writeShape(kernel: Kernel, plan: Plan, names: ColumnNames, formats: Values): KernelShape {
  const { columns, keyColumns, latestBy, unreadableValues } = plan;
  const count = columns.length;
  const numbers = new Int32Array(positions.planNumbers);
  const absent = plan.route === 'object_api' ? Buffer.of(unreadMark) : Buffer.from(formats.null_text);
  const texts = textsOf(formats).map(([position, text]) => [position, Buffer.from(text)] as const);
  for (const [position, bytes] of [...texts, [positions.planAbsent, absent] as const]) {
    const at = kernel.keep(bytes.length);
    kernel.bytes.set(bytes, at);
    numbers.set([at, bytes.length], position);
  }
  const [nameOf, cellStart, keys] = [
    kernel.keep(4 * count),
    kernel.keep(4 * count + 4),
    kernel.keep(4 * keyColumns.length),
  ];
  kernel.numbers.set(names.names, nameOf / 4);
  kernel.numbers.set(keyColumns, keys / 4);
  const dateTimes = kernel.keep(count);
  const format = dateTimeFormats.indexOf(formats.datetime_format);
  for (const [column, { isDateTime }] of columns.entries()) kernel.bytes[dateTimes + column] = isDateTime ? format : 0;
  numbers[positions.planColumns] = count;
  numbers[positions.planNames] = nameOf;
  numbers[positions.planNameCount] = names.nameCount;
  numbers[positions.planDateTimeFormats] = dateTimes;
  numbers[positions.planCellStart] = cellStart;
  numbers[positions.planAbsentType] = absentTypeOf(plan);
  numbers[positions.planSeparatorIsSpecial] = Number(/[",\r\n]/.test(formats.list_separator));
  // Its calls have lists as JSON; batches of `auto` may still become files.
  numbers[positions.planKeepsLists] = Number(plan.route === 'object_api');
  numbers[positions.planTrims] = Number(formats.trim);
  numbers[positions.planSeeksUnread] = Number(unreadableValues !== 'send' || keyColumns.length > 0);
  numbers[positions.planKeys] = keys;
  numbers[positions.planKeyCount] = keyColumns.length;
  numbers[positions.planDeleted] = names.deleted;
  numbers[positions.planNestedCount] = names.innerColumns.length;
  numbers[positions.planIsWatched] = Number(latestBy !== undefined);
  return { numbers, cellStart: cellStart / 4 };
}

/**
 * Writes a plan of a shape into the kernel's memory, where it stays.
 * @param nested where its nested columns are
 * @returns its position
 */
export function writePlan(kernel: Kernel, { id }: Plan, { numbers }: KernelShape, nested: number): number {
  const place = kernel.keep(4 * positions.planNumbers);
  kernel.numbers.set(numbers, place / 4);
  kernel.numbers[place / 4 + positions.planNested] = nested;
  kernel.numbers[place / 4 + positions.planId] = id;
  return place;
}

/**
 * By the object API, what the record does not have stays as it is in Gainsight; `auto` empties it, as the CSV file does,
 * unless that leaves absent columns out. 0: rows have no types.
 */
function absentTypeOf({ absentColumns, route }: Plan): number {
  if (route === undefined) return 0;
  return route === 'auto' && absentColumns !== 'leave_out' ? positions.typeNull : positions.typeAbsent;
}

/**
 * From now on the kernel looks for values that may not fit these rules, by the position of their columns.
 * @param place of the plan
 */
export function writeChecks(
  kernel: Kernel,
  place: number,
  columns: number,
  rules: ReadonlyMap<number, ValueRule>,
): void {
  const [checks, suspects] = [kernel.keep(4 * positions.checkNumbers * columns), kernel.keep(4 * columns)];
  for (const [column, rule] of rules)
    kernel.numbers.set(checkOf(rule, kernel), checks / 4 + positions.checkNumbers * column);
  kernel.numbers[place / 4 + positions.planChecks] = checks;
  kernel.numbers[place / 4 + positions.planSuspects] = suspects;
}

function checkOf(rule: ValueRule, kernel: Kernel): [kind: number, limit: number] {
  switch (rule.kind) {
    case 'text':
      return [positions.checkText, limitOf(rule.length)];
    case 'number':
      return [positions.checkNumber, limitOf(rule.decimals)];
    case 'boolean':
      return [positions.checkBoolean, 0];
    case 'date':
      return [positions.checkDate, 0];
    case 'picklist':
      return [positions.checkPicklist, writeItems([...rule.picklist.accepted].map(cellOf), kernel)];
  }
}

/** @returns where they are; 0: there is no room */
function writeItems(cells: readonly string[], kernel: Kernel): number {
  const slots = 2 ** Math.ceil(Math.log2(2 * cells.length));
  const bytes = Buffer.from(cells.join(''));
  const tableBytes = keptBytes(4 + 8 * slots);
  if (!kernel.hasRoom(tableBytes + keptBytes(bytes.length))) return 0;
  const [table, start] = [kernel.keep(tableBytes), kernel.keep(bytes.length)];
  kernel.bytes.set(bytes, start);
  kernel.numbers[table / 4] = slots - 1;
  let at = start;
  for (const cell of cells) {
    const stop = at + Buffer.byteLength(cell);
    kernel.run.addItem(table, at, stop);
    at = stop;
  }
  return table;
}

/** No cell is as long as the largest limit. */
function limitOf(limit: number): number {
  return Math.min(limit, 2 ** 30);
}
