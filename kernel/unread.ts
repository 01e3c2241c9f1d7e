/**
 * A quick search for values that the source did not read. May find too much: the connector checks each find exactly.
 */
import * as ascii from './ascii';

/**
 * `__de` and `bezi` as 32-bit words: from the placeholder that change data capture sends for a large unchanged value.
 */
const placeholder: u32 = 0x65_64_5f_5f;
const placeholderGoesOn: u32 = 0x69_7a_65_62;
/** `ZQ==`, and `YWx1` before it: the placeholder's end in base64, as sent for a column of bytes. */
const base64End: u32 = 0x3d_3d_51_5a;
const beforeBase64End: u32 = 0x31_78_57_59;
/**
 * `5f5f` and `6465`: the placeholder's beginning in hexadecimal; every pair is `5f` at an even offset and `f5` at an
 * odd one.
 */
const hex: u32 = 0x66_35_66_35;
const hexGoesOn: u32 = 0x35_36_34_36;
const evenPair: i16 = 0x66_35;
const oddPair: i16 = 0x35_66;
/** Hexadecimal digits after the `@` in what Java prints for an object. */
const mostDigits: i32 = 8;

/** Whether `[start, stop)` may contain the placeholder in any of its forms, or an `@` as Java prints for an object. */
export function mayHoldUnread(start: usize, stop: usize): bool {
  for (let i = start; i < stop; i += 32) {
    const first = suspects(v128.load(i));
    const second = suspects(v128.load(i, 16));
    // Nearly always the case.
    if (!v128.any_true(v128.or(first, second))) continue;
    const found = <u32>i8x16.bitmask(first) | ((<u32>i8x16.bitmask(second)) << 16);
    if (isFoundAmong(i, found, stop)) return true;
  }
  return false;
}

/** A mask of all bytes that are `@`, `_` or `=`, or part of a pair as in the hexadecimal form. */
function suspects(bytes: v128): v128 {
  const marks = v128.or(i8x16.eq(bytes, i8x16.splat(ascii.at)), i8x16.eq(bytes, i8x16.splat(ascii.underscore)));
  const pairs = v128.or(i16x8.eq(bytes, i16x8.splat(evenPair)), i16x8.eq(bytes, i16x8.splat(oddPair)));
  return v128.or(v128.or(marks, i8x16.eq(bytes, i8x16.splat(ascii.equals))), pairs);
}

function isFoundAmong(block: usize, marked: u32, stop: usize): bool {
  for (let left = marked; left !== 0; left &= left - 1) {
    const at = block + <usize>ctz(left);
    if (at >= stop) return false;
    if (isFoundAt(at)) return true;
  }
  return false;
}

function isFoundAt(at: usize): bool {
  const byte = load<u8>(at);
  if (byte === ascii.at) return isHash(at + 1);
  if (byte === ascii.underscore) return load<u32>(at) === placeholder && load<u32>(at, 4) === placeholderGoesOn;
  // The bytes before the row are readable too.
  if (byte === ascii.equals) return load<u32>(at - 2) === base64End && load<u32>(at - 6) === beforeBase64End;
  return isHex(at) || isHex(at - 1);
}

function isHex(at: usize): bool {
  return load<u32>(at) === hex && load<u32>(at, 4) === hexGoesOn;
}

/**
 * Whether up to eight hexadecimal digits follow and then no further word character, which rules out e-mail addresses.
 */
function isHash(start: usize): bool {
  let i = start;
  while (isDigit(load<u8>(i))) i++;
  const digits = <i32>(i - start);
  const next = load<u8>(i);
  const lower = next | 0x20;
  const goesOn =
    (lower >= ascii.letterA && lower <= 0x7a) || next === ascii.point || next === ascii.minus || next >= 0x80;
  return digits > 0 && digits <= mostDigits && !goesOn;
}

function isDigit(byte: u8): bool {
  return (byte >= ascii.zero && byte <= ascii.nine) || (byte >= ascii.letterA && byte <= ascii.letterF);
}
