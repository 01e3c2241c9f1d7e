/**
 * A quick look at the cells of a row: those that certainly fit what a tenant's metadata says of their fields, and
 * suspects, which the connector judges exactly (`src/records/value_rules.ts`).
 */
import * as positions from '../src/records/kernel/positions';
import * as ascii from './ascii';
import { holds, noDigits, same } from './bytes';
import { isItem } from './items';
import * as layout from './layout';
import { EncodingPlan } from './plan';

/** What the values of one column must be like. */
@unmanaged
class Check {
  kind: i32;
  /** Bytes of a text, decimal places of a number; of a picklist where its items are: `items.ts`. */
  limit: i32;
}
if (offsetof<Check>() !== 4 * positions.checkNumbers) ERROR('checkNumbers');

/**
 * Looks at the row whose cells are where `plan.cellStart` says; `stop` is after its line feed.
 * @returns the number of suspects, whose columns are in `plan.suspects`
 */
export function screen(plan: EncodingPlan, stop: usize): i32 {
  const mayHaveMarkup = holds(ascii.lessThan, layout.row + load<i32>(plan.cellStart), stop);
  let suspects = 0;
  for (let column = 0; column < plan.columns; column++) {
    const check = changetype<Check>(plan.checks + <usize>column * offsetof<Check>());
    if (check.kind === positions.checkNone) continue;
    const cell = layout.row + load<i32>(plan.cellStart + 4 * column);
    const end = layout.row + load<i32>(plan.cellStart + 4 * column, 4) - 1;
    if (isEmpty(cell, end) || fits(check, cell, end, mayHaveMarkup) || isAbsent(plan, cell, end)) continue;
    store<i32>(plan.suspects + 4 * suspects, column);
    suspects++;
  }
  return suspects;
}

/** No text, or an empty one in quotes. */
function isEmpty(start: usize, stop: usize): bool {
  return start === stop || (stop - start === 2 && load<u8>(start) === ascii.quote);
}

function isAbsent(plan: EncodingPlan, start: usize, stop: usize): bool {
  return <i32>(stop - start) === plan.absentLength && same(start, plan.absentAt, plan.absentLength);
}

/** What comes from elsewhere than plain values (an offset without a colon, a blank before a number) is a suspect. */
function fits(check: Check, start: usize, stop: usize, mayHaveMarkup: bool): bool {
  switch (check.kind) {
    case positions.checkText:
      // No text has more characters than bytes.
      return <i32>(stop - start) <= check.limit && !(mayHaveMarkup && holds(ascii.lessThan, start, stop));
    case positions.checkNumber:
      return isNumber(start, stop, check.limit);
    case positions.checkBoolean:
      return isBoolean(start, stop);
    case positions.checkDate:
      return isDate(start, stop);
    default:
      return check.limit !== 0 && isItem(check.limit, start, stop);
  }
}

/** Digits, and a point before at most `decimals` more. */
function isNumber(start: usize, stop: usize, decimals: i32): bool {
  const first = load<u8>(start) === ascii.minus ? start + 1 : start;
  const end = endOfDigits(first, stop);
  if (end === first || <i32>(end - first) > positions.mostDigits) return false;
  if (end === stop) return true;
  if (load<u8>(end) !== ascii.point || <i32>(stop - end) - 1 > decimals) return false;
  return endOfDigits(end + 1, stop) === stop;
}

function isBoolean(start: usize, stop: usize): bool {
  const length = stop - start;
  if (length === 1) return (load<u8>(start) | 1) === ascii.one;
  if (length === 4) return load<i32>(start) === ascii.trueWord;
  return length === 5 && load<u8>(start) === ascii.letterF && load<i32>(start, 1) === ascii.alseWord;
}

/** `2024-12-31`, or `2024-12-31T23:59:59.123+01:00`. The 29th of February is a suspect. */
function isDate(start: usize, stop: usize): bool {
  const length = stop - start;
  if (length !== 10 && length < 19) return false;
  if (endOfDigits(start, start + 4) !== start + 4) return false;
  if (load<u8>(start, 4) !== ascii.minus || load<u8>(start, 7) !== ascii.minus) return false;
  const month = twoDigits(start + 5);
  const day = twoDigits(start + 8);
  if (month < 1 || month > 12 || day < 1 || day > daysOf(month)) return false;
  return length === 10 || isTime(start + 10, stop);
}

function daysOf(month: i32): i32 {
  if (month === 2) return 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isTime(start: usize, stop: usize): bool {
  const between = load<u8>(start);
  if (between !== ascii.capitalT && between !== ascii.space) return false;
  if (load<u8>(start, 3) !== ascii.colon || load<u8>(start, 6) !== ascii.colon) return false;
  if (twoDigits(start + 1) > 23 || twoDigits(start + 4) > 59 || twoDigits(start + 7) > 59) return false;
  const seconds = start + 9;
  if (seconds === stop || load<u8>(seconds) !== ascii.point) return isZone(seconds, stop);
  const end = endOfDigits(seconds + 1, stop);
  return end > seconds + 1 && isZone(end, stop);
}

function isZone(start: usize, stop: usize): bool {
  if (start === stop) return true;
  const first = load<u8>(start);
  if (stop - start === 1) return first === ascii.capitalZ;
  if (stop - start !== 6 || (first !== ascii.plus && first !== ascii.minus)) return false;
  return load<u8>(start, 3) === ascii.colon && twoDigits(start + 1) <= 23 && twoDigits(start + 4) <= 59;
}

/** The number of two digits; above 99 if they are none. */
function twoDigits(at: usize): i32 {
  const tens = <i32>load<u8>(at) - ascii.zero;
  const ones = <i32>load<u8>(at, 1) - ascii.zero;
  return tens >= 0 && tens < 10 && ones >= 0 && ones < 10 ? 10 * tens + ones : 100;
}

/** The position of the first byte that is no digit; `stop` if there is none. */
function endOfDigits(start: usize, stop: usize): usize {
  for (let i = start; i < stop; i += 16) {
    const others = noDigits(v128.load(i));
    if (others !== 0) return min(i + ctz(others), stop);
  }
  return stop;
}
