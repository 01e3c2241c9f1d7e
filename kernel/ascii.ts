/** The characters that JSON and CSV are made of. */

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
export const colon: u8 = 0x3a;
export const openBracket: u8 = 0x5b;
export const backslash: u8 = 0x5c;
export const closeBracket: u8 = 0x5d;
export const letterE: u8 = 0x65;
export const letterF: u8 = 0x66;
export const letterN: u8 = 0x6e;
export const letterT: u8 = 0x74;
export const letterU: u8 = 0x75;
export const openBrace: u8 = 0x7b;
export const closeBrace: u8 = 0x7d;
/** `]` follows `[` and `}` follows `{` at this distance. */
export const toClosing: u8 = 2;

/** Four characters as the word that they are in memory. */
export const nullWord: i32 = 0x6c_6c_75_6e;
export const trueWord: i32 = 0x65_75_72_74;
export const alseWord: i32 = 0x65_73_6c_61;

/** What a letter behind a backslash stands for in JSON, `u` apart; 0 where it is no escape. */
export function unescaped(letter: u8): u8 {
  switch (letter) {
    case 0x22:
    case 0x2f:
    case 0x5c:
      return letter;
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return lineFeed;
    case 0x72:
      return carriageReturn;
    case 0x74:
      return tab;
    default:
      return 0;
  }
}

/** The value of a hexadecimal digit, -1 for any other byte. */
export function hexDigit(byte: u8): i32 {
  const digit: u8 = byte - zero;
  if (digit < 10) return digit;
  const letter: u8 = (byte | 0x20) - 0x61;
  return letter < 6 ? <i32>letter + 10 : -1;
}
