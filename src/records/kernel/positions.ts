/**
 * The numbers that the kernel and the connector share: positions in the tables that both read, flags, reasons, limits.
 * This file is valid AssemblyScript too, and `kernel/` imports it: numbers only, no types. `kernel/README.md` has the
 * protocol as a whole.
 */

/** In {@link Kernel.found}: what is known of the latest record's fields. Members of `data`. */
export const foundCount = 0;
/** The id of the shape, if the members were exactly its keys; otherwise 0. */
export const foundShape = 1;
/** 1: all keys came as the shape expects, as far as it goes. */
export const foundIsExpected = 2;
/** 1: after the fields came the expected tail up to the end of the line. */
export const foundIsWholeLine = 3;
/** How many numbers `found` has. */
export const foundNumbers = 4;

/** In {@link Kernel.fault}: why the latest row cannot be sent. The first reason, {@link noFault} if there is none. */
export const faultReason = 0;
/** The column that the reason is about. */
export const faultColumn = 1;
/** 1: a cell may be a value that the source did not read. */
export const faultMayBeUnread = 2;
/** How many cells may not fit what metadata says of their fields. */
export const faultSuspects = 3;
/** How many numbers `fault` has. */
export const faultNumbers = 4;

/** Reasons why a value cannot be a cell. */
export const noFault = 0;
export const largeExponent = 1;
export const noDateTime = 2;
export const noYear = 3;
export const heldSeparator = 4;

/** In a plan: how many columns it has. */
export const planColumns = 0;
/** Where the index of the field is, per column. */
export const planFields = 1;
/** Where the format of date-times is, per column. */
export const planDateTimeFormats = 2;
/** Where the start of the cell in the latest row is kept, per column. */
export const planCellStart = 3;
/** Texts: each has two numbers, where it is and its length in bytes. */
export const planNull = 4;
export const planTrue = 6;
export const planFalse = 8;
export const planSeparator = 10;
/** 1: a cell that contains the separator must be quoted. */
export const planSeparatorIsSpecial = 12;
/** 1: white space around texts is removed. */
export const planTrims = 13;
/** 1: rows are searched for values that the source did not read. */
export const planSeeksUnread = 14;
/** Where the check is, per column: its kind and its limit; 0: values are not checked. */
export const planChecks = 15;
/** Where the columns of the latest row's suspects are. */
export const planSuspects = 16;
/** How many numbers a plan has. */
export const planNumbers = 17;

/** What the values of a column must be like. */
export const checkNone = 0;
export const checkText = 1;
export const checkNumber = 2;
export const checkBoolean = 3;
export const checkDate = 4;
export const checkPicklist = 5;
/** How many numbers a check has. */
export const checkNumbers = 2;
/** The digits of 999999999999999999: Gainsight reads no number beyond it. */
export const mostDigits = 18;

/** In place of the index of a field: the column has no value. */
export const absentField = -1;

/** A flag of a value: the string contains a backslash. */
export const hasEscape = 1;

/** The most bytes of a line's head that the kernel keeps. */
export const headBytes = 1024;
