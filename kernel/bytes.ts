/** Compares and copies sixteen bytes at a time. The caller guarantees readable memory after the end. */
import * as ascii from './ascii';

/** 2^64 divided by the golden ratio: a factor that spreads the bits of a number. */
export const goldenRatio: u64 = ((<u64>0x9e_37_79_b9) << 32) | 0x7f_4a_7c_15;

/** A mask of the lowest `count` bits, at most 31. */
export function lowBits(count: i32): i32 {
  return (1 << count) - 1;
}

/** A mask of the bits below the lowest one set. */
export function below(bits: i32): i32 {
  return (bits - 1) & ~bits;
}

/** A bit mask: which of the sixteen bytes equal `byte`. */
export function marks(bytes: v128, byte: u8): i32 {
  return i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(byte)));
}

/** A bit mask: which bytes are control characters, which a JSON string must not contain. */
export function controls(bytes: v128): i32 {
  return i8x16.bitmask(i8x16.lt_u(bytes, i8x16.splat(ascii.space)));
}

/** A bit mask: which bytes end plain text in a JSON string (quotes, backslashes, control characters). */
export function endsPlain(bytes: v128): i32 {
  const quotes = i8x16.eq(bytes, i8x16.splat(ascii.quote));
  const backslashes = i8x16.eq(bytes, i8x16.splat(ascii.backslash));
  const controls = i8x16.lt_u(bytes, i8x16.splat(ascii.space));
  return i8x16.bitmask(v128.or(v128.or(quotes, backslashes), controls));
}

/** A bit mask: which bytes are no digits. */
export function noDigits(bytes: v128): i32 {
  return i8x16.bitmask(i8x16.gt_u(i8x16.sub(bytes, i8x16.splat(ascii.zero)), i8x16.splat(9)));
}

/** A bit mask: which of the thirty-two bytes from `at` equal `byte`. */
export function marksOfTwo(at: usize, byte: u8): u32 {
  return marks(v128.load(at), byte) | (marks(v128.load(at, 16), byte) << 16);
}

/** A bit mask: which of the thirty-two bytes from `at` equal `byte` or are control characters. */
export function marksOrControls(at: usize, byte: u8): u32 {
  const first = v128.load(at);
  const second = v128.load(at, 16);
  return marks(first, byte) | controls(first) | ((marks(second, byte) | controls(second)) << 16);
}

/** The position of the first line feed in `[start, stop)`; `stop` if there is none. */
export function lineFeed(start: usize, stop: usize): usize {
  for (let i = start; i < stop; i += 16) {
    const found = marks(v128.load(i), ascii.lineFeed);
    if (found !== 0) return min(i + ctz(found), stop);
  }
  return stop;
}

/** Whether `byte` is in `[start, stop)`. */
export function holds(byte: u8, start: usize, stop: usize): bool {
  for (let i = start; i < stop; i += 32) {
    const found = marksOfTwo(i, byte);
    if (found !== 0) return i + ctz(found) < stop;
  }
  return false;
}

/** Whether the `length` bytes from `a` equal those from `b`. */
export function same(a: usize, b: usize, length: i32): bool {
  let left = length;
  let i: usize = 0;
  for (; left > 16; left -= 16, i += 16) {
    if (v128.any_true(v128.xor(v128.load(a + i), v128.load(b + i)))) return false;
  }
  const equal = i8x16.bitmask(i8x16.eq(v128.load(a + i), v128.load(b + i)));
  return (~equal & lowBits(left)) === 0;
}

/** Copies `length` bytes, which must not overlap; writes up to fifteen more bytes after them. */
export function copy(to: usize, from: usize, length: i32): void {
  if (length > 512) {
    memory.copy(to, from, length);
    return;
  }
  let i: usize = 0;
  do {
    v128.store(to + i, v128.load(from + i));
    i += 16;
  } while (<i32>i < length);
}
