/** The module's exports: functions and memory positions, documented in `src/records/kernel/kernel.ts`. */
import * as json from './json';
import * as layout from './layout';
import { forgetShapes as forgetAll } from './shape';
import { expectNothing } from './usual';

export { lineFeed } from './bytes';
export { fields, learnTail, locateKeys } from './fields';
export { addItem } from './items';
export { member, open, pass, space, value } from './json';
export { arrange } from './layout';
export { encode } from './rows';
export { learn as learnShape, wholeId } from './shape';
export { expect, usual } from './usual';

export function forgetShapes(): void {
  forgetAll();
  // The fast path may refer to one of the forgotten shapes.
  expectNothing();
}

export const foundAt: usize = layout.found;
export const faultAt: usize = layout.fault;
export const plansAt: usize = layout.plans;

export function inputAt(): usize {
  return layout.input;
}

export function rowAt(): usize {
  return layout.row;
}

export function keyStartAt(): usize {
  return layout.keyStart;
}

export function keyEndAt(): usize {
  return layout.keyEnd;
}

export function keyEscapedAt(): usize {
  return layout.keyEscaped;
}

export function valueStartAt(): usize {
  return layout.valueStart;
}

export function valueEndAt(): usize {
  return layout.valueEnd;
}

export function valueTraitsAt(): usize {
  return layout.valueTraits;
}

export function traits(): i32 {
  return json.traits;
}

export function beyondAscii(): i32 {
  return json.beyondAscii;
}

export function keyStart(): usize {
  return json.keyStart;
}

export function keyEnd(): usize {
  return json.keyEnd;
}

export function keyEscaped(): bool {
  return json.keyEscaped;
}

export function objectEnd(): usize {
  return json.objectEnd;
}
