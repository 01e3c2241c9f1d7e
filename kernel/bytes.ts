/** Bytes compared and copied sixteen at a time: whoever calls knows of readable memory behind them. */
import * as ascii from './ascii';

/** The lowest `count` bits, of at most 31. */
export function lowBits(count: i32): i32 {
  return (1 << count) - 1;
}

/** The bits below the lowest one that is set. */
export function below(bits: i32): i32 {
  return (bits - 1) & ~bits;
}

/** Marks, one bit for each of sixteen bytes, those that are `byte`. */
export function marks(bytes: v128, byte: u8): i32 {
  return i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(byte)));
}

/** Marks control characters, which no JSON string holds. */
export function controls(bytes: v128): i32 {
  return i8x16.bitmask(i8x16.lt_u(bytes, i8x16.splat(ascii.space)));
}

/** Marks what ends plain text in a JSON string: quotes, backslashes and control characters. */
export function endsPlain(bytes: v128): i32 {
  const quotes = i8x16.eq(bytes, i8x16.splat(ascii.quote));
  const backslashes = i8x16.eq(bytes, i8x16.splat(ascii.backslash));
  const controls = i8x16.lt_u(bytes, i8x16.splat(ascii.space));
  return i8x16.bitmask(v128.or(v128.or(quotes, backslashes), controls));
}

/** Marks, of the thirty-two bytes from `at` on, those that are `byte`. */
export function marksOfTwo(at: usize, byte: u8): u32 {
  return marks(v128.load(at), byte) | (marks(v128.load(at, 16), byte) << 16);
}

/** Marks, of the thirty-two bytes from `at` on, those that are `byte` or a control character. */
export function marksOrControls(at: usize, byte: u8): u32 {
  const first = v128.load(at);
  const second = v128.load(at, 16);
  return marks(first, byte) | controls(first) | ((marks(second, byte) | controls(second)) << 16);
}

/** Marks, of the thirty-two bytes from `at` on, those beyond ASCII. */
export function marksBeyondAscii(at: usize): u32 {
  return i8x16.bitmask(v128.load(at)) | (i8x16.bitmask(v128.load(at, 16)) << 16);
}

/** Where the first of the bytes `[start, stop)` lies that is a line feed; `stop` where none is. */
export function lineFeed(start: usize, stop: usize): usize {
  for (let i = start; i < stop; i += 16) {
    const found = marks(v128.load(i), ascii.lineFeed);
    if (found !== 0) return min(i + ctz(found), stop);
  }
  return stop;
}

/** Whether `length` bytes are the same from `a` and from `b` on. */
export function same(a: usize, b: usize, length: i32): bool {
  let left = length;
  let i: usize = 0;
  for (; left > 16; left -= 16, i += 16) {
    if (v128.any_true(v128.xor(v128.load(a + i), v128.load(b + i)))) return false;
  }
  const equal = i8x16.bitmask(i8x16.eq(v128.load(a + i), v128.load(b + i)));
  return (~equal & lowBits(left)) === 0;
}

/** Copies `length` bytes that do not overlap; up to fifteen more are written behind them. */
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
