/** JSON's grammar over bytes: steps over one value at a time and accepts exactly what JSON.parse accepts. */
import * as positions from '../src/records/kernel/positions';
import * as ascii from './ascii';
import { below, endsPlain, marks } from './bytes';
import { notJson } from './host';
import * as layout from './layout';
import * as text from './text';

/** Traits of a value, one bit each: the string contains a backslash. */
export const hasEscape: i32 = positions.hasEscape;
/** The number has an exponent. */
export const hasExponent: i32 = 2;
/** The string contains a comma, not counting an escaped one. */
export const hasComma: i32 = 4;
/**
 * The string's decoded text was written before {@link texts}, with quotes doubled; with {@link hasComma} its cell is
 * quoted.
 */
export const isDecoded: i32 = 8;

/** Traits of the scalar read last. */
export let traits: i32 = 0;
/** Where {@link value} writes the next decoded string with escapes; 0: nothing is decoded. */
export let texts: usize = 0;
/** Start of the key read last, inside its quotes. */
export let keyStart: usize = 0;
export let keyEnd: usize = 0;
export let keyEscaped: bool = false;
/** The position after the `}` at which {@link member} found the object's end. */
export let objectEnd: usize = 0;
/** The end of the text: a line feed must be there, which ends everything. Line feeds before it are white space. */
let stop: usize = 0;
/** How many objects and arrays are open; `layout.nesting` holds their brackets. */
let depth: usize = 0;

/**
 * Begins a text. Each function then takes the position where something starts and returns the one after it. None
 * compares positions with the end of the text: the line feed there ends every loop.
 * @param end 0: the text is a line, in which no line feed is white space
 */
export function open(end: usize): void {
  stop = end;
  texts = 0;
}

/** From now on strings are decoded to `to` as they are read, so that they are not read twice; 0: no longer. */
export function decodeTo(to: usize): void {
  texts = to;
}

/** white space = *( SP / HT / LF / CR ) */
export function space(start: usize): usize {
  let i = start;
  for (; ; i++) {
    const byte = load<u8>(i);
    if (byte > ascii.space) break;
    if (byte === ascii.lineFeed ? i >= stop : !isBlank(byte)) break;
  }
  return i;
}

function isBlank(byte: u8): bool {
  return byte === ascii.space || byte === ascii.carriageReturn || byte === ascii.tab;
}

/**
 * string = DQUOTE *( plain / escape ) DQUOTE, with plain = any byte but quote, backslash and control characters
 * @param start after the opening quote
 * @param to where to decode the text if it has escapes; 0: nowhere
 * @returns the closing quote's position
 */
function string(start: usize, to: usize): usize {
  let i = start;
  let ends = 0;
  let commas = i8x16.splat(0);
  traits = 0;
  do {
    const bytes = v128.load(i);
    ends = endsPlain(bytes);
    if (ends === 0) {
      commas = v128.or(commas, i8x16.eq(bytes, i8x16.splat(ascii.comma)));
      i += 16;
    } else {
      if (v128.any_true(commas) || (marks(bytes, ascii.comma) & below(ends)) !== 0) traits |= hasComma;
      i += ctz(ends);
      if (load<u8>(i) === ascii.backslash) {
        if (to !== 0) return decoded(start, to);
        traits |= hasEscape;
        i = checkEscape(i);
        ends = 0;
      }
    }
  } while (ends === 0);
  if (load<u8>(i) !== ascii.quote) notJson();
  return i;
}

/** escape = `\` ( `"` / `\` / `/` / b / f / n / r / t / u 4HEXDIG ) */
function checkEscape(start: usize): usize {
  const letter = load<u8>(start + 1);
  if (letter === ascii.letterU) {
    text.codeUnit(start + 2);
    return start + 6;
  }
  if (ascii.unescaped(letter) === 0) notJson();
  return start + 2;
}

function decoded(start: usize, to: usize): usize {
  const end = text.decode(start, to, true);
  traits = hasEscape | isDecoded | (text.isSpecial ? hasComma : 0);
  texts = text.end;
  return end;
}

