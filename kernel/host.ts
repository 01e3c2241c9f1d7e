/** What the connector does for the module. Those that refuse throw, through the module, to whoever called it. */

/** The bytes are not JSON. */
export declare function notJson(): void;
/** The line has more members in `data` than there are places for. */
export declare function fieldsFull(): void;
/** The row is longer than there is memory for. */
export declare function rowFull(): void;
/** Writes the text of a JSON string to `to` as a date-time of this format and answers its length; 0: it is none; -1: it is empty. */
export declare function formatDateTime(start: usize, stop: usize, to: usize, format: i32): i32;
/** Writes the number `[start, stop)` without its exponent to `to` and answers its length; 0: that is too large. */
export declare function writeOutExponent(start: usize, stop: usize, to: usize): i32;
