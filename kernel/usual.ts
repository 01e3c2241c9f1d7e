/**
 * The usual record: its line begins, goes on and ends as one before, so that nothing of it is new but its values. Then
 * one call does what takes six where anything may be otherwise, and of short lines the calls are what takes the time.
 */
import { same } from './bytes';
import { fields, isUsual } from './fields';
import * as json from './json';
import * as layout from './layout';
import { encode } from './rows';
import { Shape, wholeId } from './shape';

/** Bytes of {@link layout.head}; 0: nothing is usual. */
let headLength: i32 = 0;
/** Not zero if the head holds a byte beyond ASCII. */
let beyondAscii: i32 = 0;
let shape: usize = 0;
let shapeId: i32 = 0;
let plan: usize = 0;

/**
 * Lines that begin with the `length` bytes from `start` on, the last of which is the `{` of `data`, are usual if the
 * shape, as it is now, comes in them and the tail behind it; their rows are those of the plan. Not if the head is long.
 */
export function expect(start: usize, length: i32, seen: i32, usualShape: usize, usualPlan: usize): void {
  headLength = length <= layout.headBytes ? length : 0;
  memory.copy(layout.head, start, headLength);
  beyondAscii = seen;
  shape = usualShape;
  shapeId = wholeId(changetype<Shape>(usualShape));
  plan = usualPlan;
}

/** No line is usual. */
export function expectNothing(): void {
  headLength = 0;
}

/**
 * Encodes the line `[start, stop)`, behind which a line feed lies, and answers the row's bytes, as a negative number if
 * the line has a byte beyond ASCII; 0: it is not usual. A line that only begins as usual is the last that is tried.
 */
export function usual(start: usize, stop: usize): i32 {
  if (headLength === 0 || <i32>(stop - start) <= headLength || !same(start, layout.head, headLength)) return 0;
  json.open(stop);
  json.pass(beyondAscii);
  fields(start + headLength - 1, shape);
  if (!isUsual(shapeId)) {
    headLength = 0;
    return 0;
  }
  const length = encode(plan);
  return json.beyondAscii === 0 ? length : -length;
}
