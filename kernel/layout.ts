/**
 * Where everything lies in the module's memory, one part behind the other. What may have to grow lies last: then what is
 * kept from line to line, and the line itself, never move.
 */

/** Whoever handles sixteen bytes at once may touch so many behind an end. */
export const slack: i32 = 64;

/** What the compiler itself puts into the memory lies below. */
export const found: usize = 1 << 16;
export const fault: usize = found + slack;

/** Tables of what each byte means: see `ascii.ts`. */
export const escapes: usize = fault + slack;
export const hexDigits: usize = escapes + 256;

/** What leads to the member behind `data`. */
export const tail: usize = hexDigits + 256;
export const tailBytes: i32 = 1024;

/** What the usual line begins with; `src/records/heads.ts` keeps no longer one. */
export const head: usize = tail + tailBytes + slack;
export const headBytes: i32 = 1024;

/** Texts of the latest record whose escapes are decoded: as many bytes as its line has, if that is not longer. */
export const texts: usize = head + headBytes + slack;
export const textBytes: i32 = 1 << 18;

/** What is kept of records: a bound, against input with endless names. */
export const shapes: usize = texts + textBytes + slack;
const shapeBytes: i32 = 8 << 20;

/** The columns of plans. */
export const plans: usize = shapes + shapeBytes + slack;

/** The line, and what came behind it. */
export let input: usize = 0;

/** Of each member of `data`, in eight arrays: see `fields.ts`. Behind them is room for some that lie inside of others. */
export let mostFields: i32 = 0;
export let keyStart: usize = 0;
export let keyEnd: usize = 0;
export let valueStart: usize = 0;
export let valueEnd: usize = 0;
export let textStart: usize = 0;
export let textEnd: usize = 0;
export let keyEscaped: usize = 0;
export let valueTraits: usize = 0;

/** A level of nesting takes a byte of the line, and one here. */
export let nesting: usize = 0;

/** The row under construction. */
export let row: usize = 0;
export let rowEnd: usize = 0;

/**
 * Sets aside so many bytes for plans, for a line and what came behind it, and for a row, and places for so many members
 * of `data` and `inner` ones; false if there is no memory. Plans and lines never move. What lies behind a line does, unless only rows have got more.
 */
export function arrange(planBytes: i32, inputBytes: i32, members: i32, inner: i32, rowBytes: i32): bool {
  const fields = members + inner;
  input = aligned(plans + planBytes);
  mostFields = members;
  keyStart = aligned(input + inputBytes);
  keyEnd = keyStart + 4 * fields;
  valueStart = keyEnd + 4 * fields;
  valueEnd = valueStart + 4 * fields;
  textStart = valueEnd + 4 * fields;
  textEnd = textStart + 4 * fields;
  keyEscaped = textEnd + 4 * fields;
  valueTraits = keyEscaped + fields;
  nesting = aligned(valueTraits + fields);
  row = aligned(nesting + inputBytes);
  rowEnd = row + rowBytes;
  const pages = <i32>((aligned(rowEnd) + 0xff_ff) >> 16);
  return pages <= memory.size() || memory.grow(pages - memory.size()) >= 0;
}

function aligned(end: usize): usize {
  return (end + slack + 63) & ~63;
}
