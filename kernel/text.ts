/** What a JSON string means: its escapes are checked and decoded on the way. */
import * as ascii from './ascii';
import { copy, marksBeyondAscii, marksOfTwo, marksOrControls } from './bytes';
import { notJson } from './host';

/** Behind the bytes that {@link decode} has written last. */
export let end: usize = 0;
/** They hold a comma, a quote or a line break. */
export let isSpecial: bool = false;
/** The string holds a byte beyond ASCII; what an escape stands for does not count. */
export let isBeyondAscii: bool = false;

/** All of the string before it is written. */
let from: usize = 0;
/** What escapes stood for, as a set of bits, as far as it may be one of {@link specials}. */
let characters: u64 = 0;

/** The characters for which a cell is quoted: the quote, the comma, line feed and carriage return. */
const specials: u64 = (1 << 0x22) | (1 << 0x2c) | (1 << 0x0a) | (1 << 0x0d);

/**
 * string = DQUOTE *( plain / escape ) DQUOTE
 *
 * Writes its text to `to`: never more bytes than it has inside its quotes, even with its own quotes doubled, and behind
 * them up to sixteen that mean nothing.
 * @param start behind the opening quote
 * @returns the closing quote's position
 */
export function decode(start: usize, to: usize, doubled: bool): usize {
  let i = start;
  let ends: u32 = 0;
  let commas: u32 = 0;
  let beyondAscii: u32 = 0;
  let escapesNext: u32 = 0;
  end = to;
  from = start;
  characters = 0;
  for (; ; i += 32) {
    // A backslash that is itself behind one escapes nothing: of a row of them every other does, which is found by one
    // addition (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 3.1.1).
    const even: u32 = 0x55_55_55_55;
    const backslashes = marksOfTwo(i, ascii.backslash) & ~escapesNext;
    const behind = (backslashes << 1) | escapesNext;
    const carried = (backslashes & ~even & ~behind) + backslashes;
    const escaped = (even ^ (carried << 1)) & behind;
    escapesNext = <u32>(carried < backslashes);
    // A quote that is escaped ends nothing; a control character that is one is found to be no escape.
    ends = marksOrControls(i, ascii.quote) & ~escaped;
    const inside = (ends - 1) & ~ends;
    commas |= marksOfTwo(i, ascii.comma) & inside;
    beyondAscii |= marksBeyondAscii(i) & inside;
    decodeEscapes(i, backslashes & ~escaped & inside, doubled);
    if (ends !== 0) break;
  }
  i += ctz(ends);
  if (load<u8>(i) !== ascii.quote) notJson();
  copy(end, from, <i32>(i - from));
  end += i - from;
  isBeyondAscii = beyondAscii !== 0;
  isSpecial = commas !== 0 || (characters & specials) !== 0;
  return i;
}

/**
 * escape = `\` ( `"` / `\` / `/` / b / f / n / r / t / u 4HEXDIG )
 *
 * Writes what the escapes marked stand for, and what lies before them.
 */
function decodeEscapes(block: usize, escapes: u32, doubled: bool): void {
  // Not the module's variables, which each step would load and store again.
  let to = end;
  let next = from;
  let seen = characters;
  for (let left = escapes; left !== 0; left &= left - 1) {
    const at = block + <usize>ctz(left);
    // The second half of a pair, which went with the first.
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

/** The character that a `\u` escape stands for, with the one behind it if they are a pair; U+FFFD for half of a pair. */
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

/** Writes a character beyond ASCII: behind a byte whose leading ones count them all come six bits in each. */
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
