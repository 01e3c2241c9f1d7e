/**
 * A shape: the keys of a record's `data`. For each key it keeps all bytes from the `{` or the previous value up to its
 * own value (comma, quotes, colon, white space). Where the same bytes come again, they are valid and mean the same.
 */
import { lowBits } from './bytes';
import * as layout from './layout';

/** Maximum bytes kept per shape; keys beyond them are read without prediction. */
const mostBytes: i32 = 1 << 16;

/** Memory layout: the shape, then per key a lead followed by its bytes. */
@unmanaged
export class Shape {
  /** Bytes allocated for it, including this header. */
  capacity: i32;
  /** Changes whenever something else is learned; 0 while nothing is. */
  id: i32;
  /** Keys kept. */
  count: i32;
  /** The record it was learned from had no further keys. */
  isWhole: bool;
  /** Non-zero if a kept key has a non-ASCII byte: lines that match it need a UTF-8 check. */
  beyondAscii: i32;
}

/** The bytes before a value. */
@unmanaged
export class Lead {
  /** Number of bytes, which follow this header. */
  length: i32;
  /**
   * The key: distance from its first byte inside the quotes to the value; its length; whether it contains a backslash.
   */
  distance: i32;
  keyLength: i32;
  keyEscaped: i32;
}

let latestId: i32 = 0;
let used: usize = layout.shapes;

/** Forgets all shapes. */
export function forgetShapes(): void {
  used = layout.shapes;
}

/** The first of a shape's leads. */
export function firstLead(shape: Shape): Lead {
  return changetype<Lead>(changetype<usize>(shape) + offsetof<Shape>());
}

/** The lead after this one. */
export function nextLead(lead: Lead): Lead {
  return changetype<Lead>(changetype<usize>(lead) + offsetof<Lead>() + ((lead.length + 3) & ~3));
}

/** Keeps the bytes before each of the first `count` members that `fields` has read, the first from `start`. */
export function learn(known: usize, start: usize, count: i32): usize {
  let kept = 0;
  let bytes = 0;
  for (let from = start; kept < count; kept++) {
    const length = load<i32>(layout.valueStart + 4 * kept) - <i32>from;
    if (bytes + length > mostBytes) break;
    bytes += length + 3;
    from = load<i32>(layout.valueEnd + 4 * kept);
  }
  const needed = <i32>offsetof<Shape>() + kept * <i32>offsetof<Lead>() + bytes;
  const shape = room(known, needed);
  if (changetype<usize>(shape) === 0) return 0;
  shape.id = ++latestId;
  shape.count = kept;
  shape.isWhole = kept === count;
  shape.beyondAscii = keepLeads(firstLead(shape), start, kept);
  return changetype<usize>(shape);
}

/** The memory of a known shape, or memory for a new one; 0 if there is none left. */
function room(known: usize, needed: i32): Shape {
  if (known !== 0 && changetype<Shape>(known).capacity >= needed) return changetype<Shape>(known);
  const place = used;
  if (place + needed + layout.slack > layout.plans) return changetype<Shape>(0);
  used += (needed + layout.slack + 7) & ~7;
  changetype<Shape>(place).capacity = needed;
  return changetype<Shape>(place);
}

/** @returns non-zero if a byte is not ASCII */
function keepLeads(first: Lead, start: usize, count: i32): i32 {
  let bits: i32 = 0;
  let lead = first;
  let from = start;
  for (let i = 0; i < count; i++) {
    const value = <usize>load<i32>(layout.valueStart + 4 * i);
    const key = <usize>load<i32>(layout.keyStart + 4 * i);
    lead.length = <i32>(value - from);
    lead.distance = <i32>(value - key);
    lead.keyLength = load<i32>(layout.keyEnd + 4 * i) - <i32>key;
    lead.keyEscaped = load<u8>(layout.keyEscaped + i);
    const to = changetype<usize>(lead) + offsetof<Lead>();
    memory.copy(to, from, lead.length);
    for (let at: i32 = 0; at < lead.length; at++) bits |= load<u8>(to + at);
    from = load<i32>(layout.valueEnd + 4 * i);
    lead = nextLead(lead);
  }
  return bits & 0x80;
}

/** Whether the bytes from `at` equal those of this lead. */
export function matches(lead: Lead, at: usize): bool {
  let bytes = changetype<usize>(lead) + offsetof<Lead>();
  let other = at;
  let left = lead.length;
  for (; left > 16; left -= 16, bytes += 16, other += 16) {
    if (v128.any_true(v128.xor(v128.load(bytes), v128.load(other)))) return false;
  }
  const equal = i8x16.bitmask(i8x16.eq(v128.load(bytes), v128.load(other)));
  return (~equal & lowBits(left)) === 0;
}

/** The shape's id if it has all keys of its record; otherwise 0. */
export function wholeId(shape: Shape): i32 {
  return shape.isWhole ? shape.id : 0;
}
