/**
 * The numbers that the kernel and the connector share: positions in the tables that both read, flags, reasons, limits.
 * This file is valid AssemblyScript too, and `kernel/` imports it: numbers only, no types. `kernel/README.md` has the
 * protocol as a whole.
 */

/** In {@link Kernel.found}: how many members of `data` the latest line has that was read without a template. */
export const foundMembers = 0;
/** Where its `data` starts, and the position after it. */
export const foundData = 1;
export const foundDataEnd = 2;
/** How many rows the latest call of `rows` encoded, and where the line after theirs starts. */
export const foundRows = 3;
export const foundNext = 4;
/** 1: that line fits no template, or is broken, or too long: it must be read without one. */
export const foundIsOther = 5;
/** 1: the one row is not finished, or the connector must look at it: the cells and values found are still known. */
export const foundIsAlone = 6;
/** How many numbers `found` has. */
export const foundNumbers = 7;

/** In {@link Kernel.rows}, per row: its plan's number, and where the row ends, from the start of the memory for rows. */
export const rowPlan = 0;
export const rowEnd = 1;
/** The digest of its key: four numbers. */
export const rowDigest = 2;
/** How many numbers a row has. */
export const rowNumbers = 6;
/** The most rows of one call. */
export const mostRows = 1024;

/** In {@link Kernel.numbers}, per name of a plan: where its value starts, 0: there is none; its end; its flags. */
export const valueStart = 0;
export const valueEnd = 1;
export const valueTraits = 2;
/** How many numbers a value has; the kernel keeps two more. */
export const valueNumbers = 5;

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
/** Where the number of the name is whose value the column has, per column. */
export const planNames = 1;
/** How many names there are. */
export const planNameCount = 2;
/** Where the format of date-times is, per column. */
export const planDateTimeFormats = 3;
/** Where the start of the cell in the latest row is kept, per column. */
export const planCellStart = 4;
/** Texts: each has two numbers, where it is and its length in bytes. */
export const planNull = 5;
export const planTrue = 7;
export const planFalse = 9;
export const planSeparator = 11;
/** The cell of a column that the record does not have. */
export const planAbsent = 13;
/** The type of such a column; 0: rows have no cell with the types of the others. */
export const planAbsentType = 15;
/** 1: a cell that contains the separator must be quoted. */
export const planSeparatorIsSpecial = 16;
/** 1: a list of which an element contains the separator stays JSON, and does not reject its row. */
export const planKeepsLists = 17;
/** 1: white space around texts is removed. */
export const planTrims = 18;
/** 1: rows are searched for values that the source did not read. */
export const planSeeksUnread = 19;
/** Where the check is, per column: its kind and its limit; 0: values are not checked. */
export const planChecks = 20;
/** Where the columns of the latest row's suspects are. */
export const planSuspects = 21;
/** Where the columns of the key are, and how many. */
export const planKeys = 22;
export const planKeyCount = 23;
/** The number of the name whose value, unless it is null, says that the row is deleted. */
export const planDeleted = 24;
/** Where the columns are whose values are nested in others, and how many. */
export const planNested = 25;
export const planNestedCount = 26;
/** 1: the connector must look at the values of each record. */
export const planIsWatched = 27;
/** 1: the plan's records are only counted: their lines are checked, and their rows have no bytes. */
export const planIsStopped = 28;
/** The number by which the connector knows the plan. */
export const planId = 29;
/** What the kernel has learned of the plan's records; written by the kernel alone. */
export const planLeads = 30;
export const planEpoch = 31;
/** How many numbers a plan has. */
export const planNumbers = 32;

/** The types of values, as ASCII letters: `typed_row.ts`. Of a boolean it is the first letter of its JSON. */
export const typeText = 0x73;
export const typeNumber = 0x6e;
export const typeTrue = 0x74;
export const typeFalse = 0x66;
/** Also of a value that became none, such as an empty date-time. */
export const typeNull = 0x30;
/** The record does not have the column. */
export const typeAbsent = 0x2d;
/** The source did not read the value. */
export const typeUnread = 0x75;
/** A list without objects and lists in it. */
export const typeList = 0x6c;
/** An object, or any other list. */
export const typeJson = 0x6a;

/** Of a nested column: the number of the name whose value it is nested in, and that of its own. */
export const nestedRoot = 0;
export const nestedName = 1;
/** 1: the connector knows that a record has had the column. */
export const nestedIsSeen = 2;
/** Where the steps to its value are, and how many. */
export const nestedSteps = 3;
export const nestedStepCount = 4;
/** How many numbers a nested column has. */
export const nestedNumbers = 5;

/** Of a step into an object or a list: where the name is and its length, and the index that it says; -1: it says none. */
export const stepName = 0;
export const stepIndex = 2;
/** How many numbers a step has. */
export const stepNumbers = 3;

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

/** In place of the number of a name: no column reads the value. */
export const noName = -1;

/** A flag of a value: the string contains a backslash. */
export const hasEscape = 1;
