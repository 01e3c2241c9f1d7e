/** The module's exports: functions and memory positions, documented in `src/records/kernel/kernel.ts`. */
import * as positions from '../src/records/kernel/positions';
import * as json from './json';
import { digestKeys as digest } from './keys';
import * as layout from './layout';
import { EncodingPlan } from './plan';
import * as row from './row';
import { encode as encodeRow } from './rows';

export { lineFeed } from './bytes';
export { assign, fields } from './fields';
export { addItem } from './items';
export { member, open, space, value } from './json';
export { arrange } from './layout';
export { rows } from './lines';
export { forget, learn } from './templates';

/** Encodes the latest record as the only row. */
export function encode(plan: usize): i32 {
  row.clear();
  return encodeRow(changetype<EncodingPlan>(plan));
}

/** Digests the key of the only row. */
export function digestKeys(plan: usize): void {
  digest(changetype<EncodingPlan>(plan), layout.rows + 4 * positions.rowDigest);
}

export const foundAt: usize = layout.found;
export const faultAt: usize = layout.fault;
export const hashKeyAt: usize = layout.hashKey;
export const rowsAt: usize = layout.rows;
export const plansAt: usize = layout.plans;

export function inputAt(): usize {
  return layout.input;
}

export function valuesAt(): usize {
  return layout.values;
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

export function nameOfAt(): usize {
  return layout.nameOf;
}

export function traits(): i32 {
  return json.traits;
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
