/**
 * The fast path for the usual record: a line that begins, continues and ends like an earlier one and differs only in
 * its values. One call replaces the five of the general path, which took half of the time of short lines.
 */
import { same } from './bytes';
import { usualFields } from './fields';
import * as json from './json';
import * as layout from './layout';
import { encode } from './rows';
import { Shape, wholeId } from './shape';

/** Length of {@link layout.head} in bytes; 0: nothing is expected. */
let headLength: i32 = 0;
let shape = changetype<Shape>(0);
let shapeId: i32 = 0;
let plan: usize = 0;

/**
 * From now on a line takes the fast path if it begins with the `length` bytes from `start` (the last is the `{` of
 * `data`), has all keys of the shape as it is now, and ends with the tail. These bytes come from a line that was valid
 * JSON and UTF-8.
 * @param length at most `headBytes` of `positions.ts`
 */
export function expect(start: usize, length: i32, usualShape: usize, usualPlan: usize): void {
  headLength = length;
  memory.copy(layout.head, start, length);
  shape = changetype<Shape>(usualShape);
  shapeId = wholeId(shape);
  plan = usualPlan;
}

/** Turns the fast path off. */
export function expectNothing(): void {
  headLength = 0;
}

/**
 * Encodes the line `[start, stop)`, which a line feed must follow. Returns the row's length, negated if a value may
 * contain a non-ASCII byte; 0: the line is not as expected. After a line that only begins as expected the fast path
 * stays off until the next {@link expect}.
 */
export function usual(start: usize, stop: usize): i32 {
  // The head contains no line feed, so a shorter line differs.
  if (headLength === 0 || shape.id !== shapeId || !same(start, layout.head, headLength)) return 0;
  json.open(stop);
  if (!usualFields(start + headLength - 1, shape)) {
    headLength = 0;
    return 0;
  }
  // Read before lists are encoded, which open texts of their own and reset it.
  const beyondAscii = json.beyondAscii;
  const length = encode(plan);
  return beyondAscii === 0 ? length : -length;
}
