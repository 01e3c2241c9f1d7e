/**
 * The keys of a record's `data`, each kept as what led to its value: all bytes from the `{` or the value before, so
 * comma, quotes, colon and white space too. Where these bytes come again, they are valid again and mean the same.
 */
import { lowBits } from './bytes';
import * as layout from './layout';

/** The most bytes that one shape keeps; keys behind them are read as if there were no prediction. */
const mostBytes: i32 = 1 << 16;

/** Lies before its leads, of which each lies before its bytes. */
@unmanaged
export class Shape {
  /** Bytes that it may take, itself included. */
  capacity: i32;
  /** Another number for all else that was ever learned; 0 while nothing is. */
  id: i32;
  /** Keys kept. */
  count: i32;
  /** The record learned from had no further keys. */
  isWhole: bool;
  /** Not zero if a kept key has a byte beyond ASCII, so that whoever matches it has UTF-8 to check. */
  beyondAscii: i32;
}

/** What led to a value. */
@unmanaged
export class Lead {
  /** Of the bytes, which follow. */
  length: i32;
  /** The key: from its first byte inside the quotes to the value; its length; whether it holds a backslash. */
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

/** The lead behind this one. */
export function nextLead(lead: Lead): Lead {
  return changetype<Lead>(changetype<usize>(lead) + offsetof<Lead>() + ((lead.length + 3) & ~3));
}

/** Keeps what led to the first `count` members that `fields` has read, the first from `start` on. */
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

/** The memory of a known shape, or some for a new one; 0: there is none. */
function room(known: usize, needed: i32): Shape {
  if (known !== 0 && changetype<Shape>(known).capacity >= needed) return changetype<Shape>(known);
  const place = used;
  if (place + needed + layout.slack > layout.plans) return changetype<Shape>(0);
  used += (needed + layout.slack + 7) & ~7;
  changetype<Shape>(place).capacity = needed;
  return changetype<Shape>(place);
}

/** @returns not zero if a byte is beyond ASCII */
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

/** Whether from `at` on come the bytes of this lead. */
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

/** The id of a shape that has all keys of its record; 0 for any other. */
export function wholeId(shape: Shape): i32 {
  return shape.isWhole ? shape.id : 0;
}
