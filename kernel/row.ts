/** The row under construction: appends texts, and quotes cells where the CSV dialect requires it. */
import * as ascii from './ascii';
import { copy, lowBits, marks, same } from './bytes';
import { rowFull } from './host';
import * as layout from './layout';
import * as text from './text';

/** The current end of the row. */
export let end: usize = 0;

/** Starts a new row. */
export function clear(): void {
  end = layout.row;
}

/** Removes everything after `to`. */
export function cutTo(to: usize): void {
  end = to;
}

/** Bytes always kept free beyond what is reserved, for a cell's quotes and the separator after it. */
const spare: i32 = 16;

/** Makes room for this many more bytes, and for {@link spare} ones. */
export function reserve(more: i32): void {
  // Row lengths are far too small for the sum to overflow 32 bits.
  if (end + more + spare > layout.rowEnd) rowFull();
}

/** Appends one byte without a check: every cell reserves {@link spare} bytes. */
export function byte(byte: u8): void {
  store<u8>(end++, byte);
}

/** Appends the bytes `[start, stop)` as they are. */
export function raw(start: usize, stop: usize): void {
  const length = <i32>(stop - start);
  reserve(length);
  copy(end, start, length);
  end += length;
}

/**
 * Appends a cell from a text whose quotes are already doubled.
 * @param isSpecial it contains a comma, a quote or a line break
 */
export function plainCell(start: usize, stop: usize, isSpecial: bool): void {
  const isQuoted = isSpecial || start === stop || load<u8>(start) === ascii.space || load<u8>(stop - 1) === ascii.space;
  if (isQuoted) byte(ascii.quote);
  raw(start, stop);
  if (isQuoted) byte(ascii.quote);
}

/** Appends a cell from a JSON string with escapes, given without its quotes. */
export function escapedCell(start: usize, stop: usize): void {
  const cell = end;
  // Most escapes are line breaks or quotes, so the cell will probably need quotes: write the first one now.
  byte(ascii.quote);
  decoded(start, stop, true);
  if (text.isSpecial || load<u8>(cell + 1) === ascii.space || load<u8>(end - 1) === ascii.space) {
    byte(ascii.quote);
  } else {
    memory.copy(cell, cell + 1, <i32>(end - cell) - 1);
    end--;
  }
}

/** Appends the text of a JSON string, given without its quotes. */
export function decoded(start: usize, stop: usize, doubled: bool): void {
  reserve(<i32>(stop - start));
  text.decode(start, end, doubled);
  end = text.end;
}

/** Whether the bytes appended since `start` equal these. */
export function equals(start: usize, other: usize, length: i32): bool {
  return <i32>(end - start) === length && same(start, other, length);
}

/** Turns the text appended since `start` into a cell: quotes it where the CSV dialect requires it. */
export function quoteCell(start: usize, always: bool): void {
  let quotes = 0;
  let special = always || start === end || load<u8>(start) === ascii.space || load<u8>(end - 1) === ascii.space;
  for (let i = start; i < end; i += 16) {
    const bytes = v128.load(i);
    const left = <i32>(end - i);
    const inside = left < 16 ? lowBits(left) : 0xff_ff;
    quotes += popcnt(marks(bytes, ascii.quote) & inside);
    const others = marks(bytes, ascii.comma) | marks(bytes, ascii.lineFeed) | marks(bytes, ascii.carriageReturn);
    if ((others & inside) !== 0) special = true;
  }
  if (quotes > 0 || special) quoteAll(start, quotes);
}

function quoteAll(start: usize, quotes: i32): void {
  reserve(quotes + 2);
  let from = end;
  let to = end + quotes + 1;
  store<u8>(to, ascii.quote);
  end = to + 1;
  // Backwards, so that nothing is overwritten before it is moved; from the first quote on only the shift is left.
  for (let left = quotes; left > 0; ) {
    const byte = load<u8>(--from);
    store<u8>(--to, byte);
    if (byte !== ascii.quote) continue;
    store<u8>(--to, byte);
    left--;
  }
  memory.copy(start + 1, start, <i32>(from - start));
  store<u8>(start, ascii.quote);
}
