/** Values that the source did not read, as they look from afar: the connector looks closer at what is found here. */
import * as ascii from './ascii';

/** `__de` and `bezi` as they are in memory: what a change feed sends in place of a large value that has not changed. */
const placeholder: u32 = 0x65_64_5f_5f;
const placeholderGoesOn: u32 = 0x69_7a_65_62;
/** `ZQ==`, and `YWx1` before it: the end of the placeholder in base64, as a column of bytes has it. */
const base64End: u32 = 0x3d_3d_51_5a;
const beforeBase64End: u32 = 0x31_78_57_59;
/** `5f5f` and `6465`: its beginning in hexadecimal digits, of which a pair at an even place is `5f` or one at an odd `f5`. */
const hex: u32 = 0x66_35_66_35;
const hexGoesOn: u32 = 0x35_36_34_36;
const evenPair: i16 = 0x66_35;
const oddPair: i16 = 0x35_66;
/** Hexadecimal digits behind the `@` of what Java prints for an object. */
const mostDigits: i32 = 8;

/** Whether somewhere in `[start, stop)` there is the placeholder in one of its forms, or an `@` and what may follow it in Java. */
export function mayHoldUnread(start: usize, stop: usize): bool {
  for (let i = start; i < stop; i += 32) {
    const first = suspects(v128.load(i));
    const second = suspects(v128.load(i, 16));
    // Nearly always.
    if (!v128.any_true(v128.or(first, second))) continue;
    const found = <u32>i8x16.bitmask(first) | ((<u32>i8x16.bitmask(second)) << 16);
    if (isFoundAmong(i, found, stop)) return true;
  }
  return false;
}

/** All bits of the bytes that are an `@`, an underscore or an `=`, and of pairs as the hexadecimal form has them. */
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
  // What lies before the row can be read as well.
  if (byte === ascii.equals) return load<u32>(at - 2) === base64End && load<u32>(at - 6) === beforeBase64End;
  return isHex(at) || isHex(at - 1);
}

function isHex(at: usize): bool {
  return load<u32>(at) === hex && load<u32>(at, 4) === hexGoesOn;
}

/** Whether a few hexadecimal digits come, and then nothing that goes on with them: not so in an e-mail address. */
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
