/** The row under construction: texts appended to its bytes, and cells quoted where the dialect asks for it. */
import * as ascii from './ascii';
import { copy, lowBits, marks, same } from './bytes';
import { rowFull } from './host';
import * as layout from './layout';
import * as text from './text';

/** Where the row ends by now. */
export let end: usize = 0;

/** Starts a new row. */
export function clear(): void {
  end = layout.row;
}

/** Takes back all behind `to`. */
export function cutTo(to: usize): void {
  end = to;
}

/** Bytes that are left free behind whatever is reserved, for the quotes of a cell and what comes behind it. */
const spare: i32 = 16;

/** Makes sure that there is room for so many more bytes, and for {@link spare} ones. */
export function reserve(more: i32): void {
  // No number of a row's length is so large that the sum would pass 32 bits.
  if (end + more + spare > layout.rowEnd) rowFull();
}

/** Appends one byte, for which there is room: each cell reserves, if only for nothing. */
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
 * Appends a cell of a text whose quotes are doubled.
 * @param isSpecial it holds a comma, a quote or a line break
 */
export function plainCell(start: usize, stop: usize, isSpecial: bool): void {
  const isQuoted = isSpecial || start === stop || load<u8>(start) === ascii.space || load<u8>(stop - 1) === ascii.space;
  if (isQuoted) byte(ascii.quote);
  raw(start, stop);
  if (isQuoted) byte(ascii.quote);
}

/** Appends a cell of the text of a JSON string with escapes, given inside its quotes. */
export function escapedCell(start: usize, stop: usize): void {
  const cell = end;
  // An escape mostly is a line break or a quote, so that a quote before the text is a good guess.
  byte(ascii.quote);
  decoded(start, stop, true);
  if (text.isSpecial || load<u8>(cell + 1) === ascii.space || load<u8>(end - 1) === ascii.space) {
    byte(ascii.quote);
  } else {
    memory.copy(cell, cell + 1, <i32>(end - cell) - 1);
    end--;
  }
}

/** Appends the text of a JSON string, given inside its quotes. */
export function decoded(start: usize, stop: usize, doubled: bool): void {
  reserve(<i32>(stop - start));
  text.decode(start, end, doubled);
  end = text.end;
}

/** Whether what was appended since `start` is these bytes. */
export function equals(start: usize, other: usize, length: i32): bool {
  return <i32>(end - start) === length && same(start, other, length);
}

/** Makes the text appended since `start` a cell: quotes it where the dialect asks for it. */
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
  // From the back, so that nothing is overwritten before it is moved; at the first quote only the shift is left.
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
