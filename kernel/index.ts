/** The module's functions and places, as `src/kernel/kernel.ts` describes them. */
import * as json from './json';
import * as layout from './layout';

export { fields, learnTail, locateKeys } from './fields';
export { member, open, pass, space, value } from './json';
export { encode } from './rows';
export { forgetShapes, learn as learnShape, wholeId } from './shape';

export const foundAt: usize = layout.found;
export const faultAt: usize = layout.fault;
export const inputAt: usize = layout.input;
export const inputBytes: i32 = layout.inputBytes;
export const rowAt: usize = layout.row;
export const rowBytes: i32 = layout.rowBytes;
export const plansAt: usize = layout.plans;
export const plansEnd: usize = layout.end;
export const mostFields: i32 = layout.mostFields;
export const keyStartAt: usize = layout.keyStart;
export const keyEndAt: usize = layout.keyEnd;
export const keyEscapedAt: usize = layout.keyEscaped;
export const valueStartAt: usize = layout.valueStart;
export const valueEndAt: usize = layout.valueEnd;
export const valueTraitsAt: usize = layout.valueTraits;

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
