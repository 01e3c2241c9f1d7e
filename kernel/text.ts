/** Decodes JSON strings and checks their escapes. */
import * as ascii from './ascii';
import { copy, marksOfTwo, marksOrControls } from './bytes';
import { notJson } from './host';

/** The position after the bytes that {@link decode} wrote last. */
export let end: usize = 0;
/** They contain a comma, a quote or a line break. */
export let isSpecial: bool = false;

/** Everything in the string before this has been written. */
let from: usize = 0;
/** The characters that escapes stood for, as a bit set, where they may be {@link specials}. */
let characters: u64 = 0;

/** Characters that require quotes around a cell: quote, comma, line feed, carriage return. */
const specials: u64 = (1 << 0x22) | (1 << 0x2c) | (1 << 0x0a) | (1 << 0x0d);

/**
 * string = DQUOTE *( plain / escape ) DQUOTE
 *
 * Writes its text to `to`: never more bytes than there are inside its quotes, even with its own quotes doubled, plus up
 * to sixteen unused ones.
 * @param start after the opening quote
 * @returns the closing quote's position
 */
export function decode(start: usize, to: usize, doubled: bool): usize {
  let i = start;
  let ends: u32 = 0;
  let commas: u32 = 0;
  let escapesNext: u32 = 0;
  end = to;
  from = start;
  characters = 0;
  for (; ; i += 32) {
    // An escaped backslash escapes nothing: in a run of backslashes every other one counts, found by one addition
    // (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 3.1.1).
    const even: u32 = 0x55_55_55_55;
    const backslashes = marksOfTwo(i, ascii.backslash) & ~escapesNext;
    const behind = (backslashes << 1) | escapesNext;
    const carried = (backslashes & ~even & ~behind) + backslashes;
    const escaped = (even ^ (carried << 1)) & behind;
    escapesNext = <u32>(carried < backslashes);
    // An escaped quote does not end the string; an escaped control character is reported later as an invalid escape.
    ends = marksOrControls(i, ascii.quote) & ~escaped;
    const inside = (ends - 1) & ~ends;
    commas |= marksOfTwo(i, ascii.comma) & inside;
    decodeEscapes(i, backslashes & ~escaped & inside, doubled);
    if (ends !== 0) break;
  }
  i += ctz(ends);
  if (load<u8>(i) !== ascii.quote) notJson();
  copy(end, from, <i32>(i - from));
  end += i - from;
  isSpecial = commas !== 0 || (characters & specials) !== 0;
  return i;
}

/**
 * escape = `\` ( `"` / `\` / `/` / b / f / n / r / t / u 4HEXDIG )
 *
 * Writes what the marked escapes stand for, and the text before each.
 */
function decodeEscapes(block: usize, escapes: u32, doubled: bool): void {
  // Local copies: module variables would be loaded and stored at each step.
  let to = end;
  let next = from;
  let seen = characters;
  for (let left = escapes; left !== 0; left &= left - 1) {
    const at = block + <usize>ctz(left);
    // The second half of a surrogate pair, written with the first.
    if (at < next) continue;
    copy(to, next, <i32>(at - next));
    to += at - next;
    const letter = load<u8>(at + 1);
    let code: i32 = ascii.unescaped(letter);
    next = at + 2;
    if (letter === ascii.letterU) {
      code = character(at + 2);
      next = at + 6;
      if (code >= 0x1_00_00) next += 6;
      if (code >= 0x80) {
        to += utf8(to, code);
        continue;
      }
    } else if (code === 0) {
      notJson();
    }
    seen |= (<u64>(code < 64)) << code;
    store<u16>(to, code * 0x1_01);
    to += 1 + <usize>(doubled && code === ascii.quote);
  }
  end = to;
  from = next;
  characters = seen;
}

/** The character of a `\u` escape, together with the next one if they form a surrogate pair; U+FFFD for half a pair. */
function character(digits: usize): i32 {
  const unit = codeUnit(digits);
  if ((unit & 0xf8_00) !== 0xd8_00) return unit;
  const isFollowed = load<u8>(digits + 4) === ascii.backslash && load<u8>(digits + 5) === ascii.letterU;
  const next = unit < 0xdc_00 && isFollowed ? codeUnit(digits + 6) : 0;
  if (next < 0xdc_00 || next > 0xdf_ff) return 0xff_fd;
  return 0x1_00_00 + ((unit - 0xd8_00) << 10) + (next - 0xdc_00);
}

/** The value of the four hexadecimal digits of a `\u` escape. */
export function codeUnit(start: usize): i32 {
  const first = ascii.hexDigit(load<u8>(start));
  const second = ascii.hexDigit(load<u8>(start + 1));
  const third = ascii.hexDigit(load<u8>(start + 2));
  const fourth = ascii.hexDigit(load<u8>(start + 3));
  if ((first | second | third | fourth) >= ascii.noDigit) notJson();
  return (first << 12) | (second << 8) | (third << 4) | fourth;
}

/** Writes a non-ASCII character as UTF-8. */
function utf8(to: usize, code: i32): usize {
  const last = (code & 0x3f) | 0x80;
  const third = ((code >> 6) & 0x3f) | 0x80;
  if (code < 0x8_00) {
    store<u16>(to, 0xc0 | (code >> 6) | (last << 8));
    return 2;
  }
  if (code < 0x1_00_00) {
    store<u32>(to, 0xe0 | (code >> 12) | (third << 8) | (last << 16));
    return 3;
  }
  const second = ((code >> 12) & 0x3f) | 0x80;
  store<u32>(to, 0xf0 | (code >> 18) | (second << 8) | (third << 16) | (last << 24));
  return 4;
}