/** number = [ - ] ( 0 / 1-9 *DIGIT ) [ . 1*DIGIT ] [ ( e / E ) [ + / - ] 1*DIGIT ] */
function number(start: usize): usize {
  let i = load<u8>(start) === ascii.minus ? start + 1 : start;
  i = load<u8>(i) === ascii.zero ? i + 1 : digits(i);
  if (load<u8>(i) === ascii.point) i = digits(i + 1);
  traits = 0;
  // `e` and `E` differ in one bit.
  if ((load<u8>(i) | 0x20) === ascii.letterE) {
    traits = hasExponent;
    const sign = load<u8>(i + 1);
    i = digits(sign === ascii.plus || sign === ascii.minus ? i + 2 : i + 1);
  }
  return i;
}

function digits(start: usize): usize {
  let i = start;
  while (<u8>(load<u8>(i) - ascii.zero) < 10) i++;
  if (i === start) notJson();
  return i;
}

/** scalar = string / number / true / false / null */
export function scalar(start: usize): usize {
  const byte = load<u8>(start);
  if (byte === ascii.quote) return string(start + 1, 0) + 1;
  if (byte === ascii.letterN) return literal(start, ascii.nullWord);
  if (byte === ascii.letterT) return literal(start, ascii.trueWord);
  if (byte === ascii.letterF) return literal(start + 1, ascii.alseWord);
  return number(start);
}

function literal(start: usize, word: i32): usize {
  traits = 0;
  if (load<i32>(start) !== word) notJson();
  return start + 4;
}

/** value = scalar / object / array. A level of nesting costs one byte of memory and no stack. */
export function value(start: usize): usize {
  const byte = load<u8>(start);
  if (byte === ascii.quote) return string(start + 1, texts) + 1;
  if (byte !== ascii.openBrace && byte !== ascii.openBracket) return scalar(start);
  const end = plainList(start);
  return end === 0 ? nested(start) : end;
}

function nested(start: usize): usize {
  depth = 0;
  let i = start;
  do {
    const byte = load<u8>(i);
    if (byte === ascii.openBrace || byte === ascii.openBracket) {
      i = space(i + 1);
      if (load<u8>(i) !== byte + ascii.toClosing) {
        store<u8>(layout.nesting + depth++, byte);
        if (byte === ascii.openBrace) i = key(i);
        continue;
      }
      i++;
    } else {
      i = scalar(i);
    }
    i = behindValue(i);
  } while (depth > 0);
  return i;
}

/** Reads what may follow a nested value: closing brackets and, if one level stays open, the next value. */
function behindValue(start: usize): usize {
  let i = start;
  for (; depth > 0; depth--) {
    const around = load<u8>(layout.nesting + depth - 1);
    i = space(i);
    if (load<u8>(i) === ascii.comma) {
      i = space(i + 1);
      return around === ascii.openBrace ? key(i) : i;
    }
    if (load<u8>(i) !== around + ascii.toClosing) notJson();
    i++;
  }
  return i;
}

/** `[` string *( `,` string ) `]`, as most arrays are; 0 for any other value, valid or not. */
function plainList(start: usize): usize {
  if (load<u8>(start) !== ascii.openBracket) return 0;
  for (let i = start + 1; load<u8>(i) === ascii.quote; i++) {
    i = string(i + 1, 0) + 1;
    if (load<u8>(i) === ascii.closeBracket) return i + 1;
    if (load<u8>(i) !== ascii.comma) return 0;
  }
  return 0;
}

/** key = string ws : ws. Returns the position of the value. */
function key(start: usize): usize {
  if (load<u8>(start) !== ascii.quote) notJson();
  keyStart = start + 1;
  keyEnd = string(start + 1, 0);
  keyEscaped = (traits & hasEscape) !== 0;
  const i = space(keyEnd + 1);
  if (load<u8>(i) !== ascii.colon) notJson();
  return space(i + 1);
}

/**
 * Steps to a member of an object and reads its key.
 * @param start after the object's `{` if `first`, otherwise after the value of the previous member
 * @returns the position of the member's value, or 0 at the object's end, with {@link objectEnd} set
 */
export function member(start: usize, first: bool): usize {
  const i = space(start);
  const byte = load<u8>(i);
  if (byte === ascii.closeBrace) {
    objectEnd = i + 1;
    return 0;
  }
  if (first) return key(i);
  if (byte !== ascii.comma) notJson();
  return key(space(i + 1));
}
