/** The row under construction: texts appended to its bytes, and cells quoted where the dialect asks for it. */
import * as ascii from './ascii';
import { below, copy, lowBits, marks, same } from './bytes';
import { rowFull } from './host';
import * as layout from './layout';

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

/** Appends a cell of the text of a JSON string without escapes, given inside its quotes. */
export function plainCell(start: usize, stop: usize, hasComma: bool): void {
  const isQuoted = hasComma || start === stop || load<u8>(start) === ascii.space || load<u8>(stop - 1) === ascii.space;
  if (isQuoted) byte(ascii.quote);
  raw(start, stop);
  if (isQuoted) byte(ascii.quote);
}

/** Appends a cell of the text of a JSON string with escapes, given inside its quotes. */
export function escapedCell(start: usize, stop: usize): void {
  const cell = end;
  // An escape mostly is a line break or a quote, so that a quote before the text is a good guess.
  byte(ascii.quote);
  const mustQuote = decode(start, stop, true);
  if (mustQuote || load<u8>(cell + 1) === ascii.space || load<u8>(end - 1) === ascii.space) {
    byte(ascii.quote);
  } else {
    memory.copy(cell, cell + 1, <i32>(end - cell) - 1);
    end--;
  }
}

/**
 * Appends the decoded text of a JSON string, which is never longer than its escapes even with its quotes doubled.
 * @returns whether it holds a comma, a quote or a line break
 */
export function decode(start: usize, stop: usize, doubled: bool): bool {
  reserve(<i32>(stop - start));
  let commas = 0;
  // Not `end` itself: a loop that goes by way of memory takes twice the time.
  let to = end;
  special = false;
  for (let i = start; i < stop; ) {
    const bytes = v128.load(i);
    v128.store(to, bytes);
    const left = <i32>(stop - i);
    const slashes = marks(bytes, ascii.backslash);
    // A jump, as the next step need not wait then to know where it starts.
    if (slashes === 0 && left >= 16) {
      commas |= marks(bytes, ascii.comma);
      i += 16;
      to += 16;
      continue;
    }
    // Bit 16 and those above stand for no byte.
    const ends = slashes | (1 << min(left, 16));
    commas |= marks(bytes, ascii.comma) & below(ends);
    const length = ctz(ends);
    i += length;
    to += length;
    if (length < left) {
      end = to;
      i = escapedText(i + 1, doubled);
      to = end;
    }
  }
  end = to;
  return special || commas !== 0;
}

/** An escape since this was set to false stood for a comma, a quote or a line break. */
let special: bool = false;

/** Appends what an escape stands for, from behind its backslash, and answers where it ends. */
function escapedText(start: usize, doubled: bool): usize {
  const letter = load<u8>(start);
  if (letter !== ascii.letterU) {
    character(ascii.unescaped(letter), doubled);
    return start + 1;
  }
  const code = codePoint(start + 1);
  if (code < 0x80) character(<u8>code, doubled);
  else utf8(code);
  return start + (code < 0x1_00_00 ? 5 : 11);
}

function character(code: u8, doubled: bool): void {
  // Written twice in any case and kept once or twice, which is cheaper than to guess.
  store<u16>(end, <u16>code * 0x1_01);
  const isQuote = code === ascii.quote;
  end += 1 + <usize>(isQuote && doubled);
  if (isQuote || code === ascii.comma || code === ascii.lineFeed || code === ascii.carriageReturn) special = true;
}

/**
 * The code point of a `\u` escape; of a surrogate pair, spread over two escapes, when it is 0x10000 or more; U+FFFD
 * for a lone surrogate.
 * @param start of the four digits
 */
function codePoint(start: usize): i32 {
  const unit = codeUnit(start);
  if (unit < 0xd8_00 || unit > 0xdf_ff) return unit;
  const isFollowed = load<u8>(start + 4) === ascii.backslash && load<u8>(start + 5) === ascii.letterU;
  const next = unit < 0xdc_00 && isFollowed ? codeUnit(start + 6) : 0;
  if (next < 0xdc_00 || next > 0xdf_ff) return 0xff_fd;
  return 0x1_00_00 + ((unit - 0xd8_00) << 10) + (next - 0xdc_00);
}

function codeUnit(start: usize): i32 {
  const high = (ascii.hexDigit(load<u8>(start)) << 4) | ascii.hexDigit(load<u8>(start + 1));
  const low = (ascii.hexDigit(load<u8>(start + 2)) << 4) | ascii.hexDigit(load<u8>(start + 3));
  return (high << 8) | low;
}

/** Appends a character beyond ASCII: behind a byte whose leading ones count them all come six bits in each. */
function utf8(code: i32): void {
  if (code < 0x8_00) {
    store<u16>(end, 0x80_c0 | (code >> 6) | ((code & 0x3f) << 8));
    end += 2;
  } else if (code < 0x1_00_00) {
    store<u32>(end, 0x80_80_e0 | (code >> 12) | (((code >> 6) & 0x3f) << 8) | ((code & 0x3f) << 16));
    end += 3;
  } else {
    const last = (((code >> 6) & 0x3f) << 16) | ((code & 0x3f) << 24);
    store<u32>(end, 0x80_80_80_f0 | (code >> 18) | (((code >> 12) & 0x3f) << 8) | last);
    end += 4;
  }
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
