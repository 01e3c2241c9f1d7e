/**
 * How rows of one plan are encoded. Written once per plan by the connector: `writePlan` in
 * `src/records/value_formats.ts`.
 */

@unmanaged
export class EncodingPlan {
  columns: i32;
  /** Per column: the index of the field with its value, or {@link absent}. */
  fields: usize;
  /** Per column, one byte: the format of its date-times; 0: texts are not treated as date-times. */
  dateTimeFormats: usize;
  /** Per column: where its cell starts in the latest row, and one more entry for the row's end. */
  cellStart: usize;
  nullAt: usize;
  nullLength: i32;
  trueAt: usize;
  trueLength: i32;
  falseAt: usize;
  falseLength: i32;
  separatorAt: usize;
  separatorLength: i32;
  /** Whether a cell that contains the separator must be quoted. */
  separatorIsSpecial: i32;
  /** Whether white space around texts is removed. */
  trims: i32;
  /** Whether rows are searched for values that the source did not read. */
  seeksUnread: i32;
}

/** In place of a field index: the column has no value. */
export const absent: i32 = -1;
