/** Finds each key and value among the members of a record's `data`. The innermost loop of the connector. */
import * as positions from '../src/records/kernel/positions';
import * as ascii from './ascii';
import { fieldsFull } from './host';
import * as json from './json';
import * as layout from './layout';
import { firstLead, Lead, matches, nextLead, Shape } from './shape';

/** `}}` as one 16-bit word. */
const closingBraces: u16 = 0x7d_7d;

/** The result of {@link fields}. */
@unmanaged
class Found {
  /** Members read. */
  count: i32;
  /** The id of the shape, if the members were exactly its keys; otherwise 0. */
  shape: i32;
  /** All keys came as the shape expects, as far as it goes. */
  isExpected: i32;
  /** After the fields came the expected tail up to the end of the line. */
  isWholeLine: i32;
}
if (offsetof<Found>('count') !== 4 * positions.foundCount) ERROR('count');
if (offsetof<Found>('shape') !== 4 * positions.foundShape) ERROR('shape');
if (offsetof<Found>('isExpected') !== 4 * positions.foundIsExpected) ERROR('isExpected');
if (offsetof<Found>('isWholeLine') !== 4 * positions.foundIsWholeLine) ERROR('isWholeLine');
if (offsetof<Found>() !== 4 * positions.foundNumbers) ERROR('foundNumbers');

const found = changetype<Found>(layout.found);

/** The bytes before the first member after `data`, if that member is irrelevant, such as `emitted_at`. */
const tail = changetype<Lead>(layout.tail);

let shape = changetype<Shape>(0);
/** The bytes expected before the next member. */
let lead = changetype<Lead>(0);
/** Members read. */
let count: i32 = 0;
/** How many of them matched the expected keys and have no position stored yet. */
let unlocated: i32 = 0;

/**
 * Reads `{ "key": value, … }` from the `{` and returns the position after the `}`.
 * @param expected the shape that probably comes; 0 if unknown
 */
export function fields(start: usize, expected: usize): usize {
  shape = changetype<Shape>(expected);
  count = 0;
  json.keepTexts(start);
  let end = start;
  if (expected !== 0) {
    json.pass(shape.beyondAscii);
    end = expectedFields(start);
  }
  unlocated = count;
  const isExpected = expected !== 0 && count === shape.count;
  if (isExpected && count > 0 && load<u8>(end) === ascii.closeBrace) end++;
  else end = otherFields(end, expected === 0 ? 0 : shape.count);
  const isWhole = isExpected && shape.isWhole;
  found.count = count;
  found.shape = isWhole && count === unlocated ? shape.id : 0;
  found.isExpected = isExpected && (!isWhole || count === unlocated);
  json.dropTexts();
  found.isWholeLine = tailEnds(end);
  return end;
}

/**
 * Whether all keys of the shape, no others, and then the expected tail follow. Reads everything only if so.
 * @param usual the shape of a line that was valid UTF-8
 */
export function usualFields(start: usize, usual: Shape): bool {
  shape = usual;
  json.keepTexts(start);
  const end = json.space(expectedFields(start));
  json.dropTexts();
  return count > 0 && count === usual.count && load<u8>(end) === ascii.closeBrace && tailEnds(end + 1);
}

/** Reads members as long as their keys are the expected ones. */
function expectedFields(start: usize): usize {
  const kept = shape.count;
  let i = start;
  let n = 0;
  let next = firstLead(shape);
  for (; n < kept && leads(next, i); n++) {
    i = memberValue(n, i + next.length);
    next = nextLead(next);
  }
  count = n;
  lead = next;
  return i;
}

/** Reads members up to the `}`. The first `kept` keys are already known and may be expected again. */
function otherFields(start: usize, kept: i32): usize {
  let i = start;
  for (; ; count++) {
    let value: usize = 0;
    if (count < kept) {
      if (leads(lead, i)) {
        value = i + lead.length;
        locateKey(count, value, lead);
      }
      lead = nextLead(lead);
    }
    if (value === 0) {
      value = count === 0 ? json.member(i + 1, true) : json.member(i, false);
      if (value === 0) break;
      if (count >= layout.mostFields) fieldsFull();
      store<i32>(layout.keyStart + 4 * count, json.keyStart);
      store<i32>(layout.keyEnd + 4 * count, json.keyEnd);
      store<u8>(layout.keyEscaped + count, json.keyEscaped);
    }
    i = memberValue(count, value);
  }
  return json.objectEnd;
}

/** Whether the expected bytes come before the next value; more white space than last time is allowed. */
function leads(lead: Lead, at: usize): bool {
  return matches(lead, at) && load<u8>(at + lead.length) > ascii.space;
}

/** Reads the value of member number `index`. */
function memberValue(index: i32, start: usize): usize {
  if (index >= layout.mostFields) fieldsFull();
  const text = json.texts;
  const end = json.value(start);
  store<i32>(layout.valueStart + 4 * index, start);
  store<i32>(layout.valueEnd + 4 * index, end);
  store<u8>(layout.valueTraits + index, json.traits);
  if ((json.traits & json.isDecoded) !== 0) {
    store<i32>(layout.textStart + 4 * index, text);
    store<i32>(layout.textEnd + 4 * index, json.texts);
  }
  return end;
}

/** Whether the expected tail follows `data`: its next member and the end of `record`, message and line. */
function tailEnds(start: usize): bool {
  if (tail.length === 0 || !leads(tail, start)) return false;
  const end = json.value(start + tail.length);
  return load<u16>(end) === closingBraces && load<u8>(end + 2) === ascii.lineFeed;
}

/**
 * Stores the positions of the keys that came as expected. Not done at once: most callers know the keys by the shape.
 */
export function locateKeys(): void {
  let next = firstLead(shape);
  for (let i = 0; i < unlocated; i++) {
    locateKey(i, load<i32>(layout.valueStart + 4 * i), next);
    next = nextLead(next);
  }
  unlocated = 0;
}

function locateKey(index: i32, value: usize, lead: Lead): void {
  const start = <i32>value - lead.distance;
  store<i32>(layout.keyStart + 4 * index, start);
  store<i32>(layout.keyEnd + 4 * index, start + lead.keyLength);
  store<u8>(layout.keyEscaped + index, lead.keyEscaped);
}

/**
 * Keeps the bytes `[start, stop)` before an irrelevant member after `data`. Not if they are many or contain non-ASCII
 * bytes, which would need a UTF-8 check.
 */
export function learnTail(start: usize, stop: usize): void {
  const length = <i32>(stop - start);
  if (length > layout.tailBytes) return;
  for (let i = start; i < stop; i++) if (load<u8>(i) >= 0x80) return;
  tail.length = length;
  memory.copy(layout.tail + offsetof<Lead>(), start, length);
}
