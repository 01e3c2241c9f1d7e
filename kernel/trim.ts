/** White space around a text, as JavaScript's `trim` defines it. */
import * as ascii from './ascii';

/** The position after the white space at the beginning of `[start, stop)`. */
export function trimmedStart(start: usize, stop: usize): usize {
  let i = start;
  while (i < stop) {
    const length = spaceAt(i, stop);
    if (length === 0) break;
    i += length;
  }
  return i;
}

/** The position where the white space at the end of `[start, stop)` begins. */
export function trimmedStop(start: usize, stop: usize): usize {
  let i = stop;
  while (i > start) {
    if (spaceAt(i - 1, i) === 1) i -= 1;
    else if (i - start >= 2 && spaceAt(i - 2, i) === 2) i -= 2;
    else if (i - start >= 3 && spaceAt(i - 3, i) === 3) i -= 3;
    else break;
  }
  return i;
}

/** The length in bytes of the white space character at `at`; 0 if there is none. */
function spaceAt(at: usize, stop: usize): i32 {
  const byte = load<u8>(at);
  if (byte === ascii.space || (byte >= ascii.tab && byte <= ascii.carriageReturn)) return 1;
  if (byte < 0xc2) return 0;
  const left = <i32>(stop - at);
  // U+00A0
  if (byte === 0xc2) return left >= 2 && load<u8>(at + 1) === 0xa0 ? 2 : 0;
  if (left < 3 || byte < 0xe1 || byte > 0xef) return 0;
  const code: i32 = ((<i32>byte & 0x0f) << 12) | ((<i32>load<u8>(at + 1) & 0x3f) << 6) | (<i32>load<u8>(at + 2) & 0x3f);
  return isSpace(code) ? 3 : 0;
}

function isSpace(code: i32): bool {
  if (code >= 0x20_00 && code <= 0x20_0a) return true;
  return (
    code === 0x16_80 ||
    code === 0x20_28 ||
    code === 0x20_29 ||
    code === 0x20_2f ||
    code === 0x20_5f ||
    code === 0x30_00 ||
    code === 0xfe_ff
  );
}
