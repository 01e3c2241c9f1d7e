/** The types of a row's values: the last cell of rows for the object API (`src/records/typed_row.ts`). */
import * as positions from '../src/records/kernel/positions';
import * as ascii from './ascii';
import { same } from './bytes';
import { holdsSeparator } from './cells';
import * as json from './json';
import * as layout from './layout';
import { EncodingPlan } from './plan';
import * as row from './row';
import { valueNamed } from './values';

/** Appends the cell, a letter for each column, to the row whose cells are where `plan.cellStart` says. */
export function appendTypes(plan: EncodingPlan): void {
  row.reserve(plan.columns);
  for (let column = 0; column < plan.columns; column++) row.byte(<u8>typeOf(plan, column));
}

function typeOf(plan: EncodingPlan, column: i32): i32 {
  const value = valueNamed(load<i32>(plan.names + 4 * column));
  if (value.start === 0) return plan.absentType;
  const byte = load<u8>(value.start);
  if (byte === ascii.letterN) return positions.typeNull;
  if (byte === ascii.letterT) return positions.typeTrue;
  if (byte === ascii.letterF) return positions.typeFalse;
  if (byte === ascii.openBrace) return positions.typeJson;
  if (byte === ascii.openBracket) return isJson(plan, value.start, value.end) ? positions.typeJson : positions.typeList;
  if (byte !== ascii.quote) return positions.typeNumber;
  // An empty date-time is none.
  const mayBeNone = load<u8>(plan.dateTimeFormats + column) !== 0;
  return mayBeNone && isNull(plan, column) ? positions.typeNull : positions.typeText;
}

/** Whether the cell is that of no value, which no value has: its cell would be in quotes. */
function isNull(plan: EncodingPlan, column: i32): bool {
  const start = load<i32>(plan.cellStart + 4 * column);
  const length = load<i32>(plan.cellStart + 4 * column, 4) - 1 - start;
  return length === plan.nullLength && same(layout.row + start, plan.nullAt, length);
}

/** Whether the cell of an array is its JSON. */
function isJson(plan: EncodingPlan, start: usize, stop: usize): bool {
  return isNested(start, stop) || (plan.keepsLists !== 0 && holdsSeparator(plan, start, stop));
}

/** Whether an array contains objects or arrays. */
function isNested(start: usize, stop: usize): bool {
  json.open(stop);
  for (let i = json.space(start + 1); load<u8>(i) !== ascii.closeBracket; ) {
    const byte = load<u8>(i);
    if (byte === ascii.openBracket || byte === ascii.openBrace) return true;
    i = json.space(json.scalar(i));
    if (load<u8>(i) === ascii.comma) i = json.space(i + 1);
  }
  return false;
}
