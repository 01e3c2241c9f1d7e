/**
 * The layout of the module's memory, one part after the other. Parts that may grow come last, so that what is kept
 * between lines, and the line itself, never move.
 */

import { mostRows, rowNumbers, valueNumbers } from '../src/records/kernel/positions';

/** Bytes that may be read or written after an end by code that works on sixteen at once. */
export const slack: i32 = 64;

/** The compiler's own data lies below this. */
export const found: usize = 1 << 16;
export const fault: usize = found + slack;
/** Sixteen random bytes of the connector: `sip_hash.ts`. */
export const hashKey: usize = fault + slack;

/** Look-up tables by byte: see `ascii.ts`. */
export const escapes: usize = hashKey + slack;
export const hexDigits: usize = escapes + 256;

/** What is known of each row that was encoded by one call. */
export const rows: usize = hexDigits + 256;

/** Decoded strings of the latest record. */
export const texts: usize = rows + 4 * rowNumbers * mostRows + slack;
export const textBytes: i32 = 1 << 19;

/** Line templates and leads, limited against input with endless names. */
export const templates: usize = texts + textBytes + slack;
const templateBytes: i32 = 16 << 20;

/** The columns of plans. */
export const plans: usize = templates + templateBytes + slack;

/** The line, and what was received after it. */
export let input: usize = 0;

/** The values of the latest record, by the numbers of their names in its plan: `values.ts`. */
export let values: usize = 0;

/** Positions of the members of `data` in a line read without a template, in arrays: `fields.ts`. */
export let mostFields: i32 = 0;
export let keyStart: usize = 0;
export let keyEnd: usize = 0;
export let valueStart: usize = 0;
export let valueEnd: usize = 0;
export let nameOf: usize = 0;
export let keyEscaped: usize = 0;
export let valueTraits: usize = 0;

/** Each level of nesting takes one byte here. */
export let nesting: usize = 0;

/** The row under construction. */
export let row: usize = 0;
export let rowEnd: usize = 0;

/**
 * Allocates these numbers of bytes for plans, input (a line and what follows it) and a row, and of entries for members
 * of `data` and for the names of a plan; false if there is no memory. Plans and lines never move. The parts after the
 * line do, unless only the row grows.
 */
export function arrange(planBytes: i32, inputBytes: i32, members: i32, names: i32, rowBytes: i32): bool {
  input = aligned(plans + planBytes);
  mostFields = members;
  values = aligned(input + inputBytes);
  keyStart = aligned(values + 4 * valueNumbers * names);
  keyEnd = keyStart + 4 * members;
  valueStart = keyEnd + 4 * members;
  valueEnd = valueStart + 4 * members;
  nameOf = valueEnd + 4 * members;
  keyEscaped = nameOf + 4 * members;
  valueTraits = keyEscaped + members;
  nesting = aligned(valueTraits + members);
  row = aligned(nesting + inputBytes);
  rowEnd = row + rowBytes;
  const pages = <i32>((aligned(rowEnd) + 0xff_ff) >> 16);
  return pages <= memory.size() || memory.grow(pages - memory.size()) >= 0;
}

function aligned(end: usize): usize {
  return (end + slack + 63) & ~63;
}
