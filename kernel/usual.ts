/**
 * The usual record: its line begins, goes on and ends as one before, so that nothing of it is new but its values. Then
 * one call does what takes five where anything may be otherwise, and half of the time of short lines went into those.
 */
import { same } from './bytes';
import { usualFields } from './fields';
import * as json from './json';
import * as layout from './layout';
import { encode } from './rows';
import { Shape, wholeId } from './shape';

/** Bytes of {@link layout.head}; 0: nothing is usual. */
let headLength: i32 = 0;
let shape = changetype<Shape>(0);
let shapeId: i32 = 0;
let plan: usize = 0;

/**
 * From now on a line is usual if it begins with the `length` bytes from `start` on, of which the last is the `{` of
 * `data`, has all keys of the shape as it is now, and ends with the tail. All of them are those of a line that was found
 * valid, UTF-8 included. @param length at most {@link layout.headBytes}
 */
export function expect(start: usize, length: i32, usualShape: usize, usualPlan: usize): void {
  headLength = length;
  memory.copy(layout.head, start, length);
  shape = changetype<Shape>(usualShape);
  shapeId = wholeId(shape);
  plan = usualPlan;
}

/** No line is usual. */
export function expectNothing(): void {
  headLength = 0;
}

/**
 * Encodes the line `[start, stop)`, behind which a line feed lies, and answers the row's bytes, as a negative number if
 * a byte beyond ASCII may be in a value; 0: it is not usual. Behind one that only begins as usual none is tried until the next {@link expect}.
 */
export function usual(start: usize, stop: usize): i32 {
  // The head holds no line feed, so that a shorter line differs.
  if (headLength === 0 || shape.id !== shapeId || !same(start, layout.head, headLength)) return 0;
  json.open(stop);
  if (!usualFields(start + headLength - 1, shape)) {
    headLength = 0;
    return 0;
  }
  // Asked before lists are encoded, as these open texts of their own.
  const beyondAscii = json.beyondAscii;
  const length = encode(plan);
  return beyondAscii === 0 ? length : -length;
}
