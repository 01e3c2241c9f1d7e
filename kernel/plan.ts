/**
 * How rows of one plan are encoded. Written once per plan by the connector: `writePlan` in
 * `src/records/value_formats.ts`. What it points to is shared by the plans of one shape, except its nested columns and
 * checks, and the leads.
 */

import * as positions from '../src/records/kernel/positions';

@unmanaged
export class EncodingPlan {
  columns: i32;
  /** Per column: the number of the name whose value it has. */
  names: usize;
  nameCount: i32;
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
  /** The cell of a column that the record does not have. */
  absentAt: usize;
  absentLength: i32;
  /** The type of such a column; 0: rows have no cell with the types of the others. */
  absentType: i32;
  /** Whether a cell that contains the separator must be quoted. */
  separatorIsSpecial: i32;
  /** Whether a list of which an element contains the separator stays JSON, and does not reject its row. */
  keepsLists: i32;
  /** Whether white space around texts is removed. */
  trims: i32;
  /** Whether rows are searched for values that the source did not read. */
  seeksUnread: i32;
  /** Per column: its check; 0: values are not checked. */
  checks: usize;
  /** The columns of the latest row whose values may not fit. */
  suspects: usize;
  /** The columns of the key. */
  keys: usize;
  keyCount: i32;
  /** The number of the name whose value says that the row is deleted. */
  deleted: i32;
  /** The columns whose values are nested in others: `nested.ts`. */
  nested: usize;
  nestedCount: i32;
  /** Whether the connector must look at each record. */
  isWatched: i32;
  /** Whether its records are only counted. */
  isStopped: i32;
  /** The number by which the connector knows it. */
  id: i32;
  /** The leads of its records, as long as {@link epoch} is the present one: `leads.ts`. */
  leads: usize;
  epoch: i32;
}

// The compiler ends here if the connector writes a number elsewhere.
if (offsetof<EncodingPlan>('columns') !== 4 * positions.planColumns) ERROR('columns');
if (offsetof<EncodingPlan>('names') !== 4 * positions.planNames) ERROR('names');
if (offsetof<EncodingPlan>('nameCount') !== 4 * positions.planNameCount) ERROR('nameCount');
if (offsetof<EncodingPlan>('dateTimeFormats') !== 4 * positions.planDateTimeFormats) ERROR('dateTimeFormats');
if (offsetof<EncodingPlan>('cellStart') !== 4 * positions.planCellStart) ERROR('cellStart');
if (offsetof<EncodingPlan>('nullAt') !== 4 * positions.planNull) ERROR('nullAt');
if (offsetof<EncodingPlan>('nullLength') !== 4 * (positions.planNull + 1)) ERROR('nullLength');
if (offsetof<EncodingPlan>('trueAt') !== 4 * positions.planTrue) ERROR('trueAt');
if (offsetof<EncodingPlan>('trueLength') !== 4 * (positions.planTrue + 1)) ERROR('trueLength');
if (offsetof<EncodingPlan>('falseAt') !== 4 * positions.planFalse) ERROR('falseAt');
if (offsetof<EncodingPlan>('falseLength') !== 4 * (positions.planFalse + 1)) ERROR('falseLength');
if (offsetof<EncodingPlan>('separatorAt') !== 4 * positions.planSeparator) ERROR('separatorAt');
if (offsetof<EncodingPlan>('separatorLength') !== 4 * (positions.planSeparator + 1)) ERROR('separatorLength');
if (offsetof<EncodingPlan>('absentAt') !== 4 * positions.planAbsent) ERROR('absentAt');
if (offsetof<EncodingPlan>('absentLength') !== 4 * (positions.planAbsent + 1)) ERROR('absentLength');
if (offsetof<EncodingPlan>('absentType') !== 4 * positions.planAbsentType) ERROR('absentType');
if (offsetof<EncodingPlan>('separatorIsSpecial') !== 4 * positions.planSeparatorIsSpecial) ERROR('separatorIsSpecial');
if (offsetof<EncodingPlan>('keepsLists') !== 4 * positions.planKeepsLists) ERROR('keepsLists');
if (offsetof<EncodingPlan>('trims') !== 4 * positions.planTrims) ERROR('trims');
if (offsetof<EncodingPlan>('seeksUnread') !== 4 * positions.planSeeksUnread) ERROR('seeksUnread');
if (offsetof<EncodingPlan>('checks') !== 4 * positions.planChecks) ERROR('checks');
if (offsetof<EncodingPlan>('suspects') !== 4 * positions.planSuspects) ERROR('suspects');
if (offsetof<EncodingPlan>('keys') !== 4 * positions.planKeys) ERROR('keys');
if (offsetof<EncodingPlan>('keyCount') !== 4 * positions.planKeyCount) ERROR('keyCount');
if (offsetof<EncodingPlan>('deleted') !== 4 * positions.planDeleted) ERROR('deleted');
if (offsetof<EncodingPlan>('nested') !== 4 * positions.planNested) ERROR('nested');
if (offsetof<EncodingPlan>('nestedCount') !== 4 * positions.planNestedCount) ERROR('nestedCount');
if (offsetof<EncodingPlan>('isWatched') !== 4 * positions.planIsWatched) ERROR('isWatched');
if (offsetof<EncodingPlan>('isStopped') !== 4 * positions.planIsStopped) ERROR('isStopped');
if (offsetof<EncodingPlan>('id') !== 4 * positions.planId) ERROR('id');
if (offsetof<EncodingPlan>('leads') !== 4 * positions.planLeads) ERROR('leads');
if (offsetof<EncodingPlan>('epoch') !== 4 * positions.planEpoch) ERROR('epoch');
if (offsetof<EncodingPlan>() !== 4 * positions.planNumbers) ERROR('planNumbers');
