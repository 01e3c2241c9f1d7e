/** The key of the latest row. */
import * as ascii from './ascii';
import { copy, same } from './bytes';
import * as layout from './layout';
import { EncodingPlan } from './plan';
import * as row from './row';
import { hash } from './sip_hash';

/** The last byte of the digest of a short key has this bit and the key's length. */
const isShort: u8 = 0x80;
const digestBytes: i32 = 16;
const firstBeyondPrintable: u8 = 0x7f;

/**
 * Whether each cell of the key certainly has a value that can be seen, without white space at its ends. False: the connector must look.
 */
export function haveKeys(plan: EncodingPlan): bool {
  for (let key = 0; key < plan.keyCount; key++) {
    const start = keyStart(plan, key);
    const length = keyLength(plan, key) - 1;
    if (length === 0 || (length === plan.nullLength && same(start, plan.nullAt, length))) return false;
    const inset = load<u8>(start) === ascii.quote ? 1 : 0;
    const first = load<u8>(start + inset);
    if (first === ascii.quote || !isVisible(first) || !isVisible(load<u8>(start + length - inset - 1))) return false;
  }
  return true;
}

function isVisible(byte: u8): bool {
  return byte > ascii.space && byte < firstBeyondPrintable;
}

/** Where a cell of the key starts. */
function keyStart(plan: EncodingPlan, key: i32): usize {
  return layout.row + cellStart(plan, load<i32>(plan.keys + 4 * key));
}

/** Its length, with the separator after it. */
function keyLength(plan: EncodingPlan, key: i32): i32 {
  const column = load<i32>(plan.keys + 4 * key);
  return cellStart(plan, column + 1) - cellStart(plan, column);
}

function cellStart(plan: EncodingPlan, column: i32): i32 {
  return load<i32>(plan.cellStart + 4 * column);
}

/**
 * Writes 128 bits that only rows with the same key share: a short key itself with its length, or the hash of a longer
 * one. The separators after its cells are part of a key, so that cells cannot be mistaken for each other.
 */
export function digestKeys(plan: EncodingPlan, to: usize): void {
  let length = 0;
  for (let key = 0; key < plan.keyCount; key++) length += keyLength(plan, key);
  const start = plan.keyCount === 1 ? keyStart(plan, 0) : joined(plan, length);
  if (length >= digestBytes) {
    hash(start, length, to);
    store<u8>(to, load<u8>(to, 15) & ~isShort, 15);
    return;
  }
  v128.store(to, i8x16.splat(0));
  for (let i = 0; i < length; i++) store<u8>(to + i, load<u8>(start + i));
  store<u8>(to, isShort | <u8>length, 15);
}

/** The cells of the key, one after the other, in memory that the next row overwrites. */
function joined(plan: EncodingPlan, length: i32): usize {
  row.reserve(length);
  let to = row.end;
  for (let key = 0; key < plan.keyCount; key++) {
    copy(to, keyStart(plan, key), keyLength(plan, key));
    to += keyLength(plan, key);
  }
  return row.end;
}
