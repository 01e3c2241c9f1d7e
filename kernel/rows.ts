/** Encodes a record's fields, as `fields.ts` found them, as a row of a plan. */
import * as positions from '../src/records/kernel/positions';
import * as ascii from './ascii';
import { empty, value } from './cells';
import * as layout from './layout';
import { EncodingPlan } from './plan';
import * as row from './row';
import { screen } from './screen';
import { mayHoldUnread } from './unread';

/** Why there is no row: the first fault found. */
@unmanaged
class Fault {
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

const fault = changetype<Fault>(layout.fault);

/** Encodes the latest record and returns the length of the row in bytes, including its line feed. */
export function encode(at: usize): i32 {
  const plan = changetype<EncodingPlan>(at);
  const columns = plan.columns;
  row.clear();
  fault.reason = positions.noFault;
  for (let column = 0; column < columns; column++) {
    store<i32>(plan.cellStart + 4 * column, <i32>(row.end - layout.row));
    const field = load<i32>(plan.fields + 4 * column);
    if (field === positions.absentField) {
      empty(plan);
    } else {
      const reason = value(plan, field, load<u8>(plan.dateTimeFormats + column));
      if (reason !== positions.noFault && fault.reason === positions.noFault) {
        fault.reason = reason;
        fault.column = column;
      }
    }
    row.byte(ascii.comma);
  }
  store<i32>(plan.cellStart + 4 * columns, <i32>(row.end - layout.row));
  // Replaces the last comma.
  row.cutTo(row.end - 1);
  row.byte(ascii.lineFeed);
  fault.mayBeUnread = plan.seeksUnread !== 0 && mayHoldUnread(layout.row, row.end) ? 1 : 0;
  fault.suspects = plan.checks === 0 ? 0 : screen(plan, layout.row, row.end);
  return <i32>(row.end - layout.row);
}
