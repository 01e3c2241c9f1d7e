/** The characters that JSON and CSV are made of. */
import * as layout from './layout';

export const tab: u8 = 0x09;
export const lineFeed: u8 = 0x0a;
export const carriageReturn: u8 = 0x0d;
export const space: u8 = 0x20;
export const quote: u8 = 0x22;
export const plus: u8 = 0x2b;
export const comma: u8 = 0x2c;
export const minus: u8 = 0x2d;
export const point: u8 = 0x2e;
export const zero: u8 = 0x30;
export const one: u8 = 0x31;
export const nine: u8 = 0x39;
export const colon: u8 = 0x3a;
export const lessThan: u8 = 0x3c;
export const equals: u8 = 0x3d;
export const at: u8 = 0x40;
export const capitalT: u8 = 0x54;
export const capitalZ: u8 = 0x5a;
export const openBracket: u8 = 0x5b;
export const backslash: u8 = 0x5c;
export const closeBracket: u8 = 0x5d;
export const underscore: u8 = 0x5f;
export const letterA: u8 = 0x61;
export const letterE: u8 = 0x65;
export const letterF: u8 = 0x66;
export const letterN: u8 = 0x6e;
export const letterT: u8 = 0x74;
export const letterU: u8 = 0x75;
export const openBrace: u8 = 0x7b;
export const closeBrace: u8 = 0x7d;
/** `]` follows `[` and `}` follows `{` at this distance. */
export const toClosing: u8 = 2;

/** The four letters of `null` as one 32-bit word, in memory order. */
export const nullWord: i32 = 0x6c_6c_75_6e;
export const trueWord: i32 = 0x65_75_72_74;
export const alseWord: i32 = 0x65_73_6c_61;

/** Not a digit: greater than any digit, and shares no bits with one. */
export const noDigit: i32 = 0xf0;

/** Fills the tables behind {@link unescaped} and {@link hexDigit} once: a look-up has no branch to mispredict. */
function fillTables(): void {
  for (let byte = 0; byte < 256; byte++) store<u8>(layout.hexDigits + byte, noDigit);
  for (let digit = 0; digit < 10; digit++) store<u8>(layout.hexDigits + zero + digit, digit);
  for (let digit = 10; digit < 16; digit++) {
    store<u8>(layout.hexDigits + 0x41 + digit - 10, digit);
    store<u8>(layout.hexDigits + 0x61 + digit - 10, digit);
  }
  store<u8>(layout.escapes + quote, quote);
  store<u8>(layout.escapes + 0x2f, 0x2f);
  store<u8>(layout.escapes + backslash, backslash);
  store<u8>(layout.escapes + 0x62, 0x08);
  store<u8>(layout.escapes + letterF, 0x0c);
  store<u8>(layout.escapes + letterN, lineFeed);
  store<u8>(layout.escapes + 0x72, carriageReturn);
  store<u8>(layout.escapes + letterT, tab);
}
fillTables();

/** The character that a letter after a backslash stands for in JSON, `u` excepted; 0 if it is no escape. */
export function unescaped(letter: u8): u8 {
  return load<u8>(layout.escapes + letter);
}

/** The value of a hexadecimal digit; {@link noDigit} for any other byte. */
export function hexDigit(byte: u8): i32 {
  return load<u8>(layout.hexDigits + byte);
}
