/** What rows of one plan are made by: written by the connector, `writePlan` of `src/records/value_formats.ts`, once for each. */

@unmanaged
export class EncodingPlan {
  columns: i32;
  /** Of each column: the field that has its value, or {@link absent}. */
  fields: usize;
  /** Of each column, a byte: how its date-times are formatted; 0: they are texts like any other. */
  dateTimeFormats: usize;
  /** Of each column, where its cell starts in the latest row; at last, where a further one would. */
  cellStart: usize;
  nullAt: usize;
  nullLength: i32;
  trueAt: usize;
  trueLength: i32;
  falseAt: usize;
  falseLength: i32;
  separatorAt: usize;
  separatorLength: i32;
  /** A cell is quoted for the separator. */
  separatorIsSpecial: i32;
  /** White space around texts is left out. */
  trims: i32;
  /** Rows are searched for values that the source did not read. */
  seeksUnread: i32;
}

/** Instead of a field: the column has no value. */
export const absent: i32 = -1;
