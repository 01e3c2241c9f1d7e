/** Functions imported from JavaScript. The first three throw, through the module, to its caller. */

/** The bytes are not JSON. */
export declare function notJson(): void;
/** The line has more members in `data` than the field table holds. */
export declare function fieldsFull(): void;
/** The row is longer than its buffer. */
export declare function rowFull(): void;
/**
 * Writes the text of a JSON string to `to` as a date-time in this format. Returns its length; 0: not a date-time; -1:
 * empty.
 */
export declare function formatDateTime(start: usize, stop: usize, to: usize, format: i32): i32;
/** Writes the number `[start, stop)` without an exponent to `to`. Returns its length; 0: it would be too long. */
export declare function writeOutExponent(start: usize, stop: usize, to: usize): i32;
