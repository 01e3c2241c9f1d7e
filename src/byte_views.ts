/** Compares four or eight bytes at a time, which JavaScript does as fast as one byte. */

/** A view of a buffer as words, in little-endian order. */
export function viewOf(buffer: Uint8Array): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
}

/** {@link viewOf}, cached for the latest buffer. */
export function rememberedView(): (buffer: Uint8Array) => DataView {
  let latestBuffer: Uint8Array = new Uint8Array(0);
  let latestWords = viewOf(latestBuffer);
  return (buffer) => {
    if (buffer !== latestBuffer) {
      latestWords = viewOf(buffer);
      latestBuffer = buffer;
    }
    return latestWords;
  };
}

/** Shared by all code that reads lines and rows: all of them are in the kernel's memory. */
export const latestViewOf = rememberedView();

/** Whether the `length` bytes from `a` in one view equal those from `b` in the other; both must have so many. */
export function sameBytes(left: DataView, a: number, right: DataView, b: number, length: number): boolean {
  let i = 0;
  for (; i <= length - 4; i += 4) if (left.getInt32(a + i, true) !== right.getInt32(b + i, true)) return false;
  for (; i < length; i++) if (left.getUint8(a + i) !== right.getUint8(b + i)) return false;
  return true;
}

/**
 * Whether the `length` bytes from `a` in `known`, which are JSON text of four bytes or more, equal those from `b` in
 * `other`; both must have so many. Eight bytes at a time are compared as a number. That is exact: no eight bytes of
 * JSON text are one of the two zeros that equal each other, as zero bytes are control characters, and NaNs, which equal
 * nothing, are not UTF-8.
 */
export function sameText(known: DataView, a: number, other: DataView, b: number, length: number): boolean {
  const shift = b - a;
  const last = a + length - 4;
  let at = a;
  for (; at < last - 3; at += 8) {
    if (known.getFloat64(at, true) !== other.getFloat64(at + shift, true)) return false;
  }
  if (at < last && known.getInt32(at, true) !== other.getInt32(at + shift, true)) return false;
  // The last word may overlap with the previous one.
  return known.getInt32(last, true) === other.getInt32(last + shift, true);
}
