/**
 * The layout of the module's memory, one part after the other. Parts that may grow come last, so that what is kept
 * between lines, and the line itself, never move.
 */

import { headBytes } from '../src/records/kernel/positions';

/** Bytes that may be read or written after an end by code that works on sixteen at once. */
export const slack: i32 = 64;

/** The compiler's own data lies below this. */
export const found: usize = 1 << 16;
export const fault: usize = found + slack;

/** Look-up tables by byte: see `ascii.ts`. */
export const escapes: usize = fault + slack;
export const hexDigits: usize = escapes + 256;

/** The bytes before the member after `data`. */
export const tail: usize = hexDigits + 256;
export const tailBytes: i32 = 1024;

/** What the usual line begins with, at most as long as `src/records/heads.ts` keeps. */
export const head: usize = tail + tailBytes + slack;

/** Decoded strings of the latest record: as many bytes as its line has, if that is not too long. */
export const texts: usize = head + headBytes + slack;
export const textBytes: i32 = 1 << 18;

/** What is learned from records, limited against input with endless names. */
export const shapes: usize = texts + textBytes + slack;
const shapeBytes: i32 = 8 << 20;

/** The columns of plans. */
export const plans: usize = shapes + shapeBytes + slack;

/** The line, and what was received after it. */
export let input: usize = 0;

/** Positions of the members of `data`, in eight arrays: see `fields.ts`. After them is room for some nested members. */
export let mostFields: i32 = 0;
export let keyStart: usize = 0;
export let keyEnd: usize = 0;
export let valueStart: usize = 0;
export let valueEnd: usize = 0;
export let textStart: usize = 0;
export let textEnd: usize = 0;
export let keyEscaped: usize = 0;
export let valueTraits: usize = 0;

/** Each level of nesting takes one byte here. */
export let nesting: usize = 0;

/** The row under construction. */
export let row: usize = 0;
export let rowEnd: usize = 0;

/**
 * Allocates these numbers of bytes for plans, input (a line and what follows it) and a row, and of entries for members
 * of `data` and `inner` ones; false if there is no memory. Plans and lines never move. The parts after the line do,
 * unless only the row grows.
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
