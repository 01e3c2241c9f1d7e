/**
 * Where everything lies in the module's memory. Its parts never move and the memory never grows, so views of it stay
 * valid; pages that nothing was ever written to take none of the machine's.
 */

/** Whoever handles sixteen bytes at once may touch so many behind an end. */
export const slack: i32 = 64;
/** Of the longest line, and of the chunk that it begins or ends in. */
export const inputBytes: i32 = 34 << 20;
/** Members that a line can have: `,"":0` has five bytes. */
export const mostFields: i32 = inputBytes / 5 + 1;
/** Of the longest row: one may be longer than its line by the separators of its lists. */
export const rowBytes: i32 = 112 << 20;
/** For what is kept of records: a bound, against input with endless names. */
const shapeBytes: i32 = 32 << 20;
/** For the columns of plans. */
const planBytes: i32 = 128 << 20;

/** What the compiler itself puts into the memory lies below. */
export const found: usize = 1 << 16;
export const fault: usize = found + slack;

/** Tables of what each byte means: see `ascii.ts`. */
export const escapes: usize = fault + slack;
export const hexDigits: usize = escapes + 256;

/** What leads to the member behind `data`. */
export const tail: usize = hexDigits + 256;
export const tailBytes: i32 = 1024;

/** Of each member of `data`, in six arrays: see `fields.ts`. */
export const keyStart: usize = tail + tailBytes + slack;
export const keyEnd: usize = keyStart + 4 * mostFields;
export const valueStart: usize = keyEnd + 4 * mostFields;
export const valueEnd: usize = valueStart + 4 * mostFields;
export const keyEscaped: usize = valueEnd + 4 * mostFields;
export const valueTraits: usize = keyEscaped + mostFields;

/** A level of nesting takes a byte of the line, and one here. */
export const nesting: usize = valueTraits + mostFields + slack;
export const input: usize = nesting + inputBytes + slack;
export const row: usize = input + inputBytes + slack;
export const shapes: usize = (row + rowBytes + 2 * slack) & ~63;
export const plans: usize = shapes + shapeBytes + slack;
export const end: usize = plans + planBytes;
