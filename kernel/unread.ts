/** Values that the source did not read, as they look from afar: the connector looks closer at what is found here. */
import * as ascii from './ascii';

/** `__de` and `bezi` as they are in memory: what a change feed sends in place of a large value that has not changed. */
const placeholder: u32 = 0x65_64_5f_5f;
const placeholderGoesOn: u32 = 0x69_7a_65_62;
/** Hexadecimal digits behind the `@` of what Java prints for an object. */
const mostDigits: i32 = 8;

/** Whether somewhere in `[start, stop)` there is the placeholder, or an `@` and what may follow it in Java. */
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

/** All bits of the bytes that are an `@` or an underscore. */
function suspects(bytes: v128): v128 {
  return v128.or(i8x16.eq(bytes, i8x16.splat(ascii.at)), i8x16.eq(bytes, i8x16.splat(ascii.underscore)));
}

function isFoundAmong(block: usize, marked: u32, stop: usize): bool {
  for (let left = marked; left !== 0; left &= left - 1) {
    const at = block + <usize>ctz(left);
    if (at >= stop) return false;
    if (load<u8>(at) === ascii.at ? isHash(at + 1) : isPlaceholder(at)) return true;
  }
  return false;
}

function isPlaceholder(at: usize): bool {
  return load<u32>(at) === placeholder && load<u32>(at, 4) === placeholderGoesOn;
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
