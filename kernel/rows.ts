/** Encodes a record's values as a row of a plan. */
import * as positions from '../src/records/kernel/positions';
import * as ascii from './ascii';
import { absent, value } from './cells';
import * as layout from './layout';
import { EncodingPlan } from './plan';
import * as row from './row';
import { screen } from './screen';
import { appendTypes } from './types';
import { mayHoldUnread } from './unread';
import { valueNamed } from './values';

/** Why there is no row: the first fault found. */
@unmanaged
export class Fault {
  reason: i32;
  column: i32;
  /** A cell may be a value that the source did not read. */
  mayBeUnread: i32;
  /** Number of cells that may not fit what metadata says of their fields. */
  suspects: i32;
}
if (offsetof<Fault>('reason') !== 4 * positions.faultReason) ERROR('reason');
if (offsetof<Fault>('column') !== 4 * positions.faultColumn) ERROR('column');
if (offsetof<Fault>('mayBeUnread') !== 4 * positions.faultMayBeUnread) ERROR('mayBeUnread');
if (offsetof<Fault>('suspects') !== 4 * positions.faultSuspects) ERROR('suspects');
if (offsetof<Fault>() !== 4 * positions.faultNumbers) ERROR('faultNumbers');

export const fault = changetype<Fault>(layout.fault);

/** Appends the row of the latest record's values, and returns its length in bytes, its line feed included. */
export function encode(plan: EncodingPlan): i32 {
  const start = row.end;
  const columns = plan.columns;
  fault.reason = positions.noFault;
  for (let column = 0; column < columns; column++) {
    store<i32>(plan.cellStart + 4 * column, <i32>(row.end - layout.row));
    const found = valueNamed(load<i32>(plan.names + 4 * column));
    if (found.start === 0) {
      absent(plan);
    } else {
      const reason = value(plan, found, load<u8>(plan.dateTimeFormats + column));
      if (reason !== positions.noFault && fault.reason === positions.noFault) {
        fault.reason = reason;
        fault.column = column;
      }
    }
    row.byte(ascii.comma);
  }
  store<i32>(plan.cellStart + 4 * columns, <i32>(row.end - layout.row));
  if (plan.absentType === 0) {
    // The line feed replaces the last comma.
    row.cutTo(row.end - 1);
  } else {
    appendTypes(plan);
  }
  row.byte(ascii.lineFeed);
  fault.mayBeUnread = plan.seeksUnread !== 0 && mayHoldUnread(start, row.end) ? 1 : 0;
  fault.suspects = plan.checks === 0 ? 0 : screen(plan, row.end);
  return <i32>(row.end - start);
}
